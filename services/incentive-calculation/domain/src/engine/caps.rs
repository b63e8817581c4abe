//! R10: shared caps, cut pro rata by largest remainder over the rounded lines of a plan.

use std::collections::BTreeMap;

use tributary_core::{Exact, MinorAmount, Rounding};

use super::{Engine, Inputs, PlanInRun, earned::ADVANCE, line::Draft};
use crate::{
    explain::own::{SHARE, SHARED_CAP},
    plan::{CapScope, SharedCap},
    split::cut_pro_rata,
    trace::StepTrace,
};

impl Engine {
    /// Applies the shared caps of all plans, each in its declared order.
    pub(super) fn cap(&self, inputs: &Inputs, drafts: &mut [Draft]) {
        for (index, plan) in self.plans.iter().enumerate() {
            for cap in &plan.spec.shared_caps {
                // One group over all payees, or one each.
                let mut groups: BTreeMap<Option<u32>, Vec<&mut Draft>> = BTreeMap::new();
                for draft in drafts.iter_mut().filter(|d| d.plan == index && bounded(plan, cap, d)) {
                    let payee = Some(draft.line.payee).filter(|_| cap.scope == CapScope::Payee);
                    groups.entry(payee).or_default().push(draft);
                }
                for (payee, group) in groups {
                    self.cut(inputs, plan, cap, payee, group);
                }
            }
        }
    }

    fn cut(&self, inputs: &Inputs, plan: &PlanInRun, cap: &SharedCap, payee: Option<u32>, group: Vec<&mut Draft>) {
        let digits = cap.currency.exponent();
        let bound = Exact::from(cap.amount).round_to(digits, Rounding::HalfAwayFromZero).unwrap_or(i64::MAX);
        let stated = if cap.yearly { self.stated_under(inputs, plan, cap, payee) } else { 0 };
        let left = i64::try_from(i128::from(bound).saturating_sub(stated).max(0)).unwrap_or(i64::MAX);
        let amounts: Vec<i64> = group.iter().map(|d| d.line.amount.value).collect();
        let cut = cut_pro_rata(&amounts, left);
        let total: i128 = amounts.iter().copied().map(i128::from).sum();
        let show = |value: i128| {
            i64::try_from(value)
                .map_or_else(|_| value.to_string(), |value| MinorAmount { currency: cap.currency, value }.to_string())
        };
        let title = if cap.title.is_empty() { &cap.id } else { &cap.title };
        let earlier = if cap.yearly {
            format!(", of which earlier periods of the year stated {}", show(stated))
        } else {
            String::new()
        };
        for (draft, after) in group.into_iter().zip(cut) {
            let before = draft.line.exact.clone();
            let taken = draft.line.amount.value.saturating_sub(after);
            if taken != 0 {
                set(draft, Exact::from_scaled(i128::from(after), digits), after);
                if let Some(open) = draft.line.trace.carried.as_mut().filter(|_| draft.line.part == ADVANCE) {
                    // What is not advanced need not be paid back.
                    *open = (open.clone() - Exact::from_scaled(i128::from(taken), digits)).max(Exact::zero());
                }
            }
            let reason = format!(
                "{title:?} lets the rules it bounds give {} together{earlier}; they come to {}",
                show(i128::from(bound)),
                show(total)
            );
            let after = draft.line.exact.clone();
            draft.line.trace.steps.push(StepTrace { name: format!("{SHARED_CAP} {}", cap.id), before, after, reason });
        }
    }

    /// What earlier periods of the year stated under the rules of a cap, in minor units.
    fn stated_under(&self, inputs: &Inputs, plan: &PlanInRun, cap: &SharedCap, payee: Option<u32>) -> i128 {
        let (year, period) = (self.when.year.0, self.when.days().0);
        let under = |slot: &String, rule: &String| {
            *slot == plan.slot
                && (cap.rules.contains(rule) || (cap.rules.is_empty() && plan.spec.rules.iter().any(|r| r.id == *rule)))
        };
        // Of one payee, or of everybody: keys begin with the payee.
        let from = (payee.unwrap_or(0), String::new(), String::new());
        let lists = inputs.stated.0.range(from..);
        let lists = lists.take_while(|((who, _, _), _)| payee.is_none_or(|payee| payee == *who));
        let lists = lists.filter(|((_, slot, rule), _)| under(slot, rule));
        let lines = lists.flat_map(|(_, lines)| lines).filter(|line| {
            line.amount.currency == cap.currency
                && year <= line.from
                && line.to <= period
                && (payee.is_none() || line.part != SHARE)
        });
        lines.map(|line| i128::from(line.amount.value)).sum()
    }
}

/// Whether a cap bounds a line.
fn bounded(plan: &PlanInRun, cap: &SharedCap, draft: &Draft) -> bool {
    draft.line.amount.currency == cap.currency
        && (cap.rules.is_empty() || cap.rules.contains(&draft.line.rule))
        && plan.spec.rules.get(draft.rule).is_some_and(|rule| rule.in_kind.is_none())
}

/// Gives a line another amount.
pub(super) fn set(draft: &mut Draft, exact: Exact, value: i64) {
    draft.line.amount.value = value;
    draft.line.trace.amount.value = value;
    draft.line.trace.exact = exact.clone();
    draft.line.exact = exact;
}
