//! R14: splits by integer weights whose parts always sum to the whole.

use std::cmp::Reverse;

/// Why a split cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There is no weight above 0.
    #[error("no weight is above 0; give at least one")]
    NoWeight,
}

/// Splits `total` minor units in proportion to `weights`: the amount without its sign, floored; the remaining minor
/// units go to the largest remainders, ties by declared order; then the sign, so that a reversal cancels exactly.
///
/// # Errors
/// [`SplitError::NoWeight`] when the weights are empty or all 0.
pub fn largest_remainder(total: i64, weights: &[u64]) -> Result<Vec<i64>, SplitError> {
    let whole: u128 = weights.iter().copied().map(u128::from).sum();
    if whole == 0 {
        return Err(SplitError::NoWeight);
    }
    let magnitude = u128::from(total.unsigned_abs());
    // At most 2^63 · 2^64, which fits 128 bits.
    let shares = weights.iter().map(|w| magnitude * u128::from(*w));
    let mut parts: Vec<(u128, u128)> = shares.map(|share| (share / whole, share % whole)).collect();
    let floored: u128 = parts.iter().map(|(part, _)| part).sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|i| Reverse(parts.get(*i).map(|(_, remainder)| *remainder)));
    // Fewer units remain than there are parts with a remainder, so a weight of 0 never gets one.
    let left = usize::try_from(magnitude - floored).unwrap_or(0);
    for index in order.into_iter().take(left) {
        if let Some((part, _)) = parts.get_mut(index) {
            *part += 1;
        }
    }
    Ok(parts.into_iter().map(|(part, _)| signed(part, total < 0)).collect())
}

/// A part is at most the magnitude of the total, so it fits with the total's sign.
fn signed(part: u128, negative: bool) -> i64 {
    let part = i128::try_from(part).unwrap_or(0);
    i64::try_from(if negative { -part } else { part }).unwrap_or(0)
}
