//! What final runs accrue before their period is settled (R19): above 0 only, because a claim is entered when it is settled.

use tributary_core::{Currency, Date, Fault};

use crate::ledger::{AccountKey, NewTransaction, Posting, Purpose, TransactionId};

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
    /// The ids of the transaction of a statement's accrual, and of the one that takes it back.
    ///
    /// # Errors
    /// `INTERNAL` for an id of a statement that is none; none was ever kept.
    pub fn ids_of(statement: &str) -> Result<[TransactionId; 2], Fault> {
        let id = |text: String| TransactionId::parse(&text).map_err(Fault::internal);
        Ok([id(format!("accrual.{statement}"))?, id(format!("accrual.{statement}.back"))?])
    }

    /// The accounts it touches: cost, and what the partner has accrued.
    ///
    /// # Errors
    /// `INTERNAL` for a partner whose id is none.
    pub fn accounts(&self) -> Result<(AccountKey, AccountKey), Fault> {
        let accrued = AccountKey::of_partner(&self.partner, Purpose::Accrued, self.currency)?;
        Ok((AccountKey::of_house(Purpose::Expense, self.currency), accrued))
    }

    /// Its transaction, on the last day of the period.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts) and [`ids_of`](Self::ids_of).
    pub fn transaction(&self, run: &str, period_end: Date) -> Result<NewTransaction, Fault> {
        let (debit, credit) = self.accounts()?;
        let [id, _] = Self::ids_of(&self.statement)?;
        Ok(NewTransaction {
            id,
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
