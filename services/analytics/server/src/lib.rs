//! The analytics service: exact sums over sales facts.
//!
//! It hears of every durable batch of incentive-calculation, reads the batch once it hears of it, and adds it to its cells
//! in one transaction with the inbox row: exactly once in effect, in whatever order batches come. `rpc` decodes and
//! encodes, `app` holds the use cases, `store` speaks SQL, `incentive` reads batches, `wire` puts them together. What a
//! cell and a row are is in `analytics_domain`.

pub mod app;
pub mod config;
mod convert;
pub mod incentive;
pub mod ports;
pub mod rpc;
pub mod store;
mod wire;

pub use config::Settings;
pub use wire::{Deps, build};

/// Name of the service.
pub const NAME: &str = "analytics";
/// Domain of its errors.
pub const DOMAIN: &str = "analytics.tributary";
