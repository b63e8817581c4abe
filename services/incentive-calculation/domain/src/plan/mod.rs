//! Plans (IC-02): the domain mirror of `plan.proto`. Serde gives the form in which a plan version is stored and of which
//! its digest is taken; fields are only ever added, with a default.

mod example;
mod examples;
mod measure;
mod modifier;
mod reward;
mod rule;
mod tiers;
mod validate;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Period, Rounding};

pub use example::{ExampleFact, ExampleFigure, ExampleLine, ExamplePartner, ExampleRate, ExampleStated, PlanExample};
pub use measure::{
    AttributeCondition, Condition, Indicator, IndicatorCondition, Measure, MeasureField, MissingTarget,
    NegativeMeasure, ScoreCard, ScoreItem, ScoreOf, Target, TargetOf, Window,
};
pub use modifier::{
    CapScope, FactorStep, Gate, Hold, HoldUntil, InKind, InKindSort, Limits, MissingIndicator, Multiplier, Proration,
    ShareOf, SharePayee, SharedCap, Split, SplitShare,
};
pub use reward::{
    Amount, Baseline, Curve, CurveEnd, CurveOf, CurvePoint, Draw, DrawKind, EdgeScale, EdgeSide, FrozenNode, Growth,
    GrowthBase, GrowthOn, Guarantee, Marginal, Matrix, NoBasePolicy, NonPositiveBasePolicy, Override, OverrideLevel,
    PaidOn, PartStep, PerFact, PerFactOn, ProfitShare, Retrospective, Reward, Step, TableReading, Tier, TierTable,
    WholeVolume,
};
pub use rule::Rule;
pub(crate) use validate::check_assignment;
pub use validate::validate;

use crate::{
    assignment::Assignment,
    canonical::{Canonical, is_default},
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
    /// How amounts become one currency, for [`CurrencyPolicy::Convert`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub conversion: Option<Conversion>,
    /// R10: bounds on what several rules give together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared_caps: Vec<SharedCap>,
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
    /// Amounts are converted into one currency, each fact exactly, before they are added (R22).
    Convert,
}

/// R22: how the amounts of facts become one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The table of rates, resource name. Example: "rateTables/group".
    pub rate_table: String,
    /// Whose rate is taken.
    pub date_rule: ConversionDate,
    /// The currency of measures and lines.
    pub into: Currency,
}

/// Whose rate a conversion takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConversionDate {
    /// That of the fact's day, else the newest one before it.
    FactDay,
    /// That of the last day of the period, else the newest one before it.
    PeriodEnd,
}

/// SHA-256 of a spec, lower-case hex: over the line "tributary.plan.v1" and the field `spec` that holds its JSON in the
/// order of the fields here, without spaces, decimals without needless zeros.
#[must_use]
pub fn digest(spec: &PlanSpec) -> String {
    // Strings, lists and numbers only: this serialisation has no way to fail.
    let json = serde_json::to_string(spec).unwrap_or_default();
    hex::encode(Canonical::new("tributary.plan.v1").field("spec", &json).sha256())
}
