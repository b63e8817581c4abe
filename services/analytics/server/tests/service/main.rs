//! The service through its generated client, layers included, fed by a bus and a stand-in for incentive-calculation, on
//! every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod attribution;
mod classes;
mod incentive;
mod ingest;
mod kept;
mod metrics;
mod series;
mod set_aside;
mod stitch;
mod support;
mod take_in;
mod targets;
