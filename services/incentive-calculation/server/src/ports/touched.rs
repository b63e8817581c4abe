//! What can change lines between two snapshots, beside the facts that [`super::ClosingReads`] tells of: a run that follows
//! another asks whose lines it has to make anew.

use std::collections::BTreeSet;

use async_trait::async_trait;
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

/// Reads of what arrived after a number up to another.
#[async_trait]
pub trait TouchedReads: Send + Sync {
    /// Partners (last parts) of revisions, tiers and links that came, whatever their days: the first revision stands in
    /// for all days before it.
    async fn partners_arrived(&self, tenant: &TenantId, since: i64, up_to: i64)
    -> Result<BTreeSet<String>, StoreError>;
    /// Runs of a programme, last parts of their names, that state their periods from then on.
    async fn runs_stated(
        &self,
        tenant: &TenantId,
        programme: &str,
        since: i64,
        up_to: i64,
    ) -> Result<BTreeSet<String>, StoreError>;
    /// By how many facts there are more on the days of some windows at batch `up_to` than at batch `since`, on the days on
    /// which they count at each (R13).
    async fn facts_gained(
        &self,
        tenant: &TenantId,
        windows: &[(Date, Date)],
        since: i64,
        up_to: i64,
    ) -> Result<i64, StoreError>;
}
