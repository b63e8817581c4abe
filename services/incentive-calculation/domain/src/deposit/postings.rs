//! What a movement does to the ledger. The id follows from deposit and number, so that a step that is repeated, resumed or
//! raced posts once.

use tributary_core::Fault;

use super::{Counterpart, Deposit, Movement, MovementState};
use crate::ledger::{AccountKey, NewTransaction, Posting, Purpose, TransactionId};

/// The deposit, last part of its name, and the number of its movement to which a transaction belongs: only the deposit ends
/// it.
#[must_use]
pub fn owner(transaction: &NewTransaction) -> Option<(&str, u32)> {
    let deposit = transaction.cause.strip_prefix("deposits/")?;
    let number = transaction.id.as_str().strip_prefix("deposit.")?.strip_prefix(deposit)?.strip_prefix('.')?;
    Some((deposit, number.parse().ok()?))
}

impl Deposit {
    /// Every account that its movements may touch.
    ///
    /// # Errors
    /// `INTERNAL` for a partner whose id is none; none was ever kept.
    pub fn accounts(&self) -> Result<Vec<AccountKey>, Fault> {
        let counterparts = [Counterpart::Cash, Counterpart::Prepayment, Counterpart::Rebate];
        let own = [Ok(self.house(Purpose::Income)), self.own(Purpose::Deposit)];
        own.into_iter().chain(counterparts.map(|counterpart| self.counterpart(counterpart))).collect()
    }

    /// The id of a movement's transaction.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn transaction_id(&self, number: u32) -> Result<TransactionId, Fault> {
        TransactionId::parse(&format!("deposit.{}.{number}", self.id)).map_err(Fault::internal)
    }

    /// What a movement enters into the ledger when it is made: at once, or as a reservation.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn transaction(&self, movement: &Movement) -> Result<NewTransaction, Fault> {
        let (deposit, other) = (self.own(Purpose::Deposit)?, self.counterpart(movement.counterpart)?);
        let mut postings = vec![
            Posting { debit: other.clone(), credit: deposit.clone(), amount: movement.received },
            Posting { debit: deposit.clone(), credit: other, amount: movement.released },
            Posting { debit: deposit, credit: self.house(Purpose::Income), amount: movement.forfeited },
        ];
        postings.retain(|posting| posting.amount != 0);
        Ok(NewTransaction {
            id: self.transaction_id(movement.number)?,
            postings,
            pending: movement.state == MovementState::Proposed,
            expire_time: movement.expire_time,
            cause: self.name(),
            memo: movement.cause.clone(),
            effective_on: movement.effective_on,
            reverses: None,
        })
    }

    fn counterpart(&self, counterpart: Counterpart) -> Result<AccountKey, Fault> {
        match counterpart {
            Counterpart::Cash => Ok(self.house(Purpose::Cash)),
            Counterpart::Prepayment => self.own(Purpose::Prepayment),
            Counterpart::Rebate => self.own(Purpose::Rebate),
        }
    }

    fn own(&self, purpose: Purpose) -> Result<AccountKey, Fault> {
        AccountKey::of_partner(&self.partner, purpose, self.currency)
    }

    fn house(&self, purpose: Purpose) -> AccountKey {
        AccountKey::of_house(purpose, self.currency)
    }
}
