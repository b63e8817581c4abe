//! Logs, traces and metrics. The only crate that names opentelemetry.
//!
//! Logs go to stderr (stdout carries data); traces and metrics go to a collector where one is configured, and metrics to
//! whoever asks for the text that Prometheus reads. Nothing here looks at bodies or credentials, and callers mark headers
//! with secrets as sensitive. What is not switched on costs nothing.

#[cfg(feature = "collector")]
pub mod collector;
mod init;
mod lines;
pub mod metrics;
pub mod names;
mod propagate;

pub use init::{Exposition, Format, Guard, Options, TelemetryError, init};
pub use propagate::{continue_from, continue_trace, inject, trace_parent};
