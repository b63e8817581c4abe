//! What the use cases need from outside, by role. Both engines implement every store port; one conformance suite runs
//! against both.

pub mod accruals;
mod closing;
pub mod deposits;
pub mod evidence;
pub mod funds;
mod inputs;
pub mod ledger;
pub mod prices;
pub mod segments;
pub mod settlements;
pub mod simulations;
mod touched;

use async_trait::async_trait;
use incentive_calculation_domain::{
    assignment::Attributes,
    close::{ProgrammePeriod, TrueUp},
    engine::{Fields, MeasuredFact},
    fact::Fact,
    plan_version::PlanVersion,
    price::Factor,
    programme::Programme,
    run::{Run, Statement, StatementLine},
};
use tributary_core::{Date, Fault, RequestContext, TenantId, Timestamp};
use tributary_sql::{EvidenceStore, EvidenceTx, RequestStore, StoreError, UnitOfWork};
use uuid::Uuid;

use accruals::{AccrualReads, AccrualTx};
pub use closing::{Arrivals, Arrived, ClosingReads, SettledLine};
use deposits::{DepositReads, DepositTx};
use evidence::{StatementEvidenceReads, StatementEvidenceTx};
use funds::{FundReads, FundTx};
pub use inputs::{FigureQuery, InputReads, InputTx, Known, RateQuery, RateTable, StatedQuery, StatedRow};
use ledger::{LedgerReads, LedgerTx};
use prices::{PriceReads, PriceTx};
use segments::{SegmentReads, SegmentTx};
use settlements::{SettlementReads, SettlementTx};
use simulations::{SimulationReads, SimulationTx};
pub use touched::TouchedReads;

/// The natural key of a fact; facts are ordered by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FactKey {
    /// The system that states the fact.
    pub source_system: String,
    /// The key in that system.
    pub source_id: String,
}

/// A fact as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFact {
    /// The fact.
    pub fact: Fact,
    /// The payee, last part of its resource name.
    pub partner_id: String,
    /// Digest of the content.
    pub content_hash: [u8; 32],
    /// Number of the durable batch.
    pub batch: i64,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// For a return or adjustment that is linked to a sale which was known at the snapshot: the sale's day, on which it
    /// counts (R13). Only set by reads that ask for it.
    pub sale_day: Option<Date>,
}

impl StoredFact {
    /// The natural key.
    #[must_use]
    pub fn key(&self) -> FactKey {
        FactKey { source_system: self.fact.source_system.clone(), source_id: self.fact.source_id.clone() }
    }

    /// As the engine measures it, for a payee's number.
    #[must_use]
    pub fn measured(&self, payee: u32) -> MeasuredFact<'_> {
        let measured = MeasuredFact::of(&self.fact, payee, &self.content_hash);
        MeasuredFact { day: self.sale_day.unwrap_or(self.fact.occurred_on).days(), ..measured }
    }
}

/// Which facts are wanted, always in key order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactQuery {
    /// Only of this partner (last part of its name).
    pub partner_id: Option<String>,
    /// Only of this source system.
    pub source_system: Option<String>,
    /// Only in this currency.
    pub currency: Option<String>,
    /// Only on days in one of these half-open windows; empty: all days.
    pub windows: Vec<(Date, Date)>,
    /// Only up to this batch.
    pub up_to_batch: Option<i64>,
    /// Days are those on which facts count at that batch (R13): a linked return on its sale's day.
    pub as_counted: bool,
    /// Only after this key.
    pub after: Option<FactKey>,
    /// At most this many.
    pub limit: u32,
}

/// How a caller names a partner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartnerRef {
    /// Last part of the resource name.
    Id(String),
    /// Key in another system.
    External {
        /// The other system.
        system: String,
        /// The key there.
        id: String,
    },
}

impl std::fmt::Display for PartnerRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "partners/{id}"),
            Self::External { system, id } => write!(f, "{system}:{id}"),
        }
    }
}

/// What ingest needs to know of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPartner {
    /// Last part of the resource name.
    pub partner_id: String,
    /// The key in digests.
    pub business_key: String,
}

