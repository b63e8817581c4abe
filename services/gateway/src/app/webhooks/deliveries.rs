//! What was sent, and sending it again.

use tributary_core::{Fault, RequestContext, Scope, Timestamp};
use tributary_sql::{RequestKey, answer, recall_answer};

use super::manage::{missing, webhook};
use crate::{
    ports::{
        Ports,
        webhooks::{Attempt, Delivery, DeliveryKey, DeliveryState},
    },
    reasons::DELIVERY_NOT_FOUND,
};

/// At most `limit` deliveries of a webhook with numbers below `before`, the latest first.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`; store faults.
pub async fn list_deliveries(
    ports: &Ports,
    context: &RequestContext,
    id: &str,
    state: Option<DeliveryState>,
    (before, limit): (i64, u32),
) -> Result<Vec<Delivery>, Fault> {
    webhook(ports, context, id).await?;
    Ok(ports.store.deliveries(&context.tenant, id, state, before, limit).await?)
}

/// One delivery of the caller's tenant.
///
/// # Errors
/// `DELIVERY_NOT_FOUND`; store faults.
pub async fn delivery(ports: &Ports, key: &DeliveryKey) -> Result<Delivery, Fault> {
    ports.store.delivery(key).await?.ok_or_else(|| no_delivery(key))
}

/// What came of each attempt of a delivery.
///
/// # Errors
/// Store faults.
pub async fn attempts_of(ports: &Ports, key: &DeliveryKey) -> Result<Vec<Attempt>, Fault> {
    Ok(ports.store.attempts(key).await?)
}

/// Sends an event again, with all attempts anew. Once per `request_id` when it is not empty.
///
/// # Errors
/// `DELIVERY_NOT_FOUND`, `REQUEST_ID_REUSED`; store faults.
pub async fn redeliver(ports: &Ports, key: &DeliveryKey, request_id: &str) -> Result<Delivery, Fault> {
    let now = ports.clock.now();
    let request = RequestKey::new(
        (&key.tenant, &Scope::Tenant),
        "tributary.gateway.v1.WebhookService/RedeliverWebhookDelivery",
        request_id,
        &answer(&(&key.webhook, key.number))?,
    );
    let mut tx = ports.store.begin_webhooks().await?;
    if let Some(request) = &request {
        if recall_answer::<()>(tx.recall(request, now).await?)?.is_some() {
            return delivery(ports, key).await;
        }
        tx.remember(request, &answer(&())?).await?;
    }
    if !tx.send_again(key, now).await? {
        return Err(no_delivery(key));
    }
    tx.commit().await?;
    delivery(ports, key).await
}

/// Sends all events again that had failed for good, of those that came in at a time or later; how many. Once per
/// `request_id` when it is not empty.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`, `REQUEST_ID_REUSED`; store faults.
pub async fn redeliver_failed(
    ports: &Ports,
    context: &RequestContext,
    id: &str,
    since: Timestamp,
    request_id: &str,
) -> Result<u64, Fault> {
    let now = ports.clock.now();
    let request = RequestKey::new(
        (&context.tenant, &context.scope),
        "tributary.gateway.v1.WebhookService/RedeliverFailedWebhookDeliveries",
        request_id,
        &answer(&(id, since))?,
    );
    let mut tx = ports.store.begin_webhooks().await?;
    if let Some(request) = &request
        && let Some(first) = recall_answer::<u64>(tx.recall(request, now).await?)?
    {
        return Ok(first);
    }
    if tx.lock_webhook(&context.tenant, id).await?.is_none() {
        return Err(missing(id));
    }
    let count = tx.send_failed_again(&context.tenant, id, since, now).await?;
    if let Some(request) = &request {
        tx.remember(request, &answer(&count)?).await?;
    }
    tx.commit().await?;
    Ok(count)
}

fn no_delivery(key: &DeliveryKey) -> Fault {
    let name = format!("webhooks/{}/deliveries/{}", key.webhook, key.number);
    let why =
        format!("there is no delivery {name:?}, or it is older than 30 days; list them with ListWebhookDeliveries");
    Fault::new(DELIVERY_NOT_FOUND, why).with("name", name)
}
