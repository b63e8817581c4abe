//! Commitments and their windows.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal, Exact, MinorAmount};

use super::kinds::{Cadence, CommitmentKind};

/// Something the partner promises to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// Its id within the contract. Example: "annual-purchases".
    pub commitment_id: String,
    /// What is promised.
    pub kind: CommitmentKind,
    /// Over which time.
    pub cadence: Cadence,
    /// How much per window, above zero.
    pub target: Target,
    /// Only this product line; empty: all.
    #[serde(default)]
    pub product_line: String,
}

/// How much is promised per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Net value.
    Amount(MinorAmount),
    /// Units, visits or followers; at most six decimals.
    Quantity(Decimal),
}

impl Target {
    /// The number: major units of the currency, or the quantity.
    #[must_use]
    pub fn exact(&self) -> Exact {
        match self {
            Self::Amount(amount) => Exact::from_scaled(i128::from(amount.value), amount.currency.exponent()),
            Self::Quantity(quantity) => Exact::from(*quantity),
        }
    }
}

/// The days of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// First day after the term as agreed; `None`: open-ended.
    pub agreed_to: Option<Date>,
    /// First day after the contract as it stands now: what was agreed, or earlier after a notice of termination.
    pub to: Option<Date>,
}

impl Term {
    /// Whether a day is in it.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// A stretch of days with what is owed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub from: Date,
    /// First day after.
    pub to: Date,
    /// What is owed in it: the commitment's target, in proportion to the days where the end of the term cuts the window
    /// short. Major units of the currency, or the quantity.
    pub target: Exact,
}

impl Commitment {
    /// The window that a day is in; `None` for a day outside the term, and for the whole of a term without an end.
    ///
    /// Windows are counted from the first day of the term: the n-th begins n cadences after it, on the last day of the
    /// month where the month has no such day.
    #[must_use]
    pub fn window_at(&self, term: &Term, day: Date) -> Option<Window> {
        if !term.contains(day) {
            return None;
        }
        let (from, full_to) = match self.cadence.months() {
            None => (term.from, term.agreed_to.or(term.to)?),
            Some(months) => bounds(term.from, months, day),
        };
        let to = term.to.map_or(full_to, |to| to.min(full_to));
        Some(Window { from, to, target: share(&self.target.exact(), from, to, full_to) })
    }
}

/// The window of so many months, counted from `first`, that a day not before `first` is in.
fn bounds(first: Date, months: i32, day: Date) -> (Date, Date) {
    let start = |n: i32| first.plus_months(months.saturating_mul(n));
    let ((year, month, _), (first_year, first_month, _)) = (day.ymd(), first.ymd());
    let elapsed =
        (year.saturating_sub(first_year)).saturating_mul(12).saturating_add(month.saturating_sub(first_month));
    let mut n = elapsed.checked_div(months).unwrap_or(0);
    // The day of the month may not have come yet.
    if start(n) > day {
        n = n.saturating_sub(1);
    }
    (start(n), start(n.saturating_add(1)))
}

/// The part of a target that the days up to `to` have of the days up to `full_to`.
fn share(target: &Exact, from: Date, to: Date, full_to: Date) -> Exact {
    if to == full_to {
        return target.clone();
    }
    let days = |to: Date| Exact::from(to.days().saturating_sub(from.days()));
    (target.clone() * days(to)).checked_div(&days(full_to)).unwrap_or_else(Exact::zero)
}
