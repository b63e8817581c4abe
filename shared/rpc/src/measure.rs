//! Calls measured to their end: how long they took and with which code they ended, told to metrics and to their span.
//! When neither is taken, a call passes through untouched.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
    time::Instant,
};

use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tonic::Code;
use tracing::{Span, field::Empty};
use tributary_telemetry::{
    metrics::{self, Attributes, Histogram},
    names,
};

/// What stands for methods that nobody serves, so that callers cannot fill the metrics with names of their own.
const OTHER: &str = "_OTHER";

/// Paths of health.
const HEALTH: &str = "/grpc.health.";

/// Every method of the contract, and what tools ask.
static METHODS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let methods = tributary_proto::pool().services().flat_map(|service| {
        let name = service.full_name().to_owned();
        service.methods().map(|method| format!("{name}/{}", method.name())).collect::<Vec<_>>()
    });
    let tools = [
        "grpc.health.v1.Health/Check",
        "grpc.health.v1.Health/Watch",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ];
    methods.chain(tools.map(str::to_owned)).collect()
});

/// The method of a path as the conventions write it: "tributary.partner.v1.PartnerService/GetPartner".
fn method(path: &str) -> &'static str {
    METHODS.get(path.trim_start_matches('/')).map_or(OTHER, String::as_str)
}

/// The span of a call that comes in. That of health, which is asked all the time, is there only for whoever looks closely.
#[must_use]
pub fn span(path: &str, request_id: &str) -> Span {
    let method = method(path);
    if path.starts_with(HEALTH) {
        return tracing::debug_span!("rpc", otel.name = method, otel.kind = "server", rpc.method = method, request_id);
    }
    tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = method,
        rpc.response.status_code = Empty,
        request_id,
        tenant = Empty,
        subject = Empty,
    )
}

/// A call under way.
#[derive(Debug)]
pub struct Call {
    histogram: &'static Histogram,
    service: &'static str,
    method: &'static str,
    begun: Instant,
    span: Span,
    code: Option<Code>,
}

impl Call {
    /// A call that comes in at a service; `None` when nobody wants to know.
    #[must_use]
    pub fn incoming(service: &'static str, path: &str, span: &Span) -> Option<Self> {
        metrics::followed().then(|| Self::new(&names::RPC_SERVER_CALL_DURATION, service, path, span.clone()))
    }

    /// A call of a service to another, with its span; `None` when nobody wants to know.
    pub(crate) fn outgoing(service: &'static str, path: &str) -> Option<Self> {
        metrics::followed().then(|| {
            let method = method(path);
            let span = tracing::info_span!(
                "call",
                otel.name = method,
                otel.kind = "client",
                otel.status_code = Empty,
                rpc.system.name = "grpc",
                rpc.method = method,
                rpc.response.status_code = Empty,
            );
            Self::new(&names::RPC_CLIENT_CALL_DURATION, service, path, span)
        })
    }

    fn new(histogram: &'static Histogram, service: &'static str, path: &str, span: Span) -> Self {
        Self { histogram, service, method: method(path), begun: Instant::now(), span, code: None }
    }

    /// The span of the call.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Follows an answer to the end of its body.
    #[must_use]
    pub fn answered(mut self, response: Response) -> Response {
        self.look(response.headers());
        response.map(|inner| axum::body::Body::new(Followed { inner, call: Some(self) }))
    }

    /// Ends with the code of an answer that has begun, or of a refusal.
    pub(crate) fn began(mut self, headers: Result<&HeaderMap, Code>) {
        match headers {
            Ok(headers) => {
                self.look(headers);
                self.end(Code::Ok);
            }
            Err(code) => self.end(code),
        }
    }

    fn look(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get(tonic::Status::GRPC_STATUS) {
            self.code = Some(Code::from_bytes(code.as_bytes()));
        }
    }

    fn end(self, otherwise: Code) {
        let code = self.code.unwrap_or(otherwise);
        let name = code_name(code);
        self.span.record("rpc.response.status_code", name);
        if is_servers_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let attributes: Attributes<'_> = &[
            ("rpc.system.name", "grpc"),
            ("rpc.method", self.method),
            ("rpc.response.status_code", name),
            (names::SERVICE, self.service),
        ];
        self.histogram.observe(self.begun.elapsed(), attributes);
    }
}

/// A body that tells how it ended.
struct Followed {
    inner: axum::body::Body,
    call: Option<Call>,
}

impl Body for Followed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(trailers), Some(call)) = (frame.trailers_ref(), self.call.as_mut()) {
                    call.look(trailers);
                }
            }
            Some(Err(_)) => self.finish(Code::Unavailable),
            None => self.finish(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Followed {
    fn finish(&mut self, otherwise: Code) {
        if let Some(call) = self.call.take() {
            call.end(otherwise);
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        // A client that goes away before the status came; after it the code is known.
        self.finish(Code::Cancelled);
    }
}

/// What the conventions count as a failure of the server; the others are the caller's own doing.
fn is_servers_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// The name of a code as the conventions write it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::{OTHER, method};

    #[test]
    fn only_methods_of_the_contract_have_names() {
        let known = "tributary.partner.v1.PartnerService/GetPartner";
        assert_eq!(method(&format!("/{known}")), known);
        assert_eq!(method("/grpc.health.v1.Health/Check"), "grpc.health.v1.Health/Check");
        for other in ["/tributary.partner.v1.PartnerService/Nothing", "/../../etc/passwd", ""] {
            assert_eq!(method(other), OTHER);
        }
    }
}
