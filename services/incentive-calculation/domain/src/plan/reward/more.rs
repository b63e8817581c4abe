//! Rewards that are not, or not only, a table of tiers over the measure.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Decimal};

use super::{EdgeScale, EdgeSide, PaidOn, TierTable};
use crate::{
    canonical::{decimal, is_default, optional_decimal},
    plan::Indicator,
};

/// R00: each fact earns for itself: rate × value + per_unit × quantity + per_fact, or what the table gives; then the
/// floor and the cap of the single fact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerFact {
    /// Share of the fact's value (of the measure's field).
    #[serde(default, with = "decimal")]
    pub rate: Decimal,
    /// Amount per unit of quantity.
    #[serde(default, with = "decimal")]
    pub per_unit: Decimal,
    /// Amount per fact; a fact below zero gives it back.
    #[serde(default, with = "decimal")]
    pub per_fact: Decimal,
    /// A table on the single fact, or on the running total including it.
    #[serde(default)]
    pub table: Option<TierTable>,
    /// How the table is read.
    #[serde(default)]
    pub reading: TableReading,
    /// What the table is applied to.
    #[serde(default)]
    pub on: PerFactOn,
    /// The least a fact of 0 or above earns.
    #[serde(default, with = "optional_decimal")]
    pub floor: Option<Decimal>,
    /// The most a fact earns.
    #[serde(default, with = "optional_decimal")]
    pub cap: Option<Decimal>,
}

/// How a table is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TableReading {
    /// R01: each slice at its own rate.
    #[default]
    Marginal,
    /// R02: the rate of the reached tier on the whole.
    Whole,
}

/// What the table of a per-fact reward is applied to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PerFactOn {
    /// The fact alone.
    #[default]
    SingleFact,
    /// The running total of the window; facts follow each other by day, then by source system and source id.
    RunningTotal,
}

/// R07: linear between the points of a curve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// The points, lowest first, 2 to 100.
    pub points: Vec<CurvePoint>,
    /// What the curve gives.
    pub of: CurveOf,
    /// What the points' `at` is.
    #[serde(default)]
    pub edge_scale: EdgeScale,
    /// What a rate is paid on.
    #[serde(default)]
    pub paid_on: PaidOn,
    /// Below the first point.
    pub below: CurveEnd,
    /// Above the last point.
    pub above: CurveEnd,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// Where.
    #[serde(with = "decimal")]
    pub at: Decimal,
    /// The rate or the amount there.
    #[serde(with = "decimal")]
    pub value: Decimal,
}

/// What a curve or a cell gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CurveOf {
    /// A rate.
    Rate,
    /// An amount.
    Amount,
}

/// What a curve gives beyond its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CurveEnd {
    /// Nothing.
    Nothing,
    /// The value of the last point on that side.
    Level,
    /// The last line goes on.
    Continue,
}

/// R06a: an amount for every full step above a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Where steps begin to count.
    #[serde(default, with = "decimal")]
    pub above: Decimal,
    /// Size of a step, above 0.
    #[serde(with = "decimal")]
    pub step: Decimal,
    /// Amount per step, at or above 0.
    #[serde(with = "decimal")]
    pub amount: Decimal,
    /// What a part of a step counts.
    #[serde(default)]
    pub part_step: PartStep,
    /// The most steps that count; 0: no bound.
    #[serde(default)]
    pub max_steps: u64,
    /// What `above` and `step` are.
    #[serde(default)]
    pub edge_scale: EdgeScale,
}

/// What a part of a step counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartStep {
    /// Nothing: steps are rounded down.
    #[default]
    Nothing,
    /// A whole step: steps are rounded up.
    Whole,
    /// Its share of a step.
    Share,
}

/// IC-06: the rule's measure picks the row, an indicator the column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// What picks the column.
    pub column: Indicator,
    /// Lower edges of the rows, ascending, the first one 0.
    #[serde(with = "crate::canonical::decimals")]
    pub row_edges: Vec<Decimal>,
    /// Lower edges of the columns, ascending; an indicator below the first earns nothing.
    #[serde(with = "crate::canonical::decimals")]
    pub column_edges: Vec<Decimal>,
    /// The cells: a list per row edge, in it one per column edge.
    #[serde(with = "crate::canonical::decimal_rows")]
    pub rows: Vec<Vec<Decimal>>,
    /// What a cell is.
    pub of: CurveOf,
    /// To which row or column an edge belongs.
    #[serde(default)]
    pub edge_side: EdgeSide,
}

/// R27: max(guaranteed, rate × max(0, x − carried losses − baseline)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfitShare {
    /// The share.
    #[serde(with = "decimal")]
    pub rate: Decimal,
    /// The baseline.
    #[serde(default)]
    pub baseline: Baseline,
    /// The least that is paid.
    #[serde(default, with = "decimal")]
    pub guaranteed: Decimal,
    /// Whether what the profit is below the baseline lowers the profit of the next period.
    #[serde(default)]
    pub carry_losses: bool,
}

/// A baseline of profit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// 0.
    #[default]
    None,
    /// The same for everybody.
    #[serde(with = "decimal")]
    Amount(Decimal),
    /// The sum of a figure over the window; a payee without it has the baseline 0.
    Figure(String),
}

/// R15: uplines earn on the sales of their downline, by level of the tree on the day of the sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The levels, from 1 on, without gaps.
    pub levels: Vec<OverrideLevel>,
    /// What happens at an upline that is frozen on the day of the sale.
    pub frozen: FrozenNode,
}

/// One level of an override.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideLevel {
    /// Distance from the upline to the seller, from 1.
    pub level: u32,
    /// Rate on the measure of that level.
    #[serde(with = "decimal")]
    pub rate: Decimal,
}

/// What happens at a frozen upline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FrozenNode {
    /// It earns nothing on those facts; the levels above keep their numbers.
    Skip,
    /// It earns, and the line is held.
    Hold,
    /// It is left out of the tree: the levels above move down.
    Compress,
}

/// R11: what is missing to a guaranteed amount: max(0, guarantee × proration − earned).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guarantee {
    /// How much is guaranteed for a whole period.
    pub guaranteed: Amount,
    /// The rules whose lines are what was earned; empty: all rules before this one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: Vec<String>,
    /// The currency of the guarantee.
    pub currency: Currency,
}

/// An amount for everybody, or one per payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// The same for everybody.
    #[serde(with = "decimal")]
    Given(Decimal),
    /// The newest value of a figure inside the period.
    Figure(String),
}

/// R12: an advance on earnings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// How much for a whole period.
    pub drawn: Amount,
    /// Whether it tops earnings up or comes on top of them.
    pub kind: DrawKind,
    /// Whether later earnings pay it back.
    #[serde(default)]
    pub recoverable: bool,
    /// The share of earnings above the draw that goes into recovery.
    #[serde(with = "decimal")]
    pub recovery_share: Decimal,
    /// The balance still open after so many periods is forgiven; 0: never.
    #[serde(default)]
    pub forgive_after_periods: u32,
    /// The rules whose lines are the earnings; empty: all rules before this one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: Vec<String>,
    /// The currency of the draw.
    pub currency: Currency,
}

/// What sort of draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DrawKind {
    /// Earnings are topped up to the draw: max(0, draw − earned).
    Guarantee,
    /// The draw is paid whatever is earned.
    AddOn,
}
