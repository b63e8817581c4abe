//! Where webhooks and their deliveries are kept, and the way out to their receivers.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};
use uuid::Uuid;

/// How a secret signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// HMAC-SHA256, `v1`.
    HmacSha256,
    /// Ed25519, `v1a`.
    Ed25519,
}

/// A secret of a webhook. Printing it for debugging shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// How it signs.
    pub scheme: Scheme,
    /// The key of HMAC, or the private key of Ed25519: 32 bytes, in hexadecimal in the store.
    #[serde(with = "hex::serde")]
    pub key: Vec<u8>,
    /// Until when it signs; unset: until it is replaced.
    pub expire_time: Option<Timestamp>,
}

impl Secret {
    /// Whether it signs at a time.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.expire_time.is_none_or(|end| end > now)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("scheme", &self.scheme)
            .field("expire_time", &self.expire_time)
            .finish_non_exhaustive()
    }
}

/// Whether a webhook is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It is.
    Enabled,
    /// Somebody switched it off.
    Disabled,
    /// The receiver answered 410 Gone.
    Gone,
}

/// A webhook as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Tenant.
    pub tenant: TenantId,
    /// Unique per tenant.
    pub id: String,
    /// Where events go.
    pub url: String,
    /// For people.
    pub display_name: String,
    /// Which events: patterns of types; none means all.
    pub types: Vec<String>,
    /// Which events: about what; empty means about all.
    pub subject: String,
    /// Whether it is sent to.
    pub state: WebhookState,
    /// The newest first; at least one.
    pub secrets: Vec<Secret>,
    /// Counts changes from 1 on.
    pub revision: i64,
    /// Who created it.
    pub creator: String,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

impl Webhook {
    /// Resource name. Example: "webhooks/erp".
    #[must_use]
    pub fn name(&self) -> String {
        format!("webhooks/{}", self.id)
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits for its next attempt.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

/// Which delivery: the event of a number, to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// Tenant.
    pub tenant: TenantId,
    /// Id of the webhook.
    pub webhook: String,
    /// Number of the event in the feed.
    pub number: i64,
}

/// An event that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Which.
    pub key: DeliveryKey,
    /// The event.
    pub event_id: Uuid,
    /// Its type.
    pub event_type: String,
    /// Its subject.
    pub subject: String,
    /// When it came into the feed; it is sent from then on.
    pub create_time: Timestamp,
}

/// A delivery as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What is to be sent.
    pub of: NewDelivery,
    /// What became of it.
    pub state: DeliveryState,
    /// Attempts since it was last asked for.
    pub tries: i64,
    /// All attempts.
    pub attempt_count: i64,
    /// When it is tried next, while it waits.
    pub next_attempt_time: Timestamp,
    /// When it was delivered or given up.
    pub end_time: Option<Timestamp>,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counts the attempts of the delivery from 1 on.
    pub number: i64,
    /// When it began.
    pub time: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Status of the answer; 0 for none.
    pub http_status: u16,
    /// Why it failed; empty: it did not.
    pub error: String,
    /// The beginning of the answer.
    pub response: String,
}

/// What an attempt makes of its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took it.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up.
    Failed,
    /// It is given up, and so is the webhook, if it is still the one that answered: 410.
    Gone,
}

/// Reading webhooks, and the work of those who send.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// Opens a transaction.
    async fn begin_webhooks(&self) -> Result<Box<dyn WebhookTx>, StoreError>;

    /// One webhook.
    async fn webhook(&self, tenant: &TenantId, id: &str) -> Result<Option<Webhook>, StoreError>;

    /// At most `limit` webhooks of a tenant with ids above `after`.
    async fn webhooks(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Webhook>, StoreError>;

    /// At most `limit` deliveries of a webhook with numbers below `before`, the latest first.
    async fn deliveries(
        &self,
        tenant: &TenantId,
        webhook: &str,
        state: Option<DeliveryState>,
        before: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// One delivery.
    async fn delivery(&self, key: &DeliveryKey) -> Result<Option<Delivery>, StoreError>;

    /// The last 100 attempts of a delivery, the first one first.
    async fn attempts(&self, key: &DeliveryKey) -> Result<Vec<Attempt>, StoreError>;

    /// At most `limit` webhooks to which something is to be sent now and that nobody leases, `of_each` tenant at most: those
    /// that wait longest first.
    async fn due(&self, now: Timestamp, of_each: u32, limit: u32) -> Result<Vec<(TenantId, String)>, StoreError>;

    /// Leases a webhook that is enabled to `owner` until `until`, and takes at most `limit` of its deliveries that are due:
    /// the longest due first. None: nothing is due, the webhook is off, or another one leases it; then nothing is leased.
    async fn claim_deliveries(
        &self,
        webhook: (&TenantId, &str),
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// The webhook as it is now, leased until `until`; `None` when it is not enabled or not leased to the owner any more.
    async fn hold(
        &self,
        webhook: (&TenantId, &str),
        owner: &str,
        until: Timestamp,
    ) -> Result<Option<Webhook>, StoreError>;

    /// Notes what came of an attempt at a revision of the webhook; `false` when the delivery is not the owner's any more, and
    /// nothing is noted.
    async fn settle(
        &self,
        key: &DeliveryKey,
        of: (&str, i64),
        attempt: &Attempt,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Gives a webhook back.
    async fn release(&self, webhook: (&TenantId, &str), owner: &str) -> Result<(), StoreError>;
}

/// Changing webhooks, in one transaction.
#[async_trait]
pub trait WebhookTx: UnitOfWork {
    /// Adds a webhook; `AlreadyExists` when the id is taken.
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// How many webhooks a tenant has.
    async fn webhook_count(&mut self, tenant: &TenantId) -> Result<i64, StoreError>;

    /// A webhook, locked until the end.
    async fn lock_webhook(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Webhook>, StoreError>;

    /// Writes a webhook that is locked.
    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// Removes a webhook with its deliveries; whether there was one. The feed is locked meanwhile, and made with the id `log`
    /// when there is none.
    async fn delete_webhook(&mut self, tenant: &TenantId, id: &str, log: Uuid) -> Result<bool, StoreError>;

    /// Lets a delivery begin anew; whether there is one.
    async fn send_again(&mut self, key: &DeliveryKey, now: Timestamp) -> Result<bool, StoreError>;

    /// Lets the failed deliveries of a webhook begin anew, of events that came in at a time or later; how many.
    async fn send_failed_again(
        &mut self,
        tenant: &TenantId,
        webhook: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
}

/// A request to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub url: String,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature` and their values.
    pub headers: Vec<(&'static str, String)>,
    /// The event as JSON.
    pub body: Vec<u8>,
}

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Seconds to wait as `retry-after` says, where it says.
    pub retry_after: Option<u64>,
    /// The beginning of the body.
    pub body: String,
}

/// The way out.
#[async_trait]
pub trait Post: Send + Sync + fmt::Debug {
    /// Sends a request once and reads the answer.
    ///
    /// # Errors
    /// Why there was no answer, in words.
    async fn post(&self, request: &Outgoing) -> Result<Reply, String>;

    /// What is wrong with a URL, also with the addresses its name has at present; `Ok` when the name cannot be resolved.
    ///
    /// # Errors
    /// A sentence with the value and the remedy.
    async fn check(&self, url: &str) -> Result<(), String>;
}
