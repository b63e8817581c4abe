//! Which closed periods depend on an earlier one beyond its facts: rules that build on stated lines.

use std::collections::BTreeSet;

use tributary_core::{Date, Exact, MinorAmount};

use crate::{
    engine::{PlanInRun, Stated, StatedLine},
    plan::{NegativeMeasure, Reward, Rule},
};

/// Whether lines of earlier periods decide under these plans: what they carried on, what they count against a cap or a
/// floor of the year, what they drew. A closed period under such plans is recomputed when an earlier one changed.
#[must_use]
pub fn builds_on_stated(plans: &[PlanInRun]) -> bool {
    plans.iter().any(|plan| {
        plan.spec.shared_caps.iter().any(|cap| cap.yearly) || plan.spec.rules.iter().any(rule_builds_on_stated)
    })
}

fn rule_builds_on_stated(rule: &Rule) -> bool {
    let reward = match &rule.reward {
        Reward::Draw(_) => true,
        Reward::ProfitShare(share) => share.carry_losses,
        _ => false,
    };
    reward
        || rule.negative_measure == NegativeMeasure::Carry
        || rule.limits.year_cap.is_some()
        || rule.limits.year_floor.is_some()
}

/// The rules (slot, id) that pay what their window earns less what was stated (R04). They settle late facts by their
/// own formula, in the open period.
#[must_use]
pub fn formulas(plans: &[PlanInRun]) -> BTreeSet<(String, String)> {
    let of = |plan: &PlanInRun| {
        let slot = plan.slot.clone();
        let rules = plan.spec.rules.iter().filter(|rule| rule.less_stated);
        rules.map(|rule| (slot.clone(), rule.id.clone())).collect::<Vec<_>>()
    };
    plans.iter().flat_map(of).collect()
}

/// A closed period as it comes out now: later periods build on these lines, because the true-up states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    /// First day.
    pub from: Date,
    /// First day after it.
    pub to: Date,
    /// Its lines.
    pub lines: Vec<RecomputedLine>,
    /// The rules whose stated lines count as they were stated (R04).
    pub formulas: BTreeSet<(String, String)>,
}

/// A line as it comes out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecomputedLine {
    /// The payee, resource name.
    pub partner: String,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule.
    pub part: String,
    /// The amount.
    pub amount: MinorAmount,
    /// What it hands on.
    pub carried: Exact,
}

impl Recomputed {
    /// Puts these lines in the place of those that the period stated. `number` gives the number of a payee, `None` for
    /// one that does not take part.
    pub fn lay_over(&self, stated: &mut Stated, number: impl Fn(&str) -> Option<u32>) {
        let replaced = |slot: &str, rule: &str| !self.formulas.contains(&(slot.to_owned(), rule.to_owned()));
        for ((_, slot, rule), lines) in &mut stated.0 {
            if replaced(slot, rule) {
                lines.retain(|line| (line.from, line.to) != (self.from, self.to));
            }
        }
        for line in self.lines.iter().filter(|line| replaced(&line.slot, &line.rule)) {
            let Some(payee) = number(&line.partner) else { continue };
            let lines = stated.0.entry((payee, line.slot.clone(), line.rule.clone())).or_default();
            let at = lines.partition_point(|other| (other.from, other.to) <= (self.from, self.to));
            lines.insert(
                at,
                StatedLine {
                    from: self.from,
                    to: self.to,
                    part: line.part.clone(),
                    amount: line.amount,
                    carried: line.carried.clone(),
                    source: format!("recomputed from {} to {}", self.from, self.to.plus_days(-1)),
                },
            );
        }
        stated.0.retain(|_, lines| !lines.is_empty());
    }
}
