//! Logs and traces. The only crate that names opentelemetry.
//!
//! Logs go to stderr (stdout carries data); traces go to a collector where one is configured. Nothing here looks at
//! bodies or credentials, and callers mark headers with secrets as sensitive.

mod init;
mod propagate;

pub use init::{Format, Guard, Options, TelemetryError, init};
pub use propagate::{continue_trace, inject};
