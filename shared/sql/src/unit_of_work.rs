//! One transaction, as use cases see it: state, event, idempotency record and operation are kept together or not at all.

use async_trait::async_trait;
use tributary_core::{Event, NewEvent, TenantId, Timestamp};
use uuid::Uuid;

use crate::{NewOperation, OperationOutcome, Recall, RequestKey, StoreError};

/// An open transaction. Dropped without [`commit`](Self::commit) it is rolled back.
///
/// After an error of any of its methods the transaction must be dropped: PostgreSQL refuses every further statement
/// (and `commit` refuses then too), while SQLite would go on.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Claims a request key, or recalls its answer. A concurrent call with the same key waits here until this
    /// transaction ends. Call it first, before any other row is locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn recall(&mut self, key: &RequestKey, now: Timestamp) -> Result<Recall, StoreError>;

    /// Fills the claimed key with the answer.
    ///
    /// # Errors
    /// `Internal` when the key was not claimed by this transaction.
    async fn remember(&mut self, key: &RequestKey, answer: &[u8]) -> Result<(), StoreError>;

    /// Writes an event to the outbox, as [`UnitOfWork::publish_all`] does.
    ///
    /// # Errors
    /// `AlreadyExists` for an event id that was used.
    async fn publish(&mut self, event: NewEvent) -> Result<(), StoreError> {
        self.publish_all(vec![event]).await
    }

    /// Writes events to the outbox, each with the next sequence of its tenant and subject; those of one subject in the
    /// order in which they are given. Subjects are locked until the transaction ends, those of one call in one order, those
    /// of several calls as they come: keep to a fixed order there. A call takes few statements, however many events.
    ///
    /// # Errors
    /// `AlreadyExists` for an event id that was used.
    async fn publish_all(&mut self, events: Vec<NewEvent>) -> Result<(), StoreError>;

    /// Notes that `consumer` handles the event in this transaction; `false` when it was handled before.
    ///
    /// # Errors
    /// Those of the store.
    async fn first_seen(&mut self, consumer: &str, event: &Event, now: Timestamp) -> Result<bool, StoreError>;

    /// Notes that a number of a stream, from 1 on, is in with this transaction; `false` when it is in already. Arrivals of
    /// one tenant and stream wait here for each other until the transaction ends, which makes reading and writing what
    /// they are added to safe. [`ArrivalStore`](crate::ArrivalStore) reads how far the stream is in.
    ///
    /// # Errors
    /// `Internal` for a number below 1.
    async fn arrived(&mut self, tenant: &TenantId, stream: &str, number: i64) -> Result<bool, StoreError>;

    /// Writes a pending operation.
    ///
    /// # Errors
    /// `AlreadyExists` for an id that was used.
    async fn create_operation(&mut self, operation: NewOperation) -> Result<(), StoreError>;

    /// Finishes an operation that `owner` (the record's `lease_owner`) runs, together with its effects.
    ///
    /// # Errors
    /// `Conflict` when the operation is not running or its lease is not the owner's any more.
    async fn finish_operation(
        &mut self,
        id: Uuid,
        owner: &str,
        outcome: OperationOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Keeps everything. Runs to its end even when the caller is cancelled.
    ///
    /// # Errors
    /// `Internal` when a request key was claimed and not filled or an earlier statement had failed; nothing is kept
    /// then. After `Unavailable` it is unknown whether it was kept: repeat the call with its `request_id`.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
