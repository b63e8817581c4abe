//! The service through its generated client, layers included, on every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod create;
mod read;
mod support;
