//! R01 and R02 over tier tables, and what they share with every reward that reads a table.

use std::cmp::{max, min};

use tributary_core::{Decimal, Exact};

use super::{
    Outcome, Terms, TooManyDigits,
    parts::{of_slices, slice},
};
use crate::{
    plan::{EdgeScale, EdgeSide, Marginal, PaidOn, Tier, TierTable, WholeVolume},
    trace::SliceTrace,
};

/// A table whose edges are values of the measure: shares of a target multiplied by it. Without a target attainment is 0,
/// so that only the first tier can be reached.
#[derive(Debug)]
pub(super) struct Edges<'a> {
    tiers: Vec<(Exact, &'a Tier)>,
    side: EdgeSide,
}

/// A part of the measure in a tier, and the flat of that tier if it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The tier, counted from 0.
    pub tier: usize,
    /// The part of the measure.
    pub part: Exact,
    /// The flat, 0 if it is not due.
    pub flat: Decimal,
}

impl<'a> Edges<'a> {
    /// The edges of a table under a target.
    pub fn of(table: &'a TierTable, target: Option<&Exact>) -> Self {
        let target = target.filter(|t| t.is_positive());
        let tiers = table.tiers.iter().enumerate();
        let tiers = tiers.filter_map(|(i, tier)| match (table.edge_scale, target) {
            (EdgeScale::Absolute, _) => Some((tier.from.into(), tier)),
            (EdgeScale::ShareOfTarget, Some(target)) => Some((Exact::from(tier.from) * target.clone(), tier)),
            (EdgeScale::ShareOfTarget, None) => (i == 0).then(|| (Exact::zero(), tier)),
        });
        Self { tiers: tiers.collect(), side: table.edge_side }
    }

    /// A tier and its lower edge.
    pub fn tier(&self, index: usize) -> Option<(&Exact, &'a Tier)> {
        self.tiers.get(index).map(|(from, tier)| (from, *tier))
    }

    /// The side of a tier's lower edge.
    pub fn side(&self, index: usize) -> EdgeSide {
        self.tiers.get(index).and_then(|(_, tier)| tier.edge_side).unwrap_or(self.side)
    }

    /// The tier that holds `x`: the last one whose lower edge `x` has reached, on the side that edge says.
    pub fn holds(&self, x: &Exact) -> Option<usize> {
        (0..self.tiers.len()).rev().find(|index| self.has_reached(*index, x))
    }

    fn has_reached(&self, index: usize, x: &Exact) -> bool {
        self.tiers.get(index).is_some_and(|(from, _)| reached(self.side(index), from, x))
    }

    /// A slice of the trace.
    pub fn slice(&self, index: usize, part: Exact, flat: Decimal) -> Result<SliceTrace, TooManyDigits> {
        let zero = Exact::zero();
        let (from, rate) = self.tier(index).map_or((&zero, Decimal::ZERO), |(from, tier)| (from, tier.rate));
        slice((from, self.tier(index.saturating_add(1)).map(|(to, _)| to)), part, rate, flat)
    }

    /// R01: the parts of `x` per tier and the flats of entered tiers; the first tier is always named. Below 0 all of it
    /// is in the first tier.
    pub fn marginal(&self, x: &Exact, first_flat_at_zero: bool) -> Vec<Piece> {
        if x.is_negative() {
            return vec![Piece { tier: 0, part: x.clone(), flat: Decimal::ZERO }];
        }
        let mut pieces = Vec::new();
        for (index, (from, tier)) in self.tiers.iter().enumerate() {
            let top = self.tiers.get(index.saturating_add(1)).map_or(x, |(to, _)| min(x, to));
            let part = max(Exact::zero(), top.clone() - from.clone());
            // The first edge is 0 and has no lower neighbour: at 0 a field decides, above it the tier is entered.
            let entered = if index == 0 { x.is_positive() || first_flat_at_zero } else { self.has_reached(index, x) };
            let flat = if entered { tier.flat } else { Decimal::ZERO };
            if index == 0 || !part.is_zero() || !flat.is_zero() {
                pieces.push(Piece { tier: index, part, flat });
            }
        }
        pieces
    }

    /// R02: all of `x` in the tier it reaches. The first tier holds 0 on either side: it has no lower neighbour. Below 0
    /// no flat is due.
    pub fn whole(&self, x: &Exact) -> Piece {
        let tier = if x.is_negative() { 0 } else { self.holds(x).unwrap_or(0) };
        let flat = self.tier(tier).filter(|_| !x.is_negative()).map_or(Decimal::ZERO, |(_, t)| t.flat);
        Piece { tier, part: x.clone(), flat }
    }

    /// The slices of pieces.
    pub fn slices(&self, pieces: Vec<Piece>) -> Result<Vec<SliceTrace>, TooManyDigits> {
        pieces.into_iter().map(|p| self.slice(p.tier, p.part, p.flat)).collect()
    }
}

/// Whether `x` has passed an edge.
pub(super) fn reached(side: EdgeSide, edge: &Exact, x: &Exact) -> bool {
    match side {
        EdgeSide::LowerInclusive => edge <= x,
        EdgeSide::UpperInclusive => edge < x,
    }
}

/// R01: each slice at its own rate, plus the flats of the entered tiers.
pub(super) fn marginal(rule: &Marginal, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let edges = Edges::of(&rule.table, terms.target.as_ref());
    let slices = edges.slices(edges.marginal(&terms.x, rule.first_flat_at_zero))?;
    let tier = if terms.x.is_negative() { Some(0) } else { edges.holds(&terms.x).or(Some(0)) };
    Ok(of_slices(slices, tier))
}

/// R02: the rate of the reached tier on the whole (or on what the rule names instead), and its flat. Below 0 a rate on
/// something else than the measure takes nothing back.
pub(super) fn whole_volume(rule: &WholeVolume, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let edges = Edges::of(&rule.table, terms.target.as_ref());
    let piece = edges.whole(&terms.x);
    let paid_on = match rule.paid_on {
        PaidOn::Measure => terms.x.clone(),
        _ if terms.x.is_negative() => Exact::zero(),
        other => terms.paid_on(other),
    };
    Ok(of_slices(vec![edges.slice(piece.tier, paid_on, piece.flat)?], Some(piece.tier)))
}
