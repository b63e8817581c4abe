//! Counts for all processes together, in Redis. When Redis is away or slow, each process counts for itself: a limit is
//! never open, and a call never waits for Redis longer than a moment.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use redis::{AsyncConnectionConfig, Client, Script, aio::MultiplexedConnection};
use tokio::sync::RwLock;
use tributary_core::{Clock, Fault};

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

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_millis(50);
/// After a failure Redis is left alone for so long, in microseconds.
const REST: i64 = 1_000_000;

/// Says what is wrong with the URL of a Redis.
///
/// # Errors
/// A sentence, without the password.
pub fn check_url(url: &str) -> Result<(), String> {
    Client::open(url)
        .map(drop)
        .map_err(|_| "is not the URL of a Redis; write it as redis://HOST:PORT/DATABASE".to_owned())
}

/// Counts in Redis.
#[derive(Debug)]
pub struct RedisLimiter {
    client: Client,
    prefix: String,
    connection: RwLock<Option<MultiplexedConnection>>,
    script: Script,
    local: LocalLimiter,
    clock: std::sync::Arc<dyn Clock>,
    /// Until then (microseconds) Redis is left alone.
    rests_until: AtomicI64,
}

impl RedisLimiter {
    /// Connects when first used. Installations that share a Redis differ in `prefix`.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the URL cannot be read.
    pub fn new(url: &str, prefix: &str, clock: std::sync::Arc<dyn Clock>) -> Result<Self, Fault> {
        let client =
            Client::open(url).map_err(|_| Fault::invalid_field("redis", check_url(url).err().unwrap_or_default()))?;
        Ok(Self {
            client,
            prefix: prefix.to_owned(),
            connection: RwLock::default(),
            script: Script::new(GCRA),
            local: LocalLimiter::new(),
            clock,
            rests_until: AtomicI64::new(0),
        })
    }

    async fn connection(&self) -> Result<MultiplexedConnection, redis::RedisError> {
        if let Some(connection) = self.connection.read().await.as_ref() {
            return Ok(connection.clone());
        }
        let mut slot = self.connection.write().await;
        if let Some(connection) = slot.as_ref() {
            return Ok(connection.clone());
        }
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(slot.insert(connection).clone())
    }

    async fn ask(&self, key: &str, rate: &Rate) -> Result<Decision, redis::RedisError> {
        let mut connection = self.connection().await?;
        let interval = u64::try_from(rate.interval().as_micros()).unwrap_or(u64::MAX);
        let mut call = self.script.key(format!("{}:limit:{key}", self.prefix));
        let wait: u64 = call.arg(interval).arg(rate.at_once().get()).invoke_async(&mut connection).await?;
        Ok(match wait {
            0 => Decision::Allowed,
            micros => Decision::Denied { retry_after: Duration::from_micros(micros) },
        })
    }
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn take(&self, key: &str, rate: &Rate) -> Decision {
        let now = self.clock.now().0;
        if now < self.rests_until.load(Ordering::Relaxed) {
            return self.local.count(key, rate);
        }
        let asked = tokio::time::timeout(PATIENCE, self.ask(key, rate)).await;
        let why = match asked {
            Ok(Ok(decision)) => return decision,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        // The first of many says it.
        if self.rests_until.swap(now.saturating_add(REST), Ordering::Relaxed) <= now {
            tracing::warn!(%why, "limits are counted in this process: Redis does not answer");
        }
        *self.connection.write().await = None;
        self.local.count(key, rate)
    }
}
