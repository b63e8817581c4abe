//! Sets the process's subscriber up, once, and flushes it at the end.

use std::{
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The longest a flush takes at the end.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);
/// The longest one export takes.
const EXPORT_LIMIT: Duration = Duration::from_secs(5);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One line of text per event, for people.
    #[default]
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// What is logged and where traces go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which events count, in the syntax of tracing's filters. Example: "info,tributary_sql=debug".
    pub filter: String,
    /// How log lines look.
    pub format: Format,
    /// Address of an OTLP collector (gRPC) for traces; none: traces are not exported. Example: "http://127.0.0.1:4317".
    pub otlp_endpoint: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text, otlp_endpoint: None }
    }
}

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("telemetry.filter {0:?} cannot be read; write it like \"info,tributary_sql=debug\": {1}")]
    Filter(String, String),
    /// The exporter cannot be made.
    #[error("telemetry.otlp_endpoint {0:?} cannot be used; write it like http://HOST:4317: {1}")]
    Exporter(String, String),
    /// The process has a subscriber already.
    #[error("telemetry was started twice")]
    Twice,
}

/// Keeps telemetry running; flushes what is left when it goes.
#[derive(Debug)]
#[must_use = "traces are lost when the guard goes"]
pub struct Guard {
    provider: Option<SdkTracerProvider>,
}

impl Guard {
    /// Sends what is left, within five seconds. Blocks its thread: on a runtime of one thread call it after the runtime
    /// has ended or from `spawn_blocking`.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take()
            && let Err(error) = provider.shutdown_with_timeout(FLUSH_LIMIT)
        {
            tracing::warn!(%error, "some traces were not sent");
        }
    }
}

/// Starts logs and, with an endpoint, traces for a service. With an endpoint it needs a running tokio runtime, on which
/// the exporter connects when it first sends; a collector that is away costs traces, never calls.
///
/// # Errors
/// When the filter or the endpoint cannot be read, or telemetry was started before.
pub fn init(service: &str, options: &Options) -> Result<Guard, TelemetryError> {
    let filter = EnvFilter::try_new(&options.filter)
        .map_err(|e| TelemetryError::Filter(options.filter.clone(), e.to_string()))?;
    let provider = options.otlp_endpoint.as_deref().map(|endpoint| provider(service, endpoint)).transpose()?;
    let traces = provider.as_ref().map(|p| tracing_opentelemetry::layer().with_tracer(p.tracer("tributary")));
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let lines = match options.format {
        Format::Text => lines.compact().boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(traces)
        .with(lines)
        .try_init()
        .map_err(|_| TelemetryError::Twice)?;
    Ok(Guard { provider })
}

fn provider(service: &str, endpoint: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let refuse = |text: String| TelemetryError::Exporter(endpoint.to_owned(), text);
    if !endpoint.starts_with("http://") {
        return Err(refuse("only http:// is spoken; put a local collector in between for TLS".to_owned()));
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_LIMIT)
        .build()
        .map_err(|e| refuse(e.to_string()))?;
    let resource = Resource::builder().with_service_name(service.to_owned()).build();
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

#[cfg(test)]
mod tests {
    use super::{Format, Options, TelemetryError, init};

    #[tokio::test]
    async fn wrong_options_are_refused_before_anything_starts() {
        let filter = Options { filter: "a=b=c".to_owned(), ..Options::default() };
        assert!(matches!(init("s", &filter), Err(TelemetryError::Filter(..))));
        let endpoint = Options { otlp_endpoint: Some("collector:4317".to_owned()), ..Options::default() };
        assert!(matches!(init("s", &endpoint), Err(TelemetryError::Exporter(..))));
        let good = Options {
            format: Format::Json,
            otlp_endpoint: Some("http://127.0.0.1:9".to_owned()),
            ..Options::default()
        };
        let guard = init("s", &good).expect("starts without a collector");
        assert!(matches!(init("s", &Options::default()), Err(TelemetryError::Twice)));
        guard.shutdown();
    }
}
