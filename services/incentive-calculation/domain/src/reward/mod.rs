//! What a measure earns: tier tables and growth, in exact numbers. Nothing is rounded here.

mod curve;
mod earnings;
mod growth;
mod matrix;
mod modify;
mod negative;
mod next;
mod parts;
mod per_fact;
mod retrospective;
mod shares;
mod steps;
mod table;
mod terms;

use tributary_core::Exact;

pub use earnings::{Drawn, draw, guarantee};
pub use growth::Base;
pub use modify::{Modified, Modifiers, modify};
pub use next::next_tier;
pub use terms::{FactValue, Terms};

use crate::{
    plan::{NegativeMeasure, Reward, Rule},
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
    let below = terms.x.is_negative();
    let mut outcome = match &rule.reward {
        Reward::Marginal(marginal) => table::marginal(marginal, terms)?,
        Reward::WholeVolume(whole) => table::whole_volume(whole, terms)?,
        Reward::Growth(growth) => growth::pay(rule, growth, terms)?,
        Reward::PerFact(per_fact) => return per_fact::pay(rule, per_fact, terms),
        Reward::Curve(curve) => curve::pay(curve, terms),
        Reward::Step(step) => steps::pay(step, terms),
        Reward::Matrix(matrix) => matrix::pay(matrix, terms)?,
        Reward::ProfitShare(share) => return shares::profit_share(rule, share, terms),
        Reward::Override(levels) => return shares::overrides(rule, levels, terms),
        Reward::Guarantee(_) | Reward::Draw(_) => return Ok(Outcome::default()),
    };
    if below && !matches!(rule.reward, Reward::Growth(_)) {
        outcome = negative::below_zero(rule, outcome);
    }
    if below && rule.negative_measure == NegativeMeasure::Carry {
        outcome.carried = Some(-terms.x.clone());
    }
    if let Reward::Marginal(marginal) = &rule.reward
        && let Some(from) = marginal.retrospective
    {
        retrospective::add(marginal, from, terms, &mut outcome)?;
    }
    Ok(outcome)
}
