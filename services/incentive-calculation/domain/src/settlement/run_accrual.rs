//! What final runs accrue before their period is settled (R19): above 0 only, because a claim is entered when it is settled.

use tributary_core::{Currency, Date, Fault, ResourceId};

use crate::ledger::{AccountKey, Holder, NewTransaction, Posting, Purpose, TransactionId};

/// What a run accrued for a payee and currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAccrual {
    /// The programme, last part of its name.
    pub programme: String,
    /// The period as text.
    pub period: String,
    /// The partner, last part of its name.
    pub partner: String,
    /// The currency.
    pub currency: Currency,
    /// The statement, last part of its name.
    pub statement: String,
    /// Version of the run in its period.
    pub version: i64,
    /// Whole minor units, above 0.
    pub amount: i64,
}

impl RunAccrual {
    /// The id of its transaction.
    ///
    /// # Errors
    /// `INTERNAL` for an id of a statement that is none; none was ever kept.
    pub fn transaction_id(&self) -> Result<TransactionId, Fault> {
        let [entered, _] = Self::ids_of(&self.statement);
        TransactionId::parse(&entered).map_err(Fault::internal)
    }

    /// The ids of the transaction of a statement's accrual, and of the one that takes it back.
    #[must_use]
    pub fn ids_of(statement: &str) -> [String; 2] {
        [format!("accrual.{statement}"), format!("accrual.{statement}.back")]
    }

    /// The id of the transaction that takes it back.
    ///
    /// # Errors
    /// As of [`transaction_id`](Self::transaction_id).
    pub fn back_id(&self) -> Result<TransactionId, Fault> {
        let [_, back] = Self::ids_of(&self.statement);
        TransactionId::parse(&back).map_err(Fault::internal)
    }

    /// The accounts it touches: cost, and what the partner has accrued.
    ///
    /// # Errors
    /// `INTERNAL` for a partner whose id is none.
    pub fn accounts(&self) -> Result<(AccountKey, AccountKey), Fault> {
        let partner = Holder::Partner(ResourceId::parse(&self.partner).map_err(Fault::internal)?);
        let account = |holder, purpose| AccountKey { holder, purpose, commodity: self.currency.code().to_owned() };
        Ok((account(Holder::House, Purpose::Expense), account(partner, Purpose::Accrued)))
    }

    /// Its transaction, on the last day of the period.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn transaction(&self, run: &str, period_end: Date) -> Result<NewTransaction, Fault> {
        let (debit, credit) = self.accounts()?;
        Ok(NewTransaction {
            id: self.transaction_id()?,
            postings: vec![Posting { debit, credit, amount: self.amount }],
            pending: false,
            expire_time: None,
            cause: format!("runs/{run}"),
            memo: String::new(),
            effective_on: Some(period_end),
            reverses: None,
        })
    }
}
