//! One rule of a plan: a measure, what it earns, and what modifies that.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Period};

use super::{Gate, Hold, InKind, Limits, Measure, Multiplier, NegativeMeasure, Proration, Reward, Split, Target};
use crate::canonical::is_default;

/// One rule of a plan. Modifiers follow the reward in this order: gates → rate → multipliers → proration → limits of
/// period and year → shared caps → rounding → split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id, unique in the plan.
    pub id: String,
    /// Name for people, shown on the statement.
    #[serde(default)]
    pub title: String,
    /// What the rule looks at; `None` for a guarantee or a draw only.
    #[serde(default)]
    pub measure: Option<Measure>,
    /// What a measure below zero earns.
    pub negative_measure: NegativeMeasure,
    /// What it earns.
    pub reward: Reward,
    /// What attainment is measured against.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: Option<Target>,
    /// R08: conditions without which the rule earns nothing, or less.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gates: Vec<Gate>,
    /// R09: factors on what the reward gives.
    #[serde(default, skip_serializing_if = "is_default")]
    pub multipliers: Vec<Multiplier>,
    /// R16: a share of the money for a part of the period.
    #[serde(default, skip_serializing_if = "is_default")]
    pub proration: Proration,
    /// R10: least and most, per payee.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// R04: pays what the window earns less what earlier periods stated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub less_stated: bool,
    /// R14: the line's amount goes to several payees.
    #[serde(default, skip_serializing_if = "is_default")]
    pub split: Option<Split>,
    /// R29: the reward counts pieces of a good instead of money.
    #[serde(default, skip_serializing_if = "is_default")]
    pub in_kind: Option<InKind>,
    /// R21: until when the line is withheld.
    #[serde(default, skip_serializing_if = "is_default")]
    pub holds: Vec<Hold>,
    /// R17: first day of a period that the rule may pay; unset: the plan's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub effective_from: Option<Date>,
    /// R17: first day it no longer pays; unset: the plan's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub effective_to: Option<Date>,
}

impl Rule {
    /// A rule without modifiers.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        measure: Option<Measure>,
        negative_measure: NegativeMeasure,
        reward: Reward,
    ) -> Self {
        Self {
            id: id.into(),
            title: String::new(),
            measure,
            negative_measure,
            reward,
            target: None,
            gates: Vec::new(),
            multipliers: Vec::new(),
            proration: Proration::default(),
            limits: Limits::default(),
            less_stated: false,
            split: None,
            in_kind: None,
            holds: Vec::new(),
            effective_from: None,
            effective_to: None,
        }
    }

    /// Whether the rule pays for a period: the period lies wholly inside the rule's bounds (R17).
    #[must_use]
    pub fn takes_part(&self, period: Period) -> bool {
        self.effective_from.is_none_or(|from| from <= period.from())
            && self.effective_to.is_none_or(|to| period.to() <= to)
    }
}
