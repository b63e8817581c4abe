//! What a thin handler needs: the caller, the validated request, and faults turned into statuses.
//!
//! ```text
//! async fn get_partner(&self, request: Request<GetPartnerRequest>) -> Result<Response<Partner>, Status> {
//!     self.edge.read(request, |context, query| self.app.get(context, query)).await
//! }
//! ```

use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;
use tributary_core::{Fault, RequestContext, fault::common};
use tributary_lifecycle::Worker;

use crate::{layers::deadline, status, validate};

/// Error domain of a service and the writes in flight. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Edge {
    domain: &'static str,
    writes: TaskTracker,
}

impl Edge {
    /// For the service of an error domain. Example: "partner.tributary".
    #[must_use]
    pub fn new(domain: &'static str) -> Self {
        Self { domain, writes: TaskTracker::new() }
    }

    /// The error domain.
    #[must_use]
    pub fn domain(&self) -> &'static str {
        self.domain
    }

    /// Answers a call that changes nothing: it ends when the client goes away.
    ///
    /// # Errors
    /// The status of the fault.
    pub async fn read<Q, A, F, Fut>(&self, request: Request<Q>, f: F) -> Result<Response<A>, Status>
    where
        Q: prost::Message + prost::Name,
        F: FnOnce(RequestContext, Q) -> Fut,
        Fut: Future<Output = Result<A, Fault>> + Send,
    {
        let (context, query) = self.admit(request)?;
        let request_id = context.request_id.clone();
        self.answer(f(context, query).await, &request_id)
    }

    /// Answers a call that changes state: it runs in a task of its own, so that a client that goes away cannot cut it. At
    /// its deadline it ends: a transaction that is being committed is committed, any other taken back. At a stop the
    /// process waits for it.
    ///
    /// # Errors
    /// The status of the fault.
    pub async fn write<Q, A, F, Fut>(&self, request: Request<Q>, f: F) -> Result<Response<A>, Status>
    where
        Q: prost::Message + prost::Name,
        A: Send + 'static,
        F: FnOnce(RequestContext, Q) -> Fut,
        Fut: Future<Output = Result<A, Fault>> + Send + 'static,
    {
        let (context, query) = self.admit(request)?;
        let request_id = context.request_id.clone();
        let result = self.uncut(f(context, query)).await;
        self.answer(result, &request_id)
    }

    /// [`write`](Self::write) without the check of the annotations, for requests that are not to be checked as a whole:
    /// an update is valid when its result is, a batch when each item is, and a creation tells its violations together
    /// with those of the domain.
    ///
    /// # Errors
    /// The status of the fault.
    pub async fn write_unchecked<Q, A, F, Fut>(&self, request: Request<Q>, f: F) -> Result<Response<A>, Status>
    where
        A: Send + 'static,
        F: FnOnce(RequestContext, Q) -> Fut,
        Fut: Future<Output = Result<A, Fault>> + Send + 'static,
    {
        let context = self.context(&request)?;
        let request_id = context.request_id.clone();
        let result = self.uncut(f(context, request.into_inner())).await;
        self.answer(result, &request_id)
    }

    /// The verified caller, for handlers of streams.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the identity layer did not run.
    pub fn context<T>(&self, request: &Request<T>) -> Result<RequestContext, Status> {
        request
            .extensions()
            .get::<RequestContext>()
            .cloned()
            .ok_or_else(|| self.status(&Fault::new(common::UNAUTHENTICATED, "the call carries no identity"), ""))
    }

    /// Checks a request against its annotations, for handlers of streams.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation.
    pub fn validate<Q: prost::Message + prost::Name>(&self, query: &Q, request_id: &str) -> Result<(), Status> {
        validate::validate(query).map_err(|violations| self.status(&Fault::invalid(violations), request_id))
    }

    /// The status of a fault in this domain.
    #[must_use]
    pub fn status(&self, fault: &Fault, request_id: &str) -> Status {
        status::to_status(fault, self.domain, request_id)
    }

    /// Runs work that must not be cut (a batch of a stream) in a tracked task, as [`write`](Self::write) does.
    ///
    /// # Errors
    /// The fault of the work; `INTERNAL` when it panicked.
    pub async fn uncut<A, Fut>(&self, work: Fut) -> Result<A, Fault>
    where
        A: Send + 'static,
        Fut: Future<Output = Result<A, Fault>> + Send + 'static,
    {
        match self.writes.spawn(deadline::inherited(work).in_current_span()).await {
            Ok(result) => result,
            Err(error) => Err(Fault::internal(format!("a write did not end: {error}"))),
        }
    }

    /// A worker that does nothing until the stop and then waits for the writes in flight.
    #[must_use]
    pub fn drain_worker(&self) -> Worker {
        let writes = self.writes.clone();
        Worker::new("writes-in-flight", move |stop| {
            let writes = writes.clone();
            async move {
                stop.cancelled().await;
                writes.close();
                writes.wait().await;
            }
        })
    }

    fn admit<Q: prost::Message + prost::Name>(&self, request: Request<Q>) -> Result<(RequestContext, Q), Status> {
        let context = self.context(&request)?;
        let query = request.into_inner();
        self.validate(&query, &context.request_id)?;
        Ok((context, query))
    }

    fn answer<A>(&self, result: Result<A, Fault>, request_id: &str) -> Result<Response<A>, Status> {
        result.map(Response::new).map_err(|fault| self.status(&fault, request_id))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use tokio_util::sync::CancellationToken;
    use tonic::{Code, Request};
    use tributary_core::{Fault, RequestContext, TenantId, fault::common};
    use tributary_proto::tributary::partner::v1::GetPartnerRequest;

    use super::Edge;

    fn request(name: &str) -> Request<GetPartnerRequest> {
        let mut request = Request::new(GetPartnerRequest { name: name.to_owned() });
        request.extensions_mut().insert(RequestContext {
            tenant: TenantId::default_tenant(),
            subject: "s".to_owned(),
            roles: vec![],
            scope: tributary_core::Scope::Tenant,
            request_id: "r-1".to_owned(),
        });
        request
    }

    #[tokio::test]
    async fn a_read_sees_the_caller_and_maps_faults() {
        let edge = Edge::new("partner.tributary");
        let answer = edge.read(request("partners/x"), |context, query| async move {
            Ok(format!("{} {}", context.subject, query.name))
        });
        assert_eq!(answer.await.expect("answer").into_inner(), "s partners/x");
        let refused =
            edge.read(request("partners/x"), |_, _| async { Err::<(), _>(Fault::new(common::ETAG_MISMATCH, "no")) });
        assert_eq!(refused.await.expect_err("refused").code(), Code::Aborted);
        let anonymous = edge.read(Request::new(GetPartnerRequest::default()), |_, _| async { Ok(()) });
        assert_eq!(anonymous.await.expect_err("refused").code(), Code::Unauthenticated);
        let invalid = edge.read(request("plans/x"), |_, _| async { Ok(()) });
        assert_eq!(invalid.await.expect_err("refused").code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn a_cancelled_caller_does_not_cut_a_write() {
        let edge = Edge::new("partner.tributary");
        let done = Arc::new(AtomicBool::new(false));
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let flag = done.clone();
        let call = edge.write(request("partners/x"), move |_, _| async move {
            wait.await.expect("sender lives");
            flag.store(true, Ordering::SeqCst);
            Ok(())
        });
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), call).await.is_err(), "the client left");
        go.send(()).expect("the write still waits");
        let stop = CancellationToken::new();
        stop.cancel();
        (edge.drain_worker().run)(stop).await;
        assert!(done.load(Ordering::SeqCst), "the stop waited for the write");
    }

    #[tokio::test]
    async fn a_panicking_write_is_an_internal_error() {
        async fn broken() -> Result<(), Fault> {
            panic!("secret")
        }
        let edge = Edge::new("partner.tributary");
        let call = edge.write(request("partners/x"), |_, _| broken());
        let status = call.await.expect_err("refused");
        assert_eq!((status.code(), status.message()), (Code::Internal, "internal error, quote request id r-1"));
    }
}
