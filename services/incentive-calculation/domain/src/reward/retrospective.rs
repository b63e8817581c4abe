//! R03: the rate of the reached tier is also paid on what lies below it, from a point on.

use std::cmp::{max, min};

use tributary_core::{Decimal, Exact};

use super::{
    Outcome, Terms, TooManyDigits,
    parts::{step, text, to_decimal, total},
    table::{Edges, Piece},
};
use crate::plan::{Marginal, Retrospective};

/// Adds the retrospective total to what the slices gave. Below the point each slice keeps its own rate; from there on the
/// reached rate is paid; flats stay as they are. A measure below 0 has reached nothing: its total is the line itself.
pub(super) fn add(
    rule: &Marginal,
    from: Retrospective,
    terms: &Terms<'_>,
    outcome: &mut Outcome,
) -> Result<(), TooManyDigits> {
    if terms.x.is_negative() {
        outcome.extra = Some(outcome.exact.clone());
        return Ok(());
    }
    let edges = Edges::of(&rule.table, terms.target.as_ref());
    let tier = outcome.tier.unwrap_or(0);
    let point = min(start(from, &edges, terms), terms.x.clone());
    let mut pieces: Vec<Piece> = edges.marginal(&terms.x, rule.first_flat_at_zero);
    for piece in &mut pieces {
        // What of the piece lies below the point.
        let lower = edges.tier(piece.tier).map_or_else(Exact::zero, |(from, _)| from.clone());
        piece.part = max(Exact::zero(), min(piece.part.clone(), point.clone() - lower));
    }
    let mut slices = edges.slices(pieces)?;
    slices.retain(|s| !s.amount_in_slice.is_zero() || !s.flat.is_zero());
    let mut reached = edges.slice(tier, terms.x.clone() - point.clone(), Decimal::ZERO)?;
    reached.from = to_decimal(&point)?;
    slices.push(reached);
    let sum = total(&slices);
    let reason = format!(
        "the rate reached is paid from {} on; that gives {} in all, and what it adds is a line of its own",
        text(&point),
        text(&sum)
    );
    outcome.steps.push(step("retrospective rate", &outcome.exact, &outcome.exact, reason));
    outcome.extra = Some(sum);
    outcome.extra_slices = slices;
    Ok(())
}

/// From where the reached rate is paid, at or above 0.
fn start(from: Retrospective, edges: &Edges<'_>, terms: &Terms<'_>) -> Exact {
    let lowest = || (0..).map_while(|i| edges.tier(i)).find(|(_, tier)| !tier.rate.is_zero());
    let point = match from {
        Retrospective::FirstUnit => Exact::zero(),
        Retrospective::LowestBracket => lowest().map_or_else(Exact::zero, |(from, _)| from.clone()),
        Retrospective::StartOfGrowth => terms.last_year.clone().unwrap_or_default(),
        Retrospective::Point(point) => point.into(),
    };
    max(Exact::zero(), point)
}
