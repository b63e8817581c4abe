//! The event bus: the Bus trait, the in-process bus, the outbox relay.
