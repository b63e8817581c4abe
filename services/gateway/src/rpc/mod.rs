//! The gateway's own service, which is called through the door like every other.

mod api_keys;
mod audit;
mod convert;

pub use api_keys::ApiKeys;
pub use audit::Audit;
