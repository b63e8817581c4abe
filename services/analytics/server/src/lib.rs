//! The analytics service: figures over sales facts.

pub mod config;
mod wire;

pub use config::Settings;
pub use wire::{Deps, build};

/// Name of the service.
pub const NAME: &str = "analytics";
/// Domain of its errors.
pub const DOMAIN: &str = "analytics.tributary";
