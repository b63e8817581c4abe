//! R06a: an amount for every step above a start. Also the price of packages.

use num_integer::Integer as _;
use tributary_core::Exact;

use super::{
    Outcome, Terms,
    parts::{of_amount, text},
};
use crate::plan::{EdgeScale, PartStep, Step};

/// Start and size of a step as values of the measure; `None` where they are shares of a target that is missing.
pub(super) fn scaled(rule: &Step, terms: &Terms<'_>) -> Option<(Exact, Exact)> {
    let unit = match rule.edge_scale {
        EdgeScale::Absolute => Exact::from(1),
        EdgeScale::ShareOfTarget => terms.target.clone().filter(Exact::is_positive)?,
    };
    Some((Exact::from(rule.above) * unit.clone(), Exact::from(rule.step) * unit))
}

/// What the steps give; below 0 what the same measure above 0 would have given, taken back.
pub(super) fn pay(rule: &Step, terms: &Terms<'_>) -> Outcome {
    let Some((above, size)) = scaled(rule, terms) else {
        return of_amount(Exact::zero(), "steps", "there is no target, so no step is reached");
    };
    let x = if terms.x.is_negative() { -terms.x.clone() } else { terms.x.clone() };
    let over = (x - above.clone()).max(Exact::zero());
    let raw = over.checked_div(&size).unwrap_or_default();
    let whole = |n| Exact::new(n, 1.into());
    let (counted, part) = match rule.part_step {
        PartStep::Nothing => (whole(raw.numerator().div_floor(raw.denominator())), "a part of a step counts nothing"),
        PartStep::Whole => (whole(raw.numerator().div_ceil(raw.denominator())), "a part of a step counts as a whole"),
        PartStep::Share => (raw.clone(), "a part of a step counts its share"),
    };
    let most = Exact::from(i64::try_from(rule.max_steps).unwrap_or(i64::MAX));
    let bounded = if rule.max_steps > 0 && counted > most { most } else { counted.clone() };
    let limit = if bounded == counted { String::new() } else { format!(", at most {}", text(&bounded)) };
    let amount = bounded.clone() * Exact::from(rule.amount);
    let reason = format!(
        "{} above {} ÷ {} = {} steps; {part}{limit}: {} × {} = {}",
        text(&over),
        text(&above),
        text(&size),
        text(&raw),
        text(&bounded),
        rule.amount.normalize(),
        text(&amount)
    );
    of_amount(if terms.x.is_negative() { -amount } else { amount }, "steps", reason)
}
