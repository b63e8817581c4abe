//! Replicas of one consumer: one reads, another takes over what it left.

use std::{sync::Arc, time::Duration};

use redis::AsyncTypedCommands as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tributary_bus::{Bus, MAX_DEATHS, RedisBus};
use tributary_sql::OutboxStore;
use tributary_testkit::{CountingIds, redis_url};

use super::{Redis, connect, state};
use crate::world::{MADE, World, busy, effect, until};

/// A world whose events go to replicas that the test starts and ends.
struct Replicas {
    world: World,
    url: String,
    prefix: String,
}

/// One process of the consumer.
struct Replica {
    _keys: Redis,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Replicas {
    async fn new(url: String) -> Self {
        let mut prefix = String::new();
        let world = World::new(|clock| {
            let redis = Redis::new(&url, clock);
            prefix.clone_from(&redis.options.prefix);
            Box::new(redis)
        })
        .await;
        Self { world, url, prefix }
    }

    fn stream(&self) -> String {
        format!("{}:events:ledger-service", self.prefix)
    }

    /// Starts one more process of the consumer.
    fn replica(&self) -> Replica {
        // Keys of its own to remove are none: the world removes them all.
        let mut redis = Redis::with(&self.url, &self.prefix, self.world.clock.clone());
        let bus: Arc<RedisBus> = redis.bus.clone();
        redis.options.prefix = format!("{}-none", self.prefix);
        bus.subscribe(self.world.subscription("consumer", &[MADE]));
        let stop = CancellationToken::new();
        Replica { _keys: redis, task: tokio::spawn(bus.run(stop.clone())), stop }
    }

    /// How many entries were handed out and are not acknowledged.
    async fn unfinished(&self) -> usize {
        let mut connection = connect(&self.url).await;
        state(&mut connection, &self.stream(), "consumer").await.map_or(0, |(pending, _)| pending)
    }
}

#[tokio::test]
async fn the_next_replica_begins_with_what_was_left_unfinished() {
    let Some(url) = redis_url() else { return };
    let replicas = Replicas::new(url).await;
    let world = &replicas.world;
    world.fails(1, u32::MAX, Some(busy()));
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
    world.empty_outbox().await;

    // Killed: its lease stands until it runs out.
    let first = replicas.replica();
    until("the event of the other subject has its effect", async || {
        world.effects().await == [effect("consumer", "entries/b", 1)] && replicas.unfinished().await == 2
    })
    .await;
    first.task.abort();

    // Stopped as one should: its lease goes with it.
    let second = replicas.replica();
    let tries = || world.script.lock().expect("not poisoned").calls.iter().filter(|c| c.0 == "entries/a").count();
    let before = tries();
    until("the second tries what the first left", async || tries() > before + 1).await;
    second.stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), second.task).await.expect("it stops").expect("no panic");
    let lease: Option<String> =
        connect(&replicas.url).await.get(format!("{}:lease:consumer", replicas.prefix)).await.expect("asked");
    assert_eq!((lease, replicas.unfinished().await), (None, 2));

    world.fails(1, 0, None);
    let _third = replicas.replica();
    until("nothing is unfinished", async || replicas.unfinished().await == 0).await;
    let expected = [("entries/b", 1), ("entries/a", 1), ("entries/a", 2)].map(|(s, n)| effect("consumer", s, n));
    assert_eq!(world.effects().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_come_and_go_have_each_effect_once_and_in_order() {
    let Some(url) = redis_url() else { return };
    let replicas = Replicas::new(url).await;
    let world = &replicas.world;
    let subjects: Vec<String> = (0..10).map(|n| format!("entries/{n}")).collect();
    let mut running = vec![replicas.replica(), replicas.replica()];
    for round in 0..6_u64 {
        let events: Vec<(u64, &str, &str)> = (0..50)
            .map(|n| (round * 50 + n + 1, MADE, subjects[usize::try_from(n % 10).expect("small")].as_str()))
            .collect();
        world.publish(&events).await;
        while world.producer.pending().await.expect("counted") > 0 {
            world.relay.drain().await.expect("drained");
        }
        // In turns the older one is killed in the middle of its work, or stopped.
        let older = running.remove(0);
        if round % 2 == 0 {
            older.task.abort()
        } else {
            older.stop.cancel()
        }
        running.push(replicas.replica());
    }
    until("all have their effect", async || world.effects().await.len() >= 300).await;
    until("nothing is unfinished", async || replicas.unfinished().await == 0).await;
    let effects = world.effects().await;
    assert_eq!(effects.len(), 300);
    for subject in &subjects {
        let sequences: Vec<i64> = effects.iter().filter(|e| &e.1 == subject).map(|e| e.2).collect();
        assert_eq!(sequences, (1..=30).collect::<Vec<_>>(), "{subject}");
    }
}

#[tokio::test]
async fn an_event_that_ends_its_readers_is_given_up() {
    let Some(url) = redis_url() else { return };
    let replicas = Replicas::new(url).await;
    let world = &replicas.world;
    world.hangs(1);
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
    world.empty_outbox().await;
    let lease = format!("{}:lease:consumer", replicas.prefix);
    let mut connection = connect(&replicas.url).await;
    assert_eq!(MAX_DEATHS, 5);
    // Who got it first, and five that found it unfinished.
    for death in 1..=6 {
        let replica = replicas.replica();
        let calls = || world.script.lock().expect("not poisoned").calls.len();
        until("it is being handled", async || calls() == death).await;
        replica.task.abort();
        // Once it has ended: else it could keep the lease.
        replica.task.await.expect_err("aborted");
        connection.del(&lease).await.expect("removed");
    }
    assert_eq!(world.letters().await, []);
    let _last = replicas.replica();
    until("the others are handled", async || world.effects().await.len() == 2).await;
    assert_eq!(world.letters().await, [("consumer".to_owned(), CountingIds::numbered(1), 6)]);
    assert_eq!(world.effects().await, [("entries/b", 1), ("entries/a", 2)].map(|(s, n)| effect("consumer", s, n)));
    until("nothing is unfinished", async || replicas.unfinished().await == 0).await;
    let begun: usize = connection.hlen(format!("{}:begun:consumer", replicas.prefix)).await.expect("counted");
    assert_eq!(begun, 0);
}

#[tokio::test]
async fn an_entry_that_is_no_event_is_passed_over() {
    let Some(url) = redis_url() else { return };
    let replicas = Replicas::new(url).await;
    let world = &replicas.world;
    let mut connection = connect(&replicas.url).await;
    connection.xadd(replicas.stream(), "*", &[("hello", "world")]).await.expect("added");
    world.publish(&[(1, MADE, "entries/a")]).await;
    world.empty_outbox().await;
    let _replica = replicas.replica();
    until("the event has its effect", async || world.effects().await == [effect("consumer", "entries/a", 1)]).await;
    until("both are acknowledged", async || {
        state(&mut connection, &replicas.stream(), "consumer").await == Some((0, true))
    })
    .await;
}

#[tokio::test]
async fn what_was_trimmed_before_it_was_handled_blocks_nothing() {
    let Some(url) = redis_url() else { return };
    let replicas = Replicas::new(url).await;
    let world = &replicas.world;
    world.fails(1, u32::MAX, Some(busy()));
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a")]).await;
    world.empty_outbox().await;
    let first = replicas.replica();
    until("both are handed out", async || replicas.unfinished().await == 2).await;
    first.stop.cancel();
    first.task.await.expect("no panic");
    redis::cmd("XTRIM")
        .arg(replicas.stream())
        .arg("MAXLEN")
        .arg(1)
        .exec_async(&mut connect(&replicas.url).await)
        .await
        .expect("trimmed");
    let _second = replicas.replica();
    until("the rest is handled", async || replicas.unfinished().await == 0).await;
    assert_eq!(world.effects().await, [effect("consumer", "entries/a", 2)]);
}
