//! Ports of the intake: rows that are written once by their key, and notes of those that were put aside.

use analytics_domain::{
    cost::Cost,
    ingest::{RowKey, RowType},
    journey::Journey,
    touchpoint::Touchpoint,
};
use async_trait::async_trait;
use tributary_core::{TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};
use uuid::Uuid;

use super::versions::Moves;

/// Rows of one sort in a transaction.
#[async_trait]
pub trait Rows<R>: Send {
    /// Writes the rows whose key is new, keys each once; returns these keys.
    async fn insert(&mut self, tenant: &TenantId, rows: &[R], now: Timestamp) -> Result<Vec<RowKey>, StoreError>;
    /// The rows there are among `keys`.
    async fn kept(&mut self, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<R>, StoreError>;
}

/// A note of a row that was put aside; the key that looks like personal data is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Key of the note; keys grow with time.
    pub id: Uuid,
    /// What sort of row.
    pub row_type: RowType,
    /// Key of the row; empty when it is the key that looks like personal data.
    pub key: RowKey,
    /// The field. Example: "customer_key".
    pub field: String,
    /// What it looks like. Example: "a phone number".
    pub looks_like: String,
    /// When.
    pub create_time: Timestamp,
}

/// One transaction of the intake.
#[async_trait]
pub trait IngestTx: UnitOfWork + Moves + Rows<Journey> + Rows<Touchpoint> + Rows<Cost> {
    /// Notes what was put aside, one note per type and key that is known.
    async fn put_aside(&mut self, tenant: &TenantId, notes: &[SetAside]) -> Result<(), StoreError>;
    /// Drops the notes of rows of a type that are recorded now.
    async fn drop_aside(&mut self, tenant: &TenantId, of: RowType, keys: &[RowKey]) -> Result<(), StoreError>;
}

/// The store of what comes in.
#[async_trait]
pub trait IngestStore: Send + Sync {
    /// Begins a transaction.
    async fn begin_ingest(&self) -> Result<Box<dyn IngestTx>, StoreError>;
    /// Notes of what was put aside, of one type or all, by id, after one.
    async fn set_aside(
        &self,
        tenant: &TenantId,
        of: Option<RowType>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<SetAside>, StoreError>;
}
