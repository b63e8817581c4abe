//! What a measure earns: tier tables and growth, in exact numbers. Nothing is rounded here.

mod earnings;
mod growth;
mod modify;
mod next;
mod table;
mod terms;

use tributary_core::{Decimal, Exact};

pub use earnings::{Drawn, draw, guarantee};
pub use growth::Base;
pub use modify::{Modified, Modifiers, modify};
pub use next::next_tier;
pub use terms::{FactValue, Terms};

use crate::{
    plan::{NegativeMeasure, Reward, Rule, TierTable},
    trace::{SliceTrace, StepTrace},
};

/// What a rule gives for a measure, before rounding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the tiers gave. Edges are values of the measure, also where the table states them as shares of a target.
    pub slices: Vec<SliceTrace>,
    /// What else changed or decided it.
    pub steps: Vec<StepTrace>,
    /// The exact value.
    pub exact: Exact,
    /// Growth, for a growth rule with a base above 0.
    pub growth: Option<Exact>,
    /// The tier reached, counted from 0; `None` below the first one.
    pub tier: Option<usize>,
    /// R03: the total that the retrospective rate gives, where the rule has one; what it adds is the difference to the
    /// line itself, both rounded.
    pub extra: Option<Exact>,
    /// What makes up [`Outcome::extra`]; products and flats add up to it.
    pub extra_slices: Vec<SliceTrace>,
    /// What goes on to the next period, above 0: what its measure is lowered by (CARRY), or a loss of a profit share.
    pub carried: Option<Exact>,
    /// R00: what each fact earned, in the order of [`Terms::facts`].
    pub per_fact: Vec<Exact>,
}

/// A number of the line needs more than the 28 digits of an exact decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number needs more than 28 digits")]
pub struct TooManyDigits;

/// What `rule` pays on its terms. Guarantees and draws look at what other rules earned and have functions of their own.
///
/// # Errors
/// [`TooManyDigits`] when a part of the trace cannot be written as an exact decimal.
pub fn pay(rule: &Rule, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let x = &terms.x;
    match &rule.reward {
        Reward::Growth(growth) => {
            let absent = Base { value: Exact::zero(), stand_in: None };
            growth::pay(rule, growth, x, terms.base.as_ref().unwrap_or(&absent))
        }
        _ if x.is_negative() => negative(rule, x, Vec::new(), Some(0)),
        Reward::Marginal(marginal) => table::marginal(marginal, x),
        Reward::WholeVolume(whole) => table::whole_volume(whole, x),
        _ => Ok(Outcome::default()),
    }
}

/// What a measure below zero earns: the rate of the first tier on `paid_on`, which the rule's policy then keeps or drops.
fn negative(
    rule: &Rule,
    paid_on: &Exact,
    mut steps: Vec<StepTrace>,
    tier: Option<usize>,
) -> Result<Outcome, TooManyDigits> {
    let none = TierTable::default();
    let slice = slice(rule.reward.table().unwrap_or(&none), 0, paid_on.clone(), Decimal::ZERO)?;
    let before = slice.product.clone();
    let (exact, reason) = match rule.negative_measure {
        NegativeMeasure::Signed => (before.clone(), "the measure is below 0; the rate of the first tier takes it back"),
        NegativeMeasure::Zero | NegativeMeasure::Carry => {
            (Exact::zero(), "the measure is below 0; under this rule that earns nothing")
        }
    };
    steps.push(step("negative measure", &before, &exact, reason));
    Ok(Outcome { slices: vec![slice], steps, exact, tier, ..Outcome::default() })
}

/// The slice of tier `index` with a part of the measure.
fn slice(table: &TierTable, index: usize, part: Exact, flat: Decimal) -> Result<SliceTrace, TooManyDigits> {
    let tier = table.tiers.get(index);
    let (from, rate) = tier.map_or((Decimal::ZERO, Decimal::ZERO), |t| (t.from, t.rate));
    Ok(SliceTrace {
        from,
        to: table.tiers.get(index.saturating_add(1)).map(|t| t.from),
        amount_in_slice: to_decimal(&part)?,
        rate,
        product: part * Exact::from(rate),
        flat,
    })
}

fn step(name: &str, before: &Exact, after: &Exact, reason: impl Into<String>) -> StepTrace {
    StepTrace { name: name.to_owned(), before: before.clone(), after: after.clone(), reason: reason.into() }
}

/// Products and flats of slices.
fn total(slices: &[SliceTrace]) -> Exact {
    slices.iter().map(|s| s.product.clone() + Exact::from(s.flat)).sum()
}

/// An exact value as a decimal, without rounding.
fn to_decimal(value: &Exact) -> Result<Decimal, TooManyDigits> {
    value
        .to_decimal_string(28)
        .and_then(|text| Decimal::from_str_exact(&text).ok())
        .map(|d| d.normalize())
        .ok_or(TooManyDigits)
}
