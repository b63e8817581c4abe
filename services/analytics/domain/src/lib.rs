//! Measures over sales facts (AN-02) and attribution of journeys (AN-05, in [`attribution`]). Pure.
//!
//! Facts are summed into *cells*: one per partner, month, kind and currency. A query sums cells over the dimensions that
//! were not asked for. Sums are integers of 128 bits, so that no absurd fact stands in the way of the others, and
//! currencies are never added to each other.

pub mod attribution;
mod cell;
pub mod journey;
mod month;
mod query;
pub mod reasons;

pub use cell::{CellKey, Fact, QUANTITY_SCALE, Sums, batch_sums};
pub use month::Month;
pub use query::{Dimension, RowKey, SalesQuery, SalesTable};

#[cfg(test)]
mod tests;
