//! The contract of the store's ports, run on every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod campaign;
mod ingest;
mod journeys;
mod sales;
mod set_aside;
mod support;
mod targets;
mod touchpoints;
mod versions;
