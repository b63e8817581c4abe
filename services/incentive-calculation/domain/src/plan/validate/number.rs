//! Checks of single numbers and names, so that each is said in one way.

use tributary_core::{Decimal, ResourceId, Violations};

use crate::plan::tiers::check_decimals;

/// A number that may be 0.
pub(super) fn not_negative(field: &str, value: Decimal, v: &mut Violations) {
    if value < Decimal::ZERO {
        v.add(field, format!("{value} is below 0; use 0 or more"));
    } else {
        check_decimals(field, value, v);
    }
}

/// A number that must be something.
pub(super) fn positive(field: &str, value: Decimal, v: &mut Violations) {
    if value <= Decimal::ZERO {
        v.add(field, format!("{value} is not above 0; use a number above 0"));
    } else {
        check_decimals(field, value, v);
    }
}

/// A rate: a share of money, or any amount per unit otherwise.
pub(super) fn rate(field: &str, value: Decimal, money: bool, v: &mut Violations) {
    if value < Decimal::ZERO {
        v.add(field, format!("{value} is below 0; use 0 where nothing is earned"));
    } else if money && value > Decimal::ONE {
        v.add(field, format!("{value} is above 1, which is 100 %; \"0.15\" is 15 %"));
    } else {
        check_decimals(field, value, v);
    }
}

/// Edges or points, lowest first.
pub(super) fn ascending(field: impl Fn(usize) -> String, values: &[Decimal], v: &mut Violations) {
    for (i, pair) in values.windows(2).enumerate() {
        if let [lower, upper] = pair
            && upper <= lower
        {
            v.add(
                field(i.saturating_add(1)),
                format!("{upper} is not above {lower}, the one before; list the lowest first"),
            );
        }
    }
}

/// How many of something there are.
pub(super) fn count(field: &str, count: usize, (least, most): (usize, usize), v: &mut Violations) {
    if count < least {
        v.add(field, format!("{count} are fewer than {least}; add at least {least}"));
    } else if count > most {
        v.add(field, format!("{count} are more than {most}; leave some out"));
    }
}

/// The name of a figure.
pub(super) fn figure(field: &str, name: &str, v: &mut Violations) {
    if ResourceId::parse(name).is_err() {
        v.add(field, format!("{name:?} is not the name of a figure; write it as \"quota\""));
    }
}
