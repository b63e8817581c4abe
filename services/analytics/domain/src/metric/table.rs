//! The rows of an answer, in order.

use std::{cmp::Ordering, collections::HashMap};

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date};

use super::{
    definitions::{Definition, How, Part},
    dimension::Dimension,
    fact::Basis,
    measure::Measure,
    names::Names,
    query::MetricQuery,
    tally::{CellKey, index},
    value::{Value, exact},
};

/// What a row is about; rows are ordered by it: time first, then the dimensions in the order of the question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowKey {
    /// First day of the period, not cut to the range; `None` when the whole range is one.
    pub first: Option<Date>,
    /// One text per dimension of the query.
    pub texts: Vec<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub key: RowKey,
    /// Currency of its amounts, where it is split by currency.
    pub currency: Option<Currency>,
    /// One value per metric, `None` where it does not exist.
    pub values: Vec<Option<Value>>,
}

/// Everything that was counted.
#[derive(Debug)]
pub struct Table {
    query: MetricQuery,
    basis: Option<Basis>,
    /// The texts of labels in byte order; keys have the places of their texts in it.
    texts: Vec<Box<str>>,
    /// Keys in order, with the number of their cell.
    rows: Vec<(CellKey, u32)>,
    summed: Vec<Measure>,
    sums: Vec<i128>,
    /// Counts and the like: a number per cell.
    counts: Vec<(Measure, Vec<i128>)>,
}

impl Table {
    /// Puts cells in order.
    pub(super) fn new(
        query: MetricQuery,
        basis: Option<Basis>,
        labels: Names,
        cells: HashMap<CellKey, u32>,
        (summed, sums): (Vec<Measure>, Vec<i128>),
        counts: Vec<(Measure, Vec<i128>)>,
    ) -> Self {
        let (texts, ranks) = labels.into_ranked();
        let dimensions = query.dimensions.len();
        let mut rows: Vec<(CellKey, u32)> = cells.into_iter().collect();
        for (key, _) in &mut rows {
            for label in key.labels.iter_mut().take(dimensions) {
                *label = ranks.get(index(*label)).copied().unwrap_or_default();
            }
        }
        rows.sort_unstable();
        Self { query, basis, texts, rows, summed, sums, counts }
    }

    /// The flow that was counted; `None` when there were no facts.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        self.basis
    }

    /// The question.
    #[must_use]
    pub fn query(&self) -> &MetricQuery {
        &self.query
    }

    /// At most `limit` rows after a row, in order. The row need not be there any more.
    #[must_use]
    pub fn page(&self, after: Option<&RowKey>, limit: usize) -> Vec<Row> {
        let start = after.map_or(0, |after| self.rows.partition_point(|(key, _)| self.compare(key, after).is_le()));
        self.rows.iter().skip(start).take(limit).map(|row| self.row(row)).collect()
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.rows.iter().map(|row| self.row(row))
    }

    fn row(&self, (key, cell): &(CellKey, u32)) -> Row {
        let key = RowKey { first: key.first, texts: self.texts(key).map(str::to_owned).collect() };
        let currency = self.query.dimensions.iter().position(|dimension| *dimension == Dimension::Currency);
        let currency = currency.and_then(|at| key.texts.get(at)).and_then(|code| Currency::parse(code).ok());
        let values = self.query.metrics.iter().map(|metric| self.value(metric, *cell, currency)).collect();
        Row { key, currency, values }
    }

    fn texts(&self, key: &CellKey) -> impl Iterator<Item = &str> {
        let ranks = key.labels.into_iter().take(self.query.dimensions.len());
        ranks.map(|rank| self.texts.get(index(rank)).map_or("", |text| &**text))
    }

    fn compare(&self, key: &CellKey, other: &RowKey) -> Ordering {
        key.first.cmp(&other.first).then_with(|| self.texts(key).cmp(other.texts.iter().map(String::as_str)))
    }

    fn value(&self, metric: &Definition, cell: u32, currency: Option<Currency>) -> Option<Value> {
        // Touchpoints have no currency, so no row of one is about them; amounts are nowhere else.
        let foreign = match currency {
            Some(_) => !metric.dimensions.contains(&Dimension::Currency),
            None => metric.per_currency,
        };
        if foreign || self.profit_is_unknown(metric, cell) {
            return None;
        }
        let part = |measure: Measure| exact(self.measure(cell, measure), measure.scale(), currency);
        Some(match metric.how {
            How::Whole(measure) => Value::Sum {
                unit: metric.unit,
                value: self.measure(cell, measure),
                digits: measure.scale().digits(currency),
            },
            How::Ratio(numerator, by) => Value::Ratio {
                unit: metric.unit,
                numerator: match numerator {
                    Part::Of(measure) => part(measure),
                    Part::Less(measure, less) => part(measure) - part(less),
                },
                denominator: part(by),
            },
        })
    }

    /// There are lines, and none says what its goods cost.
    fn profit_is_unknown(&self, metric: &Definition, cell: u32) -> bool {
        metric.measures().contains(&Measure::Profit)
            && self.measure(cell, Measure::Lines) > 0
            && self.measure(cell, Measure::CostedLines) == 0
    }

    fn measure(&self, cell: u32, measure: Measure) -> i128 {
        let of_cell = |numbers: &[i128], at: usize| numbers.get(at).copied();
        let summed = self.summed.iter().position(|summed| *summed == measure);
        let sum = summed
            .and_then(|place| of_cell(&self.sums, index(cell).saturating_mul(self.summed.len()).saturating_add(place)));
        let count = || {
            let (_, numbers) = self.counts.iter().find(|(counted, _)| *counted == measure)?;
            of_cell(numbers, index(cell))
        };
        sum.or_else(count).unwrap_or_default()
    }
}
