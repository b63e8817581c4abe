//! Measures over sales facts (AN-02). Pure.
//!
//! Facts are summed into *cells*: one per partner, month, kind and currency. A query sums cells over the dimensions that
//! were not asked for. Sums are integers, currencies are never added to each other, and a sum that does not fit is
//! refused instead of wrapped.

mod cell;
mod month;
mod query;
pub mod reasons;

pub use cell::{CellKey, Fact, QUANTITY_SCALE, Sums, Totals, batch_totals};
pub use month::Month;
pub use query::{Dimension, RowKey, SalesQuery, SalesTable};

#[cfg(test)]
mod tests;
