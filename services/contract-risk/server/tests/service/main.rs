//! The service through its generated client, layers included, on every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

#[cfg(test)]
mod alerts;
mod contracts;
mod create;
mod obligations;
mod read;
mod support;
