//! Touches of journeys that convert, counted by length of the journey and place in it: all that first, last, linear,
//! position based and time decay need, whatever their parameters.
#![expect(clippy::float_arithmetic, reason = "counts become shares here")]

use super::{
    labels::rank,
    model::Model,
    numbers::{Counts, Sum, real, real_sum},
};

/// Bits of a place and of a length; journeys have at most 1,000 touches.
const BITS: u32 = 16;

/// Conversions and value that passed a place.
#[derive(Debug, Clone, Copy, Default)]
struct Passed {
    conversions: u64,
    value: i128,
}

/// The counts: label, length and place in one key.
#[derive(Debug, Default)]
pub(super) struct Places(Counts<Passed>);

impl Places {
    /// Counts a journey that converts.
    pub fn add(&mut self, touches: &[u16], conversions: u64, value: i128) {
        let len = u64::try_from(touches.len()).unwrap_or(u64::MAX);
        for (label, place) in touches.iter().zip(0_u64..) {
            let passed = self.0.entry((u64::from(*label) << (2 * BITS)) | (len << BITS) | place).or_default();
            passed.conversions = passed.conversions.saturating_add(conversions);
            passed.value = passed.value.saturating_add(value);
        }
    }

    /// Conversions and value by rank of the label.
    pub fn credits(&self, model: &Model, ranks: &[u16]) -> Vec<(f64, f64)> {
        let mask = (1_u64 << BITS) - 1;
        let narrow = |part: u64| usize::try_from(part & mask).unwrap_or(usize::MAX);
        // Sorted by rank, length and place: the order of the sum is that of the names, not of the arrival.
        let mut counts: Vec<(usize, usize, usize, Passed)> = Vec::with_capacity(self.0.len());
        for (key, passed) in &self.0 {
            let label = u16::try_from(key >> (2 * BITS)).unwrap_or(u16::MAX);
            counts.push((rank(ranks, label).into(), narrow(key >> BITS), narrow(*key), *passed));
        }
        counts.sort_unstable_by_key(|(rank, len, place, _)| (*rank, *len, *place));

        let mut weights: Vec<Vec<f64>> = Vec::new();
        let mut sums = vec![(Sum::default(), Sum::default()); ranks.len()];
        for (rank, len, place, passed) in counts {
            if weights.len() <= len {
                weights.resize(len + 1, Vec::new());
            }
            let Some(of_len) = weights.get_mut(len) else { continue };
            if of_len.is_empty() {
                *of_len = model.weights(len);
            }
            if let (Some(weight), Some(sum)) = (of_len.get(place), sums.get_mut(rank)) {
                sum.0.add(real(passed.conversions) * weight);
                sum.1.add(real_sum(passed.value) * weight);
            }
        }
        sums.into_iter().map(|(c, v)| (c.value(), v.value())).collect()
    }
}
