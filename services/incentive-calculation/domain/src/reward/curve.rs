//! R07: linear between the points of a curve.

use tributary_core::Exact;

use super::{
    Outcome, Terms,
    parts::{of_amount, of_product, text},
};
use crate::plan::{Curve, CurveEnd, CurveOf, CurvePoint, EdgeScale, PaidOn};

/// What a curve gives. Below 0 a rate on the measure is the one at 0; amounts, and rates on something else, are nothing.
pub(super) fn pay(curve: &Curve, terms: &Terms<'_>) -> Outcome {
    let negative = terms.x.is_negative();
    let on_measure = curve.of == CurveOf::Rate && curve.paid_on == PaidOn::Measure;
    if negative && !on_measure {
        return Outcome::default();
    }
    let at = if negative { Exact::zero() } else { position(curve, terms) };
    let (value, how) = value_at(curve, &at);
    match curve.of {
        CurveOf::Amount => of_amount(value, "curve", how),
        CurveOf::Rate => {
            let part = if on_measure { terms.x.clone() } else { terms.paid_on(curve.paid_on) };
            let reason = format!("{how}; that rate is paid on {}", text(&part));
            of_product((&Exact::zero(), None), (part, &value), ("curve", reason))
        }
    }
}

/// Where on the curve the measure is: its value, or its share of the target (0 without one).
pub(super) fn position(curve: &Curve, terms: &Terms<'_>) -> Exact {
    match curve.edge_scale {
        EdgeScale::Absolute => terms.x.clone(),
        EdgeScale::ShareOfTarget => terms.attainment(),
    }
}

/// The value at a place, and how it came about.
fn value_at(curve: &Curve, at: &Exact) -> (Exact, String) {
    let points = &curve.points;
    let above = points.iter().position(|p| Exact::from(p.at) > *at);
    let pair = |i: usize| points.get(i).zip(points.get(i.saturating_add(1)));
    match above {
        Some(0) => end(curve.below, points.first(), pair(0), at, "below the first point"),
        None if points.last().is_some_and(|p| Exact::from(p.at) == *at) => {
            let value: Exact = points.last().map(|p| p.value.into()).unwrap_or_default();
            let how = format!("at {}, the last point, the curve gives {}", text(at), text(&value));
            (value, how)
        }
        None => end(curve.above, points.last(), pair(points.len().saturating_sub(2)), at, "above the last point"),
        Some(i) => pair(i.saturating_sub(1)).map_or_else(|| (Exact::zero(), String::new()), |p| between(p, at)),
    }
}

/// What is beyond an end.
fn end(
    end: CurveEnd,
    nearest: Option<&CurvePoint>,
    line: Option<(&CurvePoint, &CurvePoint)>,
    at: &Exact,
    place: &str,
) -> (Exact, String) {
    match end {
        CurveEnd::Nothing => (Exact::zero(), format!("{} is {place}, where the curve gives nothing", text(at))),
        CurveEnd::Level => {
            let value: Exact = nearest.map(|p| p.value.into()).unwrap_or_default();
            let how = format!("{} is {place}, where the curve stays at {}", text(at), text(&value));
            (value, how)
        }
        CurveEnd::Continue => line.map_or_else(|| (Exact::zero(), String::new()), |p| between(p, at)),
    }
}

/// The value on the line through two points.
fn between((a, b): (&CurvePoint, &CurvePoint), at: &Exact) -> (Exact, String) {
    let (from, to) = (Exact::from(a.value), Exact::from(b.value));
    let run = Exact::from(b.at) - Exact::from(a.at);
    let share = (at.clone() - Exact::from(a.at)).checked_div(&run).unwrap_or_default();
    let value = from.clone() + (to.clone() - from.clone()) * share;
    let how = format!(
        "at {} the line from ({}, {}) to ({}, {}) gives {}",
        text(at),
        a.at.normalize(),
        text(&from),
        b.at.normalize(),
        text(&to),
        text(&value)
    );
    (value, how)
}
