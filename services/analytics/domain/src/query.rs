//! A query over cells, and the table that answers it.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
};

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Violations};

use crate::{
    cell::{CellKey, Sums},
    month::Month,
};

/// What sums can be split by, besides the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// The partner.
    Partner,
    /// The month.
    Month,
    /// The kind of fact.
    Kind,
}

impl Dimension {
    /// The text of a cell in this dimension. Texts of months sort like months.
    fn of(self, key: &CellKey) -> String {
        match self {
            Self::Partner => key.partner.clone(),
            Self::Month => key.month.to_string(),
            Self::Kind => key.kind.clone(),
        }
    }
}

/// A checked query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesQuery {
    /// Split by these, in this order; the currency comes last.
    pub dimensions: Vec<Dimension>,
    /// First month; `None`: from the beginning.
    pub from: Option<Month>,
    /// First month no longer wanted; `None`: to the end.
    pub to: Option<Month>,
}

impl SalesQuery {
    /// Checks the bounds, given as days.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn new(dimensions: Vec<Dimension>, from: Option<Date>, to: Option<Date>) -> Result<Self, Violations> {
        let mut v = Violations::new();
        let from = from.and_then(|day| v.check("from", Month::starting(day)));
        let to = to.and_then(|day| v.check("to", Month::starting(day)));
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            let (to, from) = (to.first_day(), from.first_day());
            v.add("to", format!("{to} is before from {from}; it is the first day no longer wanted"));
        }
        if v.is_empty() { Ok(Self { dimensions, from, to }) } else { Err(v) }
    }
}

/// What a row is about; rows are ordered by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowKey {
    /// One text per dimension of the query, in its order.
    pub values: Vec<String>,
    /// Currency of the sums.
    pub currency: Currency,
}

/// The rows of a query, built cell by cell.
#[derive(Debug)]
pub struct SalesTable {
    dimensions: Vec<Dimension>,
    rows: BTreeMap<RowKey, Sums>,
}

impl SalesTable {
    /// An empty table.
    #[must_use]
    pub fn new(query: &SalesQuery) -> Self {
        Self { dimensions: query.dimensions.clone(), rows: BTreeMap::new() }
    }

    /// Adds a cell that the query wants.
    pub fn add(&mut self, key: &CellKey, sums: Sums) {
        let values = self.dimensions.iter().map(|d| d.of(key)).collect();
        self.rows.entry(RowKey { values, currency: key.currency }).or_default().add(sums);
    }

    /// At most `limit` rows after a row, in order.
    #[must_use]
    pub fn page(&self, after: Option<&RowKey>, limit: usize) -> Vec<(RowKey, Sums)> {
        let start = after.map_or(Unbounded, Excluded);
        let rows = self.rows.range((start, Unbounded)).take(limit);
        rows.map(|(key, sums)| (key.clone(), *sums)).collect()
    }
}

impl RowKey {
    /// For messages. Example: "partner-7, 2012-07 in CNY".
    #[must_use]
    pub fn shown(&self) -> String {
        match self.values.as_slice() {
            [] => format!("all sales in {}", self.currency),
            values => format!("{} in {}", values.join(", "), self.currency),
        }
    }
}
