//! Examples inside a plan: facts and the lines they must give.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal};

use crate::fact::{ChannelClass, FactKind};

/// Facts and the lines they must give. Lines that are not expected must not appear.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanExample {
    /// What it shows.
    #[serde(default)]
    pub title: String,
    /// The period. Example: "2012-Q3".
    pub period: String,
    /// The facts.
    #[serde(default)]
    pub facts: Vec<ExampleFact>,
    /// The lines.
    #[serde(default)]
    pub expect: Vec<ExampleLine>,
}

/// A fact of an example. What is unset is taken as empty or zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleFact {
    /// Any name; empty: "p".
    #[serde(default)]
    pub partner: String,
    /// The day.
    pub occurred_on: Date,
    /// What sort of fact; unset: SELL_IN.
    #[serde(default)]
    pub kind: Option<FactKind>,
    /// Three-letter code; empty: "CNY".
    #[serde(default)]
    pub currency: String,
    /// Net amount.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub net: Option<Decimal>,
    /// Gross amount.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub gross: Option<Decimal>,
    /// Cost.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub cost: Option<Decimal>,
    /// Quantity.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub quantity: Option<Decimal>,
    /// Product line.
    #[serde(default)]
    pub product_line: String,
    /// Region.
    #[serde(default)]
    pub region: String,
    /// Channel class.
    #[serde(default)]
    pub channel: Option<ChannelClass>,
    /// Stock keeping unit.
    #[serde(default)]
    pub sku: String,
}

/// A line of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleLine {
    /// As in the facts; empty: "p".
    #[serde(default)]
    pub partner: String,
    /// Id of the rule.
    pub rule: String,
    /// Three-letter code; empty: "CNY".
    #[serde(default)]
    pub currency: String,
    /// The rounded amount.
    #[serde(with = "crate::canonical::decimal")]
    pub amount: Decimal,
    /// The exact amount before rounding; unset: not checked.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub exact: Option<Decimal>,
}
