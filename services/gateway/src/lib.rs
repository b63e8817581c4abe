//! The gateway: the one door to every service of the suite. It knows who calls (API keys, tokens of issuers), which methods
//! there are (the descriptors), who may call them (their policies) and where they are served; it forwards the bytes
//! untouched. It keeps the feed of public events and tells webhooks of them.
//!
//! There are no business rules here. gRPC-Web and JSON become gRPC calls in front of [`door::Door`], so that there is one
//! path of authorisation and one of errors.

pub mod app;
pub mod config;
pub mod documents;
pub mod door;
pub mod json;
pub mod key;
pub mod openapi;
pub mod outbound;
pub mod ports;
pub mod reasons;
pub mod rpc;
pub mod store;
mod wire;

pub use config::{Options, Settings};
pub use wire::{Deps, Gateway, assemble, assemble_with, build, migrate, openapi_document};

/// Name of the service.
pub const SERVICE: &str = "gateway";

/// Error domain of the gateway's own refusals.
pub const DOMAIN: &str = "gateway.tributary";
