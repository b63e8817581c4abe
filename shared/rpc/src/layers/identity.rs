//! Who calls: verifies the internal token and hands the caller on as [`RequestContext`]. Health and reflection are open.

use axum::extract::Request;
use http::header::AUTHORIZATION;
use tributary_core::{Fault, RequestContext, fault::common};

use super::Stack;

/// Paths that anybody may call: they tell nothing about any tenant.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// Whether a path needs no identity.
pub(super) fn is_open(path: &str) -> bool {
    OPEN.iter().any(|prefix| path.starts_with(prefix))
}

/// Puts the verified caller into the extensions of the request.
pub(super) fn admit(stack: &Stack, request: &mut Request, request_id: &str) -> Result<(), Fault> {
    // A local client may have left one there: only what a token proves counts.
    request.extensions_mut().remove::<RequestContext>();
    let header = request.headers_mut().remove(AUTHORIZATION);
    let token = header
        .as_ref()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            Fault::new(common::UNAUTHENTICATED, "the call carries no internal token; call through the gateway")
        })?;
    let mut context = stack.verifier.verify(token, stack.clock.now())?;
    if context.request_id.is_empty() {
        request_id.clone_into(&mut context.request_id);
    }
    tracing::debug!(tenant = %context.tenant, subject = %context.subject, "caller admitted");
    request.extensions_mut().insert(context);
    Ok(())
}
