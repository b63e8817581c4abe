//! What closing needs of the store: periods, what was settled of them, and what changed since.

use async_trait::async_trait;
use incentive_calculation_domain::close::{LineKey, PayeeChanges, ProgrammePeriod};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;

/// Reads of periods and of what changed since they were stated.
#[async_trait]
pub trait ClosingReads: Send + Sync {
    /// One period of a programme.
    async fn period(
        &self,
        tenant: &TenantId,
        programme: &str,
        period: &str,
    ) -> Result<Option<ProgrammePeriod>, StoreError>;
    /// Periods of a programme, the latest end first, after (end, start, period) in that order.
    async fn periods(
        &self,
        tenant: &TenantId,
        programme: &str,
        after: Option<(Date, Date, &str)>,
        limit: u32,
    ) -> Result<Vec<ProgrammePeriod>, StoreError>;
    /// What true-ups have settled of a period, in the order of runs.
    async fn settled(&self, tenant: &TenantId, programme: &str, period: &str) -> Result<Vec<SettledLine>, StoreError>;
    /// What the true-ups of a run settle.
    async fn settled_by(&self, tenant: &TenantId, run: &str) -> Result<Vec<SettledLine>, StoreError>;
    /// What arrived in batches after `since` up to `up_to` and counts, or counted, on days in the windows: facts, and
    /// earlier returns whose sale became known. Cheap: looks at days and batches, not at facts.
    async fn arrived(
        &self,
        tenant: &TenantId,
        windows: &[(Date, Date)],
        since: i64,
        up_to: i64,
    ) -> Result<Arrived, StoreError>;
    /// The same facts by payee (last part of its name).
    async fn arrived_by_payee(
        &self,
        tenant: &TenantId,
        windows: &[(Date, Date)],
        since: i64,
        up_to: i64,
    ) -> Result<Vec<(String, PayeeChanges)>, StoreError>;
    /// Revisions, tiers and links that arrived after `since` up to `up_to` and hold from before `before` on, by partner
    /// (last part of its name).
    async fn attributes_arrived(
        &self,
        tenant: &TenantId,
        before: Date,
        since: i64,
        up_to: i64,
    ) -> Result<Vec<(String, i64)>, StoreError>;
    /// Number of the newest batch that had been recorded by a time, 0 for none.
    async fn batch_at(&self, tenant: &TenantId, time: Timestamp) -> Result<i64, StoreError>;
    /// Number of the newest arrival in the copy of partners that the registry had recorded by a time, 0 for none.
    async fn arrival_at(&self, tenant: &TenantId, time: Timestamp) -> Result<i64, StoreError>;
}

/// What arrived since a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrived {
    /// Facts.
    pub facts: i64,
    /// Earlier returns that count on another day now.
    pub moved: i64,
}

/// What a true-up has settled of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledLine {
    /// The run that states it.
    pub run: String,
    /// The closed period.
    pub period: String,
    /// The line.
    pub key: LineKey,
    /// What had been stated of it before, minor units.
    pub stated: i64,
    /// What the true-up adds, minor units.
    pub difference: i64,
    /// The plan version that recomputed it.
    pub plan_version: String,
}
