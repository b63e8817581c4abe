//! Sums per day for live accruals (IC-26).

use async_trait::async_trait;
use incentive_calculation_domain::accrual::{Added, CountedKey, DayKey, DaySums, Filter};
use tributary_core::{Date, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

use super::StoredFact;

/// A filter and how far it has taken facts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFilter {
    /// Its id.
    pub id: String,
    /// Which facts it sums.
    pub filter: Filter,
    /// Facts up to this batch are in.
    pub through_batch: i64,
}

/// What is kept of one partner, one filter, over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDay {
    /// Whose day.
    pub key: DayKey,
    /// Its sums.
    pub sums: DaySums,
    /// How many of its facts have each key, for a filter that counts different keys.
    pub keys: Vec<(CountedKey, i64)>,
}

/// Reads of accruals.
#[async_trait]
pub trait AccrualReads: Send + Sync {
    /// Tenants that have programmes with active plans.
    async fn tenants_with_active_plans(&self) -> Result<Vec<TenantId>, StoreError>;
    /// Plan and number of the active versions of a tenant, in order: they change when a version is activated or retired.
    async fn active_numbers(&self, tenant: &TenantId) -> Result<Vec<(String, i64)>, StoreError>;
    /// Whether a filter of a tenant has not reached a batch.
    async fn filter_behind(&self, tenant: &TenantId, batch: i64) -> Result<bool, StoreError>;
    /// The filters of a tenant.
    async fn accrual_filters(&self, tenant: &TenantId) -> Result<Vec<KeptFilter>, StoreError>;
    /// Facts of the batches after one up to another, both of one tenant, in no order, on the days on which they count at
    /// the last of them (R13).
    async fn facts_of_batches(
        &self,
        tenant: &TenantId,
        after: i64,
        through: i64,
    ) -> Result<Vec<StoredFact>, StoreError>;
    /// Returns of batches up to one whose sale came in a batch after it, up to another: on the day of the sale.
    async fn facts_moved(&self, tenant: &TenantId, after: i64, through: i64) -> Result<Vec<StoredFact>, StoreError>;
    /// The days of a filter in a half-open window, of some partners.
    async fn accrual_days(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        partners: &[String],
        window: (Date, Date),
    ) -> Result<Vec<KeptDay>, StoreError>;
    /// Partners who ever had one of some others directly above them.
    async fn ever_below(&self, tenant: &TenantId, parents: &[String]) -> Result<Vec<String>, StoreError>;
    /// Partners with a day in one of the filters in a half-open window, in the order of ids, after one.
    async fn accrual_partners(
        &self,
        tenant: &TenantId,
        filters: &[String],
        window: (Date, Date),
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError>;
}

/// Writes of accruals.
#[async_trait]
pub trait AccrualTx: UnitOfWork {
    /// Adds filters that begin before the first batch; those that are there stay as they are.
    async fn add_filters(&mut self, tenant: &TenantId, filters: &[Filter]) -> Result<(), StoreError>;
    /// Moves a filter from a batch to a later one and locks it until the transaction ends. `false` when it is no longer
    /// at that batch: somebody else has moved it.
    async fn move_filter(&mut self, tenant: &TenantId, id: &str, from: i64, to: i64) -> Result<bool, StoreError>;
    /// The sums of days that are there.
    async fn day_sums(
        &mut self,
        tenant: &TenantId,
        filter: &str,
        keys: &[DayKey],
    ) -> Result<Vec<(DayKey, DaySums)>, StoreError>;
    /// Writes days with their new sums, and counts keys up.
    async fn put_days(&mut self, tenant: &TenantId, filter: &str, days: &Added) -> Result<(), StoreError>;
}
