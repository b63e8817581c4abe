//! Sends what is due. Every gateway does; a delivery is leased to one of them for as long as an attempt may take, so that two
//! do not send it at once. One that dies in the middle leaves its lease to run out: the event is then sent again.
//!
//! Each webhook has a task of its own while something is due, so that a slow receiver holds up nobody else. Within a webhook
//! the events of a subject go one after another, four subjects at a time.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use tokio::{sync::Notify, task::JoinSet};
use tributary_core::{Fault, IdSource, TenantId};
use tributary_lifecycle::{CancellationToken, Worker};

use super::send::Sending;
use crate::ports::{
    GatewayStore,
    webhooks::{Delivery, DeliveryKey, Verdict, Webhook, WebhookState},
};

/// How often the store is asked when nobody gives a hint.
const LOOK: Duration = Duration::from_millis(500);
/// Webhooks served at once, by one gateway.
const WEBHOOKS: u32 = 64;
/// Deliveries claimed at once.
const CLAIM: u32 = 8;
/// Subjects sent at once, to one webhook.
const SUBJECTS: usize = 4;
/// How long a delivery is ours: longer than all attempts of a claim can take.
const LEASE_SECONDS: i64 = 180;

/// What a task needs.
#[derive(Clone)]
struct Sender {
    store: Arc<dyn GatewayStore>,
    sending: Sending,
    owner: String,
    stop: CancellationToken,
}

/// The worker of a gateway.
#[must_use]
pub fn deliver_worker(
    store: Arc<dyn GatewayStore>,
    sending: Sending,
    ids: Arc<dyn IdSource>,
    hint: Arc<Notify>,
) -> Worker {
    Worker::new("webhooks", move |stop| {
        let owner = ids.uuid().hyphenated().to_string();
        let sender = Sender { store: store.clone(), sending: sending.clone(), owner, stop };
        let hint = hint.clone();
        async move { sender.run(&hint).await }
    })
}

impl Sender {
    async fn run(self, hint: &Notify) {
        let mut busy: BTreeSet<(TenantId, String)> = BTreeSet::new();
        let mut tasks: JoinSet<(TenantId, String)> = JoinSet::new();
        while !self.stop.is_cancelled() {
            match self.store.due(self.sending.clock.now(), WEBHOOKS).await {
                Ok(due) => {
                    for (tenant, id) in due {
                        let room = tasks.len() < usize::try_from(WEBHOOKS).unwrap_or(usize::MAX);
                        if room && busy.insert((tenant.clone(), id.clone())) {
                            let sender = self.clone();
                            tasks.spawn(async move {
                                sender.serve(&tenant, &id).await;
                                (tenant, id)
                            });
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "what is to be sent cannot be read, trying again"),
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = hint.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                Some(done) = tasks.join_next() => match done {
                    Ok(key) => {
                        busy.remove(&key);
                    }
                    Err(error) => {
                        tracing::error!(%error, "sending panicked; its lease runs out and it is tried again");
                        // Which one it was is not known: those that go on are only looked at twice.
                        busy.clear();
                    }
                },
            }
        }
        // Attempts under way end by their own patience.
        while tasks.join_next().await.is_some() {}
    }

    /// Sends to one webhook until nothing is due.
    async fn serve(&self, tenant: &TenantId, id: &str) {
        loop {
            match self.round(tenant, id).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(webhook = id, %fault, "a webhook is not served, trying again");
                    return;
                }
            }
        }
    }

    /// One claim and its attempts; how many were claimed.
    async fn round(&self, tenant: &TenantId, id: &str) -> Result<usize, Fault> {
        if self.stop.is_cancelled() {
            return Ok(0);
        }
        let webhook = self.store.webhook(tenant, id).await?;
        let Some(webhook) = webhook.filter(|webhook| webhook.state == WebhookState::Enabled) else { return Ok(0) };
        let now = self.sending.clock.now();
        let until = now.plus_seconds(LEASE_SECONDS);
        let claimed = self.store.claim_deliveries(&webhook, &self.owner, now, until, CLAIM).await?;
        let count = claimed.len();
        let subjects = stream::iter(by_subject(claimed)).map(|deliveries| self.one_by_one(&webhook, deliveries));
        subjects.buffer_unordered(SUBJECTS).collect::<()>().await;
        Ok(count)
    }

    /// The events of one subject; what is left at a stop, or when the receiver is gone, is given back.
    async fn one_by_one(&self, webhook: &Webhook, deliveries: Vec<Delivery>) {
        let mut left: Vec<DeliveryKey> = Vec::new();
        let mut end = false;
        for delivery in deliveries {
            let key = delivery.of.key.clone();
            if end || self.stop.is_cancelled() {
                left.push(key);
                continue;
            }
            match self.send(webhook, delivery).await {
                Ok(verdict) => end = verdict == Some(Verdict::Gone),
                Err(fault) => {
                    // The lease runs out, and it is tried again.
                    tracing::warn!(webhook = %webhook.id, number = key.number, %fault, "an event was not sent");
                }
            }
        }
        if !left.is_empty()
            && let Err(error) = self.store.release(&left, &self.owner).await
        {
            tracing::debug!(%error, "leases run out by themselves");
        }
    }

    async fn send(&self, webhook: &Webhook, delivery: Delivery) -> Result<Option<Verdict>, Fault> {
        let key = &delivery.of.key;
        // Removed after 30 days, and its delivery with it.
        let Some(feed) = self.store.feed_event(&key.tenant, key.number).await? else { return Ok(None) };
        let number = delivery.attempt_count.saturating_add(1);
        let (attempt, retry_after) = self.sending.attempt(webhook, feed, number).await?;
        let verdict = self.sending.verdict(&attempt, retry_after, delivery.tries)?;
        let now = self.sending.clock.now();
        if !self.store.settle(key, &self.owner, &attempt, verdict, now).await? {
            tracing::warn!(webhook = %webhook.id, number = key.number, "an attempt came to its end after its lease");
        }
        if verdict == Verdict::Gone {
            tracing::warn!(webhook = %webhook.id, "the receiver answered 410 Gone; the webhook is off");
        }
        Ok(Some(verdict))
    }
}

/// Deliveries of each subject together, in the order they came.
fn by_subject(deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
    let mut all: Vec<Vec<Delivery>> = Vec::new();
    for delivery in deliveries {
        match all.iter_mut().find(|group| group.first().is_some_and(|first| first.of.subject == delivery.of.subject)) {
            Some(group) => group.push(delivery),
            None => all.push(vec![delivery]),
        }
    }
    all
}
