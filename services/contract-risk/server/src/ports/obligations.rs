//! Obligations, their reminders and what is counted of them in the store.

use async_trait::async_trait;
use contract_risk_domain::{Contract, ExternalRef, Obligation, ObligationTransition, OnTimeCounts, Reminder};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

use super::{NoticeQuery, ObligationQuery, OnTimeQuery, ReminderQuery, ToRemind};

/// What became of an insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObligationInserted {
    /// It is in.
    Yes,
    /// The contract has an obligation with this id.
    IdTaken,
    /// Another obligation has the ref; its resource name.
    RefTaken(String),
}

/// Reads of obligations.
#[async_trait]
pub trait ObligationReads: Send + Sync {
    /// One obligation.
    async fn obligation(
        &self,
        tenant: &TenantId,
        contract: &ResourceId,
        id: &ResourceId,
    ) -> Result<Option<Obligation>, StoreError>;

    /// A page of obligations.
    async fn obligations(&self, tenant: &TenantId, query: &ObligationQuery) -> Result<Vec<Obligation>, StoreError>;

    /// What happened to an obligation after an ordinal, oldest first.
    async fn obligation_transitions(
        &self,
        tenant: &TenantId,
        contract: &ResourceId,
        id: &ResourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ObligationTransition>, StoreError>;

    /// A page of reminders.
    async fn reminders(&self, tenant: &TenantId, query: &ReminderQuery) -> Result<Vec<Reminder>, StoreError>;

    /// How many obligations of each partner were on time, late or are overdue.
    async fn on_time_counts(&self, tenant: &TenantId, query: &OnTimeQuery) -> Result<Vec<OnTimeCounts>, StoreError>;

    /// Obligations of all tenants for which a reminder was due on a day up to `today`, in the order of that day and
    /// their key, after one.
    async fn to_remind(&self, today: Date, after: Option<&ToRemind>, limit: u32) -> Result<Vec<ToRemind>, StoreError>;

    /// Contracts of all tenants, in force without a signed successor, that are to be announced.
    async fn to_announce(&self, query: &NoticeQuery) -> Result<Vec<(TenantId, Contract)>, StoreError>;
}

/// One transaction on obligations.
#[async_trait]
pub trait ObligationTx: UnitOfWork {
    /// Inserts an obligation of a contract that exists. A concurrent insert of the same id or ref waits here until this
    /// one ends. Whatever the outcome, the transaction can go on.
    async fn insert_obligation(
        &mut self,
        tenant: &TenantId,
        obligation: &Obligation,
    ) -> Result<ObligationInserted, StoreError>;

    /// Locks an obligation until the end of the transaction and reads it.
    async fn lock_obligation(
        &mut self,
        tenant: &TenantId,
        contract: &ResourceId,
        id: &ResourceId,
    ) -> Result<Option<Obligation>, StoreError>;

    /// Locks the obligation that has a key in another system and reads it.
    async fn lock_obligation_by_ref(
        &mut self,
        tenant: &TenantId,
        reference: &ExternalRef,
    ) -> Result<Option<Obligation>, StoreError>;

    /// Writes an obligation that was read at a revision. Its external ref stays as it was.
    ///
    /// # Errors
    /// `Conflict` when the stored revision is another one.
    async fn update_obligation(
        &mut self,
        tenant: &TenantId,
        read_at: i64,
        obligation: &Obligation,
    ) -> Result<(), StoreError>;

    /// Appends to the history of an obligation.
    async fn add_obligation_transition(
        &mut self,
        tenant: &TenantId,
        obligation: &Obligation,
        transition: &ObligationTransition,
    ) -> Result<(), StoreError>;

    /// Keeps a reminder; `false` when the step was sent for this due day before.
    async fn add_reminder(&mut self, tenant: &TenantId, reminder: &Reminder) -> Result<bool, StoreError>;
}

/// The store of obligations.
#[async_trait]
pub trait ObligationStore: ObligationReads {
    /// Begins a transaction.
    async fn begin_obligations(&self) -> Result<Box<dyn ObligationTx>, StoreError>;
}
