//! Who calls, and may he: verifies the internal token, holds its roles against the policy of the method and hands the
//! caller on as [`RequestContext`]. Health and reflection are open.
//!
//! The gateway checks policies too; this one holds for calls between services, and for whoever gets past the gateway.

use axum::extract::Request;
use http::header::AUTHORIZATION;
use tributary_core::{Fault, RequestContext, fault::common};

use super::Stack;
use crate::policy;

/// Paths that anybody may call: they tell nothing about any tenant.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// Whether a path needs no identity.
pub(super) fn is_open(path: &str) -> bool {
    OPEN.iter().any(|prefix| path.starts_with(prefix))
}

/// Puts the verified caller into the extensions of the request. Whether he may call comes before everything that the
/// request says.
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
    allow(stack, &context, request.uri().path())?;
    tracing::debug!(tenant = %context.tenant, subject = %context.subject, "caller admitted");
    request.extensions_mut().insert(context);
    Ok(())
}

fn allow(stack: &Stack, context: &RequestContext, path: &str) -> Result<(), Fault> {
    let policy = stack.policies.get(path).ok_or_else(|| policy::unknown(path))?;
    if policy.allows(&context.roles) { Ok(()) } else { Err(policy::denied(&context.subject, path, &policy.roles)) }
}
