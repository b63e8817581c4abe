//! A collector for tests: takes spans and metrics over OTLP and keeps what it got, so that tests of other crates can look
//! at traces without naming opentelemetry.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
};
use tonic::{Request, Response, Status, transport::Server};

/// A span that was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Which service sent it.
    pub service: String,
    /// Its name as a collector shows it.
    pub name: String,
    /// Trace, in hexadecimal digits.
    pub trace: String,
    /// Span.
    pub id: String,
    /// The span it is a child of; empty for a root.
    pub parent: String,
    /// Attributes, values as text.
    pub attributes: Vec<(String, String)>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Received>,
    /// Everything that came, as text: where a canary would sing.
    raw: String,
    metrics: Vec<String>,
}

/// A collector that runs until the runtime ends.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Where it listens. Example: "http://127.0.0.1:41234".
    pub endpoint: String,
    kept: Arc<Mutex<Kept>>,
}

impl Collector {
    /// Starts one on a free port of the loopback.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let kept = Arc::new(Mutex::new(Kept::default()));
        let serving = Server::builder()
            .add_service(TraceServiceServer::new(Take(kept.clone())))
            .add_service(MetricsServiceServer::new(Take(kept.clone())))
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
        tokio::spawn(serving);
        Ok(Self { endpoint, kept })
    }

    /// The spans so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Received> {
        lock(&self.kept).spans.clone()
    }

    /// The names of metrics so far.
    #[must_use]
    pub fn metrics(&self) -> Vec<String> {
        lock(&self.kept).metrics.clone()
    }

    /// Everything that came, as text.
    #[must_use]
    pub fn raw(&self) -> String {
        lock(&self.kept).raw.clone()
    }
}

struct Take(Arc<Mutex<Kept>>);

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tonic::async_trait]
impl TraceService for Take {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        let mut kept = lock(&self.0);
        kept.raw.push_str(&format!("{request:?}\n"));
        for resource in request.resource_spans {
            let about = resource.resource.map(|r| texts(&r.attributes)).unwrap_or_default();
            let service = about.into_iter().find(|(key, _)| key == "service.name").map(|(_, v)| v).unwrap_or_default();
            for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                kept.spans.push(Received {
                    service: service.clone(),
                    name: span.name,
                    trace: digits(&span.trace_id),
                    id: digits(&span.span_id),
                    parent: digits(&span.parent_span_id),
                    attributes: texts(&span.attributes),
                });
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Take {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let request = request.into_inner();
        let mut kept = lock(&self.0);
        kept.raw.push_str(&format!("{request:?}\n"));
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        kept.metrics.extend(scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name));
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|v| v.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(yes)) => yes.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
