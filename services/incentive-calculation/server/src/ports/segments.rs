//! Facts in columns, by partner and month (see [`crate::segment`]).

use async_trait::async_trait;
use incentive_calculation_domain::engine::Fields;
use tributary_core::{Date, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

use super::StoredFact;
use crate::segment::Encoded;

/// A segment as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSegment {
    /// Whose facts, last part of the resource name.
    pub partner_id: String,
    /// Of which month, as [`crate::segment::month_of`] counts them.
    pub month: i64,
    /// Facts up to this batch are in.
    pub through_batch: i64,
    /// How many facts.
    pub facts: i64,
    /// Its bytes; `rest` is empty where it was not asked for.
    pub encoded: Encoded,
}

/// Which segments are wanted, in the order of partners and months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentQuery {
    /// Only of these partners; `None`: of all.
    pub partners: Option<Vec<String>>,
    /// Only of months with a day in one of these half-open windows.
    pub windows: Vec<(Date, Date)>,
    /// Only after the segment of this partner and month.
    pub after: Option<(String, i64)>,
    /// Whether `rest` is wanted.
    pub rest: bool,
    /// At most this many.
    pub limit: u32,
}

/// Which rows of facts are wanted beside segments, in no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loose {
    /// Facts that name no sale, of the batches after one up to another.
    After(i64, i64),
    /// Facts that name a sale, of the batches up to one, on the day on which they count there.
    Linked(i64),
}

/// Reads of segments.
#[async_trait]
pub trait SegmentReads: Send + Sync {
    /// The batch up to which every fact without a sale is in a segment; 0 before the first.
    async fn sealed_through(&self, tenant: &TenantId) -> Result<i64, StoreError>;
    /// Segments of some partners and months.
    async fn segments(&self, tenant: &TenantId, query: &SegmentQuery) -> Result<Vec<StoredSegment>, StoreError>;
    /// Facts that no segment may hold, in some windows (all days for none). `None` when there are more than so many,
    /// whatever their days.
    async fn loose_facts(
        &self,
        tenant: &TenantId,
        loose: Loose,
        windows: &[(Date, Date)],
        fields: Fields,
        limit: u32,
    ) -> Result<Option<Vec<StoredFact>>, StoreError>;
    /// Facts that came in the batches after one, counted up to a limit.
    async fn facts_after(&self, tenant: &TenantId, batch: i64, limit: u32) -> Result<i64, StoreError>;
    /// The last batch with which the batches after one hold at most so many facts, at least the next one; 0 when there is
    /// no later batch.
    async fn batches_of(&self, tenant: &TenantId, after: i64, facts: i64) -> Result<i64, StoreError>;
}

/// Writes of segments.
#[async_trait]
pub trait SegmentTx: UnitOfWork {
    /// Writes segments; one that is there with a later batch stays as it is.
    async fn put_segments(&mut self, tenant: &TenantId, segments: &[StoredSegment]) -> Result<(), StoreError>;
    /// Says that every fact without a sale up to a batch is in a segment.
    async fn move_sealed(&mut self, tenant: &TenantId, through: i64) -> Result<(), StoreError>;
}
