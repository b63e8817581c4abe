//! The least an exact solution has to do, done in the plainest way: steps counted into a matrix, then for every channel
//! the chain without its states, solved by dense elimination. One thread, journeys taken as they are. Nothing of it is
//! shared with what it is compared with, so it is also the proof that the fast way is right.
#![expect(
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a matrix indexed within its own bounds; counts become probabilities"
)]

use anyhow::{Result, ensure};

use super::{Credits, Numbers};

/// Most states that a dense matrix is made of, and most bits of a state with the touch behind it.
const MOST_STATES: usize = 6000;
const MOST_BITS: u32 = 26;

/// The counts. A state is the codes of its touches, `bits` each; code 0 is no touch, a channel's is its number + 1.
struct Counts {
    journeys: u64,
    bits: u32,
    /// By state.
    starts: Vec<u64>,
    /// By state and code of the next touch.
    steps: Vec<u64>,
    /// By state: conversions, nulls and value of the journeys that end there.
    ends: Vec<[i64; 3]>,
}

/// The chain of the states that journeys went through.
struct Chain {
    bits: u32,
    states: Vec<usize>,
    /// Part of the journeys that start in a state.
    starts: Vec<f64>,
    /// Probability from state to state.
    steps: Vec<f64>,
    /// Conversions and value per visit.
    rewards: Vec<[f64; 2]>,
}

/// Conversions and value by channel, in proportion to what is lost without it.
///
/// # Errors
/// When there are too many states for a dense matrix.
pub fn counted_and_solved(journeys: &Numbers, order: usize) -> Result<Credits> {
    let bits = usize::BITS - journeys.names().len().leading_zeros();
    let all_bits = bits.saturating_mul(order as u32 + 1);
    ensure!(all_bits <= MOST_BITS, "too many channels for order {order}: the floor is dense");
    let counts = Counts::new(journeys, order, bits);
    let totals = counts.ends.iter().fold([0, 0], |sum, end| [sum[0] + end[0], sum[1] + end[2]]).map(|sum| sum as f64);
    let chain = Chain::new(&counts)?;
    let whole = chain.earned_without(None);
    let effects: Vec<[f64; 2]> = (1..=journeys.names().len())
        .map(|code| {
            let rest = chain.earned_without(Some(code));
            [1.0 - rest[0] / whole[0], 1.0 - rest[1] / whole[1]]
        })
        .collect();
    let sums = effects.iter().fold([0.0; 2], |sum, effect| [sum[0] + effect[0], sum[1] + effect[1]]);
    let credit = |effect: &[f64; 2]| [totals[0] * effect[0] / sums[0], totals[1] * effect[1] / sums[1]];
    Ok(journeys.names().iter().cloned().zip(effects.iter().map(credit)).collect())
}

impl Counts {
    fn new(journeys: &Numbers, order: usize, bits: u32) -> Self {
        let states = 1 << (bits * order as u32);
        let mask = states - 1;
        let (mut all, mut starts) = (0, vec![0; states]);
        let (mut steps, mut ends) = (vec![0; states << bits], vec![[0; 3]; states]);
        for (touches, weights) in journeys.iter() {
            let weight = u64::from(weights.conversions) + u64::from(weights.nulls);
            let (first, rest) = touches.split_at(order.min(touches.len()));
            let mut state = first.iter().fold(0, |state, touch| (state << bits) | (usize::from(*touch) + 1));
            all += weight;
            starts[state] += weight;
            for touch in rest {
                let step = (state << bits) | (usize::from(*touch) + 1);
                // Equal states in a row are one.
                if step & mask != state {
                    steps[step] += weight;
                }
                state = step & mask;
            }
            let end = &mut ends[state];
            *end = [end[0] + i64::from(weights.conversions), end[1] + i64::from(weights.nulls), end[2] + weights.value];
        }
        Self { journeys: all, bits, starts, steps, ends }
    }

    fn leaving(&self, state: usize) -> u64 {
        let [conversions, nulls, _] = self.ends[state];
        self.steps_of(state).iter().sum::<u64>() + (conversions + nulls) as u64
    }

    /// By code of the next touch.
    fn steps_of(&self, state: usize) -> &[u64] {
        &self.steps[state << self.bits..(state + 1) << self.bits]
    }
}

impl Chain {
    fn new(counts: &Counts) -> Result<Self> {
        let mask = counts.ends.len() - 1;
        let states: Vec<usize> = (0..=mask).filter(|state| counts.leaving(*state) > 0).collect();
        ensure!(states.len() <= MOST_STATES, "{} states are too many: the floor is dense", states.len());
        let (n, mut places) = (states.len(), vec![0; mask + 1]);
        for (place, state) in states.iter().enumerate() {
            places[*state] = place;
        }
        let (mut steps, mut rewards) = (vec![0.0; n * n], Vec::with_capacity(n));
        for (place, state) in states.iter().enumerate() {
            let out = counts.leaving(*state) as f64;
            for (code, weight) in counts.steps_of(*state).iter().enumerate().filter(|(_, weight)| **weight > 0) {
                let to = places[((state << counts.bits) | code) & mask];
                steps[place * n + to] = *weight as f64 / out;
            }
            let [conversions, _, value] = counts.ends[*state];
            rewards.push([conversions as f64 / out, value as f64 / out]);
        }
        let starts = states.iter().map(|state| counts.starts[*state] as f64 / counts.journeys as f64).collect();
        Ok(Self { bits: counts.bits, states, starts, steps, rewards })
    }

    /// Conversions and value per journey when the states with the channel of this code lead nowhere.
    fn earned_without(&self, code: Option<usize>) -> [f64; 2] {
        let n = self.states.len();
        let kept: Vec<usize> = (0..n).filter(|place| !code.is_some_and(|code| self.holds(*place, code))).collect();
        let (m, width) = (kept.len(), kept.len() + 2);
        // I - Q, and behind it the two rewards.
        let mut rows = vec![0.0; m * width];
        for (i, from) in kept.iter().enumerate() {
            let row = &mut rows[i * width..(i + 1) * width];
            for (j, to) in kept.iter().enumerate() {
                row[j] = f64::from(i == j) - self.steps[from * n + to];
            }
            row[m..].copy_from_slice(&self.rewards[*from]);
        }
        for k in 0..m {
            let (above, below) = rows.split_at_mut((k + 1) * width);
            let pivot = &above[k * width..];
            for row in below.chunks_exact_mut(width) {
                let factor = row[k] / pivot[k];
                if factor != 0.0 {
                    for (entry, p) in row[k..].iter_mut().zip(&pivot[k..]) {
                        *entry -= factor * p;
                    }
                }
            }
        }
        let mut earned = vec![[0.0; 2]; m];
        for i in (0..m).rev() {
            let row = &rows[i * width..(i + 1) * width];
            let mut sum = [row[m], row[m + 1]];
            for (entry, x) in row[i + 1..m].iter().zip(&earned[i + 1..]) {
                sum = [sum[0] - entry * x[0], sum[1] - entry * x[1]];
            }
            earned[i] = sum.map(|sum| sum / row[i]);
        }
        kept.iter().zip(&earned).fold([0.0; 2], |sum, (place, x)| {
            [sum[0] + self.starts[*place] * x[0], sum[1] + self.starts[*place] * x[1]]
        })
    }

    fn holds(&self, place: usize, code: usize) -> bool {
        let (mut state, mask) = (self.states[place], (1 << self.bits) - 1);
        while state != 0 && state & mask != code {
            state >>= self.bits;
        }
        state != 0
    }
}
