//! What each step of a settlement does to the ledger. The ids follow from the settlement, so that a step that is repeated,
//! resumed or raced posts once.

use tributary_core::{Date, Fault};

use super::{Adjustment, AdjustmentKind, Settlement};
use crate::ledger::{AccountKey, NewTransaction, Posting, Purpose, TransactionId};

/// Purposes of the partner's accounts that a settlement may touch.
const TOUCHED: [Purpose; 10] = [
    Purpose::Accrued,
    Purpose::Payable,
    Purpose::Withheld,
    Purpose::Paid,
    Purpose::Rebate,
    Purpose::Prepayment,
    Purpose::Deposit,
    Purpose::Clawback,
    Purpose::Advance,
    Purpose::Overdraft,
];

impl Settlement {
    /// Every account that its steps may touch.
    ///
    /// # Errors
    /// `INTERNAL` for a partner whose id is none; none was ever kept.
    pub fn accounts(&self) -> Result<Vec<AccountKey>, Fault> {
        let house = [Purpose::Expense, Purpose::Income, Purpose::Tax].map(|purpose| self.house(purpose));
        TOUCHED.into_iter().map(|purpose| self.own(purpose)).chain(house.map(Ok)).collect()
    }

    /// The account of what is claimed from the partner.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn claims_account(&self) -> Result<AccountKey, Fault> {
        self.own(Purpose::Clawback)
    }

    /// The account of what earlier settlements withheld of the partner.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn withheld_account(&self) -> Result<AccountKey, Fault> {
        self.own(Purpose::Withheld)
    }

    /// What was earned, on the last day of the period: accrued, or claimed where it is below 0. `None` for 0.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn accrual(&self) -> Result<Option<NewTransaction>, Fault> {
        let earned = self.earned()?;
        let posting = if earned < 0 {
            posting(self.own(Purpose::Clawback)?, self.house(Purpose::Expense), earned.saturating_neg())
        } else {
            posting(self.house(Purpose::Expense), self.own(Purpose::Accrued)?, earned)
        };
        self.transaction("accrued", vec![posting], Some(self.period_end))
    }

    /// What locking moves. `None`: nothing.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn locking(&self) -> Result<Option<NewTransaction>, Fault> {
        let accrued = self.own(Purpose::Accrued)?;
        let parts = self.parts()?;
        let mut postings = self.adjustments.iter().map(|a| self.adjusting(a)).collect::<Result<Vec<_>, _>>()?;
        let claims = self.claims_account()?;
        postings.push(posting(claims.clone(), accrued.clone(), parts.new_claim));
        let off = [
            (claims, parts.offset),
            (self.own(Purpose::Withheld)?, self.amounts.withheld),
            (self.house(Purpose::Tax), self.amounts.tax),
            (self.own(self.terms.form.credited())?, self.amounts.payable),
        ];
        postings.extend(off.into_iter().map(|(to, amount)| posting(accrued.clone(), to, amount)));
        self.transaction("locked", postings, None)
    }

    /// What a payment moves, on its day.
    ///
    /// # Errors
    /// As of [`accounts`](Self::accounts).
    pub fn paying(&self, paid_on: Date) -> Result<Option<NewTransaction>, Fault> {
        let posting = posting(self.own(Purpose::Payable)?, self.own(Purpose::Paid)?, self.amounts.payable);
        self.transaction("paid", vec![posting], Some(paid_on))
    }

    fn adjusting(&self, adjustment: &Adjustment) -> Result<Posting, Fault> {
        let other = match adjustment.kind {
            AdjustmentKind::Correction => self.house(Purpose::Expense),
            AdjustmentKind::Deposit => self.own(Purpose::Deposit)?,
            AdjustmentKind::Draw => self.own(Purpose::Advance)?,
            AdjustmentKind::Fee => self.house(Purpose::Income),
            AdjustmentKind::Release => self.own(Purpose::Withheld)?,
        };
        let accrued = self.own(Purpose::Accrued)?;
        let amount = adjustment.amount;
        Ok(if amount < 0 { posting(accrued, other, amount.saturating_neg()) } else { posting(other, accrued, amount) })
    }

    fn transaction(
        &self,
        step: &str,
        mut postings: Vec<Posting>,
        effective_on: Option<Date>,
    ) -> Result<Option<NewTransaction>, Fault> {
        postings.retain(|posting| posting.amount != 0);
        if postings.is_empty() {
            return Ok(None);
        }
        let id = TransactionId::parse(&format!("settlement.{}.{step}", self.id)).map_err(Fault::internal)?;
        Ok(Some(NewTransaction {
            id,
            postings,
            pending: false,
            expire_time: None,
            cause: self.name(),
            memo: String::new(),
            effective_on,
            reverses: None,
        }))
    }

    fn own(&self, purpose: Purpose) -> Result<AccountKey, Fault> {
        AccountKey::of_partner(&self.partner, purpose, self.currency)
    }

    fn house(&self, purpose: Purpose) -> AccountKey {
        AccountKey::of_house(purpose, self.currency)
    }
}

fn posting(debit: AccountKey, credit: AccountKey, amount: i64) -> Posting {
    Posting { debit, credit, amount }
}
