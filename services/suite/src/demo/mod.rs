//! The demo: a year of a channel programme (2025, with 2024 as the base of growth), made from a seed and played through
//! the gateway like any client would.

mod facts;
mod names;
mod network;
mod play;
mod setup;
mod show;

pub use play::{Options, play};

/// The programme of the demo.
pub const PROGRAMME: &str = "channel-2025";

/// The system that states the facts and knows the partners.
const SOURCE: &str = "demo-erp";
