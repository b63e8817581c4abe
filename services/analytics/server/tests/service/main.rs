//! The service through its generated client, layers included, fed by a bus and a stand-in for incentive-calculation, on
//! every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod attribution;
mod incentive;
mod query;
mod sums;
mod support;