/// One revision of a partner, as the registry told it.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerCopy {
    /// Last part of the resource name.
    pub partner_id: String,
    /// UUIDv7.
    pub uid: Uuid,
    /// Revision.
    pub revision: i64,
    /// External refs as (system, id).
    pub external_refs: Vec<(String, String)>,
    /// What assignments look at, without the tier; carries business key, display name and revision too.
    pub attributes: Attributes,
    /// Where it stands, as in PartnerStatus without its prefix; empty: not told.
    pub status: String,
    /// First day these attributes and the status hold.
    pub effective_on: Date,
    /// When the registry recorded it.
    pub record_time: Timestamp,
}

/// One tier assignment, as the registry told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierCopy {
    /// Last part of the partner's resource name.
    pub partner_id: String,
    /// The tier.
    pub tier: String,
    /// First day.
    pub effective_from: Date,
    /// First day no longer in force.
    pub effective_to: Option<Date>,
    /// When the registry recorded it.
    pub record_time: Timestamp,
}

/// One hierarchy link, as the registry told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkCopy {
    /// Last part of the partner's resource name.
    pub partner_id: String,
    /// Last part of the parent's, `None` for none.
    pub parent_id: Option<String>,
    /// First day.
    pub effective_from: Date,
    /// When the registry recorded it.
    pub record_time: Timestamp,
}

/// Attributes of a payee on a day, with the refs shown on its statement.
#[derive(Debug, Clone, PartialEq)]
pub struct PayeeAttributes {
    /// What assignments look at.
    pub attributes: Attributes,
    /// External refs, "system:id".
    pub external_refs: Vec<String>,
}

/// How statements of a run are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementOrder {
    /// By business key and currency.
    ByPartner,
    /// Largest total first.
    ByTotalDescending,
}

/// Reads of facts.
#[async_trait]
pub trait FactReads: Send + Sync {
    /// One fact by its key.
    async fn fact(&self, tenant: &TenantId, key: &FactKey) -> Result<Option<StoredFact>, StoreError>;
    /// Facts in key order.
    async fn facts(&self, tenant: &TenantId, query: &FactQuery) -> Result<Vec<StoredFact>, StoreError>;
    /// Facts in key order with no more than what an engine measures: other fields than those that are named are empty.
    async fn measured_facts(
        &self,
        tenant: &TenantId,
        query: &FactQuery,
        fields: Fields,
    ) -> Result<Vec<StoredFact>, StoreError>;
    /// Facts by their keys, in key order; only up to a batch.
    async fn facts_of(
        &self,
        tenant: &TenantId,
        keys: &[FactKey],
        up_to_batch: i64,
    ) -> Result<Vec<StoredFact>, StoreError>;
    /// Facts of one batch in key order, after a key.
    async fn batch_facts(
        &self,
        tenant: &TenantId,
        batch: i64,
        after: Option<&FactKey>,
        limit: u32,
    ) -> Result<Vec<StoredFact>, StoreError>;
    /// Number of the newest durable batch, 0 for none.
    async fn newest_batch(&self, tenant: &TenantId) -> Result<i64, StoreError>;
}

/// Reads of the own copy of partners.
#[async_trait]
pub trait PartnerReads: Send + Sync {
    /// Number of the newest arrival in the copy, 0 for none.
    async fn newest_arrival(&self, tenant: &TenantId) -> Result<i64, StoreError>;
    /// The partners that are known, by how they were named.
    async fn resolve(
        &self,
        tenant: &TenantId,
        refs: &[PartnerRef],
    ) -> Result<Vec<(PartnerRef, KnownPartner)>, StoreError>;
    /// Attributes of partners on a day, as they had arrived up to a number: the last revision in force by then, else the
    /// first one that had arrived, because facts may be older than what the registry knows of their partner.
    async fn attributes_on(
        &self,
        tenant: &TenantId,
        partner_ids: &[String],
        day: Date,
        up_to_arrival: i64,
    ) -> Result<Vec<(String, PayeeAttributes)>, StoreError>;
}

