//! The gRPC service with which a person sees to the events of a service: what its consumers could not handle, tried
//! again; what it said, said again. Every service adds it; the gateway finds the way by the name in the request.

mod letter;

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_bus::{Relay, Subscription, redeliver};
use tributary_core::{Fault, RequestContext, Timestamp, fault::common};
use tributary_proto::tributary::event::v1::{
    DeadLetter, GetDeadLetterRequest, ListDeadLettersRequest, ListDeadLettersResponse, ReplayEventsRequest,
    ReplayEventsResponse, RetryDeadLetterRequest, RetryDeadLetterResponse,
    event_service_server::{EventService, EventServiceServer},
};
use tributary_rpc::{Edge, convert, page::PageRequest};
use tributary_sql::OutboxStore;

use letter::LetterName;

/// Sees to the events of one service. Every caller sees those of its tenant.
#[derive(Clone)]
pub struct Events(Arc<Inner>);

struct Inner {
    edge: Edge,
    service: &'static str,
    outbox: Arc<dyn OutboxStore>,
    relay: Arc<Relay>,
    subscriptions: Vec<Subscription>,
}

impl Events {
    /// For a service of this name, its outbox with the relay that empties it, and all it has subscribed to.
    #[must_use]
    pub fn new(
        edge: Edge,
        service: &'static str,
        outbox: Arc<dyn OutboxStore>,
        relay: Arc<Relay>,
        subscriptions: Vec<Subscription>,
    ) -> Self {
        Self(Arc::new(Inner { edge, service, outbox, relay, subscriptions }))
    }

    /// What a service is built with.
    #[must_use]
    pub fn server(self) -> EventServiceServer<Self> {
        EventServiceServer::new(self)
    }
}

#[tonic::async_trait]
impl EventService for Events {
    async fn list_dead_letters(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> Result<Response<ListDeadLettersResponse>, Status> {
        let Self(inner) = self;
        inner.edge.read(request, |caller, query| async move { inner.list(&caller, &query).await }).await
    }

    async fn get_dead_letter(&self, request: Request<GetDeadLetterRequest>) -> Result<Response<DeadLetter>, Status> {
        let Self(inner) = self;
        inner.edge.read(request, |caller, query| async move { inner.get(&caller, &query.name).await }).await
    }

    async fn retry_dead_letter(
        &self,
        request: Request<RetryDeadLetterRequest>,
    ) -> Result<Response<RetryDeadLetterResponse>, Status> {
        let inner = self.0.clone();
        self.0.edge.write(request, |caller, query| async move { inner.retry(&caller, &query.name).await }).await
    }

    async fn replay_events(
        &self,
        request: Request<ReplayEventsRequest>,
    ) -> Result<Response<ReplayEventsResponse>, Status> {
        let inner = self.0.clone();
        self.0.edge.write(request, |caller, query| async move { inner.replay(&caller, query).await }).await
    }
}

impl Inner {
    async fn list(
        &self,
        caller: &RequestContext,
        query: &ListDeadLettersRequest,
    ) -> Result<ListDeadLettersResponse, Fault> {
        self.check("service", &query.service)?;
        let consumer = Some(query.consumer.as_str()).filter(|consumer| !consumer.is_empty());
        let parts = ["ListDeadLetters", self.service, &query.consumer];
        let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
        let after = page.cursor.as_deref().map(letter::position).transpose()?;
        let after = after.as_ref().map(|(consumer, event)| (consumer.as_str(), *event));
        // The consumers of a service share its store.
        let mut letters = match self.subscriptions.first() {
            None => Vec::new(),
            Some(any) => any.dead_letters.list(&caller.tenant, consumer, after, page.limit()).await?,
        };
        let next_page_token = page.cut(&mut letters, &parts, |last| letter::cursor(&last.consumer, last.event.id));
        let dead_letters = letters.into_iter().map(|letter| letter::listed(letter, self.service)).collect();
        Ok(ListDeadLettersResponse { dead_letters, next_page_token })
    }

    async fn get(&self, caller: &RequestContext, name: &str) -> Result<DeadLetter, Fault> {
        let (LetterName { consumer, event, .. }, subscription) = self.find(name)?;
        let letter = subscription.dead_letters.get(&caller.tenant, &consumer, event).await?;
        let letter = letter.ok_or_else(|| letter::missing(name))?;
        Ok(letter::whole(letter, self.service))
    }

    async fn retry(&self, caller: &RequestContext, name: &str) -> Result<RetryDeadLetterResponse, Fault> {
        let (LetterName { consumer, event, .. }, subscription) = self.find(name)?;
        let letters = subscription.dead_letters.as_ref();
        redeliver(subscription.handler.as_ref(), letters, &caller.tenant, &consumer, event).await?;
        tracing::info!(consumer, %event, subject = caller.subject, "a dead letter is handled");
        Ok(RetryDeadLetterResponse {})
    }

    async fn replay(&self, caller: &RequestContext, query: ReplayEventsRequest) -> Result<ReplayEventsResponse, Fault> {
        self.check("service", &query.service)?;
        let since = match &query.since {
            None => Timestamp(i64::MIN),
            Some(since) => convert::timestamp(since).map_err(|e| Fault::invalid_field("since", e))?,
        };
        let subject = Some(query.subject.as_str()).filter(|subject| !subject.is_empty());
        let count = self.outbox.send_again(&caller.tenant, since, subject).await?;
        self.relay.wake();
        tracing::info!(count, subject = caller.subject, "events go out again");
        Ok(ReplayEventsResponse { event_count: i64::try_from(count).unwrap_or(i64::MAX) })
    }

    /// The name of a letter and who is to handle it.
    fn find(&self, name: &str) -> Result<(LetterName, &Subscription), Fault> {
        let read = LetterName::parse(name)?;
        self.check("name", &read.service)?;
        let subscription = self.subscriptions.iter().find(|s| s.consumer == read.consumer);
        Ok((read, subscription.ok_or_else(|| letter::missing(name))?))
    }

    /// Whether a name means this service; through the gateway it always does.
    fn check(&self, field: &str, service: &str) -> Result<(), Fault> {
        if service.strip_prefix("services/") == Some(self.service) {
            return Ok(());
        }
        let why = format!("{service:?} is not answered here but services/{}; call through the gateway", self.service);
        Err(Fault::invalid_field(field, why))
    }
}

/// A page token that was made for another list.
fn unreadable() -> Fault {
    Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page")
}
