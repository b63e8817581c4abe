//! What the use cases need from outside. Both engines implement the store's ports; one conformance suite runs against
//! both.

pub mod journeys;

use std::collections::BTreeMap;

use analytics_domain::{CellKey, Fact, Month, Sums};
use async_trait::async_trait;
use tributary_core::{Fault, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

/// Where the facts of a batch come from: incentive-calculation.
#[async_trait]
pub trait FactSource: Send + Sync {
    /// Gives every fact of a durable batch to `each`.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`; `INVALID_REQUEST` for a fact that cannot be understood.
    async fn read_batch(&self, tenant: &TenantId, batch: i64, each: &mut (dyn FnMut(Fact) + Send))
    -> Result<(), Fault>;
}

/// Reads of cells.
#[async_trait]
pub trait SalesReads: Send + Sync {
    /// The largest n so that the batches 1 to n are all in the sums; 0 when the first is not.
    async fn through_batch(&self, tenant: &TenantId) -> Result<i64, StoreError>;
    /// Gives every cell from a month on and before another to `each`, in no particular order; one moment's view.
    async fn each_cell(
        &self,
        tenant: &TenantId,
        from: Option<Month>,
        to: Option<Month>,
        each: &mut (dyn FnMut(CellKey, Sums) + Send),
    ) -> Result<(), StoreError>;
}

/// One transaction of this service.
#[async_trait]
pub trait SalesTx: UnitOfWork {
    /// Counts a batch as being in; `false` when it is in already. Batches of one tenant wait here for each other, which
    /// makes reading and writing its cells safe.
    async fn count_batch(&mut self, tenant: &TenantId, batch: i64) -> Result<bool, StoreError>;
    /// The cells there are among `keys`.
    async fn cells(&mut self, tenant: &TenantId, keys: &[CellKey]) -> Result<BTreeMap<CellKey, Sums>, StoreError>;
    /// Writes cells, new or changed, each key once.
    async fn put_cells(&mut self, tenant: &TenantId, cells: &[(CellKey, Sums)]) -> Result<(), StoreError>;
}

/// The store.
#[async_trait]
pub trait SalesStore: SalesReads {
    /// Begins a transaction.
    async fn begin(&self) -> Result<Box<dyn SalesTx>, StoreError>;
}
