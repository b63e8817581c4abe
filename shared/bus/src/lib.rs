//! The event bus: the Bus trait, the in-process bus, the bus over Redis Streams, the outbox relay.
//!
//! Delivery is at least once and in order per tenant and subject; the effect is exactly once because every handler
//! writes its inbox row in the transaction of its effect. What a consumer cannot handle is kept as a dead letter.

mod bus;
mod deliver;
mod in_process;
mod redis;
mod relay;

pub use bus::{Bus, BusError, Epoch, Handler, Subscription};
pub use deliver::{MAX_ATTEMPTS, MAX_DEATHS, Pauses, reasons, redeliver};
pub use in_process::InProcessBus;
pub use redis::{RedisBus, RedisOptions};
pub use relay::Relay;
