//! What an accepted claim, its payment and its reversal do to the ledger. The ids follow from subsidy and claim, so that a step
//! that is repeated or raced posts once.

use tributary_core::{Date, Fault};

use super::{Claim, Payment, Subsidy};
use crate::ledger::{AccountKey, NewTransaction, Posting, Purpose, TransactionId};

/// The subsidy, last part of its name, to which a transaction belongs: only the subsidy says what becomes of it.
#[must_use]
pub fn owner(transaction: &NewTransaction) -> Option<&str> {
    let subsidy = transaction.cause.strip_prefix("subsidies/")?;
    let rest = transaction.id.as_str().strip_prefix("subsidy.")?.strip_prefix(subsidy)?;
    rest.starts_with('.').then_some(subsidy)
}

impl Subsidy {
    /// Every account that its steps may touch.
    ///
    /// # Errors
    /// `INTERNAL` for a partner whose id is none; none was ever kept.
    pub fn accounts(&self) -> Result<Vec<AccountKey>, Fault> {
        let own = [Purpose::Payable, Purpose::Paid, Purpose::Clawback].map(|purpose| self.own(purpose));
        std::iter::once(Ok(self.expense())).chain(own).collect()
    }

    /// The id of what accepting a claim entered.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn transaction_id(&self, claim: &Claim) -> Result<TransactionId, Fault> {
        TransactionId::parse(&format!("subsidy.{}.{}", self.id, claim.number)).map_err(Fault::internal)
    }

    /// What accepting a claim enters: it is payable to the partner.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn crediting(&self, claim: &Claim) -> Result<NewTransaction, Fault> {
        let amount = self.amount(claim)?;
        let posting = Posting { debit: self.expense(), credit: self.own(Purpose::Payable)?, amount };
        Ok(self.transaction(self.transaction_id(claim)?, posting, None))
    }

    /// What a payment enters, on its day.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn paying(&self, claim: &Claim, payment: &Payment) -> Result<NewTransaction, Fault> {
        let amount = self.amount(claim)?;
        let posting = Posting { debit: self.own(Purpose::Payable)?, credit: self.own(Purpose::Paid)?, amount };
        let id = format!("{}.paid", self.transaction_id(claim)?);
        Ok(self.transaction(TransactionId::parse(&id).map_err(Fault::internal)?, posting, Some(payment.paid_on)))
    }

    /// The id of what takes an accepted claim back.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn reversal_id(&self, claim: &Claim) -> Result<TransactionId, Fault> {
        TransactionId::parse(&format!("{}.reversed", self.transaction_id(claim)?)).map_err(Fault::internal)
    }

    /// What taking back a claim enters whose payment was confirmed: the partner owes it, and its next settlement sets it
    /// off.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn claiming_back(&self, claim: &Claim) -> Result<NewTransaction, Fault> {
        let amount = self.amount(claim)?;
        let posting = Posting { debit: self.own(Purpose::Clawback)?, credit: self.expense(), amount };
        Ok(self.transaction(self.reversal_id(claim)?, posting, None))
    }

    /// What a claim pays, or paid.
    pub(super) fn amount(&self, claim: &Claim) -> Result<i64, Fault> {
        let payout = claim.payout.as_ref();
        let none = || Fault::internal(format!("claim {} of {} was never accepted", claim.number, self.name()));
        payout.map(|payout| payout.amount).ok_or_else(none)
    }

    fn transaction(&self, id: TransactionId, posting: Posting, effective_on: Option<Date>) -> NewTransaction {
        NewTransaction {
            id,
            postings: vec![posting],
            pending: false,
            expire_time: None,
            cause: self.name(),
            memo: format!("funds/{}", self.fund),
            effective_on,
            reverses: None,
        }
    }

    fn own(&self, purpose: Purpose) -> Result<AccountKey, Fault> {
        AccountKey::of_partner(&self.partner, purpose, self.currency)
    }

    fn expense(&self) -> AccountKey {
        AccountKey::of_house(Purpose::Expense, self.currency)
    }
}