/// Reads of programmes, plans, runs and statements.
#[async_trait]
pub trait PlanReads: Send + Sync {
    /// One programme.
    async fn programme(&self, tenant: &TenantId, id: &str) -> Result<Option<Programme>, StoreError>;
    /// Programmes in the order of ids.
    async fn programmes(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Programme>, StoreError>;
    /// One version.
    async fn plan_version(
        &self,
        tenant: &TenantId,
        plan: &str,
        version: i64,
    ) -> Result<Option<PlanVersion>, StoreError>;
    /// Versions in the order of plan and version, of one plan or of all.
    async fn plan_versions(
        &self,
        tenant: &TenantId,
        plan: Option<&str>,
        after: (&str, i64),
        limit: u32,
    ) -> Result<Vec<PlanVersion>, StoreError>;
    /// The active versions of a programme.
    async fn active_versions(&self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError>;
    /// The versions of a programme that are or were active, or were at least approved and then retired.
    async fn past_versions(&self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError>;
}

/// Reads of runs and statements.
#[async_trait]
pub trait RunReads: Send + Sync {
    /// One run.
    async fn run(&self, tenant: &TenantId, id: &str) -> Result<Option<Run>, StoreError>;
    /// Runs, newest first, before an id.
    async fn runs(
        &self,
        tenant: &TenantId,
        programme: &str,
        period: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Run>, StoreError>;
    /// One statement with its lines.
    async fn statement(
        &self,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Option<(Statement, Vec<StatementLine>)>, StoreError>;
    /// Statements of a run with their lines, after the statement of a cursor made by `statement_cursor`.
    async fn statements(
        &self,
        tenant: &TenantId,
        run: &str,
        partner_id: &str,
        order: StatementOrder,
        after: Option<&StatementCursor>,
        limit: u32,
    ) -> Result<Vec<(Statement, Vec<StatementLine>)>, StoreError>;
}

/// Where a page of statements ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementCursor {
    /// Total of the last statement.
    pub total: i64,
    /// Business key of its payee.
    pub business_key: String,
    /// Its currency.
    pub currency: String,
}

impl StatementCursor {
    /// After a statement.
    #[must_use]
    pub fn of(statement: &Statement) -> Self {
        Self {
            total: statement.total.value,
            business_key: statement.partner_business_key.clone(),
            currency: statement.total.currency.code().to_owned(),
        }
    }
}

/// Everything one transaction of this service can do.
#[async_trait]
pub trait IncentiveTx:
    UnitOfWork
    + InputTx
    + AccrualTx
    + SimulationTx
    + LedgerTx
    + SegmentTx
    + SettlementTx
    + DepositTx
    + FundTx
    + PriceTx
    + EvidenceTx
    + StatementEvidenceTx
{
    /// Takes the next batch number from the tenant's locked counter row.
    async fn next_batch(&mut self, tenant: &TenantId) -> Result<i64, StoreError>;
    /// Inserts facts whose key is new and returns the keys that were new; the rest exist already.
    async fn insert_facts(&mut self, tenant: &TenantId, facts: &[StoredFact]) -> Result<Vec<FactKey>, StoreError>;
    /// Keeps what later runs ask of a batch whose facts were just inserted: when it was recorded, the days of its facts,
    /// and the links between returns and sales that are known from now on.
    async fn note_batch(
        &mut self,
        tenant: &TenantId,
        batch: i64,
        record_time: Timestamp,
        facts: &[&StoredFact],
    ) -> Result<(), StoreError>;
    /// Content digests of existing facts.
    async fn content_hashes(
        &mut self,
        tenant: &TenantId,
        keys: &[FactKey],
    ) -> Result<Vec<(FactKey, [u8; 32])>, StoreError>;
    /// Keeps a revision of a partner; an older one changes nothing that is newer.
    async fn keep_partner(&mut self, tenant: &TenantId, copy: &PartnerCopy) -> Result<(), StoreError>;
    /// Keeps a tier assignment; a repeat changes nothing.
    async fn keep_tier(&mut self, tenant: &TenantId, event: Uuid, copy: &TierCopy) -> Result<(), StoreError>;
    /// Keeps a hierarchy link; a repeat changes nothing.
    async fn keep_link(&mut self, tenant: &TenantId, event: Uuid, copy: &LinkCopy) -> Result<(), StoreError>;

    /// Creates a programme. `AlreadyExists` for a taken id.
    async fn insert_programme(&mut self, tenant: &TenantId, programme: &Programme) -> Result<(), StoreError>;
    /// Reserves the next version number of a plan, creating the plan; gives the plan's programme and slot too.
    async fn next_version(
        &mut self,
        tenant: &TenantId,
        plan: &str,
        programme: &str,
        slot: &str,
    ) -> Result<(i64, String, String), StoreError>;
    /// Creates a version.
    async fn insert_version(&mut self, tenant: &TenantId, version: &PlanVersion) -> Result<(), StoreError>;
    /// One version, seen by this transaction.
    async fn plan_version(
        &mut self,
        tenant: &TenantId,
        plan: &str,
        version: i64,
    ) -> Result<Option<PlanVersion>, StoreError>;
    /// Replaces a version whose revision is `version.revision - 1`. `Conflict` otherwise.
    async fn update_version(&mut self, tenant: &TenantId, version: &PlanVersion) -> Result<(), StoreError>;
    /// Locks a programme, so that activations of its plans come one after the other.
    async fn lock_programme(&mut self, tenant: &TenantId, programme: &str) -> Result<(), StoreError>;
    /// The active versions of a programme, seen by this transaction.
    async fn active_versions(&mut self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError>;
    /// The versions of a programme that are or were active, seen by this transaction.
    async fn past_versions(&mut self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError>;

    /// One period of a programme; its row stays locked until the transaction ends.
    async fn lock_period(
        &mut self,
        tenant: &TenantId,
        programme: &str,
        period: &str,
    ) -> Result<Option<ProgrammePeriod>, StoreError>;
    /// Every period of a programme, earliest first, seen by this transaction.
    async fn all_periods(&mut self, tenant: &TenantId, programme: &str) -> Result<Vec<ProgrammePeriod>, StoreError>;
    /// Creates a period. `AlreadyExists` when it is there.
    async fn insert_period(&mut self, tenant: &TenantId, period: &ProgrammePeriod) -> Result<(), StoreError>;
    /// Replaces a period whose revision is `period.revision - 1`. `Conflict` otherwise.
    async fn update_period(&mut self, tenant: &TenantId, period: &ProgrammePeriod) -> Result<(), StoreError>;
    /// Whether a final run of the period is under way.
    async fn run_in_progress(&mut self, tenant: &TenantId, programme: &str, period: &str) -> Result<bool, StoreError>;
    /// Keeps what the true-ups of a run settle.
    async fn insert_true_ups(&mut self, tenant: &TenantId, run: &Run, true_ups: &[TrueUp]) -> Result<(), StoreError>;

    /// Takes the lock of a final run. `AlreadyExists` while another run holds it.
    async fn lock_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError>;
    /// Gives the lock of a final run back; without a lock nothing happens.
    async fn unlock_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError>;
    /// Creates a run.
    async fn insert_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError>;
    /// Replaces a run.
    async fn update_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError>;
    /// Creates statements with their lines.
    async fn insert_statements(
        &mut self,
        tenant: &TenantId,
        statements: &[(Statement, Vec<StatementLine>)],
    ) -> Result<(), StoreError>;
}

/// The store of this service.
#[async_trait]
pub trait IncentiveStore:
    RequestStore
    + FactReads
    + PartnerReads
    + PlanReads
    + RunReads
    + InputReads
    + AccrualReads
    + SimulationReads
    + ClosingReads
    + LedgerReads
    + SegmentReads
    + SettlementReads
    + DepositReads
    + FundReads
    + PriceReads
    + TouchedReads
    + EvidenceStore
    + StatementEvidenceReads
{
    /// Opens a transaction.
    async fn begin(&self) -> Result<Box<dyn IncentiveTx>, StoreError>;
}

/// The registry, asked when the own copy misses a partner.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The partners that exist, by names and refs, at most 1,000.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE` when the registry cannot be reached.
    async fn partners(&self, caller: &RequestContext, refs: &[PartnerRef]) -> Result<Vec<PartnerCopy>, Fault>;
    /// The part of the list price at which a partner buys on a day, by the benefit of the tier programme that gives it.
    ///
    /// # Errors
    /// `PRICE_BENEFIT_UNKNOWN`, `PARTNER_UNKNOWN`; `UPSTREAM_UNAVAILABLE` when the registry cannot be reached.
    async fn price_factor(
        &self,
        caller: &RequestContext,
        partner_id: &str,
        benefit: &str,
        day: Date,
    ) -> Result<Factor, Fault>;
}
