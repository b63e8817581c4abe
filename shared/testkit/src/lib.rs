//! What tests share: databases of both engines, a Redis, a clock that is set by hand, ids that count.
//!
//! This crate knows no other crate of the suite but the core, so that every crate may use it in its tests; places of
//! databases are plain strings that read as a `StoreUrl`.

mod clock;
mod database;
mod ids;
#[cfg(unix)]
mod redis;

pub use clock::ManualClock;
pub use database::{Engine, POSTGRES_VARIABLE, TestDatabase, engines};
pub use ids::CountingIds;
#[cfg(unix)]
pub use redis::{REDIS_VARIABLE, RedisServer, redis_url};
