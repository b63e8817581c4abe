//! Sets the process's subscriber up, once, and flushes it at the end.

use std::{
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use opentelemetry::{KeyValue, metrics::MeterProvider as _, trace::TracerProvider as _};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::{Sampler, SdkTracerProvider},
};
use prometheus::{Registry, TextEncoder};
use serde::{Deserialize, Serialize};
use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{lines::JsonLines, metrics, names};

/// The version that runs.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How often metrics go to the collector.
const EXPORT_EVERY: Duration = Duration::from_secs(15);

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

/// What is logged, and where traces and metrics go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which events count, in the syntax of tracing's filters. Example: "info,tributary_sql=debug".
    pub filter: String,
    /// How log lines look.
    pub format: Format,
    /// Address of an OTLP collector (gRPC) for traces and metrics; none: nothing is exported. Example:
    /// "http://127.0.0.1:4317".
    pub otlp_endpoint: Option<String>,
    /// How many of a hundred traces that begin here are exported; one that began elsewhere goes on as it began.
    pub sample_percent: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text, otlp_endpoint: None, sample_percent: 100 }
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
    /// Metrics cannot be offered to Prometheus.
    #[error("metrics cannot be offered: {0}")]
    Metrics(String),
    /// The process has a subscriber already.
    #[error("telemetry was started twice")]
    Twice,
}

/// Keeps telemetry running; flushes what is left when it goes.
#[derive(Debug)]
#[must_use = "traces are lost when the guard goes"]
pub struct Guard {
    tracers: Option<SdkTracerProvider>,
    meters: Option<SdkMeterProvider>,
    registry: Option<Registry>,
}

/// The metrics of the process as the text that Prometheus reads. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exposition(Registry);

impl Exposition {
    /// The content type of the text.
    pub const CONTENT_TYPE: &'static str = prometheus::TEXT_FORMAT;

    /// The text of this moment.
    ///
    /// # Errors
    /// A sentence when a metric cannot be written, which would be our mistake.
    pub fn text(&self) -> Result<String, String> {
        TextEncoder::new().encode_to_string(&self.0.gather()).map_err(|e| e.to_string())
    }
}

impl Guard {
    /// The metrics, when they were asked for.
    #[must_use]
    pub fn exposition(&self) -> Option<Exposition> {
        self.registry.clone().map(Exposition)
    }

    /// Sends what is left, within five seconds. Blocks its thread: on a runtime of one thread call it after the runtime
    /// has ended or from `spawn_blocking`.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(tracers) = self.tracers.take()
            && let Err(error) = tracers.shutdown_with_timeout(FLUSH_LIMIT)
        {
            tracing::warn!(%error, "some traces were not sent");
        }
        if let Some(meters) = self.meters.take()
            && let Err(error) = meters.shutdown_with_timeout(FLUSH_LIMIT)
        {
            tracing::warn!(%error, "the last metrics were not sent");
        }
    }
}

/// Starts logs for a service; with an endpoint traces and metrics to a collector, with `offered` metrics for
/// [`Guard::exposition`]. With an endpoint it needs a running tokio runtime, on which the exporters connect when they
/// first send; a collector that is away costs traces, never calls.
///
/// # Errors
/// When the filter or the endpoint cannot be read, or telemetry was started before.
pub fn init(service: &str, options: &Options, offered: bool) -> Result<Guard, TelemetryError> {
    let filter = EnvFilter::try_new(&options.filter)
        .map_err(|e| TelemetryError::Filter(options.filter.clone(), e.to_string()))?;
    let resource = resource(service);
    let endpoint = options.otlp_endpoint.as_deref();
    let tracers = endpoint.map(|endpoint| tracers(endpoint, options.sample_percent, &resource)).transpose()?;
    let registry = offered.then(Registry::new);
    let meters = meters(endpoint, registry.as_ref(), resource)?;
    let traces = tracers.as_ref().map(|p| tracing_opentelemetry::layer().with_tracer(p.tracer("tributary")));
    let lines = match options.format {
        Format::Text => {
            tracing_subscriber::fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()).compact().boxed()
        }
        Format::Json => JsonLines::new(stderr).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(|event| *event.level() <= Level::INFO || !is_transport(event.target())))
        .with(traces)
        .with(lines)
        .try_init()
        .map_err(|_| TelemetryError::Twice)?;
    if tracers.is_some() {
        metrics::traced();
    }
    if let Some(meters) = &meters {
        metrics::begin(&meters.meter("tributary"));
        names::BUILD_INFO.set(1, &[("service.version", VERSION), (names::SERVICE, service)]);
    }
    Ok(Guard { tracers, meters, registry })
}

/// Whether a target belongs to a library that writes the bytes of headers into its finer lines, keys and tokens among
/// them. No filter gets those to see.
fn is_transport(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or(target);
    ["h2", "hyper", "hyper_util", "tonic", "tower", "redis", "rustls"].contains(&root)
}

