//! Clients of other services: one boxed type whether the service is in this process or far away.
//!
//! ```text
//! let partners = PartnerServiceClient::new(client::authorised(deps.partner_registry, signer, clock, "incentive-calculation"));
//! let answer = partners.clone().batch_get_partners(client::on_behalf(&context, request)).await?;
//! ```

use std::{
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, header::AUTHORIZATION};
use tonic::{Code, Status, body::Body};
use tower::{Service, ServiceExt as _, util::BoxCloneSyncService};
use tracing::Instrument as _;
use tributary_core::{Clock, Fault, RequestContext, Role, Scope, TenantId, fault::common};

use crate::{
    channel::Channel,
    layers::{REQUEST_ID, deadline},
    measure::Call,
    token::TokenSigner,
};

/// Anything that answers gRPC calls: what generated clients are built on. Its error is a status and not a boxed error,
/// because a future over a boxed one cannot be proven `Send` in a generic client.
pub type Backend = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Status>;

/// A service in the same process: no socket, no HTTP/2.
#[must_use]
pub fn local(router: axum::Router) -> Backend {
    let service = tower::ServiceBuilder::new()
        .map_response(|response: http::Response<axum::body::Body>| response.map(Body::new))
        .map_err(|never: std::convert::Infallible| -> Status { match never {} })
        .service(router);
    Backend::new(service)
}

/// A service at one address such as "http://registry:7421", or at several separated by commas. A host name stands for
/// every address it resolves to, now and later; calls are balanced over all that answer. Within a tokio runtime.
///
/// # Errors
/// A fault that names the address that cannot be read.
pub fn remote(addresses: &str) -> Result<Backend, Fault> {
    Ok(Backend::new(Channel::open(addresses)?))
}

/// A backend that is needed before its service exists. Until [`DeferredHandle::set`] calls are UNAVAILABLE.
#[must_use]
pub fn deferred() -> (Backend, DeferredHandle) {
    let cell = Arc::new(OnceLock::new());
    (Backend::new(Deferred { cell: cell.clone() }), DeferredHandle { cell })
}

/// Gives a deferred backend its service.
#[derive(Debug, Clone)]
pub struct DeferredHandle {
    cell: Arc<OnceLock<Backend>>,
}

impl DeferredHandle {
    /// The service in this process. Only the first one counts.
    pub fn set(&self, router: axum::Router) {
        self.set_backend(local(router));
    }

    /// Any backend. Only the first one counts.
    pub fn set_backend(&self, backend: Backend) {
        if self.cell.set(backend).is_err() {
            tracing::warn!("a deferred backend was set twice, the second is ignored");
        }
    }
}

#[derive(Clone)]
struct Deferred {
    cell: Arc<OnceLock<Backend>>,
}

impl Service<http::Request<Body>> for Deferred {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Self::Response, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match self.cell.get() {
            Some(backend) => backend.clone().oneshot(request).boxed(),
            None => refused(Status::unavailable("the service is not started yet, retry with backoff")),
        }
    }
}

fn refused(status: Status) -> BoxFuture<'static, Result<http::Response<Body>, Status>> {
    futures::future::ready(Ok(status.into_http())).boxed()
}

/// Signs a fresh token for every call, for the caller that [`on_behalf`] or the tenant that [`for_tenant`] put into the
/// request. Passes request id, trace and remaining time on. A call without either is refused before it leaves.
#[must_use]
pub fn authorised(backend: Backend, signer: Arc<TokenSigner>, clock: Arc<dyn Clock>, service: &'static str) -> Backend {
    Backend::new(Authorised { backend, signer, clock, service })
}

/// A request in the name of the caller that is served right now.
#[must_use]
pub fn on_behalf<T>(context: &RequestContext, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(context.clone());
    request
}

/// A request of the service itself, for a tenant.
#[must_use]
pub fn for_tenant<T>(tenant: &TenantId, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(tenant.clone());
    request
}

/// The context of a service that acts for itself. `request_id` may be empty: the other side makes one.
#[must_use]
pub fn service_context(service: &str, tenant: &TenantId, request_id: &str) -> RequestContext {
    RequestContext {
        tenant: tenant.clone(),
        subject: format!("service:{service}"),
        roles: vec![Role::Service],
        scope: Scope::Tenant,
        request_id: request_id.to_owned(),
    }
}

/// The fault of a call to another service that failed for a reason its caller cannot act on. Handle the codes that
/// mean something to the use case (NOT_FOUND, say) before.
#[must_use]
pub fn upstream(service: &str, status: &Status) -> Fault {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Aborted | Code::Cancelled => {
            Fault::new(common::UPSTREAM_UNAVAILABLE, format!("{service} did not answer; retry with backoff"))
                .with("service", service)
        }
        code => Fault::internal(format!("{service} answered {code:?}: {}", status.message())),
    }
}

#[derive(Clone)]
struct Authorised {
    backend: Backend,
    signer: Arc<TokenSigner>,
    clock: Arc<dyn Clock>,
    service: &'static str,
}

impl Authorised {
    fn sign(&self, request: &mut http::Request<Body>) -> Result<(), Fault> {
        let tenant = request.extensions_mut().remove::<TenantId>();
        let caller = request.extensions_mut().remove::<RequestContext>();
        let context = caller
            .or_else(|| tenant.map(|tenant| service_context(self.service, &tenant, "")))
            .ok_or_else(|| Fault::internal("a call without a caller: use on_behalf or for_tenant"))?;
        let token = self.signer.sign(&context, self.clock.now())?;
        let header = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| Fault::internal(format!("{text:?} cannot be a header")))
        };
        let mut bearer = header(&format!("Bearer {token}"))?;
        bearer.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        if !context.request_id.is_empty() {
            headers.insert(REQUEST_ID, header(&context.request_id)?);
        }
        if let Some(left) = deadline::remaining() {
            let asked = headers.get("grpc-timeout").and_then(|v| v.to_str().ok()).and_then(deadline::parse);
            headers.insert("grpc-timeout", header(&deadline::write(asked.map_or(left, |asked| asked.min(left))))?);
        }
        tributary_telemetry::inject(headers);
        Ok(())
    }
}

impl Service<http::Request<Body>> for Authorised {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Self::Response, Status>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.backend.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let call = Call::outgoing(self.service, request.uri().path());
        let span = call.as_ref().map_or_else(tracing::Span::current, |call| call.span().clone());
        if let Err(fault) = span.in_scope(|| self.sign(&mut request)) {
            return refused(crate::status::to_status(&fault, "client.tributary", ""));
        }
        let answer = self.backend.call(request).instrument(span);
        let Some(call) = call else { return answer.boxed() };
        async move {
            let answer = answer.await;
            call.began(answer.as_ref().map(http::Response::headers).map_err(Status::code));
            answer
        }
        .boxed()
    }
}
