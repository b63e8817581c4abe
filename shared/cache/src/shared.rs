//! Values in Redis, for all replicas, with those of this process in front: values of a key never change, so what is here
//! need not be asked for there. When Redis is away, slow or empty, what this process has is all there is.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use tributary_core::{Clock, Fault, Timestamp};
use tributary_redis::BriefRedis;

use crate::{Cache, Key, LARGEST, LocalCache};

/// Bytes that this process gives to Redis per [`WINDOW`]: the memory of Redis belongs to events first.
const BUDGET: usize = 32 << 20;
/// See [`BUDGET`], in microseconds.
const WINDOW: i64 = 300_000_000;
/// How long a value that came from Redis stays here; it may be dropped there earlier or later.
const FETCHED: Duration = Duration::from_secs(60);

/// Values in Redis.
#[derive(Debug)]
pub struct RedisCache {
    redis: BriefRedis,
    prefix: String,
    local: LocalCache,
    clock: Arc<dyn Clock>,
    spent: Mutex<Spent>,
}

/// What was given to Redis since a moment.
#[derive(Debug)]
struct Spent {
    since: Timestamp,
    bytes: usize,
}

impl RedisCache {
    /// Connects when first used. Installations that share a Redis differ in `prefix`.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the URL cannot be read.
    pub fn new(url: &str, prefix: &str, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        Ok(Self {
            redis: BriefRedis::new(url, clock.clone(), "answers are kept in this process")?,
            prefix: prefix.to_owned(),
            local: LocalCache::default(),
            spent: Mutex::new(Spent { since: clock.now(), bytes: 0 }),
            clock,
        })
    }

    /// Whether so many bytes may still go to Redis; if so they are counted.
    fn spend(&self, bytes: usize) -> bool {
        let now = self.clock.now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back begins anew.
        if !(0..WINDOW).contains(&now.0.saturating_sub(spent.since.0)) {
            *spent = Spent { since: now, bytes: 0 };
        }
        let after = spent.bytes.saturating_add(bytes);
        let may = after <= BUDGET;
        if may {
            spent.bytes = after;
        }
        may
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &Key) -> Option<Bytes> {
        if let Some(value) = self.local.look(key) {
            return Some(value);
        }
        let name = key.name(&self.prefix);
        let get = async |mut connection| redis::cmd("GET").arg(&name).query_async(&mut connection).await;
        let found: Option<Vec<u8>> = self.redis.ask(get).await.flatten();
        let value = Bytes::from(found?);
        self.local.keep(*key, value.clone(), FETCHED);
        Some(value)
    }

    async fn put(&self, entries: Vec<(Key, Bytes)>, live: Duration) {
        let millis = u64::try_from(live.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut sets = redis::pipe();
        let mut any = false;
        for (key, value) in entries {
            let name = key.name(&self.prefix);
            if value.len() <= LARGEST && self.spend(name.len().saturating_add(value.len())) {
                any = true;
                sets.cmd("SET").arg(name).arg(value.as_ref()).arg("PX").arg(millis).ignore();
            }
            self.local.keep(key, value, live);
        }
        if any {
            let _: Option<()> = self.redis.ask(async |mut connection| sets.query_async(&mut connection).await).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tributary_core::Timestamp;
    use tributary_testkit::ManualClock;

    use super::{BUDGET, RedisCache, WINDOW};

    #[test]
    fn a_process_gives_redis_no_more_than_its_budget() {
        let clock = Arc::new(ManualClock::default());
        let start = tributary_core::Clock::now(clock.as_ref());
        let cache = RedisCache::new("redis://127.0.0.1:1", "t", clock.clone()).expect("a url");
        assert!(cache.spend(BUDGET - 1) && cache.spend(1), "all of it");
        assert!(!cache.spend(1), "and no more");
        clock.set(Timestamp(start.0 + WINDOW - 1));
        assert!(!cache.spend(1), "in this window");
        clock.set(Timestamp(start.0 + WINDOW));
        assert!(cache.spend(1), "the next one has its own");
    }
}
