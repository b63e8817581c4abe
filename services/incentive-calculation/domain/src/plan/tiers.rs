//! Checks tier tables: no gaps, no overlaps, an open last tier, rates in range.

use tributary_core::{Decimal, Violations};

use super::TierTable;

const MAX_TIERS: usize = 100;
const MAX_DECIMALS: u32 = 12;

/// What a table is over.
#[derive(Debug, Clone, Copy)]
pub(super) enum TableKind {
    /// Over the measure, from 0.
    Measure {
        /// Whether rates are shares of money.
        money: bool,
    },
    /// Over growth as a ratio.
    Growth {
        /// Whether rates are shares of money.
        money: bool,
        /// Whether the rate is paid on the increment.
        increment: bool,
    },
}

/// Adds the violations of a table under `path`.
pub(super) fn check_table(path: &str, table: &TierTable, kind: TableKind, v: &mut Violations) {
    let tiers = &table.tiers;
    match tiers.len() {
        0 => v.add(format!("{path}.tiers"), "there is no tier; add at least one"),
        n if n > MAX_TIERS => v.add(format!("{path}.tiers"), format!("{n} tiers are more than {MAX_TIERS}")),
        _ => {}
    }
    if let Some(first) = tiers.first() {
        check_first_edge(&format!("{path}.tiers[0].from"), first.from, kind, v);
    }
    for (i, pair) in tiers.windows(2).enumerate() {
        let [lower, upper] = pair else { continue };
        check_edge(&format!("{path}.tiers[{}].from", i.saturating_add(1)), (lower.from, lower.to), upper.from, v);
    }
    if let Some((i, to)) = tiers.len().checked_sub(1).and_then(|i| tiers.last()?.to.map(|to| (i, to))) {
        let remedy = format!("name what follows: add a tier from {to}, for example with rate 0");
        v.add(format!("{path}.tiers[{i}].to"), format!("the last tier ends at {to}; {remedy}"));
    }
    for (i, tier) in tiers.iter().enumerate() {
        let path = format!("{path}.tiers[{i}]");
        check_rate(&format!("{path}.rate"), tier.rate, kind, v);
        check_flat(&format!("{path}.flat"), tier.flat, kind, v);
        check_decimals(&format!("{path}.from"), tier.from, v);
        check_decimals(&format!("{path}.rate"), tier.rate, v);
        check_decimals(&format!("{path}.flat"), tier.flat, v);
    }
}

fn check_first_edge(field: &str, from: Decimal, kind: TableKind, v: &mut Violations) {
    match kind {
        TableKind::Measure { .. } if !from.is_zero() => {
            v.add(field, format!("{from} is not 0; the first tier starts at 0, for example with rate 0"));
        }
        TableKind::Growth { increment: true, .. } if from < Decimal::ZERO => v.add(
            field,
            format!("{from} is below 0; a rate on a negative increment would take money back: start at 0 or above"),
        ),
        TableKind::Growth { .. } if from < -Decimal::ONE => {
            v.add(field, format!("{from} is below -1; growth is a ratio, \"-0.05\" is 5 % less"));
        }
        _ => {}
    }
}

/// The edge between two tiers.
fn check_edge(field: &str, (from, to): (Decimal, Option<Decimal>), next: Decimal, v: &mut Violations) {
    if next <= from {
        v.add(field, format!("{next} is not above {from}, where the tier before starts; list the tiers lowest first"));
        return;
    }
    match to {
        Some(to) if next > to => v.add(
            field,
            format!("{next} leaves a gap after {to}, where the tier before ends; start at {to} or add a tier between"),
        ),
        Some(to) if next < to => v.add(
            field,
            format!("{next} overlaps the tier before, which ends at {to}; start at {to} or end that one at {next}"),
        ),
        _ => {}
    }
}

fn check_rate(field: &str, rate: Decimal, kind: TableKind, v: &mut Violations) {
    let (TableKind::Measure { money } | TableKind::Growth { money, .. }) = kind;
    if rate < Decimal::ZERO {
        v.add(field, format!("{rate} is below 0; use 0 where nothing is earned"));
    } else if money && rate > Decimal::ONE {
        v.add(field, format!("{rate} is above 1, which is 100 %; \"0.15\" is 15 %"));
    }
}

fn check_flat(field: &str, flat: Decimal, kind: TableKind, v: &mut Violations) {
    if flat < Decimal::ZERO {
        v.add(field, format!("{flat} is below 0; use 0 where nothing is added"));
    } else if matches!(kind, TableKind::Growth { .. }) && !flat.is_zero() {
        v.add(field, format!("{flat} is not 0; tiers over growth pay a rate only"));
    }
}

/// Adds a violation when a number has too many decimals.
pub(super) fn check_decimals(field: &str, value: Decimal, v: &mut Violations) {
    if value.normalize().scale() > MAX_DECIMALS {
        v.add(field, format!("{value} has more than {MAX_DECIMALS} decimals; nothing is rounded silently"));
    }
}
