//! R05: growth against a base.

use tributary_core::{Decimal, Exact};

use super::{
    Outcome, Terms, TooManyDigits,
    negative::below_zero,
    parts::{of_slices, step, total},
    table::Edges,
};
use crate::{
    plan::{Growth, GrowthOn, NonPositiveBasePolicy, Rule},
    trace::StepTrace,
};

/// The base a growth rule is paid against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    /// Its value.
    pub value: Exact,
    /// Why the plan's given base stands in for a missing one; `None` when nothing stands in.
    pub stand_in: Option<String>,
}

/// What growth of the measure over the base pays. A measure below 0 has earned nothing, so that at most the first rate
/// on the measure itself is taken back, never a share of the base; the line has no jump at 0.
pub(super) fn pay(rule: &Rule, growth: &Growth, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let (x, base) = (&terms.x, terms.base.clone().unwrap_or_default());
    let edges = Edges::of(&growth.table, None);
    let increment = x.clone() - base.value.clone();
    let ratio = if base.value.is_positive() { increment.checked_div(&base.value) } else { None };
    let paid_on = match growth.on {
        GrowthOn::Increment => increment,
        GrowthOn::Whole => x.clone(),
    };
    let mut outcome = match &ratio {
        _ if x.is_negative() && pays_at_all(growth, &base) => {
            below_zero(rule, of_slices(vec![edges.slice(0, x.clone(), Decimal::ZERO)?], None))
        }
        Some(ratio) => on_tiers(&edges, ratio, paid_on)?,
        None => without_ratio(growth, &edges, paid_on)?,
    };
    if let Some(reason) = base.stand_in {
        let sum = total(&outcome.slices);
        outcome.steps.insert(0, step("no base", &sum, &sum, reason));
    }
    outcome.growth = ratio;
    Ok(outcome)
}

/// Whether the policy lets a base like this pay.
fn pays_at_all(growth: &Growth, base: &Base) -> bool {
    base.value.is_positive() || growth.non_positive_base == NonPositiveBasePolicy::TopTier
}

fn on_tiers(edges: &Edges<'_>, ratio: &Exact, paid_on: Exact) -> Result<Outcome, TooManyDigits> {
    let Some(index) = edges.holds(ratio) else {
        let zero = Exact::zero();
        let reason = "growth is below the first tier, which earns nothing";
        return Ok(nothing(vec![step("below the first tier", &zero, &zero, reason)]));
    };
    Ok(of_slices(vec![edges.slice(index, paid_on, Decimal::ZERO)?], Some(index)))
}

fn without_ratio(growth: &Growth, edges: &Edges<'_>, paid_on: Exact) -> Result<Outcome, TooManyDigits> {
    const NAME: &str = "base not above 0";
    let zero = Exact::zero();
    match growth.non_positive_base {
        NonPositiveBasePolicy::Nothing => {
            let reason = "the base is 0 or below, so growth has no value; under this rule that earns nothing";
            Ok(nothing(vec![step(NAME, &zero, &zero, reason)]))
        }
        NonPositiveBasePolicy::TopTier => {
            let top = growth.table.tiers.len().saturating_sub(1);
            let mut outcome = of_slices(vec![edges.slice(top, paid_on, Decimal::ZERO)?], Some(top));
            let reason = "the base is 0 or below, so growth is without bound: the rate of the highest tier is paid";
            outcome.steps.push(step(NAME, &outcome.exact, &outcome.exact, reason));
            Ok(outcome)
        }
    }
}

fn nothing(steps: Vec<StepTrace>) -> Outcome {
    Outcome { steps, ..Outcome::default() }
}
