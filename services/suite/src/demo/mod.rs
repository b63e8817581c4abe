//! The demo: a year of a channel programme (2025, with 2024 as the base of growth), made from a seed and played through
//! the gateway like any client would. Its clock shows the last evening of that year.

mod contracts;
mod customers;
mod facts;
mod licences;
mod names;
mod network;
mod page;
mod picture;
mod play;
mod setup;
mod show;
mod targets;

pub use play::{Options, evening, play};

/// The programme of the demo.
pub const PROGRAMME: &str = "channel-2025";

/// The system that states the facts and knows the partners.
const SOURCE: &str = "demo-erp";
