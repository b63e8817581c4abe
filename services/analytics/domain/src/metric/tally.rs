//! Counts facts into cells, in one pass and in any order.

use std::collections::{HashMap, HashSet};

use tributary_core::{Date, Fault};

use super::{
    dimension::{Dimension, cut_region},
    fact::{Basis, FactKind},
    grain::Grain,
    measure::{Measure, Way},
    names::Names,
    query::MetricQuery,
    table::Table,
    view::{CampaignRow, LineView},
};
use crate::reasons::{BASIS_AMBIGUOUS, METRIC_TOO_LARGE};

/// How much memory a question may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most cells.
    pub cells: usize,
    /// Most things that distinct counts remember, over all cells.
    pub distinct: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cells: 5_000_000, distinct: 20_000_000 }
    }
}

/// What facts are counted by: the first day of the period, and a number per dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CellKey {
    pub(super) first: Option<Date>,
    pub(super) labels: [u32; Dimension::ALL.len()],
}

/// What a distinct count remembers: the cell, what is counted, and what tells repeats of it apart.
pub(super) type Seen = HashSet<(u32, u32, u32)>;

/// What was counted so far.
#[derive(Debug)]
pub struct Tally {
    query: MetricQuery,
    reads_sales: bool,
    limits: Limits,
    /// Measures that are sums: each cell has one number for each, in this order.
    summed: Vec<Measure>,
    labels: Names,
    cells: HashMap<CellKey, u32>,
    sums: Vec<i128>,
    distinct: Vec<(Measure, Seen)>,
    entities: Names,
    remembered: usize,
    /// Net of all channels, by keys whose channels are left out; `None` unless asked for.
    siblings: Option<HashMap<CellKey, i128>>,
    /// Whether facts of sell-in and of sell-out were counted.
    flows: (bool, bool),
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(query: MetricQuery, limits: Limits) -> Self {
        let measures = query.measures();
        let of = |way: Way| measures.iter().copied().filter(move |measure| measure.way() == way);
        Self {
            summed: of(Way::LineSum).chain(of(Way::CampaignSum)).collect(),
            distinct: of(Way::Distinct).map(|measure| (measure, Seen::new())).collect(),
            siblings: of(Way::Siblings).next().map(|_| HashMap::new()),
            reads_sales: query.reads_sales(),
            query,
            limits,
            labels: Names::default(),
            cells: HashMap::new(),
            sums: Vec::new(),
            entities: Names::default(),
            remembered: 0,
            flows: (false, false),
        }
    }

    /// Counts a line of sales, if the question is about it.
    ///
    /// # Errors
    /// `BASIS_AMBIGUOUS`, `METRIC_TOO_LARGE`.
    pub fn add(&mut self, line: &LineView<'_>) -> Result<(), Fault> {
        let text = |dimension| line.text(dimension);
        let query = &self.query;
        let wanted = self.reads_sales
            && query.has_day(line.day)
            && query.basis.is_none_or(|basis| basis.has(line.kind))
            && query.scope.iter().all(|condition| condition.holds(&text));
        if !wanted {
            return Ok(());
        }
        self.note_flow(line.kind)?;
        let here = self.query.channels.iter().all(|condition| condition.holds(&text));
        let key = self.key(line.day, text);
        if let Some(siblings) = &mut self.siblings {
            let key = without_channels(key, &self.query.dimensions);
            let sum = siblings.entry(key).or_default();
            *sum = sum.saturating_add(line.net.into());
            too_large(siblings.len(), self.limits.cells, "cells")?;
        }
        if !here {
            return Ok(());
        }
        let cell = self.cell(key)?;
        self.add_sums(cell, |measure| measure.of_line(line));
        for (measure, seen) in &mut self.distinct {
            let Some((entity, part)) = measure.entity(line) else { continue };
            let entity = self.entities.number(entity);
            let part = part.map_or(0, |part| self.entities.number(part));
            if seen.insert((cell, entity, part)) {
                self.remembered = self.remembered.saturating_add(1);
            }
        }
        too_large(self.remembered, self.limits.distinct, "different orders, customers and partners")
    }

    /// Counts touchpoints or costs, if the question is about them.
    ///
    /// # Errors
    /// `METRIC_TOO_LARGE`.
    pub fn add_campaign(&mut self, row: &CampaignRow<'_>) -> Result<(), Fault> {
        let text = |dimension| row.text(dimension);
        let query = &self.query;
        let mut conditions = query.scope.iter().chain(&query.channels);
        let wanted = query.has_day(row.day) && conditions.all(|condition| condition.holds(&text));
        // Costs make no row of a question for visits.
        if !wanted || self.summed.iter().all(|measure| measure.of_campaign(row) == 0) {
            return Ok(());
        }
        let key = self.key(row.day, text);
        let cell = self.cell(key)?;
        self.add_sums(cell, |measure| measure.of_campaign(row));
        Ok(())
    }

