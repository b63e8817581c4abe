//! The partner-registry service: partners (PR-01) with their documents (PR-05), tiers (PR-07), territories (PR-08),
//! hierarchies (PR-09) and deals (PR-10) over gRPC.
//!
//! [`build`] puts it together; the suite runs it in one process with the others or alone. Inside: `rpc` decodes and
//! encodes, `app` holds the use cases and their transactions, `store` speaks SQL, the rules are in
//! `partner-registry-domain`.

mod app;
mod config;
mod convert;
pub mod ports;
mod rpc;
pub mod store;
mod wire;
mod workers;

pub use config::Settings;
pub use partner_registry_domain::faults;
pub use wire::{Deps, NAME, build, migrate};

/// The error domain of this service.
pub const ERROR_DOMAIN: &str = "partner.tributary";
