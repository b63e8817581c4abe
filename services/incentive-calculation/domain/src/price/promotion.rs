//! Promotions: for some time, some items and some partners a lower price.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, Exact, FactAmount, Violations};

use super::{Item, Life, list::check_share};
use crate::{
    assignment::Assignment,
    canonical::{decimal, optional_decimal},
    plan::check_assignment,
};

/// Days around a quote in which promotions that begin later or are over are still told.
pub const RECENT_DAYS: i64 = 30;

/// What it does to the price of a unit. Amounts are at the fact scale of their currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Share that is taken off.
    Discount(#[serde(with = "decimal")] Decimal),
    /// What is taken off, never below 0.
    AmountOff(Currency, i64),
    /// The price where that is lower.
    FixedPrice(Currency, i64),
}

/// Whether it goes together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stacking {
    /// With any other combinable one.
    Combinable,
    /// Alone.
    Exclusive,
}

/// A promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// Last part of its name.
    pub id: String,
    /// For people.
    pub display_name: String,
    /// The items it is for.
    pub skus: Vec<String>,
    /// The product lines it is for.
    pub product_lines: Vec<String>,
    /// For whom it is.
    pub assignments: Vec<Assignment>,
    /// First day.
    pub first_day: Date,
    /// First day on which it is over.
    pub end_day: Date,
    /// From which quantity on.
    #[serde(with = "optional_decimal")]
    pub min_quantity: Option<Decimal>,
    /// What it does.
    pub effect: Effect,
    /// Whether it goes together with others.
    pub stacking: Stacking,
    /// Higher ones come first.
    pub priority: i32,
    /// Where it stands.
    pub life: Life,
}

impl Effect {
    /// The currency of its amount.
    pub(super) fn currency(self) -> Option<Currency> {
        match self {
            Self::Discount(_) => None,
            Self::AmountOff(currency, _) | Self::FixedPrice(currency, _) => Some(currency),
        }
    }

    /// The price of a unit after it; never more than before, never below 0.
    pub(super) fn after(self, unit: &Exact) -> Exact {
        let exact = |currency, value| FactAmount { currency, value }.exact();
        match self {
            Self::Discount(share) => unit.clone() * (Exact::from(1) - Exact::from(share)),
            Self::AmountOff(currency, value) => (unit.clone() - exact(currency, value)).max(Exact::zero()),
            Self::FixedPrice(currency, value) => unit.clone().min(exact(currency, value)),
        }
    }
}

impl Promotion {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("promotions/{}", self.id)
    }

    /// Whether it is for an item.
    #[must_use]
    pub fn is_for(&self, item: &Item) -> bool {
        let everything = self.skus.is_empty() && self.product_lines.is_empty();
        let line = !item.product_line.is_empty() && self.product_lines.contains(&item.product_line);
        everything || line || self.skus.contains(&item.sku)
    }

    /// The first day on which it is over, also when it was ended before its time.
    #[must_use]
    pub fn end(&self) -> Date {
        self.life.retired_from.map_or(self.end_day, |from| from.min(self.end_day))
    }

    /// Everything that is wrong with it.
    #[must_use]
    pub fn check(&self) -> Violations {
        let mut v = Violations::new();
        if self.display_name.is_empty() {
            v.add("display_name", "is empty; name the promotion for people, it stands in quotes");
        }
        if self.end_day <= self.first_day {
            let why =
                format!("{} is not after {}; it is the first day on which it is over", self.end_day, self.first_day);
            v.add("end_day", why);
        }
        for (at, assignment) in self.assignments.iter().enumerate() {
            check_assignment(&format!("assignments[{at}]"), &assignment.target, &mut v);
        }
        if let Some(least) = self.min_quantity.filter(|least| *least <= Decimal::ZERO) {
            v.add("min_quantity", format!("{least} is not above 0; leave it out for any quantity"));
        }
        match self.effect {
            Effect::Discount(share) => check_share("discount", share, &mut v),
            Effect::AmountOff(currency, value) if value <= 0 => {
                v.add("amount_off", format!("{} is not above 0", FactAmount { currency, value }));
            }
            Effect::FixedPrice(currency, value) if value < 0 => {
                v.add("fixed_price", format!("{} is below 0", FactAmount { currency, value }));
            }
            Effect::AmountOff(..) | Effect::FixedPrice(..) => {}
        }
        v
    }
}
