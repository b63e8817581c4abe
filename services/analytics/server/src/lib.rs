//! The analytics service: metrics over sales, touchpoints and costs; attribution of conversions.
//!
//! It hears of every durable batch of incentive-calculation, reads the batch once it hears of it, and adds its lines to a
//! copy of its own in one transaction with the inbox row: exactly once in effect, in whatever order batches come. Metrics
//! are computed from that copy when they are asked for, so late facts count at once. `rpc` decodes and encodes, `app` holds
//! the use cases, `store` speaks SQL, `wire` puts them together. What a metric is, is in `analytics_domain::metric`.

pub mod app;
pub mod config;
mod convert;
pub mod ports;
pub mod rpc;
pub mod store;
mod wire;

pub use config::Settings;
pub use wire::{Deps, build, migrate};

/// Name of the service.
pub const NAME: &str = "analytics";
/// Domain of its errors.
pub const DOMAIN: &str = "analytics.tributary";
