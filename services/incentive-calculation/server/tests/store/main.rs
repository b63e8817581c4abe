//! The contract of the store's ports, run on every engine.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail at once")]

mod closing;
mod corrections;
mod facts;
mod figures;
mod ledger;
mod old_rows;
mod partners;
mod plans;
mod prices;
mod records;
mod runs;
mod stated;
mod support;
mod touched;
