//! Sends what is due. Every gateway does; a webhook is leased to one of them at a time, for as long as an attempt may take, so
//! that no two send to it at once. The lease is prolonged before each attempt. One that dies in the middle leaves its lease to
//! run out: what it had begun is then sent again.
//!
//! Each webhook has a task of its own for one round of a few deliveries, and waits for its turn after that; a tenant has a few
//! turns at once. So slow receivers hold up nobody else. Within a webhook the events of a subject go one after another, four
//! subjects at a time.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, stream};
use tokio::{
    sync::Notify,
    task::{self, JoinSet},
};
use tributary_core::{Fault, IdSource, TenantId, Timestamp};
use tributary_lifecycle::{CancellationToken, Worker};

use super::send::Sending;
use crate::ports::{
    GatewayStore,
    webhooks::{Delivery, Verdict},
};

/// How often the store is asked when nobody gives a hint.
const LOOK: Duration = Duration::from_millis(500);
/// Webhooks served at once, by one gateway.
const WEBHOOKS: u32 = 64;
/// Webhooks of one tenant among them.
const OF_A_TENANT: u32 = 8;
/// Deliveries of a round.
const ROUND: u32 = 8;
/// Subjects sent at once, to one webhook.
const SUBJECTS: usize = 4;
/// How long a webhook is ours: longer than an attempt can take.
const LEASE_SECONDS: i64 = 30;

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
        let mut busy: HashMap<task::Id, (TenantId, String)> = HashMap::new();
        let mut tasks: JoinSet<()> = JoinSet::new();
        while !self.stop.is_cancelled() {
            match self.store.due(self.sending.clock.now(), OF_A_TENANT, WEBHOOKS).await {
                Ok(due) => {
                    for key in due {
                        if has_room(&busy, &key) {
                            let (sender, (tenant, id)) = (self.clone(), key.clone());
                            let task = tasks.spawn(async move { sender.serve(&tenant, &id).await });
                            busy.insert(task.id(), key);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "what is to be sent cannot be read, trying again"),
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = hint.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                Some(done) = tasks.join_next_with_id() => {
                    let ended = match done {
                        Ok((id, ())) => id,
                        Err(error) => {
                            tracing::error!(%error, "sending panicked; its lease runs out and it is tried again");
                            error.id()
                        }
                    };
                    busy.remove(&ended);
                }
            }
        }
        // Attempts under way end by their own patience.
        while tasks.join_next().await.is_some() {}
    }

    /// One round of a webhook.
    async fn serve(&self, tenant: &TenantId, id: &str) {
        if let Err(fault) = self.round(tenant, id).await {
            tracing::warn!(webhook = id, %fault, "a webhook is not served, trying again");
            // What fails at once must not be asked at once again.
            tokio::time::sleep(LOOK).await;
        }
    }

    /// One claim and its attempts. When one of them cannot be noted, the webhook is not given back: its lease runs out, so
    /// that the receiver is not called again and again meanwhile.
    async fn round(&self, tenant: &TenantId, id: &str) -> Result<(), Fault> {
        let now = self.sending.clock.now();
        let claimed = self.store.claim_deliveries((tenant, id), &self.owner, now, self.until(), ROUND).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let fine = AtomicBool::new(true);
        let subjects = stream::iter(by_subject(claimed)).map(|deliveries| async {
            if let Err(fault) = self.one_by_one(deliveries).await {
                fine.store(false, Ordering::Relaxed);
                tracing::warn!(webhook = id, %fault, "events wait for the end of the lease");
            }
        });
        subjects.buffer_unordered(SUBJECTS).collect::<()>().await;
        if fine.load(Ordering::Relaxed) {
            self.store.release((tenant, id), &self.owner).await?;
        }
        Ok(())
    }

    /// The events of one subject, until a stop, or until the webhook is off or another one's: what is left waits as before.
    async fn one_by_one(&self, deliveries: Vec<Delivery>) -> Result<(), Fault> {
        for delivery in deliveries {
            if self.stop.is_cancelled() || !self.send(delivery).await? {
                break;
            }
        }
        Ok(())
    }

    /// One attempt, to the webhook as it is now; whether it is still to be sent to.
    async fn send(&self, delivery: Delivery) -> Result<bool, Fault> {
        let key = &delivery.of.key;
        let webhook = self.store.hold((&key.tenant, &key.webhook), &self.owner, self.until()).await?;
        let Some(webhook) = webhook else { return Ok(false) };
        // Removed after 30 days, and its delivery with it.
        let Some(feed) = self.store.feed_event(&key.tenant, key.number).await? else { return Ok(true) };
        let number = delivery.attempt_count.saturating_add(1);
        let (attempt, retry_after) = self.sending.attempt(&webhook, feed, number).await;
        let verdict = self.sending.verdict(&attempt, retry_after, delivery.tries)?;
        let now = self.sending.clock.now();
        let of = (self.owner.as_str(), webhook.revision);
        if !self.store.settle(key, of, &attempt, verdict, now).await? {
            tracing::info!(webhook = %webhook.id, number = key.number, "an attempt was overtaken and is not noted");
        }
        if verdict == Verdict::Gone {
            tracing::warn!(webhook = %webhook.id, "the receiver answered 410 Gone; unless the webhook was changed meanwhile, it is off");
        }
        Ok(verdict != Verdict::Gone)
    }

    fn until(&self) -> Timestamp {
        self.sending.clock.now().plus_seconds(LEASE_SECONDS)
    }
}

/// Whether a webhook that is not served may be.
fn has_room(busy: &HashMap<task::Id, (TenantId, String)>, key: &(TenantId, String)) -> bool {
    let limit = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
    let of_tenant = busy.values().filter(|(tenant, _)| *tenant == key.0).count();
    busy.len() < limit(WEBHOOKS) && of_tenant < limit(OF_A_TENANT) && !busy.values().any(|other| other == key)
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
