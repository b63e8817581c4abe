//! The one code path that turns facts into lines: preview, what-if, example and final run all come here.

mod inputs;
mod layout;
mod line;
mod needs;
mod selection;
mod sums;
mod types;

use std::collections::BTreeSet;

use tributary_core::{Currency, Date, Fault, Period};

pub use inputs::{AttributeSpan, Figure, Figures, Inputs, Link, Payee, Rate, Rates, Stated, StatedLine, Tree};
pub use needs::Needs;
pub use selection::{Selection, base_window, measure_window};
pub use types::{HoldReason, InKindAmount, LineResult, MeasuredFact, PlanInRun};

use crate::{
    assignment::{Assignment, Attributes, winner},
    plan::PlanSpec,
    trace::{AttributeTrace, NotFired},
};
use layout::{Cell, Cells, RuleAt, lay_out};
use line::{Context, Fired};

/// Adds facts up and gives lines. One engine measures any number of payees; engines over disjoint sets of payees can be
/// merged.
#[derive(Debug, Clone)]
pub struct Engine {
    period: Period,
    year: (Date, Date),
    plans: Vec<PlanInRun>,
    /// Per plan, per rule: where its totals are.
    rules: Vec<Vec<RuleAt>>,
    selections: Vec<Selection>,
    cells: Cells,
    #[cfg(debug_assertions)]
    last_key: Option<(String, String)>,
}

impl Engine {
    /// An engine for one period of its own year, see [`Self::in_year`].
    #[must_use]
    pub fn new(period: Period, plans: Vec<PlanInRun>) -> Self {
        Self::in_year(period, period.year(), plans)
    }

    /// An engine for one period of a year (first day and first day after; a fiscal calendar has its own). `plans` come in
    /// the order of the programme's slots. Those whose effective bounds do not hold the period wholly pay nothing; they
    /// only say at which rate an earlier sale was paid when a return takes that back (R13).
    #[must_use]
    pub fn in_year(period: Period, year: (Date, Date), mut plans: Vec<PlanInRun>) -> Self {
        plans.retain(|plan| plan.spec.takes_part(period));
        let (selections, rules) = lay_out(period, &plans);
        Self {
            period,
            year,
            plans,
            rules,
            selections,
            cells: Cells::new(),
            #[cfg(debug_assertions)]
            last_key: None,
        }
    }

    /// The plans that take part.
    pub fn plans(&self) -> impl Iterator<Item = &PlanInRun> {
        self.plans.iter()
    }

