//! Answers that cost much to compute, kept for a while: in this process, or shared by the replicas of a service through
//! Redis.
//!
//! A cache only makes things faster. Whoever is away, full, emptied or damaged is a miss, never an error and never a wait
//! worth mentioning. Nothing is ever removed because it became wrong: what an answer rests on is part of its [`Key`] (the
//! version of the data above all), so that what changed is asked for under another key and the old one runs out.
//! Permissions are never kept here.
//!
//! [`Cache`] is the port, [`LocalCache`] and [`RedisCache`] are behind it, and a [`Shelf`] is what a service works with.

mod flights;
mod frame;
mod key;
mod local;
mod shared;
mod shelf;

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;

pub use key::Key;
pub use local::LocalCache;
pub use shared::RedisCache;
pub use shelf::{Fresh, Shelf};

/// The largest value that is kept, in bytes.
pub const LARGEST: usize = 1 << 20;

/// Bytes under keys, for a while.
#[async_trait]
pub trait Cache: Send + Sync + Debug {
    /// What is kept under a key. `None` where there is nothing, or none can be had at once.
    async fn get(&self, key: &Key) -> Option<Bytes>;
    /// Keeps values for at most so long. They may be forgotten at any time, and are when they are larger than [`LARGEST`].
    async fn put(&self, entries: Vec<(Key, Bytes)>, live: Duration);
}
