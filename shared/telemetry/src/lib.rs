//! Logs and traces. The only crate that names opentelemetry.
