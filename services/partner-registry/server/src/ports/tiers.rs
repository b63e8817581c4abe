//! What the use cases of tiers and benefits need from a store.

use std::collections::BTreeMap;

use async_trait::async_trait;
use partner_registry_domain::{
    DocumentKind, TierAssignment,
    tier::{Decision, Figure, Inputs, PriceAgreement, Usage, Version},
};
use tributary_core::{Currency, Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

/// Partners by their ids, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: ResourceId,
    /// The last.
    pub last: ResourceId,
}

impl Span {
    /// One partner.
    #[must_use]
    pub fn of(partner: &ResourceId) -> Self {
        Self { first: partner.clone(), last: partner.clone() }
    }
}

/// Which of what is known is wanted; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Purchases from a day on to another, both included; `None`: none.
    pub purchases: Option<(Date, Date)>,
    /// Verified documents of these kinds.
    pub documents: Vec<DocumentKind>,
    /// Who holds certificates of these definitions.
    pub certified: Vec<ResourceId>,
    /// Whether everything recorded by hand.
    pub figures: bool,
    /// The newest decision of these; `None`: none.
    pub newest: Option<Decided>,
    /// Whether every assignment.
    pub assignments: bool,
}

/// Decisions by their days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// All.
    Ever,
    /// Up to a day, included.
    By(Date),
}

/// What is known of a partner, as far as its tier is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What requirements are held against.
    pub inputs: Inputs,
    /// The newest decision, if wanted.
    pub newest: Option<Decision>,
    /// Every assignment, if wanted.
    pub assignments: Vec<TierAssignment>,
}

/// Net purchases by partner, day and currency, at the fact scale.
pub type PurchaseCells = BTreeMap<(ResourceId, Date, Currency), i128>;

/// Reads that are made in a transaction and outside one.
#[async_trait]
pub trait TierSource: Send {
    /// The version of the programme in force on a day.
    async fn programme_on(&mut self, tenant: &TenantId, day: Date) -> Result<Option<Version>, StoreError>;

    /// A version of the programme.
    async fn programme_version(&mut self, tenant: &TenantId, number: i64) -> Result<Option<Version>, StoreError>;

    /// Versions before a number (`None`: all), newest first.
    async fn programme_versions(
        &mut self,
        tenant: &TenantId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Version>, StoreError>;

    /// What is known of the partners of a span; those of whom nothing is are left out.
    async fn known(
        &mut self,
        tenant: &TenantId,
        span: &Span,
        wanted: &Wanted,
    ) -> Result<BTreeMap<ResourceId, Known>, StoreError>;

    /// Every price factor agreed with a partner, newest first.
    async fn agreements(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<PriceAgreement>, StoreError>;

    /// Uses of an allowance in a year before a number (`None`: all), newest first.
    async fn usages(
        &mut self,
        tenant: &TenantId,
        allowance: &Allowance,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Usage>, StoreError>;

    /// What was used of an allowance in a currency, in minor units.
    async fn used(&mut self, tenant: &TenantId, allowance: &Allowance, currency: Currency) -> Result<i64, StoreError>;
}

/// An allowance of a partner in a calendar year. Its uses are numbered whatever their currency, but what is used in one says
/// nothing about another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The partner.
    pub partner: ResourceId,
    /// The benefit.
    pub benefit: String,
    /// The year.
    pub year: i32,
}

/// Reads outside a transaction.
#[async_trait]
pub trait TierReads: Send + Sync {
    /// Reads outside a transaction, by the trait that both have.
    fn tier_source(&self) -> Box<dyn TierSource>;

    /// Partners that are neither exited nor rejected, with their uids, after an id (`None`: from the first), by id.
    async fn evaluated_partners(
        &self,
        tenant: &TenantId,
        after: Option<&ResourceId>,
        limit: u32,
    ) -> Result<Vec<(ResourceId, Uuid)>, StoreError>;

    /// Decisions about a partner before an ordinal (`None`: all), newest first.
    async fn decisions(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError>;

    /// Figures of a partner before an ordinal (`None`: all), newest first.
    async fn figures(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Figure>, StoreError>;
}

/// Writes.
#[async_trait]
pub trait TierTx: TierSource {
    /// Locks the tiers of partners, in the order of their ids, until the end of the transaction: the last ordinal and record
    /// time of their assignments, 0 where there is none.
    async fn lock_tiers(
        &mut self,
        tenant: &TenantId,
        partners: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, (i64, Timestamp)>, StoreError>;

    /// Appends assignments of partners whose tiers are locked, each with the next ordinal and a later record time.
    async fn add_tiers(&mut self, tenant: &TenantId, assignments: &[TierAssignment]) -> Result<(), StoreError>;

    /// Appends decisions.
    async fn add_decisions(&mut self, tenant: &TenantId, decisions: &[Decision]) -> Result<(), StoreError>;

    /// Writes a version, new or one revision later.
    ///
    /// # Errors
    /// `AlreadyExists` when the number is taken, `Conflict` when the stored revision is not the one before.
    async fn write_programme(&mut self, tenant: &TenantId, version: &Version) -> Result<(), StoreError>;

    /// Locks the versions of a tenant until the end of the transaction: the last first day of those that are in force or will
    /// be, and when one of them was last activated.
    async fn lock_programmes(&mut self, tenant: &TenantId) -> Result<Option<(Date, Timestamp)>, StoreError>;

    /// How many figures and how many price agreements a partner has.
    async fn recorded_counts(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<(i64, i64), StoreError>;

    /// Appends a figure.
    async fn add_figure(&mut self, tenant: &TenantId, figure: &Figure) -> Result<(), StoreError>;

    /// Appends a price agreement.
    async fn add_agreement(&mut self, tenant: &TenantId, agreement: &PriceAgreement) -> Result<(), StoreError>;

    /// Appends a use of an allowance.
    async fn add_usage(&mut self, tenant: &TenantId, usage: &Usage) -> Result<(), StoreError>;

    /// Adds to the purchases of days.
    async fn add_purchases(&mut self, tenant: &TenantId, more: &PurchaseCells) -> Result<(), StoreError>;
}
