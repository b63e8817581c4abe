//! What rules earn: tier tables and the three rewards over them.

use serde::{Deserialize, Serialize};
use tributary_core::Decimal;

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
        }
    }

    /// The table of tiers.
    #[must_use]
    pub fn table(&self) -> &TierTable {
        match self {
            Self::Marginal(m) => &m.table,
            Self::WholeVolume(w) => &w.table,
            Self::Growth(g) => &g.table,
        }
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
}

/// R02, retroactive: rateₖ · x + flatₖ, k the tier that holds x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeVolume {
    /// The tiers.
    pub table: TierTable,
}

/// R05: the growth g = (x − base) ÷ base picks the tier; its rate is paid on the increment x − base or on the whole x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Against what.
    pub base: GrowthBase,
    /// The base for [`GrowthBase::Given`] and for [`NoBasePolicy::DefaultBase`]; above 0.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub given_base: Option<Decimal>,
    /// On what the rate is paid.
    pub on: GrowthOn,
    /// Tiers over growth as a ratio. Growth below the first edge earns nothing.
    pub table: TierTable,
    /// What a partner without any fact in the base window earns.
    pub no_base: NoBasePolicy,
    /// What a partner earns whose base is 0 or below.
    pub non_positive_base: NonPositiveBasePolicy,
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
}

/// One tier: from its lower edge to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Lower edge.
    #[serde(with = "crate::canonical::decimal")]
    pub from: Decimal,
    /// Upper edge; unset: the lower edge of the next tier.
    #[serde(default, with = "crate::canonical::optional_decimal")]
    pub to: Option<Decimal>,
    /// Rate: 0 to 1 on money, any amount ≥ 0 per unit on quantities and counts.
    #[serde(default, with = "crate::canonical::decimal")]
    pub rate: Decimal,
    /// Fixed amount for having entered the tier, in the line's currency.
    #[serde(default, with = "crate::canonical::decimal")]
    pub flat: Decimal,
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
