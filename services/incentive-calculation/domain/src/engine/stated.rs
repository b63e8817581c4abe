//! What earlier periods stated.

use tributary_core::{Date, Exact};

use super::{StatedLine, context::Context};
use crate::{explain::own::SHARE, plan::Rule};

impl<'a> Context<'a> {
    /// The payee's stated lines of a rule in the line's currency that end before the period, ascending.
    pub fn stated(&self, rule: &Rule) -> impl Iterator<Item = &'a StatedLine> {
        let (currency, period) = (self.currency, self.when().days());
        let key = (self.payee, self.plan.slot.clone(), rule.id.clone());
        let list = self.inputs.stated.0.get(&key).into_iter().flatten();
        list.filter(move |line| line.amount.currency == currency && line.to <= period.0 && line.part != SHARE)
    }

    /// Those of periods that begin on a day or later.
    pub fn stated_since(&self, rule: &Rule, from: Date) -> impl Iterator<Item = &'a StatedLine> {
        self.stated(rule).filter(move |line| from <= line.from)
    }

    /// What the newest stated line of a rule carried on, at or above 0.
    pub fn carried(&self, rule: &Rule) -> Option<(Exact, &'a StatedLine)> {
        let line = self.stated(rule).filter(|line| line.part.is_empty()).last()?;
        let carried = if line.carried.is_negative() { -line.carried.clone() } else { line.carried.clone() };
        (!carried.is_zero()).then_some((carried, line))
    }
}

/// A stated amount, exactly.
pub(super) fn exact(line: &StatedLine) -> Exact {
    Exact::from_scaled(i128::from(line.amount.value), line.amount.currency.exponent())
}

/// The period of a stated line in words.
pub(super) fn when(line: &StatedLine) -> String {
    format!("{} to {}", line.from, line.to.plus_days(-1))
}
