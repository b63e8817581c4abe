//! Values in this process.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use moka::{Expiry, sync::Cache as Moka};

use crate::{Cache, Key, LARGEST};

/// Bytes that are held at most, unless told otherwise.
const CAPACITY: u64 = 32 << 20;
/// What an entry takes beside its value, about.
const OVERHEAD: usize = 128;

#[derive(Debug, Clone)]
struct Entry {
    value: Bytes,
    live: Duration,
}

struct Lives;

impl Expiry<Key, Entry> for Lives {
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.live)
    }

    fn expire_after_update(&self, _: &Key, entry: &Entry, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(entry.live)
    }
}

/// Values in this process, up to 32 MiB; what is asked for least goes first.
#[derive(Debug, Clone)]
pub struct LocalCache(Moka<Key, Entry>);

impl Default for LocalCache {
    fn default() -> Self {
        Self::of_bytes(CAPACITY)
    }
}

impl LocalCache {
    /// Holds so many bytes at most.
    #[must_use]
    pub fn of_bytes(capacity: u64) -> Self {
        let weigh =
            |_: &Key, entry: &Entry| u32::try_from(entry.value.len().saturating_add(OVERHEAD)).unwrap_or(u32::MAX);
        Self(Moka::builder().max_capacity(capacity).weigher(weigh).expire_after(Lives).build())
    }

    /// How many bytes are held, about.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.weighted_size()
    }

    /// [`Cache::get`], at once.
    #[must_use]
    pub fn look(&self, key: &Key) -> Option<Bytes> {
        self.0.get(key).map(|entry| entry.value)
    }

    /// [`Cache::put`] of one value, at once.
    pub fn keep(&self, key: Key, value: Bytes, live: Duration) {
        if value.len() <= LARGEST {
            self.0.insert(key, Entry { value, live });
        }
    }
}

#[async_trait]
impl Cache for LocalCache {
    async fn get(&self, key: &Key) -> Option<Bytes> {
        self.look(key)
    }

    async fn put(&self, entries: Vec<(Key, Bytes)>, live: Duration) {
        for (key, value) in entries {
            self.keep(key, value, live);
        }
    }
}
