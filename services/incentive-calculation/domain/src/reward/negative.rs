//! What a measure below zero earns. `SIGNED` means, per reward:
//!
//! | reward | a measure below 0 takes back |
//! |---|---|
//! | R01, R02, R05 | the rate of the first tier on the measure itself, no flats |
//! | R07 curve of rates, matrix of rates | the rate at 0 on the measure itself |
//! | amounts of curves and matrices; rates paid on a target or a given amount | nothing: no rate is paid on the measure |
//! | R06 steps | what the same measure above 0 would have earned |
//! | R00, R15 | the sum of the facts' or levels' own signs: it is their sum, not the measure, that is kept or dropped |
//! | R27 profit share | nothing: the guaranteed share is paid below the baseline, wherever that is |
//!
//! `ZERO` earns nothing. `CARRY` earns nothing and lowers the measure of the next period by what it is below 0.

use tributary_core::Exact;

use super::{Outcome, parts::step};
use crate::plan::{NegativeMeasure, Reward, Rule};

/// Applies the rule's policy to what `SIGNED` takes back.
pub(super) fn below_zero(rule: &Rule, mut signed: Outcome) -> Outcome {
    let (exact, then) = match rule.negative_measure {
        NegativeMeasure::Signed => (signed.exact.clone(), taken_back(&rule.reward, &signed.exact)),
        NegativeMeasure::Zero => (Exact::zero(), "under this rule that earns nothing"),
        NegativeMeasure::Carry => {
            (Exact::zero(), "under this rule that earns nothing and lowers the measure of the next period")
        }
    };
    signed.steps.push(step("negative measure", &signed.exact, &exact, format!("the measure is below 0; {then}")));
    signed.exact = exact;
    signed
}

fn taken_back(reward: &Reward, amount: &Exact) -> &'static str {
    match reward {
        _ if amount.is_zero() => "no rate is paid on it, so nothing is taken back",
        Reward::Marginal(_) | Reward::WholeVolume(_) | Reward::Growth(_) => "the rate of the first tier takes it back",
        Reward::Step(_) => "what it would have earned above 0 is taken back",
        _ => "the rate at 0 takes it back",
    }
}

/// Applies the rule's policy to a sum of single earnings.
pub(super) fn sum_below_zero(rule: &Rule, mut outcome: Outcome) -> Outcome {
    if !outcome.exact.is_negative() {
        return outcome;
    }
    let (after, reason) = match rule.negative_measure {
        NegativeMeasure::Signed => (outcome.exact.clone(), "the sum is below 0; the payee owes it back"),
        // Publishing refuses CARRY here: there is no one measure to carry.
        NegativeMeasure::Zero | NegativeMeasure::Carry => {
            (Exact::zero(), "the sum is below 0; under this rule that earns nothing")
        }
    };
    outcome.steps.push(step("negative sum", &outcome.exact, &after, reason));
    outcome.exact = after;
    outcome
}
