//! The bus between processes: Redis Streams.
//!
//! One stream per service that publishes (`PREFIX:events:SOURCE`), one consumer group per consumer on each of them. Redis
//! is a transport that may lose everything at any time: events stay in the outbox of their service, and whoever finds
//! Redis in a new [`Epoch`] sends again what went out lately. Inboxes make that harmless.

mod consumer;
mod entry;
mod lease;
mod parked;
mod reader;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt as _, stream::FuturesUnordered};
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, InfoDict, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use tokio_util::sync::CancellationToken;
use tributary_core::{Clock, Event, IdSource};

use crate::{Bus, BusError, Epoch, Pauses, Subscription};
use consumer::Consumer;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest wait for an answer; longer than a blocking read waits for events.
const ANSWER: Duration = Duration::from_secs(5);

/// How the bus uses its Redis.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// What every key begins with; installations that share a Redis differ in it.
    pub prefix: String,
    /// The services that publish. Example: "partner-registry".
    pub sources: Vec<String>,
    /// About how many events a stream keeps; the oldest go first, read or not.
    pub stream_length: u64,
    /// How far back events go out again when Redis may have lost some.
    pub republish: Duration,
    /// How long a replica that vanished keeps the others from reading in its place.
    pub lease: Duration,
    /// How long a failed event rests.
    pub pauses: Pauses,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "tributary".to_owned(),
            sources: Vec::new(),
            stream_length: 1_000_000,
            republish: Epoch::REPUBLISH,
            lease: Duration::from_secs(15),
            pauses: Pauses::default(),
        }
    }
}

impl RedisOptions {
    fn stream(&self, source: &str) -> String {
        format!("{}:events:{source}", self.prefix)
    }

    fn epoch(&self) -> String {
        format!("{}:epoch", self.prefix)
    }

    fn begun_by(&self, consumer: &str) -> String {
        format!("{}:begun:{consumer}", self.prefix)
    }

    fn lease_of(&self, consumer: &str) -> String {
        format!("{}:lease:{consumer}", self.prefix)
    }
}

/// The bus over Redis Streams. Publishing returns when Redis has the event; [`run`](Self::run) is the worker in which
/// subscribers get theirs.
pub struct RedisBus {
    server: Server,
    options: Arc<RedisOptions>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    subscriptions: Mutex<Vec<Subscription>>,
}

impl RedisBus {
    /// Says what is wrong with an address, without its password.
    ///
    /// # Errors
    /// A sentence.
    pub fn check_url(url: &str) -> Result<(), String> {
        Client::open(url).map(|_| ()).map_err(|_| "no address of a Redis; write redis://HOST:PORT".to_owned())
    }

    /// The bus at an address such as `redis://127.0.0.1:6379/0`; it need not answer yet. Within a tokio runtime. `clock`
    /// dates dead letters.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn new(
        url: &str,
        options: RedisOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, BusError> {
        let server = Server::new(url).map_err(away)?;
        Ok(Self { server, options: Arc::new(options), clock, ids, subscriptions: Mutex::default() })
    }

    /// Hands events to everyone who subscribed before this call, until stopped; events under way are finished first.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let subscriptions = self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let consumers = subscriptions.into_iter().map(|subscription| {
            let owner = self.ids.uuid();
            let (server, options) = (self.server.clone(), self.options.clone());
            Consumer::new(server, options, self.clock.clone(), subscription, owner).run(stop.clone())
        });
        consumers.collect::<FuturesUnordered<_>>().collect::<()>().await;
        // A service that listens to nobody has nothing to do here, and is not to be started again for it.
        stop.cancelled().await;
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let mut commands = self.server.commands.clone();
        for event in events {
            let mut add = redis::cmd("XADD");
            add.arg(self.options.stream(&event.source)).arg("MAXLEN").arg("~").arg(self.options.stream_length).arg("*");
            entry::write(event, &mut add);
            add.query_async::<()>(&mut commands).await.map_err(away)?;
        }
        Ok(())
    }

    fn subscribe(&self, subscription: Subscription) {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner).push(subscription);
    }

    /// A key that goes with everything else, and the run of the server: one that started again may have come back from
    /// an older copy of its memory, and a stand-in may have been behind.
    async fn epoch(&self) -> Result<Option<Epoch>, BusError> {
        let (mut commands, key) = (self.server.commands.clone(), self.options.epoch());
        let mut ask = redis::pipe();
        ask.get(&key).cmd("INFO").arg("server");
        let (known, info): (Option<String>, InfoDict) = ask.query_async(&mut commands).await.map_err(away)?;
        let key = match known {
            Some(known) => known,
            None => {
                let mut make = redis::pipe();
                make.set_nx(&key, self.ids.uuid().to_string()).ignore().get(&key);
                let (made,): (String,) = make.query_async(&mut commands).await.map_err(away)?;
                made
            }
        };
        let run: String = info.get("run_id").unwrap_or_default();
        Ok(Some(Epoch { id: format!("redis {key} {run}"), republish: self.options.republish }))
    }
}

/// Ways to one Redis.
#[derive(Clone)]
struct Server {
    client: Client,
    /// For commands that answer at once; connects by itself, again and again.
    commands: ConnectionManager,
}

impl Server {
    fn new(url: &str) -> Result<Self, RedisError> {
        let client = Client::open(url)
            // The parser's error may quote the address.
            .map_err(|_| RedisError::from((ErrorKind::InvalidClientConfig, "the address of Redis cannot be read")))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { client, commands })
    }

    /// A connection of one's own, for reads that wait.
    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(ANSWER));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }
}

fn away(error: RedisError) -> BusError {
    BusError::Unavailable(format!("Redis: {error}"))
}
