//! Ports of targets: where they are kept, and what the watch over them knows.

use analytics_domain::target::{Status, Target};
use async_trait::async_trait;
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};

/// A condition of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetCondition {
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Id of the metric.
    Metric(String),
    /// The period, as its text.
    Period(String),
    /// Who answers for it.
    Owner(String),
}

/// A round of the watch over the targets of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Today, which is not over yet.
    pub today: Date,
    /// All batches of facts up to this one are in.
    pub through_batch: i64,
    /// For the sake of new batches, only targets that were measured at this time or before.
    pub measured_by: Timestamp,
}

/// A target as the watch saw it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The target.
    pub target: Target,
    /// The status it was last seen with.
    pub status: Status,
    /// How often it was measured.
    pub checks: i64,
}

/// What the watch sees now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The status.
    pub status: Status,
    /// Today.
    pub on: Date,
    /// All batches up to this one were counted.
    pub through_batch: i64,
    /// When.
    pub time: Timestamp,
}

/// Reads of targets.
#[async_trait]
pub trait TargetReads: Send + Sync {
    /// One target.
    async fn target(&self, tenant: &TenantId, id: &ResourceId) -> Result<Option<Target>, StoreError>;
    /// Targets in the order of ids, after one.
    async fn targets(
        &self,
        tenant: &TenantId,
        condition: Option<&TargetCondition>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Target>, StoreError>;
    /// The tenants that have targets, in order.
    async fn tenants_with_targets(&self) -> Result<Vec<TenantId>, StoreError>;
    /// Targets that the watch has to measure, in the order of ids, after one. Never before a day of their period is over;
    /// then those that were not measured since they were set or changed, or today, or that have new batches. Once their
    /// period is over they are measured when they were not since its end, and for new batches not twice on a day.
    async fn due_targets(
        &self,
        tenant: &TenantId,
        round: Round,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Watched>, StoreError>;
}

/// One transaction over targets.
#[async_trait]
pub trait TargetTx: UnitOfWork {
    /// Locks a target until the end of the transaction and reads it.
    async fn lock_target(&mut self, tenant: &TenantId, id: &ResourceId) -> Result<Option<Target>, StoreError>;
    /// Writes a new target, PENDING and never measured; `false` when its id is taken.
    async fn insert_target(&mut self, tenant: &TenantId, target: &Target) -> Result<bool, StoreError>;
    /// Writes a target that is locked; it counts as not measured since.
    async fn update_target(&mut self, tenant: &TenantId, target: &Target) -> Result<(), StoreError>;
    /// Deletes a target.
    async fn delete_target(&mut self, tenant: &TenantId, id: &ResourceId) -> Result<(), StoreError>;
    /// Notes what the watch sees; `false`, with nothing noted, when the target was changed or measured since it was read.
    async fn note_check(&mut self, tenant: &TenantId, seen: &Watched, check: Check) -> Result<bool, StoreError>;
}

/// The store of targets.
#[async_trait]
pub trait TargetStore: TargetReads {
    /// Begins a transaction.
    async fn begin_targets(&self) -> Result<Box<dyn TargetTx>, StoreError>;
}