    /// The half-open windows of days whose facts are needed, ascending and merged: the period and the growth bases.
    #[must_use]
    pub fn windows(&self) -> Vec<(Date, Date)> {
        let mut windows: Vec<(i64, i64)> = self.selections.iter().map(Selection::window).collect();
        windows.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (from, to) in windows {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged.into_iter().map(|(from, to)| (Date::from_days(from), Date::from_days(to))).collect()
    }

    /// What [`Inputs`] must hold for the plans that take part.
    #[must_use]
    pub fn needs(&self) -> Needs {
        Needs::of(self.plans(), self.year)
    }

    /// Keys (source system, source id) of sales that returns name and that were not among the facts: they lie before the
    /// windows. Ask after all facts are in; give those that exist to [`Self::absorb_sale`], in any order. Empty for plans
    /// without per-fact rules.
    #[must_use]
    pub fn wanted_sales(&self) -> BTreeSet<(String, String)> {
        BTreeSet::new()
    }

    /// Takes in a sale that a return names and that lies before the windows: it is only looked up, never counted (R13).
    pub fn absorb_sale(&mut self, _sale: &MeasuredFact<'_>) {}

    /// Takes a fact in. Facts must come in ascending bytes order of (source_system, source_id), because digests run over
    /// them (asserted in debug builds); facts that no rule counts are ignored.
    pub fn absorb(&mut self, fact: &MeasuredFact<'_>) {
        #[cfg(debug_assertions)]
        self.assert_order(fact);
        let mut matching = self.selections.iter().enumerate().filter(|(_, s)| s.matches(fact)).peekable();
        if matching.peek().is_none() {
            return;
        }
        let width = self.selections.len();
        let cell = self
            .cells
            .entry((fact.payee, fact.currency))
            .or_insert_with(|| std::iter::repeat_with(|| None).take(width).collect());
        for (index, _) in matching {
            if let Some(sums) = cell.get_mut(index) {
                sums.get_or_insert_default().add(fact);
            }
        }
    }

    #[cfg(debug_assertions)]
    fn assert_order(&mut self, fact: &MeasuredFact<'_>) {
        let key = (fact.source_system.to_owned(), fact.source_id.to_owned());
        debug_assert!(self.last_key.as_ref().is_none_or(|last| *last < key), "facts out of key order: {key:?}");
        self.last_key = Some(key);
    }

    /// Takes over what another engine of the same period and plans measured of other payees.
    ///
    /// # Errors
    /// Internal when both measured the same payee and currency, or when the plans differ.
    pub fn merge(&mut self, other: Self) -> Result<(), Fault> {
        if self.selections != other.selections || other.cells.keys().any(|key| self.cells.contains_key(key)) {
            return Err(Fault::internal("two engines measured the same payee or other plans; shard facts by payee"));
        }
        self.cells.extend(other.cells);
        Ok(())
    }

    /// The lines, in canonical order: payee by bytes of its business key, currency, slot, rule, part.
    ///
    /// # Errors
    /// `ASSIGNMENT_UNDECIDED`, `AMOUNT_OVERFLOW`, `RATE_MISSING`; internal when a payee is not among the inputs.
    pub fn finish(&self, inputs: &Inputs) -> Result<Vec<LineResult>, Fault> {
        let mut cells = Vec::with_capacity(self.cells.len());
        for ((payee, currency), cell) in &self.cells {
            let known = inputs
                .payees
                .get(payee)
                .map(|p| &p.attributes)
                .ok_or_else(|| Fault::internal(format!("payee number {payee} is not among the inputs")))?;
            cells.push((known, *payee, *currency, cell));
        }
        cells.sort_by(|(a, x, ca, _), (b, y, cb, _)| (&a.business_key, x, ca).cmp(&(&b.business_key, y, cb)));
        let slots = self.slots();
        let mut lines = Vec::new();
        for (known, payee, currency, cell) in cells {
            for candidates in &slots {
                if let Some((plan, assignment)) = self.winner(candidates, known)? {
                    let decided_by = assignment.decided_by(known);
                    self.pay(plan, (payee, known, currency, cell), decided_by, &mut lines)?;
                }
            }
        }
        Ok(lines)
    }

    /// Indexes of the plans of each slot, slots in the order of their first plan.
    fn slots(&self) -> Vec<Vec<usize>> {
        let mut slots: Vec<(&str, Vec<usize>)> = Vec::new();
        for (index, plan) in self.plans.iter().enumerate() {
            match slots.iter_mut().find(|(slot, _)| *slot == plan.slot) {
                Some((_, plans)) => plans.push(index),
                None => slots.push((&plan.slot, vec![index])),
            }
        }
        slots.into_iter().map(|(_, plans)| plans).collect()
    }

    fn winner(&self, candidates: &[usize], payee: &Attributes) -> Result<Option<(usize, &Assignment)>, Fault> {
        let plans: Vec<(usize, &PlanInRun)> =
            candidates.iter().filter_map(|i| self.plans.get(*i).map(|plan| (*i, plan))).collect();
        let named: Vec<(&str, &PlanSpec)> = plans.iter().map(|(_, p)| (p.version_name.as_str(), &p.spec)).collect();
        let won = winner(&named, payee)?;
        Ok(won.and_then(|(at, assignment)| plans.get(at).map(|(index, _)| (*index, assignment))))
    }

    /// Runs the rules of a plan for one payee and currency, in order.
    fn pay(
        &self,
        plan_index: usize,
        (payee, known, currency, cell): (u32, &Attributes, Currency, &Cell),
        decided_by: Option<AttributeTrace>,
        lines: &mut Vec<LineResult>,
    ) -> Result<(), Fault> {
        let Some((plan, rules)) = self.plans.get(plan_index).zip(self.rules.get(plan_index)) else { return Ok(()) };
        let context = Context { period: self.period, plan, payee: known, currency, cell, decided_by };
        let first = lines.len();
        let mut not_fired = Vec::new();
        for (rule, at) in plan.spec.rules.iter().zip(rules) {
            match context.fire(rule, at)? {
                Fired::No(reason) => not_fired.push(NotFired { rule: rule.id.clone(), reason }),
                Fired::Line(parts) => {
                    let (measure, base, trace) = *parts;
                    lines.push(LineResult {
                        payee,
                        business_key: known.business_key.clone(),
                        slot: plan.slot.clone(),
                        rule: rule.id.clone(),
                        title: rule.title.clone(),
                        measure,
                        base,
                        amount: trace.amount,
                        exact: trace.exact.clone(),
                        fact_count: trace.measure.fact_count,
                        part: String::new(),
                        in_kind: None,
                        holds: Vec::new(),
                        trace,
                    });
                }
            }
        }
        for line in lines.iter_mut().skip(first) {
            line.trace.not_fired.clone_from(&not_fired);
        }
        Ok(())
    }
}
