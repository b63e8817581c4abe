//! Modifiers in their order: gates → multipliers → proration → limits of period and year.

use tributary_core::Exact;

use crate::{plan::Rule, trace::StepTrace};

/// What the modifiers of a rule are asked with, looked up for one payee and currency.
#[derive(Debug, Clone, Default)]
pub struct Modifiers {
    /// Per gate: whether it holds.
    pub gates: Vec<bool>,
    /// Per multiplier: its indicator; `None`: missing.
    pub indicators: Vec<Option<Exact>>,
    /// The days that count and the days of the period, for a prorated rule.
    pub days: Option<(u32, u32)>,
    /// What earlier periods of the year stated under this rule.
    pub stated_in_year: Exact,
    /// Whether this is the last period of its year.
    pub last_of_year: bool,
}

/// An amount after its modifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modified {
    /// The amount.
    pub exact: Exact,
    /// What each modifier did, with before and after.
    pub steps: Vec<StepTrace>,
}

/// Applies the modifiers of a rule to what its reward gave. Every modifier that the rule has leaves a step, also one
/// that changed nothing.
#[must_use]
pub fn modify(_rule: &Rule, exact: &Exact, _modifiers: &Modifiers) -> Modified {
    Modified { exact: exact.clone(), steps: Vec::new() }
}
