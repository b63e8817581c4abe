//! Redis loses everything, or is away: no event is lost, none has its effect twice.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tributary_sql::OutboxStore;
use tributary_testkit::RedisServer;

use super::Redis;
use crate::world::{MADE, World, effect, until};

async fn world(server: &RedisServer) -> World {
    World::new(|clock| Box::new(Redis::new(&server.url(), clock))).await
}

/// Ten events of five subjects.
async fn publish(world: &World, round: u64) {
    let subjects: Vec<String> = (0..5).map(|n| format!("entries/{n}")).collect();
    let events: Vec<(u64, &str, &str)> = (0..10)
        .map(|n| (round * 10 + n + 1, MADE, subjects[usize::try_from(n % 5).expect("small")].as_str()))
        .collect();
    world.publish(&events).await;
}

/// Each event of so many rounds has its effect once, in order: two per subject and round.
async fn check(world: &World, rounds: i64) {
    let expected: Vec<_> =
        (0..5).flat_map(|s| (1..=2 * rounds).map(move |n| effect("consumer", &format!("entries/{s}"), n))).collect();
    assert_eq!(world.effects_by_subject().await, expected);
}

#[tokio::test]
async fn a_flush_in_the_middle_loses_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let world = world(&server).await;
    world.subscribe("consumer", &[MADE]);
    // Published, marked, and gone before anyone read them.
    publish(&world, 0).await;
    world.empty_outbox().await;
    server.flush();
    world.begin();
    // Only the relay's next look can bring them back: nothing new waits.
    until("the first have their effect", async || {
        world.relay.drain().await.expect("drained");
        world.effects().await.len() == 10
    })
    .await;
    check(&world, 1).await;
    // Then while the consumer reads, at any moment.
    for round in 1..8 {
        publish(&world, round).await;
        world.relay.drain().await.expect("drained");
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        server.flush();
    }
    until("all have their effect", async || {
        world.clock.advance(Duration::from_secs(1));
        world.relay.drain().await.expect("drained");
        world.effects().await.len() == 80
    })
    .await;
    world.drain().await;
    check(&world, 8).await;
    assert_eq!(world.letters().await, []);
}

#[tokio::test]
async fn a_redis_that_ends_and_begins_again_loses_nothing() {
    let Some(mut server) = RedisServer::start() else { return };
    let world = world(&server).await;
    world.subscribe("consumer", &[MADE]);
    world.begin();
    publish(&world, 0).await;
    world.drain().await;
    server.stop();
    publish(&world, 1).await;
    assert_eq!(world.relay.drain().await, Ok(0), "they wait in the outbox");
    assert_eq!(world.producer.pending().await, Ok(10));
    server.start_again();
    until("the others have their effect", async || {
        world.clock.advance(Duration::from_secs(1));
        world.relay.drain().await.expect("drained");
        world.effects().await.len() == 20
    })
    .await;
    world.drain().await;
    check(&world, 2).await;
}

#[tokio::test]
async fn the_worker_goes_on_once_redis_is_back() {
    let Some(mut server) = RedisServer::start() else { return };
    let world = world(&server).await;
    let stop = CancellationToken::new();
    let task = tokio::spawn(world.relay.clone().run(stop.clone()));
    server.stop();
    publish(&world, 0).await;
    // Nothing goes out meanwhile; the pauses between tries grow.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.producer.pending().await, Ok(10));
    server.start_again();
    until("the outbox is empty", async || {
        world.clock.advance(Duration::from_secs(1));
        world.producer.pending().await == Ok(0)
    })
    .await;
    stop.cancel();
    task.await.expect("no panic");
}
