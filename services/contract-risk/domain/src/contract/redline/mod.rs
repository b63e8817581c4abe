//! The difference between two revisions: field by field, texts piece by piece.

mod pieces;
mod sheet;

pub use pieces::{Piece, PieceKind};

use super::Terms;
use pieces::Budget;
use sheet::{Field, Kind, Sheet};

/// A difference between two revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermChange {
    /// Path of the field. Example: "commitments[annual-purchases].amount".
    pub field: String,
    /// As it was; empty: was not there.
    pub before: String,
    /// As it is; empty: is gone.
    pub after: String,
    /// For texts: the redline.
    pub redline: Vec<Piece>,
}

/// Every difference between two revisions, in the order of the contract. A list is named itself where what both have
/// of it stands in another order.
#[must_use]
pub fn compare(before: &Terms, after: &Terms) -> Vec<TermChange> {
    let (old, new) = (Sheet::of(before), Sheet::of(after));
    let mut budget = Budget::new();
    let mut changes = Vec::new();
    for path in old.paths_with(&new) {
        let (was, is) = (old.get(&path), new.get(&path));
        if was == is || is_same_order(was, is, &old, &new, &path) {
            continue;
        }
        let kind = is.or(was).map_or(Kind::Value, |field| field.kind);
        let value = |field: Option<&Field>| field.map(|field| field.value.clone()).unwrap_or_default();
        let (before, after) = (value(was), value(is));
        let redline = if kind == Kind::Text { budget.redline(&before, &after) } else { Vec::new() };
        changes.push(TermChange { field: path, before, after, redline });
    }
    changes
}

/// Whether this is the order of a list, and what both lists have in common stands in the same order.
fn is_same_order(was: Option<&Field>, is: Option<&Field>, old: &Sheet, new: &Sheet, path: &str) -> bool {
    if was.or(is).is_none_or(|field| field.kind != Kind::Order) {
        return false;
    }
    let common = |of: &Sheet, other: &Sheet| -> Vec<String> {
        let (own, others) = (of.keys(path), other.keys(path));
        own.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    common(old, new) == common(new, old)
}
