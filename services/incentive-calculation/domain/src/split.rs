//! R14, IC-11: splits whose parts always sum to the whole, and cuts to a shared bound (R10). All in minor units.

use std::cmp::Reverse;

use num_bigint::BigUint;
use num_integer::Integer as _;
use tributary_core::{Exact, Rounding};

/// Why a split cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There is no weight above 0.
    #[error("no weight is above 0; give at least one")]
    NoWeight,
}

/// A share of a pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// In which proportion.
    pub weight: u64,
    /// The least this payee gets of a pool above 0 (or bears of one below 0), at or above 0.
    pub minimum: u64,
}

/// A share of whole minor units, half away from zero. `None` when it does not fit 64 bits.
pub(crate) fn share(of: i64, rate: Exact) -> Option<i64> {
    (Exact::from_scaled(i128::from(of), 0) * rate).round_to(0, Rounding::HalfAwayFromZero)
}

/// Splits `total` in proportion to `weights`: the amount without its sign, floored; the remaining minor units go to the
/// largest remainders, ties by declared order; then the sign, so that a reversal cancels exactly.
///
/// # Errors
/// [`SplitError::NoWeight`] when the weights are empty or all 0.
pub fn largest_remainder(total: i64, weights: &[u64]) -> Result<Vec<i64>, SplitError> {
    let weights: Vec<u128> = weights.iter().copied().map(u128::from).collect();
    let parts = apportion(u128::from(total.unsigned_abs()), &weights)?;
    Ok(parts.into_iter().map(|part| signed(part, total < 0)).collect())
}

/// Splits a pool in proportion to weights, with a least amount per payee. What a payee lacks is taken from the others in
/// proportion to what they have above their own least; a pool no larger than all minimums together is split in
/// proportion to them. A pool below 0 mirrors the one above.
///
/// # Errors
/// [`SplitError::NoWeight`] when the weights are empty or all 0.
pub fn with_minimums(total: i64, shares: &[Share]) -> Result<Vec<i64>, SplitError> {
    let pool = u128::from(total.unsigned_abs());
    let weights: Vec<u128> = shares.iter().map(|s| u128::from(s.weight)).collect();
    let least: Vec<u128> = shares.iter().map(|s| u128::from(s.minimum)).collect();
    let mut parts = apportion(pool, &weights)?;
    let needed: u128 = least.iter().sum();
    if needed >= pool && needed > 0 {
        parts = apportion(pool, &least)?;
    } else {
        let lacking: u128 = parts.iter().zip(&least).map(|(part, least)| least.saturating_sub(*part)).sum();
        let spare: Vec<u128> = parts.iter().zip(&least).map(|(part, least)| part.saturating_sub(*least)).collect();
        if lacking > 0 {
            // Less is lacking than there is to spare, because all minimums fit into the pool.
            let taken = apportion(lacking, &spare)?;
            for ((part, least), taken) in parts.iter_mut().zip(&least).zip(taken) {
                *part = (*part).max(*least).saturating_sub(taken);
            }
        }
    }
    Ok(parts.into_iter().map(|part| signed(part, total < 0)).collect())
}

/// R10: cuts amounts so that together they are at most `cap`. Only amounts above 0 are cut, in proportion, with the
/// largest remainder; the parts then sum exactly to the cap. Without an amount above 0 to cut they stay as they are.
#[must_use]
pub fn cut_pro_rata(amounts: &[i64], cap: i64) -> Vec<i64> {
    let sum: i128 = amounts.iter().copied().map(i128::from).sum();
    let over = sum.saturating_sub(i128::from(cap));
    let above: Vec<u128> = amounts.iter().map(|a| u128::try_from(*a).unwrap_or(0)).collect();
    let Ok(over) = u128::try_from(over) else { return amounts.to_vec() };
    let left = above.iter().sum::<u128>().saturating_sub(over);
    let Ok(parts) = apportion(left, &above) else { return amounts.to_vec() };
    let cut = amounts.iter().zip(parts);
    cut.map(|(amount, part)| if *amount > 0 { signed(part, false) } else { *amount }).collect()
}

/// Parts of `total` in proportion to weights, by largest remainder; they sum to it.
fn apportion(total: u128, weights: &[u128]) -> Result<Vec<u128>, SplitError> {
    let whole: BigUint = weights.iter().copied().map(BigUint::from).sum();
    if whole == BigUint::ZERO {
        return Err(SplitError::NoWeight);
    }
    let total = BigUint::from(total);
    let mut parts: Vec<(BigUint, BigUint)> =
        weights.iter().map(|w| (&total * BigUint::from(*w)).div_rem(&whole)).collect();
    let floored: BigUint = parts.iter().map(|(part, _)| part).sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|i| Reverse(parts.get(*i).map(|(_, remainder)| remainder.clone())));
    // Fewer units remain than there are parts with a remainder, so a weight of 0 never gets one.
    let left = usize::try_from(&total - floored).unwrap_or(0);
    for index in order.into_iter().take(left) {
        if let Some((part, _)) = parts.get_mut(index) {
            *part += 1_u32;
        }
    }
    // No part is more than the total, which fits.
    Ok(parts.into_iter().map(|(part, _)| u128::try_from(part).unwrap_or(0)).collect())
}

/// A part is at most the magnitude of the total, so it fits with the total's sign.
fn signed(part: u128, negative: bool) -> i64 {
    let part = i128::try_from(part).unwrap_or(0);
    i64::try_from(if negative { -part } else { part }).unwrap_or(0)
}
