//! What the use cases need from a store. Both engines implement these traits and pass one suite of tests.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use partner_registry_domain::{
    Candidate, ExternalRef, Link, Named, Partner, PartnerKind, PartnerStatus, Profile, Registration, Revision,
    TierAssignment,
};
use serde::{Deserialize, Serialize};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};
use uuid::Uuid;

mod deals;
mod documents;
mod territories;
mod tiers;
mod training;

pub use deals::{DealDay, DealQuery, DealReads, DealSource, DealTest, DealTx};
pub use documents::{DocumentQuery, DocumentReads, DocumentTest, DocumentTx};
pub use territories::{Reach, RegionQuery, RightQuery, TerritoryReads, TerritorySource, TerritoryTx};
pub use tiers::{Allowance, Decided, Known, PurchaseCells, Span, TierReads, TierSource, TierTx, Wanted};
pub use training::{TrainingColumn, TrainingQuery, TrainingReads, TrainingSource, TrainingTest, TrainingTx};

/// Something of a partner whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due<N> {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name.
    pub name: N,
    /// Its uid, the cursor of the next read.
    pub uid: Uuid,
}

/// A partner as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerView {
    /// The partner.
    pub partner: Partner,
    /// Tier in force on the day asked about, empty when none.
    pub tier: String,
    /// Near-equal names of the area; filled on creation only.
    pub duplicates: Vec<Candidate>,
}

/// Tests of a list, joined by AND, OR and NOT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition<T> {
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// This test holds.
    Is(T),
}

/// A test of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartnerTest {
    /// The display name is this.
    Name(String),
    /// The display name contains this, in any case.
    NameContains(String),
    /// The kind.
    Kind(PartnerKind),
    /// The status.
    Status(PartnerStatus),
    /// The region is this.
    Region(String),
    /// The region is this or lies in it.
    RegionWithin(String),
    /// Today's tier; empty: none.
    Tier(String),
    /// A label has this value.
    Label(String, String),
    /// A label is there, with whatever value.
    LabelExists(String),
}

/// A page of partners in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Which partners; `None`: all.
    pub condition: Option<Condition<PartnerTest>>,
    /// Only ids after this one.
    pub after: Option<String>,
    /// At most this many.
    pub limit: u32,
    /// The day of the tier.
    pub today: Date,
}

/// Keys that must be unique per tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Partner ids.
    pub ids: Vec<ResourceId>,
    /// Keys in other systems.
    pub refs: Vec<ExternalRef>,
    /// Register numbers.
    pub registrations: Vec<Registration>,
    /// Business keys.
    pub business_keys: Vec<String>,
}

impl Keys {
    /// Adds the keys of a profile.
    pub fn add_profile(&mut self, profile: &Profile) {
        self.refs.extend(profile.external_refs.iter().cloned());
        self.registrations.extend(profile.registration.clone());
    }
}

/// Which of some keys are taken, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    /// Ids that exist.
    pub ids: BTreeSet<ResourceId>,
    /// Keys in other systems.
    pub refs: BTreeMap<ExternalRef, ResourceId>,
    /// Register numbers.
    pub registrations: BTreeMap<Registration, ResourceId>,
    /// Business keys that are taken.
    pub business_keys: BTreeSet<String>,
}

/// A partner to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerWrite {
    /// What is stored; `None`: a new partner.
    pub before: Option<Partner>,
    /// What is to be stored.
    pub after: Partner,
}

impl PartnerWrite {
    /// Whether a part of the stored profile differs; never for a new partner.
    pub(crate) fn replaces<T: PartialEq>(&self, part: impl Fn(&Partner) -> &T) -> bool {
        self.before.as_ref().is_some_and(|before| part(before) != part(&self.after))
    }

    pub(crate) fn replaces_refs(&self) -> bool {
        self.replaces(|p| &p.profile.external_refs)
    }

    pub(crate) fn replaces_labels(&self) -> bool {
        self.replaces(|p| &p.profile.labels)
    }
}

