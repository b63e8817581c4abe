//! Values of metrics, a page of rows at a time.

use analytics_domain::metric::{Basis, MetricQuery, Row, RowKey};
use tributary_core::{Fault, RequestContext};

use super::Metrics;

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricPage {
    /// The rows in their order.
    pub rows: Vec<Row>,
    /// The flow that was counted; `None` when there were no facts and none was asked for.
    pub basis: Option<Basis>,
    /// All batches up to this one are counted.
    pub through_batch: i64,
}

impl Metrics {
    /// At most `limit` rows after one.
    ///
    /// # Errors
    /// `BASIS_AMBIGUOUS`, `METRIC_TOO_LARGE`, `STORE_UNAVAILABLE`.
    pub async fn query(
        &self,
        caller: &RequestContext,
        query: MetricQuery,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<MetricPage, Fault> {
        let ([table], through_batch) = self.count(&caller.tenant, [query]).await?;
        Ok(MetricPage { rows: table.page(after, limit), basis: table.basis(), through_batch })
    }
}
