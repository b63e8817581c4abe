//! The gateway: the one door to every service of the suite. It knows who calls (API keys), which methods there are
//! (the descriptors), who may call them (their policies) and where they are served; it forwards the bytes untouched.
//!
//! There are no business rules here. Other protocols (gRPC-Web, JSON) become gRPC calls in front of [`door::Door`], so
//! that there is one path of authorisation.

pub mod app;
pub mod config;
pub mod door;
pub mod key;
pub mod ports;
pub mod reasons;
pub mod rpc;
pub mod store;
mod wire;

pub use config::Settings;
pub use wire::{Deps, Gateway, assemble, build, migrate};

/// Name of the service.
pub const SERVICE: &str = "gateway";

/// Error domain of the gateway's own refusals.
pub const DOMAIN: &str = "gateway.tributary";
