//! The incentive-calculation service: sales facts, plans, runs, statements that explain themselves.
//!
//! `rpc` decodes and encodes, `app` holds the use cases, `store` speaks SQL, `wire` puts them together. The rules that
//! decide money are in `incentive_calculation_domain`.

pub mod app;
pub mod config;
pub mod convert;
pub mod ports;
pub mod registry;
pub mod rpc;
pub mod segment;
pub mod store;
mod wire;

pub use config::{EvidenceSettings, RunSettings, Settings, SimulationSettings};
pub use wire::{Deps, build, migrate};

/// Name of the service.
pub const NAME: &str = "incentive-calculation";
/// Domain of its errors.
pub const DOMAIN: &str = "incentive.tributary";
/// Area of its operations' names.
pub const AREA: &str = "incentive";
