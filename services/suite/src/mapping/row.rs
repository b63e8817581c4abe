//! One row of a file, by column, and what can be wrong with it.

use std::{collections::BTreeSet, collections::HashMap, sync::Arc};

/// The columns of a file.
#[derive(Debug, Default)]
pub struct Header {
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Header {
    /// From the names in their order; a repeated name keeps its first position.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let mut positions = HashMap::new();
        for (n, name) in names.iter().enumerate() {
            positions.entry(name.clone()).or_insert(n);
        }
        Self { names, positions }
    }

    /// The names in their order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Line in the file where the row begins, from 1.
    pub line: u64,
    /// The columns.
    pub header: Arc<Header>,
    /// The cells, as in the file.
    pub cells: Vec<String>,
}

impl Row {
    /// A row from names and cells, for tests and generated rows.
    #[must_use]
    pub fn new(line: u64, header: Arc<Header>, cells: Vec<String>) -> Self {
        Self { line, header, cells }
    }

    /// The cell of a column as it stands in the file.
    #[must_use]
    pub fn cell(&self, column: &str) -> Option<&str> {
        self.header.positions.get(column).and_then(|n| self.cells.get(*n)).map(String::as_str)
    }

    /// The cell of a column, or `None` when it is empty or a null token.
    #[must_use]
    pub fn value(&self, column: &str, nulls: &BTreeSet<String>) -> Option<&str> {
        self.cell(column).filter(|cell| {
            let trimmed = cell.trim();
            !trimmed.is_empty() && !nulls.contains(trimmed)
        })
    }
}

/// One thing that is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Field of the API, or the column when it belongs to no field. Example: "net".
    pub field: String,
    /// The value found.
    pub value: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl RowFault {
    /// A fault of a field.
    #[must_use]
    pub fn new(
        field: impl Into<String>,
        value: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: value.into(), reason: reason.into(), remedy: remedy.into() }
    }

    /// A fault whose sentence names reason and remedy, divided by a semicolon. One in the value divides nothing.
    #[must_use]
    pub fn from_sentence(field: &str, value: &str, sentence: &str, otherwise: &str) -> Self {
        let quoted = format!("{value:?}");
        let value_ends = if sentence.starts_with(&quoted) { quoted.len() } else { 0 };
        let divided = sentence.get(value_ends..).and_then(|rest| rest.split_once("; "));
        let (reason, remedy) = match divided {
            Some((reason, remedy)) => (sentence.get(..value_ends).unwrap_or_default().to_owned() + reason, remedy),
            None => (sentence.to_owned(), otherwise),
        };
        Self::new(field, value, reason, remedy)
    }
}
