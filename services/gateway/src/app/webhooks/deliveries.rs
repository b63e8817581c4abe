//! What was sent, and sending it again.

use tributary_core::{Fault, RequestContext, Timestamp};

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

/// Sends an event again, with all attempts anew.
///
/// # Errors
/// `DELIVERY_NOT_FOUND`; store faults.
pub async fn redeliver(ports: &Ports, key: &DeliveryKey) -> Result<Delivery, Fault> {
    let mut tx = ports.store.begin_webhooks().await?;
    if !tx.send_again(key, ports.clock.now()).await? {
        return Err(no_delivery(key));
    }
    tx.commit().await?;
    delivery(ports, key).await
}

/// Sends all events again that had failed for good, of those that came in at a time or later; how many.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`; store faults.
pub async fn redeliver_failed(
    ports: &Ports,
    context: &RequestContext,
    id: &str,
    since: Timestamp,
) -> Result<u64, Fault> {
    let mut tx = ports.store.begin_webhooks().await?;
    if tx.lock_webhook(&context.tenant, id).await?.is_none() {
        return Err(missing(id));
    }
    let count = tx.send_failed_again(&context.tenant, id, since, ports.clock.now()).await?;
    tx.commit().await?;
    Ok(count)
}

fn no_delivery(key: &DeliveryKey) -> Fault {
    let name = format!("webhooks/{}/deliveries/{}", key.webhook, key.number);
    let why =
        format!("there is no delivery {name:?}, or it is older than 30 days; list them with ListWebhookDeliveries");
    Fault::new(DELIVERY_NOT_FOUND, why).with("name", name)
}
