//! Whether payees stand alone under some plans: then the lines of one can be made without the facts of the others.

use super::PlanInRun;
use crate::plan::{CapScope, Reward, Rule};

/// Whether facts, attributes or lines of other payees can decide a payee's lines under these plans: an override, a pool
/// that is split, a bound on what all payees get together. Says so rather too often than too seldom.
#[must_use]
pub fn reach_others(plans: &[PlanInRun]) -> bool {
    plans.iter().any(|plan| {
        plan.spec.shared_caps.iter().any(|cap| cap.scope == CapScope::Plan) || plan.spec.rules.iter().any(reaches)
    })
}

fn reaches(rule: &Rule) -> bool {
    // Every reward is named, so that a new one is thought about here.
    let by_reward = match &rule.reward {
        Reward::Override(_) => true,
        Reward::Marginal(_)
        | Reward::WholeVolume(_)
        | Reward::Growth(_)
        | Reward::PerFact(_)
        | Reward::Curve(_)
        | Reward::Step(_)
        | Reward::Matrix(_)
        | Reward::ProfitShare(_)
        | Reward::Guarantee(_)
        | Reward::Draw(_) => false,
    };
    by_reward || rule.split.is_some()
}
