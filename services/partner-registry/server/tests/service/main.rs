//! The service as callers meet it: generated clients over the layers, with signed tokens, on both engines.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests stop at the first surprise")]

mod concurrency;
mod deals;
mod documents;
mod harness;
mod hierarchy;
mod listing;
mod own_rows;
mod partners;
mod status;
mod territories;
mod tier_programme;
mod tiers;
mod training;
mod upsert;
