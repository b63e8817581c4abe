//! Pools, safe transactions, idempotency, outbox, inbox, operations and migrations on both engines.
