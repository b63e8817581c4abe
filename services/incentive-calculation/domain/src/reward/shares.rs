//! R27 profit share and R15 overrides.

use tributary_core::{Decimal, Exact};

use super::{
    Outcome, Terms, TooManyDigits,
    negative::sum_below_zero,
    parts::{of_slices, slice, step, text},
};
use crate::plan::{NegativeMeasure, Override, ProfitShare, Rule};

/// R27: max(guaranteed, rate × max(0, x − carried losses − baseline)).
pub(super) fn profit_share(rule: &Rule, share: &ProfitShare, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let losses = if share.carry_losses { terms.losses.clone() } else { Exact::zero() };
    let due = terms.baseline.clone() + losses.clone();
    let above = terms.x.clone() - due.clone();
    let part = above.clone().max(Exact::zero());
    let mut outcome = of_slices(vec![slice((&due, None), part, share.rate, Decimal::ZERO)?], None);
    let mut note = |name: &str, after: Exact, reason: String| {
        outcome.steps.push(step(name, &outcome.exact, &after, reason));
        outcome.exact = after;
    };
    if losses.is_positive() {
        let reason = format!("losses of {} of earlier periods come off the profit first", text(&losses));
        note("carried losses", total_of(share, &above), reason);
    }
    if !share.guaranteed.is_zero() {
        let after = total_of(share, &above).max(Exact::from(share.guaranteed));
        note("guaranteed share", after, format!("at least {} is paid", share.guaranteed.normalize()));
    }
    if terms.x.is_negative() && rule.negative_measure == NegativeMeasure::Zero {
        note(
            "negative measure",
            Exact::zero(),
            "the measure is below 0; under this rule that earns nothing".to_owned(),
        );
    }
    outcome.carried = (share.carry_losses && above.is_negative()).then(|| -above);
    Ok(outcome)
}

fn total_of(share: &ProfitShare, above: &Exact) -> Exact {
    above.clone().max(Exact::zero()) * Exact::from(share.rate)
}

/// R15: Σ rate × measure of the level. The edge of a slice is the number of its level.
pub(super) fn overrides(rule: &Rule, levels: &Override, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let pairs = levels.levels.iter().zip(terms.levels);
    let slices = pairs.map(|(level, measure)| {
        slice((&i64::from(level.level).into(), None), measure.clone(), level.rate, Decimal::ZERO)
    });
    Ok(sum_below_zero(rule, of_slices(slices.collect::<Result<_, _>>()?, None)))
}
