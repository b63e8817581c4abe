//! Examples inside a plan: facts and the lines they must give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal};

use crate::{
    canonical::is_default,
    fact::{ChannelClass, FactKind},
};

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
    /// What is known of the partners; one that is not named has no attributes and is a member all the time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partners: Vec<ExamplePartner>,
    /// Figures, such as quotas and KPI values.
    #[serde(default, skip_serializing_if = "is_default")]
    pub figures: Vec<ExampleFigure>,
    /// Lines that earlier periods stated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stated: Vec<ExampleStated>,
    /// Rates of the plan's rate table, into its currency.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rates: Vec<ExampleRate>,
}

/// A partner of an example.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExamplePartner {
    /// As in the facts.
    pub partner: String,
    /// Tier.
    #[serde(default)]
    pub tier: String,
    /// Kind, as in PartnerKind without its prefix.
    #[serde(default)]
    pub kind: String,
    /// Region.
    #[serde(default)]
    pub region: String,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The upline; empty: none.
    #[serde(default)]
    pub parent: String,
    /// First day of membership; unset: always was one.
    #[serde(default)]
    pub member_from: Option<Date>,
    /// First day it is no longer a member; unset: still is one.
    #[serde(default)]
    pub member_to: Option<Date>,
    /// Whether it is frozen.
    #[serde(default)]
    pub frozen: bool,
}

/// A figure of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleFigure {
    /// As in the facts; empty: "p".
    #[serde(default)]
    pub partner: String,
    /// Name of the figure.
    pub figure: String,
    /// The period it stands for; empty: the example's.
    #[serde(default)]
    pub period: String,
    /// Currency; empty: none.
    #[serde(default)]
    pub currency: String,
    /// Value.
    #[serde(with = "crate::canonical::decimal")]
    pub value: Decimal,
}

/// A line that an earlier period stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleStated {
    /// As in the facts; empty: "p".
    #[serde(default)]
    pub partner: String,
    /// The period.
    pub period: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule; empty: the line itself.
    #[serde(default)]
    pub part: String,
    /// Three-letter code; empty: "CNY".
    #[serde(default)]
    pub currency: String,
    /// The amount.
    #[serde(with = "crate::canonical::decimal")]
    pub amount: Decimal,
    /// What the line carried to the next period.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub carried: Option<Decimal>,
}

/// A rate of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleRate {
    /// The currency it converts from.
    pub currency: String,
    /// The day.
    pub day: Date,
    /// Units of the plan's currency for one of this.
    #[serde(with = "crate::canonical::decimal")]
    pub rate: Decimal,
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
    /// Sub-channel.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sub_channel: String,
    /// Order; empty: an order of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order_id: String,
    /// Pseudonym of the customer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub customer_key: String,
    /// Key of the fact, so that a return can name it; empty: its place in the list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source_id: String,
    /// For a return: `source_id` of the sale it belongs to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub original_source_id: String,
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
    /// The part of the rule; empty: the line itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub part: String,
    /// The quantity of a line in kind; unset: not checked.
    #[serde(default, with = "crate::canonical::optional_decimal", skip_serializing_if = "is_default")]
    pub quantity: Option<Decimal>,
}
