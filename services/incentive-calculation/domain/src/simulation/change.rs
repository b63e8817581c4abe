//! What changes for whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Fault};

use crate::{engine::LineResult, reasons::AMOUNT_OVERFLOW};

/// One side of a comparison: lines of one or more periods, added up by payee and currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side(BTreeMap<(String, Currency), i64>);

impl Side {
    /// Adds the lines of a period.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn add(&mut self, lines: &[LineResult]) -> Result<(), Fault> {
        for line in lines {
            let sum = self.0.entry((line.business_key.clone(), line.amount.currency)).or_default();
            *sum = sum.checked_add(line.amount.value).ok_or_else(|| overflow(&line.business_key))?;
        }
        Ok(())
    }
}

/// What a payee gets in one currency, before and after, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The payee's business key.
    pub payee: String,
    /// The currency.
    pub currency: Currency,
    /// Under what is in force.
    pub before: i64,
    /// Under the draft.
    pub after: i64,
}

impl Change {
    /// After less before.
    #[must_use]
    pub fn difference(&self) -> i64 {
        self.after.saturating_sub(self.before)
    }
}

/// Every payee of either side, in the order of business keys and currencies.
#[must_use]
pub fn changes(before: &Side, after: &Side) -> Vec<Change> {
    let mut all: BTreeMap<(String, Currency), (i64, i64)> = BTreeMap::new();
    for (key, value) in &before.0 {
        all.entry(key.clone()).or_default().0 = *value;
    }
    for (key, value) in &after.0 {
        all.entry(key.clone()).or_default().1 = *value;
    }
    let changes = all.into_iter();
    changes.map(|((payee, currency), (before, after))| Change { payee, currency, before, after }).collect()
}

/// The sums of one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The currency.
    pub currency: Currency,
    /// Under what is in force.
    pub before: i64,
    /// Under the draft.
    pub after: i64,
    /// Payees who get more.
    pub winners: i64,
    /// Payees who get less.
    pub losers: i64,
    /// Payees for whom nothing changes.
    pub unchanged: i64,
}

/// The sums by currency, in the order of codes.
///
/// # Errors
/// `AMOUNT_OVERFLOW`.
pub fn totals(changes: &[Change]) -> Result<Vec<Totals>, Fault> {
    let mut all: BTreeMap<Currency, Totals> = BTreeMap::new();
    for change in changes {
        let currency = change.currency;
        let none = Totals { currency, before: 0, after: 0, winners: 0, losers: 0, unchanged: 0 };
        let sum = all.entry(currency).or_insert(none);
        let add = |sum: i64, value: i64| sum.checked_add(value).ok_or_else(|| overflow(&change.payee));
        (sum.before, sum.after) = (add(sum.before, change.before)?, add(sum.after, change.after)?);
        let group = match change.difference() {
            0 => &mut sum.unchanged,
            d if d > 0 => &mut sum.winners,
            _ => &mut sum.losers,
        };
        *group = group.saturating_add(1);
    }
    Ok(all.into_values().collect())
}

/// How much a payee's earnings change, in classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Band {
    /// Earned something and gets nothing any more.
    Lost,
    /// Less by more than 20 %.
    DownOver20,
    /// Less by more than 10 and up to 20 %.
    Down10To20,
    /// Less by up to 10 %.
    DownTo10,
    /// The same to the cent.
    Unchanged,
    /// More by up to 10 %.
    UpTo10,
    /// More by more than 10 and up to 20 %.
    Up10To20,
    /// More by more than 20 %.
    UpOver20,
    /// Earned nothing and gets something now.
    Gained,
}

impl Band {
    /// All, from the greatest loss to the greatest gain.
    pub const ALL: [Self; 9] = [
        Self::Lost,
        Self::DownOver20,
        Self::Down10To20,
        Self::DownTo10,
        Self::Unchanged,
        Self::UpTo10,
        Self::Up10To20,
        Self::UpOver20,
        Self::Gained,
    ];

    /// The class of a change. What is owed (below 0) counts by its size, too.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        let difference = i128::from(change.after) - i128::from(change.before);
        let base = i128::from(change.before).abs();
        let over = |percent: i128| difference.abs() * 100 > base * percent;
        match (change.before, change.after) {
            _ if difference == 0 => Self::Unchanged,
            (0, _) if difference > 0 => Self::Gained,
            (_, 0) if difference < 0 => Self::Lost,
            _ if difference > 0 && over(20) => Self::UpOver20,
            _ if difference > 0 && over(10) => Self::Up10To20,
            _ if difference > 0 => Self::UpTo10,
            _ if over(20) => Self::DownOver20,
            _ if over(10) => Self::Down10To20,
            _ => Self::DownTo10,
        }
    }

    /// For people. Example: "10 to 20 % less".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Lost => "nothing any more",
            Self::DownOver20 => "over 20 % less",
            Self::Down10To20 => "10 to 20 % less",
            Self::DownTo10 => "up to 10 % less",
            Self::Unchanged => "the same",
            Self::UpTo10 => "up to 10 % more",
            Self::Up10To20 => "10 to 20 % more",
            Self::UpOver20 => "over 20 % more",
            Self::Gained => "something for the first time",
        }
    }
}

/// How many payees are in each class of one currency, in the order of [`Band::ALL`].
pub type Bands = Vec<(Currency, [i64; 9])>;

/// The distribution of changes by currency.
#[must_use]
pub fn bands(changes: &[Change]) -> Bands {
    let mut all: BTreeMap<Currency, [i64; 9]> = BTreeMap::new();
    for change in changes {
        let place = Band::ALL.iter().position(|b| *b == Band::of(change)).unwrap_or_default();
        if let Some(count) = all.entry(change.currency).or_default().get_mut(place) {
            *count = count.saturating_add(1);
        }
    }
    all.into_iter().collect()
}

fn overflow(payee: &str) -> Fault {
    let remedy = "look for a fact or a rate of absurd size";
    Fault::new(AMOUNT_OVERFLOW, format!("the total of {payee:?} exceeds 64 bits of minor units; {remedy}"))
}
