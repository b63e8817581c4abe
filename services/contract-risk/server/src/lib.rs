//! The contract-risk service: the register of contracts.
//!
//! `rpc` decodes and encodes, `app` holds the use cases, `store` speaks SQL, `wire` puts them together. What a contract
//! must say is in `contract_risk_domain`.
//!
//! A contract names its partner and does not ask the registry for it: contracts are negotiated before their partner is
//! admitted, and the register must take them while the registry is away.

pub mod app;
pub mod config;
mod convert;
pub mod ports;
pub mod rpc;
pub mod store;
mod wire;

pub use config::Settings;
pub use wire::{Deps, build};

/// Name of the service, and source of its events.
pub const NAME: &str = "contract-risk";
/// Domain of its errors.
pub const DOMAIN: &str = "contract.tributary";
