//! Small numeric tools: integers as floats, sums that do not lose digits, a fast hash for counting.
#![expect(
    clippy::as_conversions,
    clippy::float_arithmetic,
    reason = "counts become shares here; no money is paid by them"
)]

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A count as a float; exact up to 2^53, relative error 2^-53 above.
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// A sum of amounts as a float.
pub(super) fn real_sum(amount: i128) -> f64 {
    amount as f64
}

/// A length as a float.
pub(super) fn real_len(len: usize) -> f64 {
    len as f64
}

/// A sum with a correction term (Neumaier): its error does not grow with the number of terms.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term.
    pub fn add(&mut self, term: f64) {
        let next = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - next) + term } else { (term - next) + self.sum };
        self.sum = next;
    }

    /// The sum.
    pub fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// Shares `total` in proportion to `weights`; all zero when the weights are.
pub(super) fn in_proportion(total: f64, weights: &[f64]) -> Vec<f64> {
    let mut sum = Sum::default();
    weights.iter().for_each(|w| sum.add(*w));
    let sum = sum.value();
    weights.iter().map(|w| if sum > 0.0 { total * (w / sum) } else { 0.0 }).collect()
}

/// Counts by a packed key.
pub(super) type Counts<V> = HashMap<u64, V, BuildHasherDefault<Mixer>>;

/// One multiplication and a fold: keys are made here, nobody can choose them to collide.
#[derive(Debug, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
