//! The event bus: the Bus trait, the in-process bus, the outbox relay.
//!
//! Delivery is at least once and in order per tenant and subject; the effect is exactly once because every handler
//! writes its inbox row in the transaction of its effect. What a consumer cannot handle is kept as a dead letter.

mod bus;
mod in_process;
mod relay;

pub use bus::{Bus, BusError, Handler, Subscription};
pub use in_process::{InProcessBus, MAX_ATTEMPTS, reasons, redeliver};
pub use relay::Relay;
