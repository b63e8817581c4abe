//! Mapping files: how the columns of somebody's file become facts, partners, contracts and so on. The file is data,
//! checked as a whole before the first row is read; a row that does not fit becomes a reject, never a guess.
//!
//! Facts and partners have fields and code of their own. Any other target is an entry in the table of [`Target`], and its
//! fields follow the descriptor of its message.

mod expr;
mod fields;
mod leaf;
mod origin;
mod parse;
mod ready;
mod record;
mod row;
mod target;
mod template;
mod time;
mod tree;
mod value;

pub use expr::{Expr, Sign, Source};
pub use fields::{AddressFields, ContactFields, FactFields, PartnerFields, RefFields};
pub use leaf::{LeafKind, Whole};
pub use parse::parse;
pub use ready::{READY, load};
pub use record::{Mapped, Mapper};
pub use row::{Header, Row, RowFault};
pub use target::{Key, RecordTarget, Target, Witness, Words};
pub use template::{Ordinals, Template};
pub use tree::{Element, Member, Node, RecordFields, Tree};
pub(crate) use {leaf::prefix_of, origin::is_customer_key};

use std::collections::BTreeSet;

use self::value::Eval;
use crate::document::{FileFault, FileFaults, near};

/// What happens with columns that the mapping does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// They are a fault, so that nothing is overlooked. The default.
    Error,
    /// They are left out.
    Ignore,
}

/// The fields a mapping fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// Of a sales fact.
    Facts(Box<FactFields>),
    /// Of a partner.
    Partners(Box<PartnerFields>),
    /// Of a message along its descriptor.
    Record(Box<RecordFields>),
}

/// A checked mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Where it came from: a path, or the name of a ready-made one.
    pub name: String,
    /// What it is for, in words.
    pub title: String,
    /// SHA-256 of the file, lower-case hex.
    pub digest: String,
    /// What happens with other columns.
    pub unknown: Unknown,
    /// Columns that are known and not wanted.
    pub ignore: BTreeSet<String>,
    /// Cell values that mean "nothing"; the empty cell always does.
    pub nulls: BTreeSet<String>,
    /// What separates the cells of a CSV file.
    pub delimiter: u8,
    /// The fields.
    pub fields: Fields,
}

impl Mapping {
    /// What the rows become.
    #[must_use]
    pub fn target(&self) -> Target {
        match &self.fields {
            Fields::Facts(_) => Target::Facts,
            Fields::Partners(_) => Target::Partners,
            Fields::Record(record) => Target::Record(record.target),
        }
    }

    /// What the key of a row is made of, where it is made.
    #[must_use]
    pub fn source_id(&self) -> Option<&Template> {
        match &self.fields {
            Fields::Facts(facts) => Some(&facts.source_id),
            Fields::Partners(_) => None,
            Fields::Record(record) => record.source_id.as_ref(),
        }
    }

    /// Every column that some field takes its value from.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        match &self.fields {
            Fields::Facts(f) => f.columns(),
            Fields::Partners(p) => p.columns(),
            Fields::Record(r) => r.columns(),
        }
    }

    /// Compares the header of a file with the mapping.
    ///
    /// # Errors
    /// Every column that the mapping needs and the file lacks, that the mapping does not name, or that is there twice.
    pub fn check_header(&self, file: &str, header: &[String]) -> Result<(), FileFaults> {
        let mut faults = Vec::new();
        let mut fault = |message: String| faults.push(FileFault { path: String::new(), line: Some(1), message });
        let mut missing = false;
        for column in &self.columns() {
            if !header.iter().any(|h| h == column) {
                let near = near(column, header.iter().map(String::as_str));
                let hint = near.map_or_else(String::new, |n| format!("; did you mean {n:?}?"));
                fault(format!("column {column:?}, which the mapping {} takes, is missing{hint}", self.name));
                missing = true;
            }
        }
        for (n, column) in header.iter().enumerate() {
            if header.iter().take(n).any(|h| h == column) {
                fault(format!("column {column:?} is there twice; give each column a name of its own"));
            } else if !self.knows(column) {
                fault(format!(
                    "column {column:?} is not in the mapping {}; add it under fields or to its ignore list, or set unknown: ignore",
                    self.name
                ));
            }
        }
        if missing {
            fault(format!("correct the mapping or the header; the file has: {}", header.join(", ")));
        }
        if faults.is_empty() { Ok(()) } else { Err(FileFaults { file: file.to_owned(), faults }) }
    }

    /// What a row says for a field of the API, for messages: the cells it is made of. Of a customer key nothing, for it
    /// may be refused as personal data.
    #[must_use]
    pub fn value_of(&self, field: &str, row: &Row) -> String {
        if is_customer_key(field) {
            return String::new();
        }
        let mut columns = BTreeSet::new();
        match &self.fields {
            Fields::Facts(f) => f.columns_of(field, &mut columns),
            Fields::Partners(p) => p.columns_of(field, &mut columns),
            Fields::Record(r) => return r.value_of(field, Eval { row, nulls: &self.nulls, part: 0 }),
        }
        columns.iter().filter_map(|c| row.cell(c)).collect::<Vec<_>>().join(" | ")
    }

    /// Whether a column may be in the file.
    #[must_use]
    pub fn knows(&self, column: &str) -> bool {
        self.unknown == Unknown::Ignore
            || self.ignore.contains(column)
            || column.starts_with(crate::import::REJECT_PREFIX)
            || self.columns().contains(column)
    }
}
