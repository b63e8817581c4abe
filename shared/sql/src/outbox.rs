//! The outbox: events written in the transaction of their change, waiting to be delivered.

use std::time::Duration;

use async_trait::async_trait;
use tributary_core::{Event, TenantId, Timestamp};
use uuid::Uuid;

use crate::{RequestStore, StoreError};

/// Claims and marks events. Rows are claimed by their state, never by "id > cursor": on PostgreSQL commits become
/// visible in another order than ids are made, and a cursor would jump over late ones.
///
/// A store with an outbox has a memory of requests too, hence the supertrait.
#[async_trait]
pub trait OutboxStore: RequestStore {
    /// Claims up to `limit` deliverable events until `now + lease`, oldest first. At most one event per tenant and
    /// subject: the earliest that is not published. So a claimed or postponed event holds the later ones of its subject
    /// back, and no two claimers ever hold the same event while the lease lasts.
    ///
    /// # Errors
    /// Those of the store.
    async fn claim(&self, owner: &str, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// Marks events as taken by the bus; unknown or published ids are passed over. With `epoch`, only if the outbox is
    /// (and stays until the mark is kept) in that life of the bus.
    ///
    /// # Errors
    /// `Conflict` when the outbox is in another life of the bus: nothing is marked.
    async fn published(&self, ids: &[Uuid], epoch: Option<&str>, now: Timestamp) -> Result<(), StoreError>;

    /// Goes over to a life of the bus. If the outbox was in another, all that was marked as published at `since` or later
    /// waits again, in the same transaction: that life may have lost it. Returns how many; the first life takes nothing
    /// back.
    ///
    /// # Errors
    /// Those of the store.
    async fn enter_epoch(&self, epoch: &str, since: Timestamp) -> Result<u64, StoreError>;

    /// Gives a claim back: the event is deliverable again from `not_before` on. `error` is kept for people.
    ///
    /// # Errors
    /// `NotFound` when there is no such unpublished event.
    async fn postpone(&self, id: Uuid, not_before: Timestamp, error: &str) -> Result<(), StoreError>;

    /// Takes the marks of a tenant's published events back, so that they go out again: those recorded at `since` or later,
    /// of one subject or of all. Returns how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn send_again(&self, tenant: &TenantId, since: Timestamp, subject: Option<&str>) -> Result<u64, StoreError>;

    /// How many events are not published yet.
    ///
    /// # Errors
    /// Those of the store.
    async fn pending(&self) -> Result<i64, StoreError>;

    /// All events ever after a position, published or not, by time and id; each subject's in the order of their
    /// sequence. For rebuilding consumers: go on with the time and id of the last one until nothing comes.
    ///
    /// # Errors
    /// Those of the store.
    async fn replay(&self, after: Option<(Timestamp, Uuid)>, limit: u32) -> Result<Vec<Event>, StoreError>;
}
