//! The counterfactual: how much more reaches the next tier, and what that pays.

use num_bigint::BigInt;
use num_integer::Integer as _;
use tributary_core::Exact;

use super::{Outcome, Terms, pay, to_decimal};
use crate::{
    plan::{EdgeSide, Reward, Rule},
    trace::NextTier,
};

/// What it takes to reach the tier above the one `now` is in, `None` on the highest or where growth has no value.
/// `scale` is the number of decimals of the measure: the distance is the least amount of that scale that reaches the
/// tier, so where the edge belongs to the lower tier it is one step more than the difference.
#[must_use]
pub fn next_tier(rule: &Rule, terms: &Terms<'_>, scale: u32, now: &Outcome) -> Option<NextTier> {
    let table = rule.reward.table()?;
    let next = table.tiers.get(now.tier.map_or(0, |t| t.saturating_add(1)))?;
    let edge = match &rule.reward {
        Reward::Growth(_) => {
            let base = terms.base.as_ref().map(|b| &b.value).filter(|b| b.is_positive())?;
            base.clone() * (Exact::from(1) + Exact::from(next.from))
        }
        _ => next.from.into(),
    };
    let one = BigInt::from(10).pow(scale);
    let missing = (edge - terms.x.clone()) * Exact::new(one.clone(), BigInt::from(1));
    let steps = match table.edge_side {
        EdgeSide::LowerInclusive => missing.numerator().div_ceil(missing.denominator()),
        EdgeSide::UpperInclusive => missing.numerator().div_floor(missing.denominator()) + 1,
    };
    let distance = Exact::new(steps, one);
    let then = pay(rule, &Terms { x: terms.x.clone() + distance.clone(), ..terms.clone() }).ok()?;
    Some(NextTier { distance: to_decimal(&distance).ok()?, rate: next.rate, gain: then.exact - now.exact.clone() })
}
