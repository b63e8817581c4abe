//! What rules earn: the rewards over tier tables. Those of other shapes are in [`more`].

mod more;

use serde::{Deserialize, Serialize};
use tributary_core::Decimal;

pub use more::{
    Amount, Baseline, Curve, CurveEnd, CurveOf, CurvePoint, Draw, DrawKind, FrozenNode, Guarantee, Matrix, Override,
    OverrideLevel, PartStep, PerFact, PerFactOn, ProfitShare, Step, TableReading,
};

use crate::canonical::{decimal, is_default, optional_decimal};

/// What a rule earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reward {
    /// R01: each slice at its own rate.
    Marginal(Marginal),
    /// R02: the rate of the reached tier on the whole measure.
    WholeVolume(WholeVolume),
    /// R05: on growth against a base.
    Growth(Growth),
    /// R00: on every fact.
    PerFact(PerFact),
    /// R07: linear between points.
    Curve(Curve),
    /// R06a: per full step.
    Step(Step),
    /// IC-06: by two numbers.
    Matrix(Matrix),
    /// R27: a share of profit.
    ProfitShare(ProfitShare),
    /// R15: on the sales of the downline.
    Override(Override),
    /// R11: what is missing to a guarantee.
    Guarantee(Guarantee),
    /// R12: an advance.
    Draw(Draw),
}

impl Reward {
    /// What sort of rule, for traces. Example: "R01 marginal".
    #[must_use]
    pub fn rule_type(&self) -> &'static str {
        match self {
            Self::Marginal(_) => "R01 marginal",
            Self::WholeVolume(_) => "R02 whole volume",
            Self::Growth(g) => match g.on {
                GrowthOn::Increment => "R05 growth, on the increment",
                GrowthOn::Whole => "R05 growth, on the whole",
            },
            Self::PerFact(_) => "R00 per fact",
            Self::Curve(_) => "R07 curve",
            Self::Step(_) => "R06 step",
            Self::Matrix(_) => "IC-06 matrix",
            Self::ProfitShare(_) => "R27 profit share",
            Self::Override(_) => "R15 override",
            Self::Guarantee(_) => "R11 guarantee",
            Self::Draw(_) => "R12 draw",
        }
    }

    /// The table of tiers, for a reward over one.
    #[must_use]
    pub fn table(&self) -> Option<&TierTable> {
        match self {
            Self::Marginal(m) => Some(&m.table),
            Self::WholeVolume(w) => Some(&w.table),
            Self::Growth(g) => Some(&g.table),
            Self::PerFact(p) => p.table.as_ref(),
            _ => None,
        }
    }

    /// Whether it looks at what other rules earned instead of a measure.
    #[must_use]
    pub fn is_on_earnings(&self) -> bool {
        matches!(self, Self::Guarantee(_) | Self::Draw(_))
    }
}

/// R01, graduated: Σ rateᵢ · max(0, min(x, toᵢ) − fromᵢ) + Σ flats of entered tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marginal {
    /// The tiers.
    pub table: TierTable,
    /// Whether the flat of the first tier is due when the measure is 0.
    #[serde(default)]
    pub first_flat_at_zero: bool,
    /// R03: the rate reached is paid from further back, as a line of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retrospective: Option<Retrospective>,
}

/// R03: from where the rate of the reached tier is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retrospective {
    /// From the first unit.
    FirstUnit,
    /// From the start of the lowest tier that has a rate above 0.
    LowestBracket,
    /// From the measure of the same period last year; without it from the first unit.
    StartOfGrowth,
    /// From a given point, at or above 0.
    #[serde(with = "decimal")]
    Point(Decimal),
}

/// R02, retroactive: rateₖ · x + flatₖ, k the tier that holds x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeVolume {
    /// The tiers.
    pub table: TierTable,
    /// What the rate is paid on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub paid_on: PaidOn,
}

/// What a rate is paid on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidOn {
    /// The measure.
    #[default]
    Measure,
    /// The rule's target.
    Target,
    /// A given amount, above 0.
    #[serde(with = "decimal")]
    Amount(Decimal),
}

/// R05: the growth g = (x − base) ÷ base picks the tier; its rate is paid on the increment x − base or on the whole x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Against what.
    pub base: GrowthBase,
    /// The base for [`GrowthBase::Given`] and for [`NoBasePolicy::DefaultBase`]; above 0.
    #[serde(default, with = "optional_decimal")]
    pub given_base: Option<Decimal>,
    /// On what the rate is paid.
    pub on: GrowthOn,
    /// Tiers over growth as a ratio. Growth below the first edge earns nothing.
    pub table: TierTable,
    /// What a partner without any fact in the base window earns.
    pub no_base: NoBasePolicy,
    /// What a partner earns whose base is 0 or below.
    pub non_positive_base: NonPositiveBasePolicy,
    /// The figure for [`GrowthBase::Figure`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub base_figure: String,
}

/// Against what growth is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GrowthBase {
    /// The same period one year earlier.
    SamePeriodLastYear,
    /// The period just before.
    PriorPeriod,
    /// The given base.
    Given,
    /// The sum of a figure over the same period one year earlier.
    Figure,
}

/// On what a growth rate is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GrowthOn {
    /// On x − base.
    Increment,
    /// On x.
    Whole,
}

/// What a partner without a base earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoBasePolicy {
    /// No line.
    Skip,
    /// As if the base were the given one.
    DefaultBase,
}

/// What a partner with a base of 0 or below earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NonPositiveBasePolicy {
    /// A line of 0.00 that says why.
    Nothing,
    /// The rate of the highest tier: growth is without bound.
    TopTier,
}

/// A table of tiers without gaps or overlaps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierTable {
    /// The tiers, lowest first, 1 to 100. Each begins where the one before ends; the last one is open.
    pub tiers: Vec<Tier>,
    /// To which tier a value exactly on an edge belongs.
    #[serde(default)]
    pub edge_side: EdgeSide,
    /// What the edges are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub edge_scale: EdgeScale,
}

/// What the edges of a table are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EdgeScale {
    /// Values of the measure.
    #[default]
    Absolute,
    /// Shares of the rule's target (R09).
    ShareOfTarget,
}

/// One tier: from its lower edge to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Lower edge.
    #[serde(with = "decimal")]
    pub from: Decimal,
    /// Upper edge; unset: the lower edge of the next tier.
    #[serde(default, with = "optional_decimal")]
    pub to: Option<Decimal>,
    /// Rate: 0 to 1 on money, any amount ≥ 0 per unit on quantities and counts.
    #[serde(default, with = "decimal")]
    pub rate: Decimal,
    /// Fixed amount for having entered the tier, in the line's currency.
    #[serde(default, with = "decimal")]
    pub flat: Decimal,
    /// The side of this tier's lower edge, where it differs from the table's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub edge_side: Option<EdgeSide>,
}

/// To which tier an edge belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EdgeSide {
    /// The edge belongs to the upper tier.
    #[default]
    LowerInclusive,
    /// The edge belongs to the lower tier.
    UpperInclusive,
}
