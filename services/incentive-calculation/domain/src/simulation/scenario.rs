//! Facts as they would have been: net and gross by one factor, cost by another, quantity by a third.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Decimal, Exact, Rounding};

use crate::{canonical::decimal, fact::Fact};

/// How facts are changed. Factors of 1 leave them alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// On net and gross amounts: a price 10 % lower is 0.9.
    #[serde(with = "decimal")]
    pub price: Decimal,
    /// On costs.
    #[serde(with = "decimal")]
    pub cost: Decimal,
    /// On quantities, and with them on all amounts.
    #[serde(with = "decimal")]
    pub volume: Decimal,
}

impl Default for Scenario {
    fn default() -> Self {
        Self { price: Decimal::ONE, cost: Decimal::ONE, volume: Decimal::ONE }
    }
}

impl Scenario {
    /// Whether facts stay as they are.
    #[must_use]
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// Makes of a fact what it would have been. Each amount is rounded once, half away from zero, at the scale of facts.
    /// `false`: an amount no longer fits.
    #[must_use]
    pub fn apply(&self, fact: &mut Fact) -> bool {
        if self.is_neutral() {
            return true;
        }
        let volume = Exact::from(self.volume);
        let change = |value: &mut i64, factor: Decimal| {
            let changed = Exact::from_scaled((*value).into(), 0) * Exact::from(factor) * volume.clone();
            changed.round_to(0, Rounding::HalfAwayFromZero).map(|rounded| *value = rounded).is_some()
        };
        let optional =
            |value: &mut Option<i64>, factor: Decimal| value.as_mut().is_none_or(|value| change(value, factor));
        change(&mut fact.net, self.price)
            && optional(&mut fact.gross, self.price)
            && optional(&mut fact.cost, self.cost)
            && optional(&mut fact.quantity, Decimal::ONE)
    }
}

/// Sales less cost of the facts of a period, by currency, at the fact scale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Margin(pub BTreeMap<Currency, i128>);

impl Margin {
    /// Takes a fact of the period in.
    pub fn add(&mut self, fact: &Fact) {
        let sum = self.0.entry(fact.currency).or_default();
        let margin = i128::from(fact.net).saturating_sub(i128::from(fact.cost.unwrap_or(0)));
        *sum = sum.saturating_add(margin);
    }
}
