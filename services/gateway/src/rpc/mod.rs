//! The gateway's own services, which are called through the door like every other.

mod api_keys;
mod audit;
mod convert;
mod event_feed;
mod webhook_convert;
mod webhooks;

pub use api_keys::ApiKeys;
pub use audit::Audit;
pub use event_feed::EventFeed;
pub use webhooks::Webhooks;
