//! The counterfactual: how much more reaches the next edge, and what that pays.

use num_bigint::BigInt;
use num_integer::Integer as _;
use tributary_core::{Decimal, Exact};

use super::{Outcome, Terms, curve, matrix, parts::to_decimal, pay, steps, table::Edges};
use crate::{
    plan::{CurveOf, EdgeScale, EdgeSide, Matrix, PartStep, Reward, Rule, Step},
    trace::NextTier,
};

/// What it takes to reach the next edge above: of a tier, a point of a curve, a step, a row of a matrix. `None` above the
/// last one, where growth has no value, and for rewards without edges. The rate is 0 where an amount is given.
///
/// `scale` is the number of decimals of the measure: the distance is the least amount of that scale that reaches the
/// edge, so where the edge belongs to the lower side it is one step more than the difference.
#[must_use]
pub fn next_tier(rule: &Rule, terms: &Terms<'_>, scale: u32, now: &Outcome) -> Option<NextTier> {
    let (edge, side, rate) = edge_above(&rule.reward, terms, now)?;
    let one = BigInt::from(10).pow(scale);
    let missing = (edge - terms.x.clone()) * Exact::new(one.clone(), BigInt::from(1));
    let steps = match side {
        EdgeSide::LowerInclusive => missing.numerator().div_ceil(missing.denominator()),
        EdgeSide::UpperInclusive => missing.numerator().div_floor(missing.denominator()) + 1,
    };
    let distance = Exact::new(steps, one);
    let then = pay(rule, &Terms { x: terms.x.clone() + distance.clone(), ..terms.clone() }).ok()?;
    Some(NextTier { distance: to_decimal(&distance).ok()?, rate, gain: then.exact - now.exact.clone() })
}

/// The next edge as a value of the measure, its side, and the rate there.
fn edge_above(reward: &Reward, terms: &Terms<'_>, now: &Outcome) -> Option<(Exact, EdgeSide, Decimal)> {
    let index = now.tier.map_or(0, |t| t.saturating_add(1));
    match reward {
        Reward::Marginal(_) | Reward::WholeVolume(_) => {
            let edges = Edges::of(reward.table()?, terms.target.as_ref());
            let (from, tier) = edges.tier(index)?;
            Some((from.clone(), edges.side(index), tier.rate))
        }
        Reward::Growth(growth) => {
            let edges = Edges::of(&growth.table, None);
            let (from, tier) = edges.tier(index)?;
            let base = terms.base.as_ref().map(|b| &b.value).filter(|b| b.is_positive())?;
            Some((base.clone() * (Exact::from(1) + from.clone()), edges.side(index), tier.rate))
        }
        Reward::Curve(rule) => {
            let at = curve::position(rule, terms);
            let point = rule.points.iter().find(|p| Exact::from(p.at) > at)?;
            let unit = match rule.edge_scale {
                EdgeScale::Absolute => Exact::from(1),
                EdgeScale::ShareOfTarget => terms.target.clone().filter(Exact::is_positive)?,
            };
            let rate = if rule.of == CurveOf::Rate { point.value } else { Decimal::ZERO };
            Some((Exact::from(point.at) * unit, EdgeSide::LowerInclusive, rate))
        }
        Reward::Step(rule) => step_above(rule, terms),
        Reward::Matrix(rule) => row_above(rule, terms, index),
        _ => None,
    }
}

/// Where the next step counts: at its end, or, where a part counts as a whole, just after its beginning.
fn step_above(rule: &Step, terms: &Terms<'_>) -> Option<(Exact, EdgeSide, Decimal)> {
    let (above, size) = steps::scaled(rule, terms)?;
    let over = (terms.x.clone() - above.clone()).max(Exact::zero()).checked_div(&size)?;
    let (begun, side) = match rule.part_step {
        PartStep::Whole => (over.numerator().div_ceil(over.denominator()), EdgeSide::UpperInclusive),
        PartStep::Nothing | PartStep::Share => {
            (over.numerator().div_floor(over.denominator()), EdgeSide::LowerInclusive)
        }
    };
    if rule.max_steps > 0 && begun >= BigInt::from(rule.max_steps) {
        return None;
    }
    let edge = if rule.part_step == PartStep::Whole { begun } else { begun + 1 };
    Some((above + size * Exact::new(edge, BigInt::from(1)), side, Decimal::ZERO))
}

fn row_above(rule: &Matrix, terms: &Terms<'_>, row: usize) -> Option<(Exact, EdgeSide, Decimal)> {
    let cell = matrix::cell_in_row(rule, row, terms.column.as_ref()?)?;
    let rate = if rule.of == CurveOf::Rate { cell } else { Decimal::ZERO };
    Some(((*rule.row_edges.get(row)?).into(), rule.edge_side, rate))
}
