//! What can change lines between two snapshots, beside the facts that [`super::ClosingReads`] tells of: a run that follows
//! another asks whose lines it has to make anew.

use std::collections::BTreeSet;

use async_trait::async_trait;
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

/// What decides by what earlier periods stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatedArrived {
    /// Partners (last parts) of opening lines that came or ended.
    pub partners: BTreeSet<String>,
    /// Runs that state their periods from then on, last parts of their names.
    pub runs: BTreeSet<String>,
}

/// Reads of what arrived after a number up to another. Whatever could decide a line is told, also what does not.
#[async_trait]
pub trait TouchedReads: Send + Sync {
    /// Partners (last parts) of revisions, tiers and links that came.
    async fn partners_arrived(&self, tenant: &TenantId, since: i64, up_to: i64)
    -> Result<BTreeSet<String>, StoreError>;
    /// Partners (last parts) of figures that came or ended.
    async fn figures_arrived(&self, tenant: &TenantId, since: i64, up_to: i64) -> Result<BTreeSet<String>, StoreError>;
    /// Whether rates came, of whatever table.
    async fn rates_arrived(&self, tenant: &TenantId, since: i64, up_to: i64) -> Result<bool, StoreError>;
    /// What was stated of a programme.
    async fn stated_arrived(
        &self,
        tenant: &TenantId,
        programme: &str,
        since: i64,
        up_to: i64,
    ) -> Result<StatedArrived, StoreError>;
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
