//! Modifiers in their order: gates → multipliers → proration → limits of period and year.

use tributary_core::Exact;

use super::{
    earnings::prorated,
    parts::{step, text},
};
use crate::{
    plan::{FactorStep, Gate, MissingIndicator, Multiplier, Rule},
    trace::StepTrace,
};

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

impl Modified {
    fn then(&mut self, name: &str, after: Exact, reason: String) {
        self.steps.push(step(name, &self.exact, &after, reason));
        self.exact = after;
    }
}

/// Applies the modifiers of a rule to what its reward gave. Every modifier that the rule has leaves a step, also one
/// that changed nothing. A gate or an indicator that was not looked up counts as not holding or missing.
#[must_use]
pub fn modify(rule: &Rule, exact: &Exact, modifiers: &Modifiers) -> Modified {
    let mut amount = Modified { exact: exact.clone(), steps: Vec::new() };
    for (i, gate) in rule.gates.iter().enumerate() {
        pass(&mut amount, gate, modifiers.gates.get(i).copied().unwrap_or(false));
    }
    for (i, multiplier) in rule.multipliers.iter().enumerate() {
        multiply(&mut amount, multiplier, modifiers.indicators.get(i).and_then(Option::as_ref));
    }
    if let Some((days, of)) = modifiers.days {
        let after = prorated(&amount.exact, (days, of));
        amount.then("proration", after, format!("{days} of {of} days of the period count"));
    }
    limit(&mut amount, rule, modifiers);
    amount
}

/// R08.
fn pass(amount: &mut Modified, gate: &Gate, holds: bool) {
    let title = titled(&gate.title);
    if holds {
        return amount.then("gate", amount.exact.clone(), format!("the condition{title} holds"));
    }
    let left = gate.otherwise.normalize();
    let after = amount.exact.clone() * left.into();
    let reason = if left.is_zero() {
        format!("the condition{title} does not hold, so nothing is earned")
    } else {
        format!("the condition{title} does not hold, so {left} of it is left")
    };
    amount.then("gate", after, reason);
}

/// R09.
fn multiply(amount: &mut Modified, multiplier: &Multiplier, indicator: Option<&Exact>) {
    let title = titled(&multiplier.title);
    let Some(value) = indicator else {
        return match multiplier.missing {
            MissingIndicator::Nothing => {
                amount.then(
                    "multiplier",
                    Exact::zero(),
                    format!("the indicator{title} is missing, so nothing is earned"),
                );
            }
            MissingIndicator::Neutral => {
                let reason = format!("the indicator{title} is missing, so the factor is 1");
                amount.then("multiplier", amount.exact.clone(), reason);
            }
        };
    };
    let factor = factor(multiplier, value);
    let after = amount.exact.clone() * factor.clone();
    amount.then(
        "multiplier",
        after,
        format!("the indicator{title} is {}, so the factor is {}", text(value), text(&factor)),
    );
}

/// The factor at a value: 1 below the first step, then that of the last step reached or the line to the next one.
fn factor(multiplier: &Multiplier, value: &Exact) -> Exact {
    let steps = &multiplier.steps;
    let Some(last) = steps.iter().rposition(|s| Exact::from(s.from) <= *value) else { return Exact::from(1) };
    let at = |i: usize| steps.get(i).map(|s: &FactorStep| (Exact::from(s.from), Exact::from(s.factor)));
    let (from, factor) = at(last).unwrap_or_default();
    match at(last.saturating_add(1)).filter(|_| multiplier.linear) {
        None => factor,
        Some((to, next)) => {
            let share = (value.clone() - from.clone()).checked_div(&(to - from)).unwrap_or_default();
            factor.clone() + (next - factor) * share
        }
    }
}

/// R10: the most and the least of the period, then of the year.
fn limit(amount: &mut Modified, rule: &Rule, modifiers: &Modifiers) {
    let limits = &rule.limits;
    let stated = &modifiers.stated_in_year;
    let earlier = format!("earlier periods of the year stated {}", text(stated));
    if let Some(cap) = limits.period_cap {
        let after = amount.exact.clone().min(cap.into());
        amount.then("period cap", after, format!("at most {} in a period", cap.normalize()));
    }
    if let Some(floor) = limits.period_floor {
        let after = amount.exact.clone().max(floor.into());
        amount.then("period floor", after, format!("at least {} in a period", floor.normalize()));
    }
    if let Some(cap) = limits.year_cap {
        let left = Exact::from(cap) - stated.clone();
        let reason = format!("at most {} in a year; {earlier}, so at most {} is left", cap.normalize(), text(&left));
        amount.then("year cap", amount.exact.clone().min(left), reason);
    }
    if let Some(floor) = limits.year_floor {
        let missing = Exact::from(floor) - stated.clone();
        let least = format!("at least {} in a year", floor.normalize());
        let (after, reason) = if modifiers.last_of_year {
            let after = amount.exact.clone().max(missing.clone());
            (after, format!("{least}; {earlier}, so this last period gives at least {}", text(&missing)))
        } else {
            (amount.exact.clone(), format!("{least}, made up in its last period"))
        };
        amount.then("year floor", after, reason);
    }
}

fn titled(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!(" {title:?}") }
}
