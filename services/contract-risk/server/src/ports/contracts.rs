//! Contracts in the store.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use async_trait::async_trait;
use contract_risk_domain::{Contract, ContractState, CooperationModel, ExternalRef, Revision, Transition};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

/// A condition of a list of contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContractCondition {
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Of this partner.
    Partner(ResourceId),
    /// In this state.
    State(ContractState),
    /// Of this model.
    Model(CooperationModel),
    /// In the charge of this person.
    Owner(String),
    /// The first day of the term stands so to a day.
    From(Ordering, Date),
    /// The first day after the term stands so to a day; that of an open-ended contract is after every day.
    To(Ordering, Date),
    /// Has this key in another system.
    Ref(ExternalRef),
}

/// A page of contracts in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractQuery {
    /// Which ones; `None`: all.
    pub condition: Option<ContractCondition>,
    /// Only ids after this one; empty: from the first.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// A contract that the calendar is to move on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueContract {
    /// The day of the move.
    pub on: Date,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The contract.
    pub id: ResourceId,
}

/// Which of some keys are taken, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContractHolders {
    /// Ids that exist.
    pub ids: BTreeSet<ResourceId>,
    /// Keys in other systems with the contracts that have them.
    pub refs: BTreeMap<ExternalRef, ResourceId>,
}

/// A contract to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractWrite {
    /// What is stored; `None`: a new contract.
    pub before: Option<Contract>,
    /// What is to be stored.
    pub after: Contract,
}

/// Reads of contracts.
#[async_trait]
pub trait ContractReads: Send + Sync {
    /// One contract.
    async fn contract(&self, tenant: &TenantId, id: &str) -> Result<Option<Contract>, StoreError>;

    /// The contract that has a key in another system.
    async fn contract_by_ref(&self, tenant: &TenantId, reference: &ExternalRef)
    -> Result<Option<Contract>, StoreError>;

    /// Contracts in force (active, expiring, renewed, terminating) after an id, in the order of ids; of one partner
    /// (last part of its name) when it is given.
    async fn contracts_in_force(
        &self,
        tenant: &TenantId,
        partner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Contract>, StoreError>;

    /// A page of contracts.
    async fn contracts(&self, tenant: &TenantId, query: &ContractQuery) -> Result<Vec<Contract>, StoreError>;

    /// Revisions of a contract before a number (`None`: all), newest first.
    async fn contract_revisions(
        &self,
        tenant: &TenantId,
        id: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revision>, StoreError>;

    /// Steps in the life of a contract after a version, oldest first.
    async fn contract_transitions(
        &self,
        tenant: &TenantId,
        id: &ResourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Transition>, StoreError>;

    /// Contracts of all tenants that the calendar is to move on by a day, by the day of the move, tenant and id, after
    /// one.
    async fn due_contracts(
        &self,
        today: Date,
        after: Option<&DueContract>,
        limit: u32,
    ) -> Result<Vec<DueContract>, StoreError>;
}

/// One transaction on contracts. Unique keys are guarded by the schema: a twin that came first makes a write end in
/// `AlreadyExists`, after which the use case starts anew and finds it.
#[async_trait]
pub trait ContractTx: UnitOfWork {
    /// Locks contracts until the end of the transaction and reads them; ids that no contract has are left out.
    async fn lock_contracts(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Contract>, StoreError>;

    /// Which of the keys are taken.
    async fn contract_holders(
        &mut self,
        tenant: &TenantId,
        ids: &[ResourceId],
        refs: &[ExternalRef],
    ) -> Result<ContractHolders, StoreError>;

    /// Writes contracts, each at most once, with their refs. A ref that one of them gives up may be taken by another.
    ///
    /// # Errors
    /// `AlreadyExists` when an id or ref is taken, `Conflict` when a stored version is not the one of `before`.
    async fn write_contracts(&mut self, tenant: &TenantId, writes: &[ContractWrite]) -> Result<(), StoreError>;

    /// Keeps revisions; one that is kept under the number already is written over, as drafts change in place.
    async fn put_revisions(
        &mut self,
        tenant: &TenantId,
        revisions: &[(ResourceId, Revision)],
    ) -> Result<(), StoreError>;

    /// Appends to the history.
    async fn add_transitions(
        &mut self,
        tenant: &TenantId,
        transitions: &[(ResourceId, Transition)],
    ) -> Result<(), StoreError>;
}

/// The store of contracts.
#[async_trait]
pub trait ContractStore: ContractReads {
    /// Begins a transaction.
    async fn begin(&self) -> Result<Box<dyn ContractTx>, StoreError>;
}
