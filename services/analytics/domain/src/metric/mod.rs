//! The metric layer (AN-02). Pure.
//!
//! What metrics are is data ([`DEFINITIONS`]): each is a sum, a distinct count or a ratio of [`Measure`]s. A query names
//! metrics; it knows which columns of the facts it needs, and its [`Tally`] reads them once, in any order, into cells: one
//! per period and values of the dimensions asked for. Sums are integers of 128 bits, distinct counts are sets of numbers
//! that stand for texts. Ratios are made from the sums of a cell when a row is shown, never from other ratios; currencies
//! never share a cell where an amount is asked for.

mod classes;
mod condition;
mod definitions;
mod dimension;
mod fact;
mod grain;
mod measure;
mod names;
mod query;
mod table;
mod tally;
mod value;
mod view;

pub use classes::{Class, ClassTotal, Classes, Member};
pub use condition::Condition;
pub use definitions::{DEFINITIONS, Definition, Unit, find};
pub use dimension::{Column, Dimension};
pub use fact::{Basis, FactKind, First, QUANTITY_SCALE, SalesLine, customer, firsts, order_key};
pub use grain::Grain;
pub use measure::Measure;
pub use query::{Asked, MetricQuery};
pub use table::{Row, RowKey, Table};
pub use tally::{Limits, Tally};
pub use value::{Parts, Value};
pub use view::{CampaignRow, LineView};

#[cfg(test)]
mod tests;
