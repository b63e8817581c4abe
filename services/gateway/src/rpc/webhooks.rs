//! `tributary.gateway.v1.WebhookService`.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::{Request, Response, Status, async_trait};
use tributary_core::{Fault, IdSource, Timestamp};
use tributary_proto::tributary::gateway::v1::{
    CreateWebhookRequest, DeleteWebhookRequest, DeleteWebhookResponse, DisableWebhookRequest, EnableWebhookRequest,
    GetWebhookDeliveryRequest, GetWebhookRequest, ListWebhookDeliveriesRequest, ListWebhookDeliveriesResponse,
    ListWebhooksRequest, ListWebhooksResponse, RedeliverFailedWebhookDeliveriesRequest,
    RedeliverFailedWebhookDeliveriesResponse, RedeliverWebhookDeliveryRequest, RotateWebhookSecretRequest,
    TestWebhookRequest, UpdateWebhookRequest, Webhook, WebhookAttempt, WebhookDelivery, WebhookSecret,
    webhook_service_server::WebhookService,
};
use tributary_rpc::{Edge, convert::timestamp, page::PageRequest};

use super::webhook_convert::{
    attempt_to_proto, change, delivery_key, delivery_state, delivery_to_proto, revision, scheme, stated, webhook_id,
    webhook_to_proto,
};
use crate::{
    app::{
        feed::Catalogue,
        webhooks::{
            NewWebhook, Sending, attempts_of, create_webhook, delete_webhook, delivery, list_deliveries, list_webhooks,
            redeliver, redeliver_failed, rotate_secret, set_state, test_webhook, update_webhook, webhook,
        },
    },
    ports::{Ports, webhooks::WebhookState},
};

/// Handlers of WebhookService.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

struct Inner {
    edge: Edge,
    ports: Ports,
    ids: Arc<dyn IdSource>,
    catalogue: Arc<Catalogue>,
    sending: Sending,
    hint: Arc<Notify>,
}

impl Webhooks {
    /// Over the gateway's store; `hint` tells who sends that there is something.
    #[must_use]
    pub fn new(
        edge: Edge,
        ports: Ports,
        ids: Arc<dyn IdSource>,
        catalogue: Arc<Catalogue>,
        sending: Sending,
        hint: Arc<Notify>,
    ) -> Self {
        Self(Arc::new(Inner { edge, ports, ids, catalogue, sending, hint }))
    }
}