/// Reads outside a transaction.
#[async_trait]
pub trait RegistryReads: Send + Sync {
    /// The partners of some ids and refs, each once, in the order of their ids; `today` is the day of the tier.
    async fn partners(
        &self,
        tenant: &TenantId,
        ids: &[ResourceId],
        refs: &[ExternalRef],
        today: Date,
    ) -> Result<Vec<PartnerView>, StoreError>;

    /// A page of partners.
    async fn list_partners(&self, tenant: &TenantId, query: &ListQuery) -> Result<Vec<PartnerView>, StoreError>;

    /// Names of the partners of an area (the top two levels of a region).
    async fn names_in_area(&self, tenant: &TenantId, area: &str) -> Result<Vec<Named>, StoreError>;

    /// Names of some partners.
    async fn names(&self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Named>, StoreError>;

    /// Revisions before a number (`None`: all), newest first.
    async fn revisions(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revision>, StoreError>;

    /// Tier assignments before an ordinal (`None`: all), newest first; `None` as limit: every one.
    async fn tier_assignments(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: Option<u32>,
    ) -> Result<Vec<TierAssignment>, StoreError>;

    /// All links of a partner and of everyone who was ever above.
    async fn links_above(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<Link>, StoreError>;

    /// All links of a partner and of everyone who was ever below.
    async fn links_below(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<Link>, StoreError>;
}

/// One transaction. Unique keys are guarded by the schema: a twin that came first makes a write end in `AlreadyExists`,
/// after which the use case starts anew and finds it.
#[async_trait]
pub trait RegistryTx: UnitOfWork + DealTx + DocumentTx + TerritoryTx + TierTx + TrainingTx {
    /// Locks partners until the end of the transaction and reads them; ids that no partner has are left out.
    async fn lock_partners(
        &mut self,
        tenant: &TenantId,
        ids: &[ResourceId],
        today: Date,
    ) -> Result<Vec<PartnerView>, StoreError>;

    /// Which of the keys are taken.
    async fn holders(&mut self, tenant: &TenantId, keys: &Keys) -> Result<Holders, StoreError>;

    /// Writes partners, each at most once. Keys that one of them gives up may be taken by another one.
    ///
    /// # Errors
    /// `AlreadyExists` when a key is taken, `Conflict` when a stored revision is not the one of `before`.
    async fn write_partners(&mut self, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError>;

    /// Appends revisions to the history.
    async fn add_revisions(&mut self, tenant: &TenantId, revisions: &[Revision]) -> Result<(), StoreError>;

    /// The uids of some partners; ids that no partner has are left out.
    async fn uids(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<BTreeMap<ResourceId, Uuid>, StoreError>;

    /// The next ordinal and record time of a partner's tier assignments; others wait until the transaction ends. The
    /// time is `now`, or just after the last one given when the clock stands still or goes back.
    async fn next_tier(
        &mut self,
        tenant: &TenantId,
        partner: &ResourceId,
        now: Timestamp,
    ) -> Result<(i64, Timestamp), StoreError>;

    /// Appends a tier assignment.
    async fn add_tier(&mut self, tenant: &TenantId, assignment: &TierAssignment) -> Result<(), StoreError>;

    /// The next ordinal and record time of the tenant's links; others wait until the transaction ends.
    async fn next_link(&mut self, tenant: &TenantId, now: Timestamp) -> Result<(i64, Timestamp), StoreError>;

    /// All links of everyone who was ever above `parent` or below `partner`, of both too.
    async fn links_around(
        &mut self,
        tenant: &TenantId,
        partner: &ResourceId,
        parent: &ResourceId,
    ) -> Result<Vec<Link>, StoreError>;

    /// Appends a link.
    async fn add_link(&mut self, tenant: &TenantId, link: &Link) -> Result<(), StoreError>;
}

/// A store: reads, and transactions.
#[async_trait]
pub trait RegistryStore:
    RegistryReads + DealReads + DocumentReads + TerritoryReads + TierReads + TrainingReads
{
    /// Begins a transaction.
    async fn begin(&self) -> Result<Box<dyn RegistryTx>, StoreError>;
}
