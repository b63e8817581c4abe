//! The store of deposits (IC-16).

use async_trait::async_trait;
use incentive_calculation_domain::deposit::{Deposit, State};
use tributary_core::TenantId;
use tributary_sql::{StoreError, UnitOfWork};

/// Which deposits are wanted, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DepositQuery {
    /// Only of this partner, last part of its name.
    pub partner: Option<String>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this cause.
    pub cause: Option<String>,
    /// Only after this id.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// Reads of deposits.
#[async_trait]
pub trait DepositReads: Send + Sync {
    /// One deposit.
    async fn deposit(&self, tenant: &TenantId, id: &str) -> Result<Option<Deposit>, StoreError>;
    /// Deposits.
    async fn deposits(&self, tenant: &TenantId, query: &DepositQuery) -> Result<Vec<Deposit>, StoreError>;
}

/// Writes of deposits. Whoever writes holds the lock of the tenant's journal.
#[async_trait]
pub trait DepositTx: UnitOfWork {
    /// One deposit, seen by this transaction.
    async fn deposit_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Deposit>, StoreError>;
    /// Creates a deposit. `AlreadyExists` for a taken id.
    async fn insert_deposit(&mut self, tenant: &TenantId, deposit: &Deposit) -> Result<(), StoreError>;
    /// Replaces a deposit whose revision is `deposit.revision - 1`. `Conflict` otherwise.
    async fn update_deposit(&mut self, tenant: &TenantId, deposit: &Deposit) -> Result<(), StoreError>;
}
