//! What the use cases of deals need from a store.

use async_trait::async_trait;
use partner_registry_domain::{Deal, DealName, DealPolicy, DealRevision, DealState, deal::Lead};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Condition, Due};

/// A day of a deal that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealDay {
    /// By which the house is to decide.
    DecideBy,
    /// First one no longer protected.
    ProtectionEnd,
}

/// A test of a deal. One without a day is neither before, on nor after any day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DealTest {
    /// The state, as it is on the day of the query.
    State(DealState),
    /// The customer's name is this, in any case.
    Customer(String),
    /// The customer's name contains this, in any case.
    CustomerContains(String),
    /// The product line.
    ProductLine(String),
    /// A day is before this one.
    Before(DealDay, Date),
    /// A day is this one.
    On(DealDay, Date),
    /// A day is after this one.
    After(DealDay, Date),
}

/// A page of deals in the order of partner and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealQuery {
    /// Of which partner; `None`: of all.
    pub partner: Option<ResourceId>,
    /// Which deals; `None`: all.
    pub condition: Option<Condition<DealTest>>,
    /// The day of the states.
    pub today: Date,
    /// Only names after this one.
    pub after: Option<DealName>,
    /// At most this many.
    pub limit: u32,
}

/// What is looked up about leads, in a transaction or outside of one.
#[async_trait]
pub trait DealSource: Send {
    /// The deal that holds a lead on a day.
    async fn holder(&mut self, tenant: &TenantId, lead: &Lead, today: Date) -> Result<Option<Deal>, StoreError>;

    /// The deals that hold leads of a product line on a day, but for those of one partner, with their customers' names.
    async fn open_customers(
        &mut self,
        tenant: &TenantId,
        product_line: &str,
        not_of: Option<&ResourceId>,
        today: Date,
    ) -> Result<Vec<(DealName, String)>, StoreError>;

    /// The policy in force; the default one while there is none.
    async fn deal_policy(&mut self, tenant: &TenantId) -> Result<DealPolicy, StoreError>;
}

/// Reads outside a transaction.
#[async_trait]
pub trait DealReads: Send + Sync {
    /// For what is looked up in a transaction as well.
    fn deal_source(&self) -> Box<dyn DealSource>;

    /// One deal.
    async fn deal(&self, tenant: &TenantId, name: &DealName) -> Result<Option<Deal>, StoreError>;

    /// A page of deals.
    async fn list_deals(&self, tenant: &TenantId, query: &DealQuery) -> Result<Vec<Deal>, StoreError>;

    /// Revisions before a number (`None`: all), newest first.
    async fn deal_revisions(
        &self,
        tenant: &TenantId,
        name: &DealName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DealRevision>, StoreError>;

    /// Approved deals of all tenants whose protection is over, in the order of their uids, after one of them.
    async fn due_deals(&self, today: Date, after: Option<Uuid>, limit: u32) -> Result<Vec<Due<DealName>>, StoreError>;
}

/// The part of a transaction that is about deals. Whoever writes one has locked its partner, so that all changes of a
/// partner's deals stand in line.
#[async_trait]
pub trait DealTx: DealSource {
    /// Waits for others who register leads of a product line: until the transaction ends, what is open there only becomes
    /// less.
    async fn queue_leads(&mut self, tenant: &TenantId, product_line: &str) -> Result<(), StoreError>;

    /// One deal.
    async fn stored_deal(&mut self, tenant: &TenantId, name: &DealName) -> Result<Option<Deal>, StoreError>;

    /// Writes a deal, inserting revision 1 and making any later one of the revision before it, and takes or gives up its
    /// lead by what it holds. A lead whose protection is over on `today` is taken from the deal that held it.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken or another deal holds the lead, `Conflict` when the stored revision is not
    /// the one before.
    async fn write_deal(&mut self, tenant: &TenantId, deal: &Deal, today: Date) -> Result<(), StoreError>;

    /// Appends a revision to the history.
    async fn add_deal_revision(&mut self, tenant: &TenantId, revision: &DealRevision) -> Result<(), StoreError>;

    /// Adds a revision of the policy.
    ///
    /// # Errors
    /// `AlreadyExists` when there is one of this number.
    async fn add_deal_policy(&mut self, tenant: &TenantId, policy: &DealPolicy) -> Result<(), StoreError>;
}
