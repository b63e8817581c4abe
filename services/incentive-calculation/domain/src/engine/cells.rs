//! Totals by payee and currency. A fact finds its cell by one cheap hash of two small numbers.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use tributary_core::Currency;

use super::{MeasuredFact, layout::Gauge, sums::Sums};

/// Totals per gauge, of one payee and currency.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The payee.
    pub payee: u32,
    /// The currency of its facts, or the one they are converted into.
    pub currency: Currency,
    sums: Vec<Option<Box<Sums>>>,
}

impl Cell {
    /// The totals of a gauge; `None` when no fact passed it.
    pub fn sums(&self, gauge: usize) -> Option<&Sums> {
        self.sums.get(gauge)?.as_deref()
    }
}

/// All cells, in the order in which their first facts came.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    index: HashMap<(u32, Currency), usize, BuildHasherDefault<Numbers>>,
    list: Vec<Cell>,
}

impl Cells {
    /// Every cell.
    pub fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.list.iter()
    }

    /// The cell of a payee and currency.
    pub fn get(&self, payee: u32, currency: Currency) -> Option<&Cell> {
        self.index.get(&(payee, currency)).and_then(|at| self.list.get(*at))
    }

    /// The place of the cell of a payee and currency, made for so many gauges when it is new.
    pub fn place(&mut self, payee: u32, currency: Currency, gauges: usize) -> usize {
        let next = self.list.len();
        let at = *self.index.entry((payee, currency)).or_insert(next);
        if at == next {
            let sums = std::iter::repeat_with(|| None).take(gauges).collect();
            self.list.push(Cell { payee, currency, sums });
        }
        at
    }

    /// The totals of a gauge of the cell at a place, begun where there are none.
    pub fn sums(&mut self, at: usize, number: usize) -> Option<&mut Sums> {
        Some(self.list.get_mut(at)?.sums.get_mut(number)?.get_or_insert_default())
    }

    /// Adds a fact to a gauge of the cell at a place.
    pub fn add(&mut self, at: usize, number: usize, gauge: &Gauge, fact: &MeasuredFact<'_>) {
        if let Some(sums) = self.sums(at, number) {
            sums.add(gauge, fact);
        }
    }

    /// Takes over other cells; gives them back when a payee and currency is in both.
    pub fn take(&mut self, other: Self) -> Result<(), Self> {
        if other.index.keys().any(|key| self.index.contains_key(key)) {
            return Err(other);
        }
        for cell in other.list {
            self.index.insert((cell.payee, cell.currency), self.list.len());
            self.list.push(cell);
        }
        Ok(())
    }
}

/// Hashes small numbers, which are no secret and come from nobody who could choose them.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers(u64);

impl Numbers {
    fn mix(&mut self, number: u64) {
        // The odd constant is 2^64 ÷ the golden ratio: it spreads neighbours over all bits.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Numbers {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.mix(u64::from(*b)));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_isize(&mut self, number: isize) {
        self.mix(u64::try_from(number).unwrap_or(0));
    }
}
