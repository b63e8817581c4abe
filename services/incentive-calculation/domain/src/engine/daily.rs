//! Days of sums instead of facts, for live accruals (IC-26): the same lines, but for the digests of facts.

use tributary_core::{Currency, Date};

use super::{
    Engine, MeasuredFact,
    layout::{Gauge, Parts},
    sums::{Bucket, Sums},
};
use crate::accrual::{CountedKey, DaySums, Filter};

/// What the engine counts by: which facts, over which days.
#[derive(Debug, Clone)]
pub struct Daily {
    /// Which facts.
    pub filter: Filter,
    /// Over which half-open window of days.
    pub window: (Date, Date),
    /// Whether single facts are needed: days of sums do not do.
    pub single_facts: bool,
}

/// A day of a payee, in sums.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// The payee, by the number that facts would name it by.
    pub payee: u32,
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// The currency.
    pub currency: Currency,
    /// The sums.
    pub sums: &'a DaySums,
    /// How many of its facts have each key.
    pub keys: &'a [(CountedKey, i64)],
}

impl Engine {
    /// What it counts by, in the order of the numbers that [`Self::absorb_day`] and [`Self::absorb_single`] take.
    #[must_use]
    pub fn dailies(&self) -> Vec<Daily> {
        let of = |gauge: &Gauge| {
            let (from, to) = gauge.selection.window();
            Daily {
                filter: Filter::new(&gauge.selection, gauge.distinct),
                window: (Date::from_days(from), Date::from_days(to)),
                single_facts: gauge.facts,
            }
        };
        self.layout.gauges.iter().map(of).collect()
    }

    /// Takes a day in, of what it counts by as the `number`th.
    pub fn absorb_day(&mut self, number: usize, day: &Day<'_>) {
        let of = self.layout.gauges.len();
        if let Some(gauge) = self.layout.gauges.get(number) {
            let at = self.cells.place(day.payee, gauge.into.unwrap_or(day.currency), of);
            if let Some(sums) = self.cells.sums(at, number) {
                sums.take_day(gauge, day);
            }
        }
    }

    /// Takes a fact in, for what it counts by as the `number`th alone. Facts come in the order of their keys.
    pub fn absorb_single(&mut self, number: usize, fact: &MeasuredFact<'_>) {
        let of = self.layout.gauges.len();
        if let Some(gauge) = self.layout.gauges.get(number).filter(|g| g.selection.matches(fact)) {
            let at = self.cells.place(fact.payee, gauge.into.unwrap_or(fact.currency), of);
            self.cells.add(at, number, gauge, fact);
        }
    }
}

impl Sums {
    fn take_day(&mut self, gauge: &Gauge, day: &Day<'_>) {
        let part = (day.day, day.currency);
        let add = |bucket: &mut Bucket| bucket.take_day(day);
        match gauge.parts {
            Parts::Together => add(&mut self.all),
            Parts::Currencies => {
                add(&mut self.all);
                add(self.parts.entry((0, day.currency)).or_default());
            }
            Parts::Rates => {
                add(&mut self.all);
                add(self.parts.entry(part).or_default());
            }
            Parts::Days => add(self.parts.entry(part).or_default()),
        }
    }
}
