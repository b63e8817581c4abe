//! R01 and R02 over tier tables, for measures of 0 and above.

use std::cmp::{max, min};

use tributary_core::{Decimal, Exact};

use super::{Outcome, TooManyDigits, slice, total};
use crate::plan::{EdgeSide, Marginal, TierTable, WholeVolume};

/// The tier that holds `x`: the last one whose lower edge `x` has reached, on the side the table says.
pub(super) fn holds(table: &TierTable, x: &Exact) -> Option<usize> {
    table.tiers.iter().rposition(|tier| reached(table.edge_side, &Exact::from(tier.from), x))
}

fn reached(side: EdgeSide, edge: &Exact, x: &Exact) -> bool {
    match side {
        EdgeSide::LowerInclusive => edge <= x,
        EdgeSide::UpperInclusive => edge < x,
    }
}

/// R01: each slice at its own rate, plus the flats of the entered tiers.
pub(super) fn marginal(rule: &Marginal, x: &Exact) -> Result<Outcome, TooManyDigits> {
    let table = &rule.table;
    let mut slices = Vec::new();
    for (index, tier) in table.tiers.iter().enumerate() {
        let from = Exact::from(tier.from);
        let top = table.tiers.get(index.saturating_add(1)).map_or_else(|| x.clone(), |t| min(x.clone(), t.from.into()));
        let part = max(Exact::zero(), top - from.clone());
        // The first edge is 0 and has no lower neighbour: at 0 a field decides, above it the tier is entered.
        let entered =
            if index == 0 { x.is_positive() || rule.first_flat_at_zero } else { reached(table.edge_side, &from, x) };
        let flat = if entered { tier.flat } else { Decimal::ZERO };
        if index == 0 || !part.is_zero() || !flat.is_zero() {
            slices.push(slice(table, index, part, flat)?);
        }
    }
    let exact = total(&slices);
    let tier = holds(table, x).or(Some(0));
    Ok(Outcome { slices, exact, tier, ..Outcome::default() })
}

/// R02: the rate and flat of the reached tier on the whole. The first tier holds 0 on either side: it has no lower
/// neighbour.
pub(super) fn whole_volume(rule: &WholeVolume, x: &Exact) -> Result<Outcome, TooManyDigits> {
    let index = holds(&rule.table, x).unwrap_or(0);
    let flat = rule.table.tiers.get(index).map_or(Decimal::ZERO, |t| t.flat);
    let slices = vec![slice(&rule.table, index, x.clone(), flat)?];
    let exact = total(&slices);
    Ok(Outcome { slices, exact, tier: Some(index), ..Outcome::default() })
}
