//! Which facts a rule counts: its filters and a window of days, prepared so that one fact is decided in nanoseconds.

use serde::{Deserialize, Serialize};
use tributary_core::Date;

use super::MeasuredFact;
use crate::{assignment::within, plan::Measure};

/// The facts of a measure in a half-open window of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    from: i64,
    to: i64,
    /// Bit n stands for kind number n.
    kinds: u8,
    /// Bit n stands for channel class number n; 0: all.
    channels: u8,
    product_lines: Vec<String>,
    skus: Vec<String>,
    regions: Vec<String>,
    sub_channels: Vec<String>,
}

impl Selection {
    /// Prepares the filters of a measure for a window `[from, to)`.
    #[must_use]
    pub fn new(measure: &Measure, (from, to): (Date, Date)) -> Self {
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.dedup();
            list
        };
        Self {
            from: from.days(),
            to: to.days(),
            kinds: measure.kinds.iter().fold(0, |bits, k| bits | bit(k.number())),
            channels: measure.channels.iter().fold(0, |bits, c| bits | bit(c.number())),
            product_lines: sorted(&measure.product_lines),
            skus: sorted(&measure.skus),
            regions: sorted(&measure.regions),
            sub_channels: sorted(&measure.sub_channels),
        }
    }

    /// The same filters on any day.
    #[must_use]
    pub fn on_any_day(&self) -> Self {
        Self { from: i64::MIN, to: i64::MAX, ..self.clone() }
    }

    /// Whether a fact counts.
    #[must_use]
    pub fn matches(&self, fact: &MeasuredFact<'_>) -> bool {
        self.from <= fact.day
            && fact.day < self.to
            && self.kinds & bit(fact.kind.number()) != 0
            && (self.channels == 0 || fact.channel.is_some_and(|c| self.channels & bit(c.number()) != 0))
            && listed(&self.product_lines, fact.product_line)
            && listed(&self.skus, fact.sku)
            && listed(&self.sub_channels, fact.sub_channel)
            && (self.regions.is_empty() || self.regions.iter().any(|area| within(fact.region, area)))
    }

    pub(super) fn by_sku(&self) -> bool {
        !self.skus.is_empty()
    }

    pub(super) fn by_product_line(&self) -> bool {
        !self.product_lines.is_empty()
    }

    pub(super) fn by_region(&self) -> bool {
        !self.regions.is_empty()
    }

    pub(super) fn by_channel(&self) -> bool {
        self.channels != 0
    }

    pub(super) fn by_sub_channel(&self) -> bool {
        !self.sub_channels.is_empty()
    }

    /// The window, days from 1970-01-01.
    pub(super) fn window(&self) -> (i64, i64) {
        (self.from, self.to)
    }
}

fn bit(number: u8) -> u8 {
    1_u8.checked_shl(u32::from(number)).unwrap_or(0)
}

fn listed(list: &[String], value: &str) -> bool {
    list.is_empty() || list.binary_search_by(|item| item.as_str().cmp(value)).is_ok()
}
