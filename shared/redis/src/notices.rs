//! Short words between processes: heard by whoever listens at that moment, lost to everybody else. Good for hints, such as
//! "forget what you know of this"; never for facts.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use redis::{Client, RedisError};
use tributary_core::{Clock, Fault};

use crate::BriefRedis;

/// Longest wait for a connection to listen on.
const CONNECT: Duration = Duration::from_secs(5);
/// Pause before the next try.
const PAUSE: Duration = Duration::from_secs(1);

/// Words about one topic.
#[derive(Debug)]
pub struct Notices {
    redis: BriefRedis,
    client: Client,
    channel: String,
}

impl Notices {
    /// Connects when first used. Installations that share a Redis differ in `prefix`.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when the URL cannot be read.
    pub fn new(url: &str, prefix: &str, topic: &str, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let redis = BriefRedis::new(url, clock, "other processes are not told")?;
        let client = redis.client().clone();
        Ok(Self { redis, client, channel: format!("{prefix}:notice:{topic}") })
    }

    /// Says a word. How many listened; `None` when Redis does not answer.
    pub async fn tell(&self, word: &str) -> Option<u64> {
        let tell = async |mut connection| {
            redis::cmd("PUBLISH").arg(&self.channel).arg(word).query_async(&mut connection).await
        };
        self.redis.ask(tell).await
    }

    /// Listens for ever, through failures of Redis; what is said during one is not heard. To be dropped at the end.
    pub async fn listen(&self, heard: impl Fn(&str)) {
        loop {
            let ended = tokio::time::timeout(CONNECT, self.client.get_async_pubsub()).await;
            let why = match ended {
                Ok(Ok(connection)) => self.hear(connection, &heard).await.err().map(|error| error.to_string()),
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("no connection in time".to_owned()),
            };
            tracing::debug!(channel = self.channel, why, "not listening, will be tried again");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Listens on one connection to its end.
    async fn hear(&self, mut connection: redis::aio::PubSub, heard: &impl Fn(&str)) -> Result<(), RedisError> {
        connection.subscribe(&self.channel).await?;
        let mut words = connection.on_message();
        while let Some(word) = words.next().await {
            // A word that is no text is nobody's here.
            if let Ok(word) = word.get_payload::<String>() {
                heard(&word);
            }
        }
        Ok(())
    }
}
