//! What callers tell about a deal: a [`DealDraft`] as it comes, a [`DealContent`] when it has been checked.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, MinorAmount, Violations};

use super::{Customer, Lead};
use crate::text;

/// What a caller says about a deal, not yet checked. Empty strings and `None` mean "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealDraft {
    /// Who is to buy.
    pub customer: Customer,
    /// What is to be sold.
    pub product_line: String,
    /// What it is expected to be worth.
    pub value: Option<MinorAmount>,
    /// What it is about.
    pub note: String,
    /// Day on which it is expected to be won.
    pub expected_close: Option<Date>,
}

/// A checked draft. Made by [`DealDraft::check`]; a store rebuilds it from what it has kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DealContent {
    /// Who is to buy.
    pub customer: Customer,
    /// What is to be sold.
    pub product_line: String,
    /// What it is expected to be worth, more than 0.
    pub value: MinorAmount,
    /// What it is about.
    pub note: String,
    /// Day on which it is expected to be won.
    pub expected_close: Option<Date>,
}

impl DealDraft {
    /// Checks everything but the day, which only a new deal has to keep.
    ///
    /// # Errors
    /// Every violation at once, by field path.
    pub fn check(self) -> Result<DealContent, Violations> {
        let mut v = Violations::new();
        v.nest("customer", self.customer.violations());
        product_line(&mut v, &self.product_line);
        match self.value {
            None => v.add("value", "is required; say what the deal is expected to be worth"),
            Some(value) => positive(&mut v, "value", value),
        }
        text::note(&mut v, "note", &self.note);
        match self.value {
            Some(value) if v.is_empty() => Ok(DealContent {
                customer: self.customer,
                product_line: self.product_line,
                value,
                note: self.note,
                expected_close: self.expected_close,
            }),
            _ => Err(v),
        }
    }

    /// Everything that is wrong with it as a new deal of today.
    #[must_use]
    pub fn violations(&self, today: Date) -> Violations {
        let mut v = self.clone().check().err().unwrap_or_default();
        expected(&mut v, self.expected_close, today);
        v
    }
}

impl DealContent {
    /// What is wrong with it as a new deal of today.
    #[must_use]
    pub fn violations(&self, today: Date) -> Violations {
        let mut v = Violations::new();
        expected(&mut v, self.expected_close, today);
        v
    }

    /// The lead that it is about.
    #[must_use]
    pub fn lead(&self) -> Lead {
        Lead { product_line: self.product_line.clone(), customer_key: self.customer.key() }
    }
}

/// Checks a product line. White space at an end would make another lead of the same one.
pub fn product_line(v: &mut Violations, line: &str) {
    text::required_line(v, "product_line", line, 100);
    if line.trim() != line && !line.trim().is_empty() {
        v.add("product_line", format!("{line:?} has white space at an end; remove it"));
    }
}

/// Checks that an amount is more than 0.
pub(super) fn positive(v: &mut Violations, field: &str, amount: MinorAmount) {
    if amount.value <= 0 {
        v.add(field, format!("{amount} is not more than 0; give what it is worth"));
    }
}

fn expected(v: &mut Violations, day: Option<Date>, today: Date) {
    if let Some(day) = day.filter(|day| *day < today) {
        v.add("expected_close", format!("{day} is before today, {today}; give a day to come, or none"));
    }
}
