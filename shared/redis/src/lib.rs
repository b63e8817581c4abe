//! A Redis that makes things better and may be away: limits that count together, answers that processes share. Whoever asks
//! waits a moment at most and gets nothing when it does not answer; what to do then is theirs to know.
//!
//! The bus does not ask this way: it waits for Redis, because events have nowhere else to go.

mod notices;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use tokio::sync::RwLock;
use tributary_core::{Clock, Fault};

pub use notices::Notices;

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

/// One connection that is made when it is needed, and made anew after a failure.
pub struct BriefRedis {
    client: Client,
    connection: RwLock<Option<MultiplexedConnection>>,
    clock: Arc<dyn Clock>,
    /// Until then (microseconds) Redis is left alone.
    rests_until: AtomicI64,
    /// What happens while it is.
    meanwhile: &'static str,
}

impl BriefRedis {
    /// Connects when first asked. `meanwhile` is said once when Redis does not answer. Example: "limits are counted in this
    /// process".
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the URL cannot be read.
    pub fn new(url: &str, clock: Arc<dyn Clock>, meanwhile: &'static str) -> Result<Self, Fault> {
        let client =
            Client::open(url).map_err(|_| Fault::invalid_field("redis", check_url(url).err().unwrap_or_default()))?;
        Ok(Self { client, connection: RwLock::default(), clock, rests_until: AtomicI64::new(0), meanwhile })
    }

    /// What Redis answers; `None` when it does not within a moment, or did not a moment ago.
    pub async fn ask<T, F, Fut>(&self, question: F) -> Option<T>
    where
        F: FnOnce(MultiplexedConnection) -> Fut,
        Fut: Future<Output = Result<T, RedisError>>,
    {
        let now = self.clock.now().0;
        if now < self.rests_until.load(Ordering::Relaxed) {
            return None;
        }
        let asked = tokio::time::timeout(PATIENCE, async { question(self.connection().await?).await }).await;
        let why = match asked {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        // The first of many says it.
        if self.rests_until.swap(now.saturating_add(REST), Ordering::Relaxed) <= now {
            tracing::warn!(%why, "{}: Redis does not answer", self.meanwhile);
        }
        *self.connection.write().await = None;
        None
    }

    /// Its client.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
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
}

impl fmt::Debug for BriefRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL: it may hold a password.
        f.debug_struct("BriefRedis").finish_non_exhaustive()
    }
}
