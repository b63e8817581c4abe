//! The layers around the door, in one constant order: catch-panic, request id, trace, metadata cap. Identity,
//! authorisation and forwarding follow in [`super::Door`]. Health and reflection pass the same layers.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http::HeaderValue;
use tracing::Instrument as _;
use tributary_core::{Fault, IdSource};
use tributary_rpc::measure;

use super::{headers, refusal};
use crate::{SERVICE, reasons::METADATA_TOO_LARGE};

/// The id of the call that a request belongs to, in its extensions.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub String);

/// Puts the layers around a router.
pub fn with_layers(router: Router, ids: Arc<dyn IdSource>) -> Router {
    router.layer(middleware::from_fn_with_state(ids, run))
}

async fn run(State(ids): State<Arc<dyn IdSource>>, mut request: Request, next: Next) -> Response {
    let request_id = headers::request_id(request.headers(), ids.as_ref());
    let id_header = HeaderValue::from_str(&request_id);
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let span = measure::span(request.uri().path(), &request_id);
    tributary_telemetry::continue_trace(&span, request.headers());
    let measured = measure::Call::incoming(SERVICE, request.uri().path(), &span);

    let work = capped(request, next, &request_id).instrument(span.clone());
    let mut response = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let _entered = span.enter();
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        refuse(&Fault::internal(format!("panicked: {}", text.unwrap_or("without a message"))), &request_id)
    });
    if let Ok(id) = id_header {
        response.headers_mut().insert(headers::REQUEST_ID, id);
    }
    match measured {
        Some(call) => call.answered(response),
        None => response,
    }
}

async fn capped(request: Request, next: Next, request_id: &str) -> Response {
    let started = Instant::now();
    let size = headers::size(request.headers());
    let response = if size > headers::LIMIT {
        let why =
            format!("the metadata of the call takes {size} bytes, at most {} are read; send less", headers::LIMIT);
        refuse(&Fault::new(METADATA_TOO_LARGE, why).with("limit", "metadata"), request_id)
    } else {
        next.run(request).await
    };
    // Refusals stand in the headers; what an answer says in its trailers is logged by the service.
    let code = response.headers().get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0");
    tracing::debug!(code, elapsed_us = started.elapsed().as_micros(), "call answered");
    response
}

fn refuse(fault: &Fault, request_id: &str) -> Response {
    refusal::response(fault, request_id).map(axum::body::Body::new).into_response()
}
