//! Ports of the metric layer: the copy of the facts that analytics keeps, and the sums of what it takes in itself.

use std::ops::ControlFlow;

use analytics_domain::metric::{CampaignRow, First, LineView, MetricQuery, SalesLine};
use async_trait::async_trait;
use tributary_core::{Date, TenantId};
use tributary_sql::{ArrivalStore, StoreError, UnitOfWork};

use super::versions::Moves;

/// Reads of the lines of facts.
#[async_trait]
pub trait SalesReads: ArrivalStore {
    /// Gives the lines of a question's range and flow to `each`, in no particular order, until it breaks off; one moment's
    /// view. Lines that its filter leaves out may come, too; columns that it does not need may be empty.
    async fn each_line(
        &self,
        tenant: &TenantId,
        query: &MetricQuery,
        each: &mut (dyn for<'a> FnMut(LineView<'a>) -> ControlFlow<()> + Send),
    ) -> Result<(), StoreError>;
}

/// One transaction over the copy.
#[async_trait]
pub trait SalesTx: UnitOfWork + Moves {
    /// Writes the lines of a batch, which is not there yet.
    async fn put_lines(&mut self, tenant: &TenantId, batch: i64, lines: &[SalesLine]) -> Result<(), StoreError>;
    /// Notes first orders, each customer and flow once; of a customer that has one in the flow the earlier one stays.
    async fn put_firsts(&mut self, tenant: &TenantId, firsts: &[First]) -> Result<(), StoreError>;
}

/// The copy.
#[async_trait]
pub trait SalesStore: SalesReads {
    /// Begins a transaction.
    async fn begin_sales(&self) -> Result<Box<dyn SalesTx>, StoreError>;
}

/// Reads of touchpoints and costs by day.
#[async_trait]
pub trait CampaignSums: Send + Sync {
    /// Gives how many touchpoints there were, and what was spent, to `each`, in no particular order, until it breaks off.
    /// `from` is the first day, `to` the first no longer wanted.
    async fn each_sum(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(CampaignRow<'a>) -> ControlFlow<()> + Send),
    ) -> Result<(), StoreError>;
}
