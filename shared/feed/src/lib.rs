//! The feed of sales facts: how a service takes in what incentive-calculation records.
//!
//! incentive-calculation publishes one event per durable batch; [`FactEvents`] handles it, reads the whole batch from a
//! [`FactSource`] ([`IncentiveClient`] in earnest) and gives it to the service's own [`FactSink`], which adds it exactly
//! once in effect.

mod convert;
mod events;
mod fact;
mod source;

pub use events::{EVENT_TYPES, FactEvents, FactSink, STREAM};
pub use fact::{ChannelClass, FactKind, FeedFact, QUANTITY_SCALE};
pub use source::{FactSource, IncentiveClient};
