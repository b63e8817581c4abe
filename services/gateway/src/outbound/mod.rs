//! The way out of the suite: to addresses that tenants name, and to issuers that operators name; what may be reached, and how.

mod client;
mod guard;
mod issuers;
mod settings;

pub use client::{Client, Resolve, SystemResolver};
pub use guard::{Guard, Network};
pub use issuers::IssuerDocuments;
pub use settings::WebhookSettings;
