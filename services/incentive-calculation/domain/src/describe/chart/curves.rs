//! The lines of tables: pieces that are straight, with jumps between them.

use tributary_core::Decimal;

use crate::plan::{
    Baseline, Curve, CurveEnd, EdgeSide, Multiplier, PaidOn, PartStep, ProfitShare, Step, Tier, TierTable,
};

/// A point: where, and what is there.
pub(super) type Point = (Decimal, Decimal);

/// A straight piece.
pub(super) type Piece = (Point, Point);

/// What is drawn: pieces from left to right, and the edges to mark below.
pub(super) struct Line {
    pub pieces: Vec<Piece>,
    pub edges: Vec<Decimal>,
    /// The edges that belong to what is before them.
    pub of_lower: Vec<Decimal>,
}

/// The edges of a table that belong to the lower tier; the first one has none.
fn of_lower(table: &TierTable) -> Vec<Decimal> {
    let lower = |tier: &&Tier| tier.edge_side.unwrap_or(table.edge_side) == EdgeSide::UpperInclusive;
    table.tiers.iter().skip(1).filter(lower).map(|tier| tier.from).collect()
}

/// Where a picture ends whose last tier is open: half as far again as its edges reach.
fn end(edges: &[Decimal]) -> Option<Decimal> {
    let last = edges.last().copied().unwrap_or_default();
    let first = edges.first().copied().unwrap_or_default();
    let span = last.checked_sub(first)?;
    if span.is_zero() {
        // A single tier from 0: any distance shows it.
        return last.checked_add(if last.is_zero() { Decimal::ONE_HUNDRED } else { last.abs() });
    }
    last.checked_add(span.checked_div(Decimal::TWO)?)
}

/// R01: the slope is the rate; flats are jumps.
pub(super) fn marginal(table: &TierTable) -> Option<Line> {
    let edges: Vec<Decimal> = table.tiers.iter().map(|t| t.from).collect();
    let uppers = edges.iter().skip(1).copied().chain([end(&edges)?]);
    let mut height = Decimal::ZERO;
    let mut pieces = Vec::new();
    for (tier, to) in table.tiers.iter().zip(uppers) {
        height = height.checked_add(tier.flat)?;
        let start = (tier.from, height);
        height = height.checked_add(tier.rate.checked_mul(to.checked_sub(tier.from)?)?)?;
        pieces.push((start, (to, height)));
    }
    Some(Line { pieces, edges, of_lower: of_lower(table) })
}

/// R02: the rate of the tier on the whole, or on something that does not move.
pub(super) fn whole(table: &TierTable, on: PaidOn) -> Option<Line> {
    let edges: Vec<Decimal> = table.tiers.iter().map(|t| t.from).collect();
    let uppers = edges.iter().skip(1).copied().chain([end(&edges)?]);
    let mut pieces = Vec::new();
    for (tier, to) in table.tiers.iter().zip(uppers) {
        let at = |x: Decimal| {
            let base = match on {
                PaidOn::Measure => x,
                // In shares of the target, the target is 1.
                PaidOn::Target => Decimal::ONE,
                PaidOn::Amount(amount) => amount,
            };
            tier.flat.checked_add(tier.rate.checked_mul(base)?)
        };
        pieces.push(((tier.from, at(tier.from)?), (to, at(to)?)));
    }
    Some(Line { pieces, edges, of_lower: of_lower(table) })
}

/// R05, per unit of the base: rate × growth, or rate × (1 + growth).
pub(super) fn growth(table: &TierTable, whole: bool) -> Option<Line> {
    let mut edges: Vec<Decimal> = table.tiers.iter().map(|t| t.from).collect();
    let mut pieces = Vec::new();
    if edges.len() == 1 {
        edges.push(edges.first()?.checked_add(Decimal::ONE)?);
    }
    let uppers = edges.iter().skip(1).copied().chain([end(&edges)?]);
    for (tier, to) in table.tiers.iter().zip(uppers) {
        let at = |g: Decimal| tier.rate.checked_mul(if whole { g.checked_add(Decimal::ONE)? } else { g });
        pieces.push(((tier.from, at(tier.from)?), (to, at(to)?)));
    }
    edges.truncate(table.tiers.len());
    Some(Line { pieces, edges, of_lower: of_lower(table) })
}

