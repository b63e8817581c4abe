//! R15: what an upline is credited, as the measure of an override.

use std::collections::BTreeMap;

use tributary_core::{Exact, Fault};

use super::{
    HoldReason,
    context::{Context, Measured, Trail},
    exchange::Used,
};
use crate::{
    explain::own::HIERARCHY,
    plan::{Measure, Rule},
    trace::StepTrace,
};

/// The measure of an override.
pub(super) struct Credited {
    pub measured: Measured,
    /// The measure per level, in the order that was asked for.
    pub levels: Vec<Exact>,
    pub held: Vec<HoldReason>,
    pub notes: Vec<StepTrace>,
}

impl Context<'_> {
    /// What the payee is credited under an override; `None` without a credit.
    pub fn credited(
        &self,
        index: usize,
        rule: &Rule,
        measure: &Measure,
        levels: &[u32],
        trail: &mut Trail,
    ) -> Result<Option<Credited>, Fault> {
        let credits = self.credits.of(self.turn.plan, index, self.payee);
        let Some(credit) = credits.and_then(|by| by.get(&self.currency)) else { return Ok(None) };
        let mut used = Used::new();
        let mut by_level: BTreeMap<u32, Exact> = BTreeMap::new();
        for (level, totals) in &credit.levels {
            let mut sum = Exact::zero();
            for ((day, currency), totals) in totals {
                let value = totals.value(measure.field, *currency);
                let value = value.ok_or_else(|| self.overflow(rule, "its measure needs more than 128 bits"))?;
                let money = measure.field.is_money();
                sum = sum + if money { self.exchange.convert(value, *currency, *day, &mut used)? } else { value };
            }
            trail.add(format!("level {level}"), sum.clone(), "the downline's facts");
            by_level.insert(*level, sum);
        }
        trail.used.extend(used);
        let value: Exact = by_level.values().cloned().sum();
        let window = self.own_days(measure, self.when().window(measure));
        let trace = self.measure_trace(rule, measure, window, &value, (credit.count, credit.digest()))?;
        let note = |reason: &String| StepTrace {
            name: HIERARCHY.to_owned(),
            before: Exact::zero(),
            after: Exact::zero(),
            reason: reason.clone(),
        };
        let held = HoldReason { reason: "the payee was frozen on days of the sales".to_owned(), until: None };
        Ok(Some(Credited {
            measured: Measured { value, trace },
            levels: levels.iter().map(|level| by_level.get(level).cloned().unwrap_or_default()).collect(),
            held: if credit.held { vec![held] } else { Vec::new() },
            notes: credit.notes.iter().map(note).collect(),
        }))
    }
}
