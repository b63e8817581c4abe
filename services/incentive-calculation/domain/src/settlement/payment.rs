//! Handing over to the ERP, and what came of it. What was confirmed once stays: the same again changes nothing, something
//! else is refused.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, Timestamp, Violations};

use super::{Form, Settlement, State};
use crate::reasons;

/// What came of a handing over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Paid, discounted or delivered.
    Paid {
        /// Key in the ERP.
        reference: String,
        /// The day.
        paid_on: Date,
        /// The red-letter invoice; empty: none.
        red_letter_invoice: String,
    },
    /// Not paid.
    Failed {
        /// Key in the ERP; empty: none.
        reference: String,
        /// Why.
        reason: String,
    },
}

/// One handing over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The export, last part of its name.
    pub export: String,
    /// When it was exported.
    pub export_time: Timestamp,
    /// What came of it; `None`: nothing was heard yet.
    pub outcome: Option<Outcome>,
    /// When that was confirmed.
    pub confirm_time: Option<Timestamp>,
}

/// What a caller says came of a payable, decoded but unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The settlement, last part of its name.
    pub settlement: String,
    /// The export, last part of its name.
    pub export: String,
    /// Whether it was paid.
    pub paid: bool,
    /// Key in the ERP.
    pub reference: String,
    /// The day.
    pub paid_on: Option<Date>,
    /// The red-letter invoice.
    pub red_letter_invoice: String,
    /// Why it failed.
    pub reason: String,
}

impl Confirmation {
    /// The outcome it states.
    ///
    /// # Errors
    /// Everything that is missing.
    pub fn outcome(&self) -> Result<Outcome, Violations> {
        let mut violations = Violations::new();
        if self.paid {
            if self.reference.is_empty() {
                violations.add("reference", "is empty; name the payment of the ERP");
            }
            if !self.reason.is_empty() {
                violations.add("reason", "is only for what failed");
            }
            match self.paid_on {
                Some(paid_on) if violations.is_empty() => {
                    let (reference, red_letter_invoice) = (self.reference.clone(), self.red_letter_invoice.clone());
                    return Ok(Outcome::Paid { reference, paid_on, red_letter_invoice });
                }
                Some(_) => {}
                None => violations.add("paid_on", "is missing; state the day of the payment"),
            }
            return Err(violations);
        }
        if self.reason.is_empty() {
            violations.add("reason", "is empty; say why it failed");
        }
        if self.paid_on.is_some() {
            violations.add("paid_on", "is only for what was paid");
        }
        if !self.red_letter_invoice.is_empty() {
            violations.add("red_letter_invoice", "is only for what was paid");
        }
        if violations.is_empty() {
            Ok(Outcome::Failed { reference: self.reference.clone(), reason: self.reason.clone() })
        } else {
            Err(violations)
        }
    }
}

impl Settlement {
    /// Whether it can be handed over.
    #[must_use]
    pub fn is_to_export(&self) -> bool {
        matches!(self.state, State::Locked | State::Failed)
            && self.amounts.payable > 0
            && self.terms.form.is_handed_over()
    }

    /// The settlement once it is handed over.
    #[must_use]
    pub fn exported(&self, export: &str, actor: &str, now: Timestamp) -> Self {
        let mut next = self.moved(State::Exported, &format!("exported in payableExports/{export}"), (actor, now), "");
        next.payments.push(Payment { export: export.to_owned(), export_time: now, outcome: None, confirm_time: None });
        next
    }

    /// The settlement once an outcome is known today; `None` when it was known already.
    ///
    /// # Errors
    /// `PAYMENT_UNKNOWN`, `PAYMENT_DIFFERS`, `INVALID_REQUEST`, `RED_LETTER_INVOICE_MISSING`.
    pub fn confirmed(
        &self,
        export: &str,
        outcome: &Outcome,
        (actor, now, today): (&str, Timestamp, Date),
    ) -> Result<Option<Self>, Fault> {
        let Some(known) = self.payments.iter().find(|payment| payment.export == export) else {
            let message = format!("{} was not handed over in payableExports/{export}", self.name());
            return Err(self.refused(reasons::PAYMENT_UNKNOWN, message));
        };
        match &known.outcome {
            Some(first) if first == outcome => return Ok(None),
            Some(first) => {
                let message = format!(
                    "{} is confirmed as {} in payableExports/{export}; send what was sent, or correct it in the ledger",
                    self.name(),
                    first.words()
                );
                return Err(self.refused(reasons::PAYMENT_DIFFERS, message));
            }
            None => {}
        }
        if let Outcome::Paid { paid_on, .. } = outcome {
            self.check_day(*paid_on, today)?;
        }
        let invoice_missing =
            matches!(outcome, Outcome::Paid { red_letter_invoice, .. } if red_letter_invoice.is_empty());
        if self.terms.form == Form::InvoiceDiscount && invoice_missing {
            let message = format!("{} is settled by invoice discount; name its red-letter invoice", self.name());
            return Err(self.refused(reasons::RED_LETTER_INVOICE_MISSING, message));
        }
        let (state, reason) = match outcome {
            Outcome::Paid { .. } => (State::Paid, ""),
            Outcome::Failed { reason, .. } => (State::Failed, reason.as_str()),
        };
        let mut next = self.moved(state, &outcome.words(), (actor, now), reason);
        for payment in next.payments.iter_mut().filter(|payment| payment.export == export) {
            payment.outcome = Some(outcome.clone());
            payment.confirm_time = Some(now);
        }
        Ok(Some(next))
    }

    /// Refuses a day on which nothing can have been paid. Periods of long ago are settled, too, with payments of their time:
    /// no payment is before the end of what it pays for, but it may be before the settlement was locked here.
    fn check_day(&self, paid_on: Date, today: Date) -> Result<(), Fault> {
        let why = if paid_on > today {
            format!("{paid_on} is after today, {today}; confirm a payment once it was made")
        } else if paid_on < self.period_end {
            let end = self.period_end;
            format!(
                "{paid_on} is before {end}, the last day of the period of {}; state the day of its payment",
                self.name()
            )
        } else {
            return Ok(());
        };
        Err(Fault::invalid_field("paid_on", why))
    }
}

impl Outcome {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Paid { reference, paid_on, .. } => format!("paid on {paid_on} by {reference}"),
            Self::Failed { reference, .. } if reference.is_empty() => "failed".to_owned(),
            Self::Failed { reference, .. } => format!("failed by {reference}"),
        }
    }
}
