//! Which plan of a slot pays a payee, and for how many days (R16).

use tributary_core::{Date, Fault};

use super::{Engine, Payee, PlanInRun, windows::shared};
use crate::{
    assignment::{Attributes, winner},
    plan::{PlanSpec, Proration},
    trace::AttributeTrace,
};

/// A plan that pays a payee.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// Index of the plan.
    pub plan: usize,
    /// The attribute that decided.
    pub decided_by: Option<AttributeTrace>,
    /// Whether it wins on the last day of the period: rules that are not cut at a change then pay the whole.
    pub at_end: bool,
    /// Days of membership on which it wins.
    pub days: u32,
    /// The first day on which it no longer wins; `None`: it wins to the end of the period.
    pub until: Option<Date>,
}

impl Engine {
    /// Indexes of the plans of each slot, slots in the order of their first plan.
    pub(super) fn slots(&self) -> Vec<Vec<usize>> {
        let mut slots: Vec<(&str, Vec<usize>)> = Vec::new();
        for (index, plan) in self.plans.iter().enumerate() {
            match slots.iter_mut().find(|(slot, _)| *slot == plan.slot) {
                Some((_, plans)) => plans.push(index),
                None => slots.push((&plan.slot, vec![index])),
            }
        }
        slots.into_iter().map(|(_, plans)| plans).collect()
    }

    /// The plans of one slot that pay a payee: the winner at the end of the period, and where a rule pays by the days of
    /// its assignment, whoever won on a day before.
    pub(super) fn turns(&self, candidates: &[usize], payee: &Payee) -> Result<Vec<Turn>, Fault> {
        let days = self.when.days();
        let mut turns: Vec<Turn> = Vec::new();
        if self.cut_at_changes(candidates) {
            for span in &payee.history {
                let span_days = (span.from.max(days.0), span.to.min(days.1));
                if span_days.0 >= span_days.1 {
                    continue;
                }
                if let Some((plan, decided_by)) = self.winner(candidates, &span.attributes)? {
                    let member = member_days(payee, span_days);
                    let until = (span_days.1 < days.1).then_some(span_days.1);
                    match turns.iter_mut().find(|turn| turn.plan == plan) {
                        Some(turn) => (turn.days, turn.until) = (turn.days.saturating_add(member), until),
                        None => turns.push(Turn { plan, decided_by, at_end: false, days: member, until }),
                    }
                }
            }
        }
        if let Some((plan, decided_by)) = self.winner(candidates, &payee.attributes)? {
            match turns.iter_mut().find(|turn| turn.plan == plan) {
                Some(turn) => (turn.at_end, turn.until, turn.decided_by) = (true, None, decided_by),
                None => {
                    let member = if payee.history.is_empty() { member_days(payee, days) } else { 0 };
                    turns.push(Turn { plan, decided_by, at_end: true, days: member, until: None });
                }
            }
        }
        turns.sort_by_key(|turn| turn.plan);
        Ok(turns)
    }

    fn cut_at_changes(&self, candidates: &[usize]) -> bool {
        let plans = candidates.iter().filter_map(|i| self.plans.get(*i));
        plans.flat_map(|plan| &plan.spec.rules).any(|rule| rule.proration == Proration::AssignmentDays)
    }

    fn winner(
        &self,
        candidates: &[usize],
        payee: &Attributes,
    ) -> Result<Option<(usize, Option<AttributeTrace>)>, Fault> {
        let plans: Vec<(usize, &PlanInRun)> =
            candidates.iter().filter_map(|i| self.plans.get(*i).map(|plan| (*i, plan))).collect();
        let named: Vec<(&str, &PlanSpec)> = plans.iter().map(|(_, p)| (p.version_name.as_str(), &p.spec)).collect();
        let won = winner(&named, payee)?;
        Ok(won.and_then(|(at, won)| plans.get(at).map(|(index, _)| (*index, won.decided_by(payee)))))
    }
}

/// The days of a span on which a payee was a member.
pub(super) fn member_days(payee: &Payee, span: (Date, Date)) -> u32 {
    match &payee.membership {
        None => shared(span, span),
        Some(spans) => spans.iter().map(|member| shared(*member, span)).sum(),
    }
}
