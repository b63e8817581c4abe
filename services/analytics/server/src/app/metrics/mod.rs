//! The metric layer (AN-02): one pass over the facts of a question, and what is made of the cells.
//!
//! [`Metrics::query`] answers pages of rows, [`Metrics::classify`] puts members into volume classes, and
//! [`Metrics::series`] gives one metric of one scope per day and in all, for targets and forecasts.

mod classify;
pub mod filter;
mod query;
mod series;

use std::{ops::ControlFlow, sync::Arc};

use analytics_domain::metric::{CampaignRow, Limits, LineView, MetricQuery, Table, Tally};
use tributary_core::{Fault, TenantId};
use tributary_feed::STREAM;

use crate::ports::sales::{CampaignSums, SalesStore};

pub use classify::{Classification, ClassifyQuery};
pub use query::Counted;
pub use series::{Series, SeriesQuery};

/// What the use cases of the metric layer work with.
pub struct Metrics {
    /// The copy of the facts.
    pub sales: Arc<dyn SalesStore>,
    /// Touchpoints and costs.
    pub campaigns: Arc<dyn CampaignSums>,
}

impl Metrics {
    /// Counts facts for several questions at once, which differ in nothing but the length of their periods; the tables,
    /// and the last batch up to which all facts are counted.
    async fn count<const N: usize>(
        &self,
        tenant: &TenantId,
        queries: [MetricQuery; N],
    ) -> Result<([Table; N], i64), Fault> {
        // First how far, then the lines: what comes in between makes the values newer than said, never older.
        let through_batch = self.sales.through(tenant, STREAM).await?;
        let first = queries.first().cloned();
        let mut tallies = queries.map(|query| Tally::new(query, Limits::default()));
        if let Some(query) = first {
            self.read(tenant, &query, &mut tallies).await?;
        }
        // Putting millions of cells in order takes seconds; other calls go on meanwhile.
        let tables = tokio::task::spawn_blocking(move || tallies.map(Tally::finish)).await;
        let tables = tables.map_err(|e| Fault::internal(format!("the cells were not put in order: {e}")))?;
        Ok((tables, through_batch))
    }

    /// Gives tallies everything that a question reads; the first refusal ends it.
    async fn read(&self, tenant: &TenantId, query: &MetricQuery, tallies: &mut [Tally]) -> Result<(), Fault> {
        let mut counted = Ok(());
        if query.reads_sales() {
            let mut each = |line: LineView<'_>| {
                let result = tallies.iter_mut().try_for_each(|tally| tally.add(&line));
                go_on(&mut counted, result)
            };
            self.sales.each_line(tenant, query, &mut each).await?;
        }
        if counted.is_ok() && query.reads_campaigns() {
            let mut each = |row: CampaignRow<'_>| {
                let result = tallies.iter_mut().try_for_each(|tally| tally.add_campaign(&row));
                go_on(&mut counted, result)
            };
            self.campaigns.each_sum(tenant, query.from(), query.to(), &mut each).await?;
        }
        counted
    }
}

/// Keeps a refusal and breaks off.
fn go_on(counted: &mut Result<(), Fault>, result: Result<(), Fault>) -> ControlFlow<()> {
    let flow = if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    *counted = result;
    flow
}
