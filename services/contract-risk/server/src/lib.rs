//! The contract-risk service: contracts from the draft to their end.
//!
//! `rpc` decodes and encodes, `app` holds the use cases, `store` speaks SQL, `workers` do what days bring, `wire` puts
//! them together. The rules are in `contract_risk_domain`.
//!
//! A contract names its partner and does not ask the registry for it: contracts are negotiated before their partner is
//! admitted, and the register must take them while the registry is away.
//!
//! Early warning looks at contracts and obligations of this service and at copies of its own: sums of sales by day, fed by
//! the batches that incentive-calculation records, and documents, fed by the registry's events.

pub mod app;
pub mod config;
mod convert;
pub mod ports;
pub mod rpc;
pub mod store;
mod wire;
pub mod workers;

pub use config::Settings;
pub use wire::{Deps, build, migrate};

/// Name of the service, and source of its events.
pub const NAME: &str = "contract-risk";
/// Domain of its errors.
pub const DOMAIN: &str = "contract.tributary";
