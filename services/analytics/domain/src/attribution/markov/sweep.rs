//! Any order, by sweeps (Gauss-Seidel) over the sparse system, to the last digit.
//!
//! Sweeps start from 0 and only grow, so the error of a sweep is bounded by what the next one adds, weighed by the
//! expected visits of each state: the sweeps end when that bound is below the precision of the numbers. What is lost
//! without a channel is computed as such (journeys that reach it, times what they earn from there), never as a
//! difference. Several channels are swept together: reading the chain costs more than the arithmetic.
#![expect(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "vectors as long as the system, indexed by its states; probabilities"
)]

use tributary_core::Fault;

use super::system::System;
use crate::reasons::ATTRIBUTION_NOT_SOLVED;

/// Where sweeping ends: the part of a result that may still be missing. What is lost without a channel is built on the
/// worth of the states, which therefore has to be known better.
const PRECISION_OF_WORTH: f64 = 1e-16;
const PRECISION_OF_LOST: f64 = 1e-13;
/// Where rounding may keep the sweeps from ending; far below what is promised (1e-9).
const NOISE: f64 = 1e-12;
/// More sweeps than any chain of journeys needs: journeys have at most 1,000 touches.
const MAX_SWEEPS: usize = 100_000;
/// Channels that are swept together.
pub(super) const LANES: usize = 8;
/// Conversions and value of each.
const WIDTH: usize = 2 * LANES;

/// What journeys earn from each state on: conversions and value.
pub(super) fn worth(system: &System) -> Result<Vec<[f64; 2]>, Fault> {
    let mut x = vec![[0.0; 2]; system.rows.len()];
    let rewards: Vec<[f64; 2]> = system.rows.iter().map(|row| row.reward).collect();
    let held = vec![0; x.len()];
    sweep(system, &rewards, &held, PRECISION_OF_WORTH, &mut x)?;
    Ok(x)
}

/// What is lost without the states of a channel, per journey, for some channels at once. `worth` is that of the whole
/// chain; bit n of `removed` says that a state goes with channel n.
pub(super) fn lost(system: &System, worth: &[[f64; 2]], removed: &[u8]) -> Result<[[f64; 2]; LANES], Fault> {
    let mut x = vec![[0.0; WIDTH]; worth.len()];
    for ((x, worth), removed) in x.iter_mut().zip(worth).zip(removed) {
        for (lane, pair) in x.chunks_exact_mut(2).enumerate().filter(|(lane, _)| removed & (1 << lane) != 0) {
            debug_assert!(lane < LANES);
            pair.copy_from_slice(worth);
        }
    }
    let rewards = vec![[0.0; WIDTH]; x.len()];
    let lost = sweep(system, &rewards, removed, PRECISION_OF_LOST, &mut x)?;
    let mut pairs = [[0.0; 2]; LANES];
    for (pair, lost) in pairs.iter_mut().zip(lost.chunks_exact(2)) {
        pair.copy_from_slice(lost);
    }
    Ok(pairs)
}

/// Sweeps until what is missing in the result is nothing; returns the result: what a journey earns from its start.
/// Pairs whose bit is set in `held` stay as they are.
fn sweep<const W: usize>(
    system: &System,
    rewards: &[[f64; W]],
    held: &[u8],
    precision: f64,
    x: &mut [[f64; W]],
) -> Result<[f64; W], Fault> {
    let mut before = [f64::INFINITY; W];
    for _ in 0..MAX_SWEEPS {
        let mut added = [0.0; W];
        let mut result = [0.0; W];
        for (i, row) in system.rows.iter().enumerate() {
            let mut new = rewards[i];
            for (j, p) in &row.next {
                for (new, x) in new.iter_mut().zip(&x[*j]) {
                    *new += p * x;
                }
            }
            let old = &mut x[i];
            if held[i] != 0 {
                for (at, new) in new.iter_mut().enumerate().filter(|(at, _)| held[i] & (1 << (at / 2)) != 0) {
                    *new = old[at];
                }
            }
            for at in 0..W {
                added[at] += row.visits * (new[at] - old[at]).abs();
                result[at] += row.start * new[at];
            }
            *old = new;
        }
        let done = |at: usize| {
            added[at] <= precision * result[at] || (added[at] <= NOISE * result[at] && added[at] >= before[at])
        };
        if (0..W).all(done) {
            return Ok(result);
        }
        before = added;
    }
    let message =
        format!("the chain of {} states did not settle in {MAX_SWEEPS} sweeps; ask for a lower order", x.len());
    Err(Fault::new(ATTRIBUTION_NOT_SOLVED, message))
}
