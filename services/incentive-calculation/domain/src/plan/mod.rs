//! Plans (IC-02): the domain mirror of `plan.proto`. Serde gives the form in which a plan version is stored and of which
//! its digest is taken; fields are only ever added, with a default.

mod example;
mod examples;
mod reward;
mod tiers;
mod validate;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Period, Rounding};

pub use example::{ExampleFact, ExampleLine, PlanExample};
pub use reward::{
    EdgeSide, Growth, GrowthBase, GrowthOn, Marginal, NoBasePolicy, NonPositiveBasePolicy, Reward, Tier, TierTable,
    WholeVolume,
};
pub use validate::validate;

use crate::{
    assignment::Assignment,
    canonical::Canonical,
    fact::{ChannelClass, FactKind},
};

/// What a plan version says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSpec {
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// Why it is as it is.
    #[serde(default)]
    pub description: String,
    /// The rules, 1 to 100, paid in this order.
    pub rules: Vec<Rule>,
    /// Whom it pays; empty: everybody.
    #[serde(default)]
    pub assignments: Vec<Assignment>,
    /// First day of a period it may pay; unset: no bound.
    #[serde(default)]
    pub effective_from: Option<Date>,
    /// First day it no longer pays; unset: no bound.
    #[serde(default)]
    pub effective_to: Option<Date>,
    /// How a line is rounded to the currency's minor unit, once.
    #[serde(default)]
    pub rounding: Rounding,
    /// How currencies are treated.
    #[serde(default)]
    pub currency_policy: CurrencyPolicy,
    /// Facts and the lines they must give.
    #[serde(default)]
    pub examples: Vec<PlanExample>,
}

impl PlanSpec {
    /// Whether the plan pays for a period: the period lies wholly inside the effective bounds.
    #[must_use]
    pub fn takes_part(&self, period: Period) -> bool {
        self.effective_from.is_none_or(|from| from <= period.from())
            && self.effective_to.is_none_or(|to| period.to() <= to)
    }
}

impl PlanSpec {
    /// Whether the bounds of two plans share a day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let before =
            |a: &Self, b: &Self| matches!((a.effective_to, b.effective_from), (Some(to), Some(from)) if to <= from);
        !before(self, other) && !before(other, self)
    }

    /// The bounds in words. Example: "from 2012-01-01 to before 2013-01-01".
    #[must_use]
    pub fn bounds(&self) -> String {
        let from = self.effective_from.map_or_else(|| "the beginning".to_owned(), |d| d.to_string());
        let to = self.effective_to.map_or_else(|| "open end".to_owned(), |d| format!("before {d}"));
        format!("from {from} to {to}")
    }
}

/// How currencies are treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CurrencyPolicy {
    /// Each currency apart; bounds of tables are plain numbers in that currency; a base in another one is no base.
    #[default]
    Nominal,
}

/// One rule of a plan: a measure and what it earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id, unique in the plan.
    pub id: String,
    /// Name for people, shown on the statement.
    #[serde(default)]
    pub title: String,
    /// What the rule looks at.
    pub measure: Measure,
    /// What a measure below zero earns.
    pub negative_measure: NegativeMeasure,
    /// What it earns.
    pub reward: Reward,
}

/// What a rule looks at (IC-03): an aggregate over the payee's facts in the period, each currency apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is added.
    pub field: MeasureField,
    /// The kinds of facts that count, at least one.
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
}

impl MeasureField {
    /// Whether it adds money, so that rates are shares of it.
    #[must_use]
    pub fn is_money(self) -> bool {
        matches!(self, Self::Net | Self::Gross | Self::Profit)
    }
}

/// What a measure below zero earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NegativeMeasure {
    /// The rate of the first tier, negative: the partner owes it back.
    Signed,
    /// Nothing.
    Zero,
}

/// SHA-256 of a spec, lower-case hex: over the line "tributary.plan.v1" and the field `spec` that holds its JSON in the
/// order of the fields here, without spaces, decimals without needless zeros.
#[must_use]
pub fn digest(spec: &PlanSpec) -> String {
    // Strings, lists and numbers only: this serialisation has no way to fail.
    let json = serde_json::to_string(spec).unwrap_or_default();
    hex::encode(Canonical::new("tributary.plan.v1").field("spec", &json).sha256())
}