/// R07, with a stretch beyond both ends.
pub(super) fn curve(curve: &Curve) -> Option<Line> {
    let points: Vec<Point> = curve.points.iter().map(|p| (p.at, p.value)).collect();
    let edges: Vec<Decimal> = points.iter().map(|p| p.0).collect();
    let (first, last) = (*points.first()?, *points.last()?);
    let stretch = last.0.checked_sub(first.0)?.checked_div(Decimal::from(4))?;
    let slope = |a: Point, b: Point| b.1.checked_sub(a.1)?.checked_div(b.0.checked_sub(a.0)?);
    let beyond = |end: CurveEnd, at: Point, slope: Decimal, step: Decimal| {
        let value = match end {
            CurveEnd::Nothing => return Some(((at.0, Decimal::ZERO), (at.0.checked_add(step)?, Decimal::ZERO))),
            CurveEnd::Level => at.1,
            CurveEnd::Continue => at.1.checked_add(slope.checked_mul(step)?)?,
        };
        Some((at, (at.0.checked_add(step)?, value)))
    };
    let inner: Vec<Piece> = points.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
    let (head, tail) = (*inner.first()?, *inner.last()?);
    let (to, from) = beyond(curve.below, first, slope(head.0, head.1)?, stretch.checked_mul(Decimal::NEGATIVE_ONE)?)?;
    let mut pieces = vec![(from, to)];
    pieces.extend(inner);
    pieces.push(beyond(curve.above, last, slope(tail.0, tail.1)?, stretch)?);
    Some(Line { pieces, edges, of_lower: Vec::new() })
}

/// R06a: up to six steps, or as many as count.
pub(super) fn steps(step: &Step) -> Option<Line> {
    const SHOWN: u64 = 6;
    let shown = if step.max_steps == 0 { SHOWN } else { step.max_steps.min(SHOWN) };
    let mut pieces = Vec::new();
    let mut edges = vec![step.above];
    if !step.above.is_zero() {
        pieces.push(((Decimal::ZERO, Decimal::ZERO), (step.above, Decimal::ZERO)));
    }
    let at = |n: u64| step.above.checked_add(step.step.checked_mul(Decimal::from(n))?);
    let earned = |n: u64| step.amount.checked_mul(Decimal::from(n));
    for n in 0..shown {
        let (from, to) = (at(n)?, at(n.checked_add(1)?)?);
        let (low, high) = (earned(n)?, earned(n.checked_add(1)?)?);
        pieces.push(match step.part_step {
            PartStep::Nothing => ((from, low), (to, low)),
            PartStep::Whole => ((from, high), (to, high)),
            PartStep::Share => ((from, low), (to, high)),
        });
        edges.push(to);
    }
    if step.max_steps > 0 && step.max_steps <= SHOWN {
        let (from, most) = (at(shown)?, earned(shown)?);
        pieces.push(((from, most), (at(shown.checked_add(1)?)?, most)));
    }
    Some(Line { pieces, edges, of_lower: Vec::new() })
}

/// R27, over the profit above the baseline: the guarantee, then the share.
pub(super) fn profit_share(share: &ProfitShare) -> Option<Line> {
    let unit = match &share.baseline {
        Baseline::Amount(amount) if !amount.is_zero() => amount.abs(),
        _ => Decimal::ONE_HUNDRED,
    };
    // Where the share overtakes the guarantee, to a hundredth: it is a mark in a picture.
    let crossing =
        if share.rate.is_zero() { Decimal::ZERO } else { share.guaranteed.checked_div(share.rate)?.round_dp(2) };
    let end = if crossing.is_zero() { unit } else { crossing.checked_mul(Decimal::TWO)? };
    let high = share.guaranteed.max(share.rate.checked_mul(end)?);
    let left = end.checked_div(Decimal::from(-4))?;
    let level = share.guaranteed;
    let pieces = vec![((left, level), (crossing, level)), ((crossing, level), (end, high))];
    Some(Line { pieces, edges: vec![Decimal::ZERO, crossing], of_lower: Vec::new() })
}

/// R09: 1 below the first step, then by steps or linearly.
pub(super) fn factors(multiplier: &Multiplier) -> Option<Line> {
    let steps: Vec<Point> = multiplier.steps.iter().map(|s| (s.from, s.factor)).collect();
    let edges: Vec<Decimal> = steps.iter().map(|p| p.0).collect();
    let first = *steps.first()?;
    let end = if edges.len() == 1 { first.0.checked_add(first.0.abs().max(Decimal::ONE))? } else { end(&edges)? };
    let start = first.0.min(Decimal::ZERO);
    let mut pieces: Vec<Piece> = Vec::new();
    if start < first.0 {
        pieces.push(((start, Decimal::ONE), (first.0, Decimal::ONE)));
    }
    for (i, (from, factor)) in steps.iter().copied().enumerate() {
        let next = steps.get(i.saturating_add(1)).copied();
        let to = next.map_or(end, |n| n.0);
        let value = next.filter(|_| multiplier.linear).map_or(factor, |n| n.1);
        pieces.push(((from, factor), (to, value)));
    }
    Some(Line { pieces, edges, of_lower: Vec::new() })
}