fn resource(service: &str) -> Resource {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "localhost".to_owned());
    let instance = format!("{host}-{}", std::process::id());
    Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.namespace", "tributary"))
        .with_attribute(KeyValue::new("service.version", VERSION))
        .with_attribute(KeyValue::new("service.instance.id", instance))
        .build()
}

fn tracers(endpoint: &str, percent: u8, resource: &Resource) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(plain(endpoint)?)
        .with_timeout(EXPORT_LIMIT)
        .build()
        .map_err(|e| TelemetryError::Exporter(endpoint.to_owned(), e.to_string()))?;
    #[expect(clippy::float_arithmetic, reason = "a share of traces; no amount comes near it")]
    let share = f64::from(percent.min(100)) / 100.0;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
    let builder = SdkTracerProvider::builder().with_resource(resource.clone()).with_sampler(sampler);
    Ok(builder.with_batch_exporter(exporter).build())
}

fn meters(
    endpoint: Option<&str>,
    registry: Option<&Registry>,
    resource: Resource,
) -> Result<Option<SdkMeterProvider>, TelemetryError> {
    if endpoint.is_none() && registry.is_none() {
        return Ok(None);
    }
    let mut builder = SdkMeterProvider::builder().with_resource(resource);
    if let Some(endpoint) = endpoint {
        let exporter = opentelemetry_otlp::MetricExporter::builder()
            .with_tonic()
            .with_endpoint(plain(endpoint)?)
            .with_timeout(EXPORT_LIMIT)
            .build()
            .map_err(|e| TelemetryError::Exporter(endpoint.to_owned(), e.to_string()))?;
        builder = builder.with_reader(PeriodicReader::builder(exporter).with_interval(EXPORT_EVERY).build());
    }
    if let Some(registry) = registry {
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(|e| TelemetryError::Metrics(e.to_string()))?;
        builder = builder.with_reader(exporter);
    }
    Ok(Some(builder.build()))
}

/// The endpoint, if it is one that can be used.
fn plain(endpoint: &str) -> Result<&str, TelemetryError> {
    let why = "only http:// is spoken; put a local collector in between for TLS";
    if endpoint.starts_with("http://") {
        Ok(endpoint)
    } else {
        Err(TelemetryError::Exporter(endpoint.to_owned(), why.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Options, TelemetryError, init, is_transport};
    use crate::{metrics, names};

    #[tokio::test]
    async fn wrong_options_are_refused_before_anything_starts_and_metrics_are_offered() {
        let filter = Options { filter: "a=b=c".to_owned(), ..Options::default() };
        assert!(matches!(init("s", &filter, true), Err(TelemetryError::Filter(..))));
        let endpoint = Options { otlp_endpoint: Some("collector:4317".to_owned()), ..Options::default() };
        assert!(matches!(init("s", &endpoint, false), Err(TelemetryError::Exporter(..))));
        names::OUTBOX_PENDING.set(1, &[(names::SERVICE, "before")]);
        assert!(!metrics::enabled());
        let good = Options {
            format: Format::Json,
            otlp_endpoint: Some("http://127.0.0.1:9".to_owned()),
            ..Options::default()
        };
        let guard = init("s", &good, true).expect("starts without a collector");
        assert!(metrics::enabled());
        names::OUTBOX_PENDING.set(17, &[(names::SERVICE, "partner-registry")]);
        let took = std::time::Duration::from_millis(30);
        names::RPC_SERVER_CALL_DURATION.observe(took, &[("rpc.method", "a.B/C"), ("rpc.response.status_code", "OK")]);
        names::FACTS_RECORDED.add(3, &[("outcome", "recorded")]);
        let text = guard.exposition().expect("asked for").text().expect("text");
        for line in [
            "tributary_outbox_pending{tributary_service=\"partner-registry\"} 17\n",
            "rpc_server_call_duration_seconds_bucket{rpc_method=\"a.B/C\",rpc_response_status_code=\"OK\",le=\"0.025\"} 0\n",
            "rpc_server_call_duration_seconds_bucket{rpc_method=\"a.B/C\",rpc_response_status_code=\"OK\",le=\"0.05\"} 1\n",
            "tributary_facts_recorded_total{outcome=\"recorded\"} 3\n",
            "service_name=\"s\"",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("before"), "{text}");
        assert!(matches!(init("s", &Options::default(), false), Err(TelemetryError::Twice)));
        guard.shutdown();
    }

    #[test]
    fn finer_lines_of_transports_are_never_shown() {
        assert!(is_transport("h2::codec::framed_read") && is_transport("hyper") && is_transport("redis::aio"));
        assert!(!is_transport("tributary_rpc::client") && !is_transport("sqlx::query"));
    }
}
