//! Where the value of one field comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::Template;

/// Where a value comes from, before it is mapped and signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A column.
    Column(String),
    /// The same for every row.
    Const(String),
    /// The exact product of columns, numbers all.
    Product(Vec<String>),
    /// Text with columns in it, such as "{country}/{state}".
    Template(Template),
    /// The parts of a column, one per element of a list.
    Split {
        /// The column.
        column: String,
        /// What parts them.
        by: String,
    },
}

/// What happens with the sign of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sign {
    /// It stays. The default.
    #[default]
    Keep,
    /// It is turned round: for sources that state returns as positive numbers in a file of their own.
    Negate,
    /// The number becomes negative where a column holds one of these values, and stays elsewhere.
    NegativeWhere {
        /// The column.
        column: String,
        /// Its values.
        values: BTreeSet<String>,
    },
}

/// How one field gets its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// Where it comes from.
    pub source: Source,
    /// Other words for the values found; "*" stands for all others.
    pub map: Option<BTreeMap<String, String>>,
    /// What an empty cell means, after `map`.
    pub default: Option<String>,
    /// What happens with the sign.
    pub sign: Sign,
    /// Format of a date or time; `None`: ISO 8601.
    pub format: Option<String>,
    /// Zone of a wall-clock time.
    pub zone: Option<String>,
}

impl Expr {
    /// The columns its source takes from, in order.
    #[must_use]
    pub fn source_columns(&self) -> Vec<&str> {
        match &self.source {
            Source::Column(column) | Source::Split { column, .. } => vec![column],
            Source::Product(columns) => columns.iter().map(String::as_str).collect(),
            Source::Const(_) => Vec::new(),
            Source::Template(template) => {
                let mut columns = BTreeSet::new();
                template.collect_columns(&mut columns);
                columns.into_iter().collect()
            }
        }
    }

    /// Adds every column it takes from.
    pub fn collect_columns<'e>(&'e self, into: &mut BTreeSet<&'e str>) {
        into.extend(self.source_columns());
        if let Sign::NegativeWhere { column, .. } = &self.sign {
            into.insert(column);
        }
    }

    /// Whether its value differs from row to row.
    #[must_use]
    pub fn varies(&self) -> bool {
        !self.source_columns().is_empty()
    }

    /// The columns it takes from, for messages. Example: "qty × unit_price".
    #[must_use]
    pub fn columns_text(&self) -> String {
        let between = if matches!(self.source, Source::Product(_)) { " × " } else { ", " };
        self.source_columns().join(between)
    }
}
