//! What modifies a reward: gates, factors, limits, splits, goods, holds, shared caps.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Decimal};

use super::{Condition, Indicator};
use crate::canonical::{decimal, is_default, optional_decimal};

/// R08: a condition without which the rule earns nothing, or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Why, for the statement.
    #[serde(default)]
    pub title: String,
    /// What must hold.
    pub when: Condition,
    /// What is left of the reward when it does not hold, 0 to 1.
    #[serde(default, with = "decimal")]
    pub otherwise: Decimal,
}

/// R09: a factor on what the reward gives, by an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiplier {
    /// Why, for the statement.
    #[serde(default)]
    pub title: String,
    /// What decides.
    pub by: Indicator,
    /// Factors, lowest first. Below the first the factor is 1.
    pub steps: Vec<FactorStep>,
    /// Whether the factor runs linearly between the steps instead of jumping.
    #[serde(default)]
    pub linear: bool,
    /// What a missing indicator does.
    pub missing: MissingIndicator,
}

/// From where a factor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorStep {
    /// From this value of the indicator on.
    #[serde(with = "decimal")]
    pub from: Decimal,
    /// The factor, at or above 0.
    #[serde(with = "decimal")]
    pub factor: Decimal,
}

/// What a missing indicator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MissingIndicator {
    /// The rule earns nothing.
    Nothing,
    /// The factor is 1.
    Neutral,
}

/// R16: a share of the money for a part of the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Proration {
    /// Attributes and membership at the end of the period decide on the whole.
    #[default]
    None,
    /// By the days on which the payee was a member, of all days of the period.
    MembershipDays,
    /// By the days on which the plan's assignments fit the payee and it was a member.
    AssignmentDays,
}

/// R10: least and most that a rule gives a payee, in the line's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most in a period.
    #[serde(default, with = "optional_decimal")]
    pub period_cap: Option<Decimal>,
    /// The least in a period in which the rule gives a line.
    #[serde(default, with = "optional_decimal")]
    pub period_floor: Option<Decimal>,
    /// The most in the period's year, with what earlier periods of the year stated.
    #[serde(default, with = "optional_decimal")]
    pub year_cap: Option<Decimal>,
    /// The least in the period's year, made up in its last period.
    #[serde(default, with = "optional_decimal")]
    pub year_floor: Option<Decimal>,
}

/// R14: the amount goes to several payees in proportion to weights; the parts always sum to the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The shares, 2 to 50.
    pub shares: Vec<SplitShare>,
    /// A figure of the fact's partner that is taken off the pool before it is split; empty: none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub less_figure: String,
}

/// A share of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitShare {
    /// Who gets it.
    pub payee: SharePayee,
    /// In which proportion.
    pub share: ShareOf,
    /// The least this payee gets of the pool.
    #[serde(default, with = "optional_decimal")]
    pub minimum: Option<Decimal>,
}

/// Who gets a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharePayee {
    /// The partner of the facts.
    Own,
    /// Another partner, by resource name.
    Partner(String),
}

/// In which proportion a share is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareOf {
    /// A fixed weight.
    Weight(u64),
    /// The newest value of a figure of the payee inside the period; missing: 0.
    WeightFigure(String),
}

/// R29: the reward counts pieces of a good instead of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InKind {
    /// What is given.
    pub sort: InKindSort,
    /// Which one.
    pub item: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// Value of one piece, at or above 0, in the line's currency.
    #[serde(with = "decimal")]
    pub unit_value: Decimal,
}

/// What sort of thing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InKindSort {
    /// Goods that become the payee's.
    Goods,
    /// Equipment that is lent.
    Loan,
    /// Places in a training.
    Training,
    /// Another reward, such as a journey.
    Reward,
}

impl InKindSort {
    /// Name as in the API without its prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Goods => "GOODS",
            Self::Loan => "LOAN",
            Self::Training => "TRAINING",
            Self::Reward => "REWARD",
        }
    }
}

/// R21: until when a line is withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Why, for the statement.
    #[serde(default)]
    pub title: String,
    /// Until when.
    pub until: HoldUntil,
}

/// Until when a line is withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldUntil {
    /// So many days after the end of the period.
    Days(u32),
    /// Until a condition holds.
    Condition(Box<Condition>),
}

/// R10: a bound on what several rules give, over all payees or each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedCap {
    /// Id, unique in the plan.
    pub id: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// The rules; empty: all of the plan.
    #[serde(default)]
    pub rules: Vec<String>,
    /// The most they give together.
    #[serde(with = "decimal")]
    pub amount: Decimal,
    /// The currency of the amount. Lines in other currencies are not bounded by it.
    pub currency: Currency,
    /// Over whom.
    pub scope: CapScope,
    /// Whether it holds for the year instead of for each period.
    #[serde(default)]
    pub yearly: bool,
}

/// Over whom a shared cap runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CapScope {
    /// All payees of the plan together: a budget or fund.
    Plan,
    /// Each payee.
    Payee,
}
