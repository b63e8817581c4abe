//! Values of metrics, a page of rows at a time.

use analytics_domain::metric::{Basis, MetricQuery, Row, RowKey, Table};
use tributary_core::{Fault, RequestContext};

use super::Metrics;

/// Everything that was counted for a question.
#[derive(Debug)]
pub struct Counted {
    table: Table,
    /// All batches up to this one are counted.
    pub through_batch: i64,
}

impl Metrics {
    /// Counts the facts of a question.
    ///
    /// # Errors
    /// `BASIS_AMBIGUOUS`, `METRIC_TOO_LARGE`, `STORE_UNAVAILABLE`.
    pub async fn query(&self, caller: &RequestContext, query: MetricQuery) -> Result<Counted, Fault> {
        let ([table], through_batch) = self.count(&caller.tenant, [query]).await?;
        Ok(Counted { table, through_batch })
    }
}

impl Counted {
    /// At most `limit` rows after one.
    #[must_use]
    pub fn page(&self, after: Option<&RowKey>, limit: usize) -> Vec<Row> {
        self.table.page(after, limit)
    }

    /// The flow that was counted; `None` when there were no facts and none was asked for.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        self.table.basis()
    }

    /// The question.
    #[must_use]
    pub fn query(&self) -> &MetricQuery {
        self.table.query()
    }
}
