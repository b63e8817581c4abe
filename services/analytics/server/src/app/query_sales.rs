//! Sums over cells, split by what was asked for.

use analytics_domain::{RowKey, SalesQuery, SalesTable, Sums};
use tributary_core::{Fault, RequestContext};

use super::App;

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesPage {
    /// The rows in their order.
    pub rows: Vec<(RowKey, Sums)>,
    /// All batches up to this one are in the sums.
    pub through_batch: i64,
}

impl App {
    /// At most `limit` rows after one.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn query_sales(
        &self,
        caller: &RequestContext,
        query: &SalesQuery,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<SalesPage, Fault> {
        // First how far, then the cells: what comes in between makes the sums newer than said, never older.
        let through_batch = self.store.through_batch(&caller.tenant).await?;
        let mut table = SalesTable::new(query);
        let mut each = |key, sums| table.add(&key, sums);
        self.store.each_cell(&caller.tenant, query.from, query.to, &mut each).await?;
        Ok(SalesPage { rows: table.page(after, limit), through_batch })
    }
}
