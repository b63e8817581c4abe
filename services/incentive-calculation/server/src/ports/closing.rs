//! What closing needs of the store: periods, what was settled of them, and what changed since.

use async_trait::async_trait;
use incentive_calculation_domain::{
    close::{LineKey, PayeeChanges, ProgrammePeriod},
    rate::RateKey,
};
use tributary_core::{Currency, Date, Days, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::StatedQuery;

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
    /// The newest arrivals that had been recorded by a time.
    async fn arrivals_at(&self, tenant: &TenantId, time: Timestamp) -> Result<Arrivals, StoreError>;
    /// How many figures of some names, whose days lie in some days, hold after one arrival and not after the other (both
    /// orders), by partner (last part of its name).
    async fn figures_changed(
        &self,
        tenant: &TenantId,
        figures: (&[String], Days),
        between: (i64, i64),
    ) -> Result<Vec<(String, i64)>, StoreError>;
    /// The rates of a table into a currency of which some days see another revision after one arrival than after the
    /// other.
    async fn rates_changed(
        &self,
        tenant: &TenantId,
        table: (&str, Currency),
        days: Days,
        between: (i64, i64),
    ) -> Result<Vec<RateKey>, StoreError>;
    /// How many lines of an older system a query sees up to its arrival and not up to `since` (both orders), by partner
    /// (last part of its name).
    async fn opening_lines_changed(
        &self,
        tenant: &TenantId,
        query: &StatedQuery,
        since: i64,
    ) -> Result<Vec<(String, i64)>, StoreError>;
}

/// Up to which numbers what is known beside facts had arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrivals {
    /// Copies of partners, tiers and links: by the time at which the registry recorded them.
    pub partners: i64,
    /// Figures, rates, lines of an older system and what runs stated: by the time at which they were recorded here.
    pub inputs: i64,
}

impl Arrivals {
    /// Everything up to one number, as runs see it.
    #[must_use]
    pub fn up_to(number: i64) -> Self {
        Self { partners: number, inputs: number }
    }
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
