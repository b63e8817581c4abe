//! The contract of the store's ports, run on every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod batches;
mod cells;
mod journeys;
mod support;
