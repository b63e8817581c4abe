//! The ledger's store (IC-25).

use async_trait::async_trait;
use incentive_calculation_domain::ledger::{
    Account, AccountKey, Commodity, Entry, Movement, Purpose, State, Transaction, TransactionId, journal::Head,
};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};

/// Which accounts are wanted, in the order of their ids as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountQuery {
    /// Only of this partner, last part of its name.
    pub partner: Option<String>,
    /// Only for this purpose.
    pub purpose: Option<Purpose>,
    /// Only in this commodity.
    pub commodity: Option<String>,
    /// Only after this id.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// Which transactions are wanted, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransactionQuery {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this cause.
    pub cause: Option<String>,
    /// Only recorded before this entry.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: u32,
}

/// A movement as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMovement {
    /// Number of the entry.
    pub entry: i64,
    /// The transaction.
    pub transaction: TransactionId,
    /// The state in which the entry left it.
    pub state: State,
    /// What it did to one account.
    pub movement: Movement,
    /// The day on which it counts.
    pub effective_on: Date,
    /// When the entry was made.
    pub record_time: Timestamp,
}

/// Everything that one call does to a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerChange {
    /// New entries, oldest first.
    pub entries: Vec<Entry>,
    /// Accounts as they are afterwards.
    pub accounts: Vec<Account>,
    /// Transactions that are new or changed, as they are afterwards.
    pub transactions: Vec<Transaction>,
    /// What entries did to accounts.
    pub movements: Vec<KeptMovement>,
}

/// What the movements of an account add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementSums {
    /// The account.
    pub account: AccountKey,
    /// Debits that count.
    pub debits_posted: i64,
    /// Credits that count.
    pub credits_posted: i64,
    /// Debits that are reserved.
    pub debits_pending: i64,
    /// Credits that are reserved.
    pub credits_pending: i64,
}

/// Reads of the ledger.
#[async_trait]
pub trait LedgerReads: Send + Sync {
    /// Commodities in the order of their codes.
    async fn commodities(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Commodity>, StoreError>;
    /// Commodities by their codes.
    async fn commodities_of(&self, tenant: &TenantId, codes: &[String]) -> Result<Vec<Commodity>, StoreError>;
    /// One account.
    async fn ledger_account(&self, tenant: &TenantId, key: &AccountKey) -> Result<Option<Account>, StoreError>;
    /// Accounts.
    async fn ledger_accounts(&self, tenant: &TenantId, query: &AccountQuery) -> Result<Vec<Account>, StoreError>;
    /// One transaction.
    async fn ledger_transaction(
        &self,
        tenant: &TenantId,
        id: &TransactionId,
    ) -> Result<Option<Transaction>, StoreError>;
    /// Transactions.
    async fn ledger_transactions(
        &self,
        tenant: &TenantId,
        query: &TransactionQuery,
    ) -> Result<Vec<Transaction>, StoreError>;
    /// Movements of an account, oldest first, after an entry.
    async fn movements(
        &self,
        tenant: &TenantId,
        account: &AccountKey,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptMovement>, StoreError>;
    /// Sums of the movements up to an entry, by account.
    async fn movement_sums(&self, tenant: &TenantId, through: i64) -> Result<Vec<MovementSums>, StoreError>;
    /// Entries in order, after one.
    async fn journal(&self, tenant: &TenantId, after: i64, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// Where the journal ends.
    async fn journal_head(&self, tenant: &TenantId) -> Result<Head, StoreError>;
    /// Pending transactions of all tenants whose time is over, the longest first.
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<(TenantId, TransactionId)>, StoreError>;
}

/// What one transaction of the store can do to a ledger.
#[async_trait]
pub trait LedgerTx: UnitOfWork {
    /// Where the journal of a tenant ends. Its row stays locked until the transaction ends: whoever writes to the ledger
    /// of a tenant does so alone, and in the order of the entries.
    async fn lock_journal(&mut self, tenant: &TenantId) -> Result<Head, StoreError>;
    /// Creates a commodity. `AlreadyExists` for a taken code.
    async fn insert_commodity(&mut self, tenant: &TenantId, commodity: &Commodity) -> Result<(), StoreError>;
    /// Accounts that are there, seen by this transaction.
    async fn accounts_of(&mut self, tenant: &TenantId, keys: &[AccountKey]) -> Result<Vec<Account>, StoreError>;
    /// Transactions that are there, seen by this transaction.
    async fn transactions_of(
        &mut self,
        tenant: &TenantId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError>;
    /// Writes a change. The store refuses an account below its floor.
    async fn keep_ledger(&mut self, tenant: &TenantId, change: &LedgerChange) -> Result<(), StoreError>;

    /// Entries in order, after one, seen by this transaction.
    async fn journal_after(&mut self, tenant: &TenantId, after: i64, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// All accounts, seen by this transaction.
    async fn all_accounts(&mut self, tenant: &TenantId) -> Result<Vec<Account>, StoreError>;
}
