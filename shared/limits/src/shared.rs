//! Counts for all processes together, in Redis. When Redis is away or slow, each process counts for itself: a limit is
//! never open, and a call never waits for Redis longer than a moment.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::Script;
use tributary_core::{Clock, Fault};
use tributary_redis::BriefRedis;

use crate::{Decision, Limiter, LocalLimiter, Rate};

/// The same algorithm as in the process. The key holds the theoretical arrival time of the next call, in microseconds of
/// Redis' own clock, so that processes whose clocks differ agree. Answers 0 when the call may go on, else after how many
/// microseconds one may.
const GCRA: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = arrival - now - interval * (burst - 1)
if wait > 0 then return math.ceil(wait) end
local next = arrival + interval
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1)
return 0
";

/// Counts in Redis.
#[derive(Debug)]
pub struct RedisLimiter {
    redis: BriefRedis,
    prefix: String,
    script: Script,
    local: LocalLimiter,
}

impl RedisLimiter {
    /// Connects when first used. Installations that share a Redis differ in `prefix`.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the URL cannot be read.
    pub fn new(url: &str, prefix: &str, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        Ok(Self {
            redis: BriefRedis::new(url, clock, "limits are counted in this process")?,
            prefix: prefix.to_owned(),
            script: Script::new(GCRA),
            local: LocalLimiter::new(),
        })
    }
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn take(&self, key: &str, rate: &Rate) -> Decision {
        let interval = u64::try_from(rate.interval().as_micros()).unwrap_or(u64::MAX);
        let wait = self.redis.ask(async |mut connection| {
            let mut call = self.script.key(format!("{}:limit:{key}", self.prefix));
            call.arg(interval).arg(rate.at_once().get()).invoke_async::<u64>(&mut connection).await
        });
        match wait.await {
            Some(0) => Decision::Allowed,
            Some(micros) => Decision::Denied { retry_after: Duration::from_micros(micros) },
            None => self.local.count(key, rate),
        }
    }
}
