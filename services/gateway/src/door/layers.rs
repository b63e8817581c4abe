//! The layers around the door, in one constant order: language, cross-origin, catch-panic, request id, trace, metadata cap,
//! gRPC-Web. Identity, authorisation and forwarding follow in [`super::Door`]. Health and reflection pass the same layers.

use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http::HeaderValue;
use tonic::body::Body;
use tower::{Layer as _, ServiceExt as _};
use tracing::Instrument as _;
use tributary_core::{Fault, IdSource};
use tributary_rpc::{measure, tls::PeerCertificate};

use super::{cors::CorsSettings, dialect::Dialect, headers, refusal};
use crate::{SERVICE, reasons::METADATA_TOO_LARGE};

/// Where a call comes from, in the extensions of its request.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Id of the call.
    pub request_id: String,
    /// Address of the other side, without the port; empty within the process.
    pub address: String,
    /// The certificate that its connection showed.
    pub certificate: Option<Arc<PeerCertificate>>,
    /// What it speaks.
    pub dialect: Dialect,
    /// When it came.
    pub began: Instant,
}

/// Where the call comes from that a request belongs to.
pub(crate) fn origin<B>(request: &http::Request<B>) -> Origin {
    request.extensions().get::<Origin>().cloned().unwrap_or_else(|| Origin {
        request_id: String::new(),
        address: String::new(),
        certificate: None,
        dialect: Dialect::of(request.headers()),
        began: Instant::now(),
    })
}

struct Layers {
    ids: Arc<dyn IdSource>,
    cors: CorsSettings,
}

/// Puts the layers around a router.
pub fn with_layers(router: Router, ids: Arc<dyn IdSource>, cors: CorsSettings) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(Layers { ids, cors }), run))
}

async fn run(State(layers): State<Arc<Layers>>, mut request: Request, next: Next) -> Response {
    let dialect = Dialect::of(request.headers());
    if let Some(answer) = layers.cors.preflight(request.method(), request.headers()) {
        return answer;
    }
    let grant = layers.cors.grant(request.headers());
    let request_id = headers::request_id(request.headers(), layers.ids.as_ref());
    let id_header = HeaderValue::from_str(&request_id);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| peer.ip().to_string()).unwrap_or_default();
    let certificate = request.extensions().get::<Arc<PeerCertificate>>().cloned();
    let origin = Origin { request_id: request_id.clone(), address, certificate, dialect, began: Instant::now() };
    request.extensions_mut().insert(origin);
    let span = measure::span(request.uri().path(), &request_id);
    tributary_telemetry::continue_trace(&span, request.headers());
    let measured = measure::Call::incoming(SERVICE, request.uri().path(), &span);

    let work = capped(request, next, dialect, &request_id).instrument(span.clone());
    let response = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let _entered = span.enter();
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        refused(&Fault::internal(format!("panicked: {}", text.unwrap_or("without a message"))), &request_id)
    });
    let mut response = dialect.render(response);
    if let Ok(id) = id_header {
        response.headers_mut().insert(headers::REQUEST_ID, id);
    }
    response.headers_mut().extend(grant.unwrap_or_default());
    match measured {
        Some(call) => call.answered(response),
        None => response,
    }
}

async fn capped(request: Request, next: Next, dialect: Dialect, request_id: &str) -> Response {
    let started = Instant::now();
    let size = headers::size(request.headers());
    let response = if size > headers::LIMIT {
        let why =
            format!("the metadata of the call takes {size} bytes, at most {} are read; send less", headers::LIMIT);
        refused(&Fault::new(METADATA_TOO_LARGE, why).with("limit", "metadata"), request_id)
    } else if dialect == Dialect::GrpcWeb {
        from_web(request, next).await
    } else {
        next.run(request).await
    };
    // Refusals stand in the headers; what an answer says in its trailers is logged by the service.
    let code = response.headers().get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0");
    tracing::debug!(code, elapsed_us = started.elapsed().as_micros(), "call answered");
    response
}

/// gRPC-Web is gRPC in another wrapping: base64 where the caller wants text, trailers at the end of the body. The bytes of the
/// messages stay as they are.
async fn from_web(request: Request, next: Next) -> Response {
    let inner = tower::service_fn(move |request: http::Request<Body>| {
        let next = next.clone();
        async move { Ok::<_, std::convert::Infallible>(next.run(request.map(axum::body::Body::new)).await) }
    });
    match tonic_web::GrpcWebLayer::new().layer(inner).oneshot(request).await {
        Ok(response) => response.map(axum::body::Body::new),
        Err(never) => match never {},
    }
}

fn refused(fault: &Fault, request_id: &str) -> Response {
    refusal::response(fault, request_id).map(axum::body::Body::new).into_response()
}
