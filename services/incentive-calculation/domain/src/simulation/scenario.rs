//! Facts as they would have been: net and gross by one factor, cost by another, quantity by a third.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Decimal, Exact, Rounding};

use crate::{canonical::decimal, engine::MeasuredFact};

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

    /// The fact as it would have been. Each amount is rounded once, half away from zero, at the scale of facts. `None`
    /// when an amount no longer fits.
    #[must_use]
    pub fn apply<'a>(&self, fact: &MeasuredFact<'a>) -> Option<MeasuredFact<'a>> {
        if self.is_neutral() {
            return Some(*fact);
        }
        let volume = Exact::from(self.volume);
        let times = |value: i64, factor: Decimal| {
            (Exact::from_scaled(value.into(), 0) * Exact::from(factor) * volume.clone())
                .round_to(0, Rounding::HalfAwayFromZero)
        };
        Some(MeasuredFact {
            net: times(fact.net, self.price)?,
            gross: times(fact.gross, self.price)?,
            cost: times(fact.cost, self.cost)?,
            quantity: times(fact.quantity, Decimal::ONE)?,
            ..*fact
        })
    }
}

/// Sales less cost of the facts of a period, by currency, at the fact scale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Margin(pub BTreeMap<Currency, i128>);

impl Margin {
    /// Takes a fact of the period in.
    pub fn add(&mut self, fact: &MeasuredFact<'_>) {
        let sum = self.0.entry(fact.currency).or_default();
        *sum = sum.saturating_add(i128::from(fact.net).saturating_sub(i128::from(fact.cost)));
    }
}
