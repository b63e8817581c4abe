//! The ledger (IC-25). Every write locks the journal of the tenant, decides on the accounts as they are, and keeps entry,
//! balances, transactions and event together.

mod accounts;
mod commodities;
mod desk;
mod drafts;
mod expire;
mod refusals;
mod transactions;
mod verify;
mod writing;

pub use accounts::AccountChange;
pub use commodities::{NewCommodity, Scales};
pub use desk::Desk;
pub use drafts::{PostingDraft, TransactionDraft};
pub use expire::follow;
pub(super) use transactions::End;
pub use verify::{VERIFY_OPERATION, VerifyWorker};
pub(super) use writing::Writing;

use incentive_calculation_domain::{
    ledger::{Account, AccountKey, Entry, Transaction, TransactionId},
    reasons,
};
use tributary_core::{Fault, RequestContext};

use super::App;
use crate::ports::ledger::{AccountQuery, KeptMovement, TransactionQuery};

impl App {
    /// One account.
    ///
    /// # Errors
    /// `LEDGER_ACCOUNT_NOT_FOUND`.
    pub async fn ledger_account(&self, caller: &RequestContext, key: &AccountKey) -> Result<Account, Fault> {
        let account = self.store.ledger_account(&caller.tenant, key).await?;
        account.ok_or_else(|| refusals::no_account(key))
    }

    /// Accounts in the order of their names.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn ledger_accounts(&self, caller: &RequestContext, query: &AccountQuery) -> Result<Vec<Account>, Fault> {
        Ok(self.store.ledger_accounts(&caller.tenant, query).await?)
    }

    /// One transaction.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`.
    pub async fn ledger_transaction(&self, caller: &RequestContext, id: &TransactionId) -> Result<Transaction, Fault> {
        let transaction = self.store.ledger_transaction(&caller.tenant, id).await?;
        transaction.ok_or_else(|| refusals::no_transaction(id))
    }

    /// Transactions, newest first.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn ledger_transactions(
        &self,
        caller: &RequestContext,
        query: &TransactionQuery,
    ) -> Result<Vec<Transaction>, Fault> {
        Ok(self.store.ledger_transactions(&caller.tenant, query).await?)
    }

    /// What happened to an account, oldest first, after an entry.
    ///
    /// # Errors
    /// `LEDGER_ACCOUNT_NOT_FOUND`.
    pub async fn movements(
        &self,
        caller: &RequestContext,
        key: &AccountKey,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptMovement>, Fault> {
        self.ledger_account(caller, key).await?;
        Ok(self.store.movements(&caller.tenant, key, after, limit).await?)
    }

    /// Entries of the journal in order, after one.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn journal(&self, caller: &RequestContext, after: i64, limit: u32) -> Result<Vec<Entry>, Fault> {
        Ok(self.store.journal(&caller.tenant, after, limit).await?)
    }
}

/// Nothing has this name.
fn missing(reason: tributary_core::Reason, name: String) -> Fault {
    Fault::new(reason, format!("{name} does not exist")).with("name", name)
}

/// Commodities that nobody created.
fn unknown_commodity(codes: &str) -> Fault {
    let message = format!("neither a currency of ISO 4217 nor a commodity: {codes}; create it by CreateCommodity");
    Fault::new(reasons::COMMODITY_UNKNOWN, message).with("commodity", codes)
}
