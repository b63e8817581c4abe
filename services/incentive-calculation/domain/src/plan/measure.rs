//! What rules look at: measures over facts, indicators, conditions and targets.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal};

use crate::{
    canonical::is_default,
    fact::{ChannelClass, FactKind},
};

/// What a rule looks at (IC-03): an aggregate over the payee's facts in a window, each currency apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is added.
    pub field: MeasureField,
    /// The kinds of facts that count, at least one; none for [`MeasureField::Figure`].
    pub kinds: Vec<FactKind>,
    /// Only facts of these product lines; empty: all.
    #[serde(default)]
    pub product_lines: Vec<String>,
    /// Only facts of these SKUs; empty: all.
    #[serde(default)]
    pub skus: Vec<String>,
    /// Only facts of these channel classes; empty: all.
    #[serde(default)]
    pub channels: Vec<ChannelClass>,
    /// Only facts of these regions and everything below them; empty: all.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Only facts of these sub-channels; empty: all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sub_channels: Vec<String>,
    /// The days that count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: Window,
    /// The figure that is added, for [`MeasureField::Figure`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub figure: String,
}

/// What a measure adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MeasureField {
    /// Sum of net amounts.
    Net,
    /// Sum of gross amounts; a fact without gross counts as 0.
    Gross,
    /// Sum of net − cost; a fact without cost counts with cost 0.
    Profit,
    /// Sum of quantities; rates are then amounts per unit.
    Quantity,
    /// Number of facts; rates are then amounts per fact.
    Count,
    /// Number of different orders; a fact without an order is an order of its own.
    DistinctOrders,
    /// Number of different customers; facts without a customer do not count.
    DistinctCustomers,
    /// Number of different SKUs; facts without a SKU do not count.
    DistinctSkus,
    /// Sum of a figure that was recorded for the payee.
    Figure,
}

impl MeasureField {
    /// Whether it adds money, so that rates are shares of it.
    #[must_use]
    pub fn is_money(self) -> bool {
        matches!(self, Self::Net | Self::Gross | Self::Profit)
    }
}

/// The days a measure counts, always ending with the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Those of the period.
    #[default]
    Period,
    /// From the first day of the period's year.
    YearToDate,
    /// So many months up to the end of the period.
    TrailingMonths(u32),
    /// From that day.
    Since(Date),
    /// From the payee's first day of membership.
    SinceJoining,
}

/// What a measure below zero earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NegativeMeasure {
    /// The rate of the first tier, negative: the partner owes it back.
    Signed,
    /// Nothing.
    Zero,
    /// Nothing now; the amount below zero is taken off the measure of the next period.
    Carry,
}

/// A number about a payee that decides, but is not itself paid on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    /// The rule's measure ÷ its target, as a ratio.
    Attainment,
    /// The newest value of a figure whose days lie inside the period.
    Figure(String),
    /// Another measure, in the line's currency.
    Measure(Measure),
    /// A weighted score (IC-09).
    ScoreCard(ScoreCard),
}

/// A weighted score: Σ weight × min(cap, max(0, value ÷ target)) ÷ Σ weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreCard {
    /// The items, 1 to 20.
    pub items: Vec<ScoreItem>,
}

/// One item of a score card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreItem {
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// Where the value comes from.
    pub of: ScoreOf,
    /// Weight, above 0.
    #[serde(with = "crate::canonical::decimal")]
    pub weight: Decimal,
    /// The value that scores 1, above 0.
    #[serde(with = "crate::canonical::decimal")]
    pub target: Decimal,
    /// The most that value ÷ target counts; unset: 1.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub cap: Option<Decimal>,
}

/// Where the value of a score item comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreOf {
    /// The newest value of a figure inside the period.
    Figure(String),
    /// A measure.
    Measure(Measure),
}

/// A condition that holds or not (R08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// An indicator inside bounds. A missing indicator holds in no bounds.
    Indicator(IndicatorCondition),
    /// An attribute of the payee with one of some values.
    Attribute(AttributeCondition),
    /// All of them.
    All(Vec<Condition>),
    /// At least one of them.
    Any(Vec<Condition>),
    /// Not this one.
    Not(Box<Condition>),
}

/// An indicator inside bounds; at least one bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorCondition {
    /// The indicator.
    pub indicator: Indicator,
    /// At least this much.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub at_least: Option<Decimal>,
    /// Less than this.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub below: Option<Decimal>,
}

/// An attribute of the payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeCondition {
    /// "tier", "kind", "region" or "label:KEY".
    pub attribute: String,
    /// One of these; a region stands for everything below it too.
    pub values: Vec<String>,
}

/// What an attainment is measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// How much.
    pub of: TargetOf,
    /// What a payee without a target, or with one of 0 or below, earns.
    pub missing: MissingTarget,
}

/// How much a target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetOf {
    /// The same for everybody, for the whole window of the measure; above 0.
    #[serde(with = "crate::canonical::decimal")]
    Amount(Decimal),
    /// The sum of this figure over the days of the measure's window.
    Figure(String),
}

/// What a payee without a target earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MissingTarget {
    /// No line, with the reason.
    Skip,
    /// Attainment counts as 0.
    NoneAttained,
}