    /// Ends counting.
    #[must_use]
    pub fn finish(self) -> Table {
        let Self { query, summed, labels, cells, sums, distinct, siblings, flows, .. } = self;
        let basis = query.basis.or(match flows {
            (true, true) => Some(Basis::All),
            (true, false) => Some(Basis::SellIn),
            (false, true) => Some(Basis::SellOut),
            (false, false) => None,
        });
        let siblings = siblings.map(|sums| {
            let mut of_cells = vec![0; cells.len()];
            for (key, cell) in &cells {
                let sum = sums.get(&without_channels(*key, &query.dimensions)).copied().unwrap_or_default();
                if let Some(slot) = of_cells.get_mut(index(*cell)) {
                    *slot = sum;
                }
            }
            (Measure::NetOfAllChannels, of_cells)
        });
        let count = cells.len();
        let counts = distinct.into_iter().map(|(measure, seen)| (measure, counts(measure, &seen, count)));
        Table::new(query, basis, labels, cells, (summed, sums), counts.chain(siblings).collect())
    }

    /// Refuses facts of both flows, unless their rows are apart.
    fn note_flow(&mut self, kind: FactKind) -> Result<(), Fault> {
        match kind.flow() {
            Basis::SellOut => self.flows.1 = true,
            Basis::SellIn | Basis::All => self.flows.0 = true,
        }
        if self.flows == (true, true) && self.query.basis.is_none() && !self.query.dimensions.contains(&Dimension::Kind)
        {
            let message = "sell-in and sell-out facts are in scope, and adding them counts goods twice; state the basis, or \
                           split by KIND";
            return Err(Fault::new(BASIS_AMBIGUOUS, message));
        }
        Ok(())
    }

    fn key<'a>(&mut self, day: Date, text: impl Fn(Dimension) -> &'a str) -> CellKey {
        let first = self.query.grain.map(|grain: Grain| grain.first(day));
        let mut labels = [0; Dimension::ALL.len()];
        for (slot, dimension) in labels.iter_mut().zip(&self.query.dimensions) {
            let label = match dimension {
                Dimension::Region => cut_region(text(*dimension), self.query.region_depth),
                _ => text(*dimension),
            };
            *slot = self.labels.number(label);
        }
        CellKey { first, labels }
    }

    /// The number of a cell, a new one for a new key.
    fn cell(&mut self, key: CellKey) -> Result<u32, Fault> {
        if let Some(cell) = self.cells.get(&key) {
            return Ok(*cell);
        }
        too_large(self.cells.len().saturating_add(1), self.limits.cells, "cells")?;
        let cell = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.cells.insert(key, cell);
        self.sums.resize(self.sums.len().saturating_add(self.summed.len()), 0);
        Ok(cell)
    }

    fn add_sums(&mut self, cell: u32, of: impl Fn(Measure) -> i128) {
        let start = index(cell).saturating_mul(self.summed.len());
        for (measure, sum) in self.summed.iter().zip(self.sums.iter_mut().skip(start)) {
            *sum = sum.saturating_add(of(*measure));
        }
    }
}

/// A number as a place.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The key of the otherwise equal cell of all channels.
fn without_channels(mut key: CellKey, dimensions: &[Dimension]) -> CellKey {
    for (slot, dimension) in key.labels.iter_mut().zip(dimensions) {
        if dimension.is_channel() {
            *slot = 0;
        }
    }
    key
}

/// How many were seen in each cell; of repeats those that were seen with two parts or more.
fn counts(measure: Measure, seen: &Seen, cells: usize) -> Vec<i128> {
    let mut counts = vec![0_i128; cells];
    let mut count = |cell: u32| {
        if let Some(slot) = counts.get_mut(index(cell)) {
            *slot = slot.saturating_add(1);
        }
    };
    if measure == Measure::RepeatCustomers {
        let mut orders: HashMap<(u32, u32), u32> = HashMap::new();
        for (cell, customer, _) in seen {
            let orders = orders.entry((*cell, *customer)).or_default();
            *orders = orders.saturating_add(1);
            // Counted once: with the second order.
            if *orders == 2 {
                count(*cell);
            }
        }
    } else {
        seen.iter().for_each(|(cell, _, _)| count(*cell));
    }
    counts
}

fn too_large(found: usize, limit: usize, what: &str) -> Result<(), Fault> {
    if found <= limit {
        return Ok(());
    }
    let message =
        format!("the answer takes more than {limit} {what}; ask for fewer dimensions, longer periods or fewer days");
    Err(Fault::new(METRIC_TOO_LARGE, message))
}
