//! What a trace is made of: slices, steps, sums, and exact numbers as text.

use tributary_core::{Decimal, Exact};

use super::{Outcome, TooManyDigits};
use crate::trace::{SliceTrace, StepTrace};

/// A part of the measure at a rate, between two edges.
pub(super) fn slice(
    (from, to): (&Exact, Option<&Exact>),
    part: Exact,
    rate: Decimal,
    flat: Decimal,
) -> Result<SliceTrace, TooManyDigits> {
    Ok(SliceTrace {
        from: to_decimal(from)?,
        to: to.map(to_decimal).transpose()?,
        amount_in_slice: to_decimal(&part)?,
        rate,
        product: part * Exact::from(rate),
        flat,
    })
}

/// A step of the trace.
pub(super) fn step(name: &str, before: &Exact, after: &Exact, reason: impl Into<String>) -> StepTrace {
    StepTrace { name: name.to_owned(), before: before.clone(), after: after.clone(), reason: reason.into() }
}

/// Products and flats of slices.
pub(super) fn total(slices: &[SliceTrace]) -> Exact {
    slices.iter().map(|s| s.product.clone() + Exact::from(s.flat)).sum()
}

/// An outcome of slices that nothing changed.
pub(super) fn of_slices(slices: Vec<SliceTrace>, tier: Option<usize>) -> Outcome {
    let exact = total(&slices);
    Outcome { slices, exact, tier, ..Outcome::default() }
}

/// An outcome that one step explains. `part` × `rate` is shown as a slice where both end as decimals; a number without an
/// end, such as a third, is exact in the step alone.
pub(super) fn of_product(
    edges: (&Exact, Option<&Exact>),
    (part, rate): (Exact, &Exact),
    (name, reason): (&str, String),
) -> Outcome {
    let exact = part.clone() * rate.clone();
    let slices: Vec<SliceTrace> =
        to_decimal(rate).and_then(|rate| slice(edges, part, rate, Decimal::ZERO)).into_iter().collect();
    let steps = vec![step(name, &total(&slices), &exact, reason)];
    Outcome { slices, steps, exact, ..Outcome::default() }
}

/// An outcome of an amount that one step explains.
pub(super) fn of_amount(exact: Exact, name: &str, reason: impl Into<String>) -> Outcome {
    let steps = vec![step(name, &Exact::zero(), &exact, reason)];
    Outcome { steps, exact, ..Outcome::default() }
}

/// An exact value as a decimal, without rounding.
pub(super) fn to_decimal(value: &Exact) -> Result<Decimal, TooManyDigits> {
    value
        .to_decimal_string(28)
        .and_then(|text| Decimal::from_str_exact(&text).ok())
        .map(|d| d.normalize())
        .ok_or(TooManyDigits)
}

/// An exact value in words of a reason: as a decimal, or as a fraction where that has no end. Never cut.
pub(super) fn text(value: &Exact) -> String {
    value.to_decimal_string(28).unwrap_or_else(|| format!("{}/{}", value.numerator(), value.denominator()))
}
