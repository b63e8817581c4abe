//! The bus over Redis Streams: what holds on every bus.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{AsyncTypedCommands as _, Client, aio::MultiplexedConnection};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tributary_bus::{Bus, Pauses, RedisBus, RedisOptions};
use tributary_core::{Clock, IdSource as _, SystemIds};
use tributary_testkit::redis_url;

use crate::world::{self, Carrier, SERVICE, World};

mod losses;
mod replicas;
#[path = "suite.rs"]
mod suite;

/// A bus with keys of its own on some Redis, removed at the end.
pub struct Redis {
    url: String,
    options: RedisOptions,
    bus: Arc<RedisBus>,
}

impl Redis {
    fn new(url: &str, clock: Arc<dyn Clock>) -> Self {
        Self::with(url, &format!("tributary-test-{}", SystemIds.uuid().simple()), clock)
    }

    fn with(url: &str, prefix: &str, clock: Arc<dyn Clock>) -> Self {
        let options = RedisOptions {
            prefix: prefix.to_owned(),
            sources: vec![SERVICE.to_owned(), "silent-service".to_owned()],
            lease: Duration::from_millis(800),
            pauses: Pauses { first: Duration::from_millis(2), longest: Duration::from_millis(20) },
            ..RedisOptions::default()
        };
        let bus = RedisBus::new(url, options.clone(), clock, Arc::new(SystemIds)).expect("an address");
        Self { url: url.to_owned(), options, bus: Arc::new(bus) }
    }

    fn stream(&self) -> String {
        format!("{}:events:{SERVICE}", self.options.prefix)
    }
}

/// A connection to look at what is there.
async fn connect(url: &str) -> MultiplexedConnection {
    Client::open(url).expect("an address").get_multiplexed_async_connection().await.expect("it answers")
}

/// How many entries a consumer has not acknowledged, and whether it was handed all there are.
async fn state(connection: &mut MultiplexedConnection, stream: &str, consumer: &str) -> Option<(usize, bool)> {
    let last = connection.xinfo_stream(stream).await.ok()?.last_generated_id;
    let groups = connection.xinfo_groups(stream).await.ok()?.groups;
    let group = groups.into_iter().find(|group| group.name == consumer)?;
    Some((group.pending, group.last_delivered_id == last))
}

#[async_trait]
impl Carrier for Redis {
    fn bus(&self) -> Arc<dyn Bus> {
        self.bus.clone()
    }

    fn begin(&self, stop: CancellationToken) -> Option<JoinHandle<()>> {
        Some(tokio::spawn(self.bus.clone().run(stop)))
    }

    async fn is_idle(&self, consumer: &str) -> bool {
        state(&mut connect(&self.url).await, &self.stream(), consumer).await == Some((0, true))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let Ok(mut connection) = Client::open(self.url.as_str()).and_then(|client| client.get_connection()) else {
            return;
        };
        let pattern = format!("{}:*", self.options.prefix);
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut connection).expect("the keys of this test");
        if !keys.is_empty() {
            redis::cmd("DEL").arg(keys).exec(&mut connection).expect("removed");
        }
    }
}

/// On the Redis that the tests share.
async fn world() -> Option<World> {
    let url = redis_url()?;
    Some(World::new(|clock| Box::new(Redis::new(&url, clock))).await)
}