#[async_trait]
impl WebhookService for Webhooks {
    async fn create_webhook(&self, request: Request<CreateWebhookRequest>) -> Result<Response<WebhookSecret>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: CreateWebhookRequest| async move {
            let scheme = scheme(query.signature);
            let new = NewWebhook { id: query.webhook_id, stated: stated(query.webhook.unwrap_or_default()), scheme };
            let parts = (inner.catalogue.as_ref(), inner.sending.post.as_ref(), inner.ids.as_ref());
            let (made, secret) = create_webhook(&inner.ports, parts, &caller, new, &query.request_id).await?;
            Ok(WebhookSecret { webhook: Some(webhook_to_proto(&made, inner.ports.clock.now())?), secret })
        };
        self.0.edge.write(request, work).await
    }

    async fn get_webhook(&self, request: Request<GetWebhookRequest>) -> Result<Response<Webhook>, Status> {
        let work = |caller, query: GetWebhookRequest| async move {
            let known = webhook(&self.0.ports, &caller, webhook_id("name", &query.name)?).await?;
            webhook_to_proto(&known, self.0.ports.clock.now())
        };
        self.0.edge.read(request, work).await
    }

    async fn list_webhooks(
        &self,
        request: Request<ListWebhooksRequest>,
    ) -> Result<Response<ListWebhooksResponse>, Status> {
        let work = |caller, query: ListWebhooksRequest| async move {
            let bound = ["tributary.gateway.v1.WebhookService/ListWebhooks"];
            let page = PageRequest::read(&bound, query.page_size, &query.page_token)?;
            let after = page.cursor.as_deref().unwrap_or_default();
            let mut all = list_webhooks(&self.0.ports, &caller, after, page.limit()).await?;
            let next_page_token = page.cut(&mut all, &bound, |last| last.id.clone());
            let now = self.0.ports.clock.now();
            let webhooks = all.iter().map(|one| webhook_to_proto(one, now)).collect::<Result<_, _>>()?;
            Ok(ListWebhooksResponse { webhooks, next_page_token })
        };
        self.0.edge.read(request, work).await
    }

    async fn update_webhook(&self, request: Request<UpdateWebhookRequest>) -> Result<Response<Webhook>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: UpdateWebhookRequest| async move {
            let stated = query.webhook.unwrap_or_default();
            let (name, etag) = (stated.name.clone(), stated.etag.clone());
            let which = (webhook_id("webhook.name", &name)?, revision(&etag)?);
            let change = change(stated, &query.update_mask.unwrap_or_default().paths)?;
            let parts = (inner.catalogue.as_ref(), inner.sending.post.as_ref());
            let known = update_webhook(&inner.ports, parts, &caller, which, change).await?;
            webhook_to_proto(&known, inner.ports.clock.now())
        };
        self.0.edge.write(request, work).await
    }

    async fn delete_webhook(
        &self,
        request: Request<DeleteWebhookRequest>,
    ) -> Result<Response<DeleteWebhookResponse>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: DeleteWebhookRequest| async move {
            delete_webhook(&inner.ports, inner.ids.as_ref(), &caller, webhook_id("name", &query.name)?).await?;
            Ok(DeleteWebhookResponse {})
        };
        self.0.edge.write(request, work).await
    }

    async fn rotate_webhook_secret(
        &self,
        request: Request<RotateWebhookSecretRequest>,
    ) -> Result<Response<WebhookSecret>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: RotateWebhookSecretRequest| async move {
            let (id, scheme) = (webhook_id("name", &query.name)?, scheme(query.signature));
            let (known, secret) = rotate_secret(&inner.ports, &caller, id, scheme, &query.request_id).await?;
            Ok(WebhookSecret { webhook: Some(webhook_to_proto(&known, inner.ports.clock.now())?), secret })
        };
        self.0.edge.write(request, work).await
    }

    async fn enable_webhook(&self, request: Request<EnableWebhookRequest>) -> Result<Response<Webhook>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: EnableWebhookRequest| async move {
            let id = webhook_id("name", &query.name)?;
            let known = set_state(&inner.ports, &caller, id, WebhookState::Enabled).await?;
            inner.hint.notify_one();
            webhook_to_proto(&known, inner.ports.clock.now())
        };
        self.0.edge.write(request, work).await
    }

    async fn disable_webhook(&self, request: Request<DisableWebhookRequest>) -> Result<Response<Webhook>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: DisableWebhookRequest| async move {
            let id = webhook_id("name", &query.name)?;
            let known = set_state(&inner.ports, &caller, id, WebhookState::Disabled).await?;
            webhook_to_proto(&known, inner.ports.clock.now())
        };
        self.0.edge.write(request, work).await
    }

    async fn test_webhook(&self, request: Request<TestWebhookRequest>) -> Result<Response<WebhookAttempt>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: TestWebhookRequest| async move {
            let known = webhook(&inner.ports, &caller, webhook_id("name", &query.name)?).await?;
            Ok(attempt_to_proto(&test_webhook(&inner.sending, inner.ids.as_ref(), &caller, &known).await))
        };
        self.0.edge.write(request, work).await
    }

    async fn list_webhook_deliveries(
        &self,
        request: Request<ListWebhookDeliveriesRequest>,
    ) -> Result<Response<ListWebhookDeliveriesResponse>, Status> {
        let work = |caller, query: ListWebhookDeliveriesRequest| async move {
            let state = query.state.to_string();
            let bound = ["tributary.gateway.v1.WebhookService/ListWebhookDeliveries", &query.webhook, &state];
            let page = PageRequest::read(&bound, query.page_size, &query.page_token)?;
            let before = page.cursor.as_deref().map(|text| text.parse().map_err(|_| unread(text))).transpose()?;
            let (id, state) = (webhook_id("webhook", &query.webhook)?, delivery_state(query.state));
            let window = (before.unwrap_or(i64::MAX), page.limit());
            let mut all = list_deliveries(&self.0.ports, &caller, id, state, window).await?;
            let next_page_token = page.cut(&mut all, &bound, |last| last.of.key.number.to_string());
            let webhook_deliveries = all.iter().map(|one| delivery_to_proto(one, &[])).collect();
            Ok(ListWebhookDeliveriesResponse { webhook_deliveries, next_page_token })
        };
        self.0.edge.read(request, work).await
    }

    async fn get_webhook_delivery(
        &self,
        request: Request<GetWebhookDeliveryRequest>,
    ) -> Result<Response<WebhookDelivery>, Status> {
        let work = |caller: tributary_core::RequestContext, query: GetWebhookDeliveryRequest| async move {
            let key = delivery_key(&caller.tenant, &query.name)?;
            let known = delivery(&self.0.ports, &key).await?;
            Ok(delivery_to_proto(&known, &attempts_of(&self.0.ports, &key).await?))
        };
        self.0.edge.read(request, work).await
    }

    async fn redeliver_webhook_delivery(
        &self,
        request: Request<RedeliverWebhookDeliveryRequest>,
    ) -> Result<Response<WebhookDelivery>, Status> {
        let inner = self.0.clone();
        let work = |caller: tributary_core::RequestContext, query: RedeliverWebhookDeliveryRequest| async move {
            let key = delivery_key(&caller.tenant, &query.name)?;
            let known = redeliver(&inner.ports, &key, &query.request_id).await?;
            inner.hint.notify_one();
            Ok(delivery_to_proto(&known, &[]))
        };
        self.0.edge.write(request, work).await
    }

    async fn redeliver_failed_webhook_deliveries(
        &self,
        request: Request<RedeliverFailedWebhookDeliveriesRequest>,
    ) -> Result<Response<RedeliverFailedWebhookDeliveriesResponse>, Status> {
        let inner = self.0.clone();
        let work = |caller, query: RedeliverFailedWebhookDeliveriesRequest| async move {
            let since = query.since.as_ref().map(timestamp).transpose();
            let since = since.map_err(|e| Fault::invalid_field("since", e))?.unwrap_or(Timestamp(i64::MIN));
            let id = webhook_id("webhook", &query.webhook)?;
            let count = redeliver_failed(&inner.ports, &caller, id, since, &query.request_id).await?;
            inner.hint.notify_one();
            let delivery_count = i64::try_from(count).unwrap_or(i64::MAX);
            Ok(RedeliverFailedWebhookDeliveriesResponse { delivery_count })
        };
        self.0.edge.write(request, work).await
    }
}

fn unread(text: &str) -> Fault {
    Fault::internal(format!("a sealed cursor reads {text:?}"))
}
