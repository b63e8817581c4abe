//! The way out of the suite, to addresses that tenants name: what may be reached, and how.

mod client;
mod guard;
mod settings;

pub use client::{Client, Resolve, SystemResolver};
pub use guard::{Guard, Network};
pub use settings::WebhookSettings;
