//! Where the feed of public events is kept.

use async_trait::async_trait;
use tributary_core::{Event, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};
use uuid::Uuid;

use super::webhooks::{NewDelivery, Webhook};

/// From where to where a feed is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedHead {
    /// Tells this feed from one in a store that is no more: a UUID.
    pub log: String,
    /// The first number that is kept.
    pub first: i64,
    /// The last number given; `first - 1` when none is kept.
    pub last: i64,
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// Counts the events of the tenant from 1 on, without gaps.
    pub number: i64,
    /// When it came into the feed.
    pub enter_time: Timestamp,
    /// The event.
    pub event: Event,
}

/// A stretch of a feed, read in one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The feed as it was then.
    pub head: FeedHead,
    /// The events, in order.
    pub events: Vec<FeedEvent>,
}

/// Reading the feed, and forgetting what is old.
#[async_trait]
pub trait FeedStore: Send + Sync {
    /// Opens a transaction that adds events.
    async fn begin_feed(&self) -> Result<Box<dyn FeedTx>, StoreError>;

    /// At most `limit` events after a number, of one subject or of all. `None`: the tenant has no feed yet.
    async fn stretch(
        &self,
        tenant: &TenantId,
        after: i64,
        subject: Option<&str>,
        limit: u32,
    ) -> Result<Option<Stretch>, StoreError>;

    /// One event; `None`: it is not kept.
    async fn feed_event(&self, tenant: &TenantId, number: i64) -> Result<Option<FeedEvent>, StoreError>;

    /// The last number of every feed.
    async fn heads(&self) -> Result<Vec<(TenantId, i64)>, StoreError>;

    /// Removes at most `limit` events per feed that came in before a time, with their deliveries; how many it were.
    async fn forget_events(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;
}

/// Adding events, in one transaction.
#[async_trait]
pub trait FeedTx: UnitOfWork {
    /// The feed of a tenant, locked until the end; made with the id `log` when there is none.
    async fn lock_head(&mut self, tenant: &TenantId, log: Uuid) -> Result<FeedHead, StoreError>;

    /// How far the subject of an event has come: the last sequence that entered.
    async fn subject_at(&mut self, event: &Event) -> Result<Option<i64>, StoreError>;

    /// Adds an event with the number after the head's last.
    async fn append_event(&mut self, event: &FeedEvent) -> Result<(), StoreError>;

    /// The webhooks of a tenant that are enabled.
    async fn listening(&mut self, tenant: &TenantId) -> Result<Vec<Webhook>, StoreError>;

    /// Notes that an event is to be sent.
    async fn enqueue(&mut self, delivery: &NewDelivery) -> Result<(), StoreError>;
}
