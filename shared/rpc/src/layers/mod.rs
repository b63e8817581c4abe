//! The layers around every service, in one constant order: catch-panic, request id, trace, deadline, identity, own rows of
//! partners, handler.
//! The same for a served and a local router, so a call in the same process meets the same rules as one from afar.

pub(crate) mod deadline;
mod guard;
mod identity;
mod own_rows;
mod request_id;

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use tracing::Instrument as _;
use tributary_core::{Clock, Fault, IdSource};

pub(crate) use request_id::REQUEST_ID;

use crate::{measure, policy::Policies, status, token::TokenVerifier};

/// What the layers of one service need to know.
#[derive(Debug)]
pub(crate) struct Stack {
    /// Whose calls these are, for metrics.
    pub service: &'static str,
    pub domain: &'static str,
    pub verifier: TokenVerifier,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    /// Who may call what.
    pub policies: &'static Policies,
}

impl Stack {
    fn refusal(&self, fault: &Fault, request_id: &str) -> Response {
        status::to_status(fault, self.domain, request_id).into_http::<axum::body::Body>().into_response()
    }
}

/// Runs one call through all layers; the order is the order of the lines.
pub(crate) async fn run(State(stack): State<Arc<Stack>>, mut request: Request, next: Next) -> Response {
    let request_id = request_id::assign(&mut request, stack.ids.as_ref());
    let span = measure::span(request.uri().path(), &request_id);
    tributary_telemetry::continue_trace(&span, request.headers());
    let measured = measure::Call::incoming(stack.service, request.uri().path(), &span);
    let work = call(&stack, request, next, &request_id).instrument(span.clone());
    let response = std::panic::AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        let _entered = span.enter();
        stack.refusal(&Fault::internal(guard::panic_text(&*panic)), &request_id)
    });
    match measured {
        Some(call) => call.answered(response),
        None => response,
    }
}

async fn call(stack: &Stack, mut request: Request, next: Next, request_id: &str) -> Response {
    let started = Instant::now();
    let path = request.uri().path().to_owned();
    let open = identity::is_open(&path);
    let streaming = open || stack.policies.get(&path).is_some_and(|policy| policy.streaming);
    let response = match deadline::of_call(request.headers(), streaming) {
        Err(fault) => stack.refusal(&fault, request_id),
        Ok(limit) => {
            let handled = async {
                if !open && let Err(fault) = identity::admit(stack, &mut request, request_id) {
                    return stack.refusal(&fault, request_id);
                }
                match own_rows::Keeper::of(stack.policies, &request) {
                    Some(keeper) => match keeper.run(request, next).await {
                        Ok(response) => response,
                        Err(fault) => stack.refusal(&fault, request_id),
                    },
                    None => next.run(request).await,
                }
            };
            match deadline::bounded(limit, handled).await {
                Ok(response) if streaming => guard::body(response, limit, stack.domain, request_id),
                Ok(response) => response,
                Err(fault) => stack.refusal(&fault, request_id),
            }
        }
    };
    // Refusals stand in the headers; an answer that breaks off later says so in its trailers, which pass unseen here.
    let code = response.headers().get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0");
    tracing::debug!(code, elapsed_us = started.elapsed().as_micros(), "call answered");
    response
}
