//! Alerts, the versions of their rules, and whose turn it is to be evaluated.
//!
//! What changes something that rules look at *marks* the partner, in its own transaction. An evaluation takes a *turn*:
//! it reads the turn with its marks, then everything else, and at the end, in one transaction, takes the turn (which
//! fails when another evaluation took one in between) and deletes the marks it has read. So a change that was committed
//! before the evaluation read is seen by it, and one that came later still has its mark.

use async_trait::async_trait;
use contract_risk_domain::alert::{Alert, AlertState, RuleVersion, Severity};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};
use uuid::Uuid;

/// A condition of a list of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertCondition {
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Of this partner.
    Partner(String),
    /// About this contract.
    Contract(String),
    /// Of this rule.
    Rule(String),
    /// As grave as this.
    Severity(Severity),
    /// In this state.
    State(AlertState),
}

/// A page of alerts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertQuery {
    /// Which ones; `None`: all.
    pub condition: Option<AlertCondition>,
    /// Only those older than the one with this id.
    pub before: Option<String>,
    /// At most this many.
    pub limit: u32,
}

/// A page of versions: by rule, newest version first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleQuery {
    /// Only of this rule.
    pub rule: Option<ResourceId>,
    /// Only versions in force.
    pub active_only: bool,
    /// Only after this one.
    pub after: Option<(ResourceId, i64)>,
    /// At most this many.
    pub limit: u32,
}

/// What a tenant has of rules, besides those that ship.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnRules {
    /// Versions in force, by rule.
    pub active: Vec<RuleVersion>,
    /// Rules of which version 1 is kept: a rule that ships under this name is replaced or retired.
    pub replaced: Vec<ResourceId>,
}

/// Where a partner stands in the order of evaluations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// How often it was evaluated.
    pub evaluations: i64,
    /// On which day it was last evaluated; `None`: never.
    pub evaluated_on: Option<Date>,
    /// Its marks, at most [`MARKS_PER_TURN`].
    pub marks: Vec<Uuid>,
}

/// Marks that one evaluation deletes; what is more calls for a further one.
pub const MARKS_PER_TURN: u32 = 1_000;

/// Reads of alerts and rules.
#[async_trait]
pub trait AlertReads: Send + Sync {
    /// One alert.
    async fn alert(&self, tenant: &TenantId, id: &str) -> Result<Option<Alert>, StoreError>;
    /// A page of alerts.
    async fn alerts(&self, tenant: &TenantId, query: &AlertQuery) -> Result<Vec<Alert>, StoreError>;
    /// How many alerts stand, of a partner or of all.
    async fn standing_alerts(&self, tenant: &TenantId, partner: Option<&ResourceId>) -> Result<i64, StoreError>;
    /// Partners with standing alerts of a rule, in their order.
    async fn partners_with_alerts(&self, tenant: &TenantId, rule: &ResourceId) -> Result<Vec<ResourceId>, StoreError>;

    /// One version that is kept.
    async fn rule_version(
        &self,
        tenant: &TenantId,
        rule: &ResourceId,
        version: i64,
    ) -> Result<Option<RuleVersion>, StoreError>;
    /// A page of versions that are kept.
    async fn rule_versions(&self, tenant: &TenantId, query: &RuleQuery) -> Result<Vec<RuleVersion>, StoreError>;
    /// What the tenant has of rules.
    async fn own_rules(&self, tenant: &TenantId) -> Result<OwnRules, StoreError>;

    /// The turn of a partner.
    async fn turn(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Turn, StoreError>;
    /// Partners of all tenants that are marked, or were not evaluated on a day yet, at most `limit`: marked ones first,
    /// among them those whose turn is longest ago.
    async fn due(&self, today: Date, limit: u32) -> Result<Vec<(TenantId, ResourceId)>, StoreError>;
    /// Partners that were ever marked or evaluated, after one, in their order.
    async fn partners(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<ResourceId>, StoreError>;
}

/// A transaction that changes what rules look at.
#[async_trait]
pub trait MarkTx: UnitOfWork {
    /// Marks partners, given in their order, each once. Repeating a mark changes nothing.
    async fn mark(&mut self, tenant: &TenantId, partners: &[ResourceId], mark: Uuid) -> Result<(), StoreError>;
}

/// One transaction on alerts and rules.
#[async_trait]
pub trait AlertTx: MarkTx {
    /// Takes a partner's turn that was read, at an instant of a day: deletes its marks and locks the partner until the
    /// transaction ends. `false` when another evaluation took it since.
    async fn take_turn(
        &mut self,
        tenant: &TenantId,
        partner: &ResourceId,
        turn: &Turn,
        at: (Timestamp, Date),
    ) -> Result<bool, StoreError>;
    /// Locks a partner until the transaction ends: no evaluation of it runs meanwhile.
    async fn lock_partner(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<(), StoreError>;
    /// Marks every partner of a tenant that is known here.
    async fn mark_all(&mut self, tenant: &TenantId, mark: Uuid) -> Result<(), StoreError>;

    /// The alerts of a partner that stand or mute; the partner must be locked.
    async fn live_alerts(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<Alert>, StoreError>;
    /// One alert, as it is now.
    async fn alert_now(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Alert>, StoreError>;
    /// Inserts an alert.
    ///
    /// # Errors
    /// `AlreadyExists` when the rule has a live alert of the subject.
    async fn insert_alert(&mut self, tenant: &TenantId, alert: &Alert) -> Result<(), StoreError>;
    /// Writes an alert of a partner that is locked.
    async fn update_alert(&mut self, tenant: &TenantId, alert: &Alert) -> Result<(), StoreError>;

    /// The number of the next version of a rule; the rule is locked until the transaction ends. `first` for a rule
    /// without any.
    async fn next_rule_version(&mut self, tenant: &TenantId, rule: &ResourceId, first: i64) -> Result<i64, StoreError>;
    /// Locks a rule until the transaction ends.
    async fn lock_rule(&mut self, tenant: &TenantId, rule: &ResourceId) -> Result<(), StoreError>;
    /// What the tenant has of rules, as it is now.
    async fn own_rules_now(&mut self, tenant: &TenantId) -> Result<OwnRules, StoreError>;
    /// One version that is kept, as it is now.
    async fn rule_version_now(
        &mut self,
        tenant: &TenantId,
        rule: &ResourceId,
        version: i64,
    ) -> Result<Option<RuleVersion>, StoreError>;
    /// Writes a version, new or in another state; its rule is locked.
    ///
    /// # Errors
    /// `AlreadyExists` when another version of the rule is in force.
    async fn put_rule_version(&mut self, tenant: &TenantId, version: &RuleVersion) -> Result<(), StoreError>;
}

/// The store of alerts and rules.
#[async_trait]
pub trait AlertStore: AlertReads {
    /// Begins a transaction.
    async fn begin_alerts(&self) -> Result<Box<dyn AlertTx>, StoreError>;
}
