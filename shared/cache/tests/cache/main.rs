//! One suite for both caches, Redis going away, and what a shelf does over them.
#![cfg(test)]

mod shelf;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tributary_cache::{Cache, Key, LARGEST, LocalCache, RedisCache};
use tributary_core::{SystemClock, TenantId};
use tributary_testkit::RedisServer;

/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

fn key(part: &str) -> Key {
    Key::new("test", &TenantId::default_tenant(), &[part.as_bytes()])
}

fn over(server: &RedisServer) -> RedisCache {
    RedisCache::new(&server.url(), "t", Arc::new(SystemClock)).unwrap()
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// What every cache does.
async fn suite(cache: &dyn Cache) {
    assert_eq!(cache.get(&key("a")).await, None);
    cache.put(vec![(key("a"), bytes("1")), (key("b"), bytes(""))], LONG).await;
    assert_eq!(cache.get(&key("a")).await, Some(bytes("1")));
    assert_eq!(cache.get(&key("b")).await, Some(bytes("")), "nothing is a value, too");
    assert_eq!(cache.get(&key("c")).await, None);
    cache.put(vec![(key("a"), bytes("2"))], LONG).await;
    assert_eq!(cache.get(&key("a")).await, Some(bytes("2")));

    let tenants = ["x", "y"].map(|tenant| Key::new("test", &TenantId::parse(tenant).unwrap(), &[b"a"]));
    cache.put(vec![(tenants[0], bytes("of x"))], LONG).await;
    assert_eq!(cache.get(&tenants[1]).await, None, "each tenant has its own");

    cache.put(vec![(key("brief"), bytes("1"))], Duration::from_millis(20)).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(cache.get(&key("brief")).await, None, "its time is over");

    let (large, larger) = (Bytes::from(vec![7; LARGEST]), Bytes::from(vec![7; LARGEST + 1]));
    cache.put(vec![(key("large"), large.clone()), (key("larger"), larger)], LONG).await;
    assert_eq!(cache.get(&key("large")).await, Some(large));
    assert_eq!(cache.get(&key("larger")).await, None);
    cache.put(Vec::new(), LONG).await;
}

#[tokio::test]
async fn in_process() {
    suite(&LocalCache::default()).await;
}

#[tokio::test]
async fn over_redis() {
    let Some(server) = RedisServer::start() else { return };
    suite(&over(&server)).await;
}

#[tokio::test]
async fn over_a_redis_that_is_not_there() {
    suite(&RedisCache::new("redis+unix:///nowhere/redis.sock", "t", Arc::new(SystemClock)).unwrap()).await;
}

#[tokio::test]
async fn what_is_held_is_bounded() {
    let cache = LocalCache::of_bytes(1 << 20);
    for n in 0..300 {
        cache.keep(key(&n.to_string()), Bytes::from(vec![7; 10_000]), LONG);
    }
    assert!(cache.held() <= 1 << 20, "{} bytes", cache.held());
    assert!(cache.held() > 1 << 19, "{} bytes", cache.held());
}

#[tokio::test]
async fn processes_share_through_redis() {
    let Some(server) = RedisServer::start() else { return };
    let (one, two) = (over(&server), over(&server));
    one.put(vec![(key("a"), bytes("1"))], LONG).await;
    assert_eq!(two.get(&key("a")).await, Some(bytes("1")));
    let other = RedisCache::new(&server.url(), "u", Arc::new(SystemClock)).unwrap();
    assert_eq!(other.get(&key("a")).await, None, "another installation has its own");
}

#[tokio::test]
async fn redis_emptied_or_away_is_a_miss_and_no_more() {
    let Some(mut server) = RedisServer::start() else { return };
    let (one, two) = (over(&server), over(&server));
    one.put(vec![(key("a"), bytes("1"))], LONG).await;
    server.flush();
    assert_eq!(two.get(&key("a")).await, None);
    assert_eq!(one.get(&key("a")).await, Some(bytes("1")), "this process still has it");

    server.stop();
    assert_eq!(two.get(&key("a")).await, None);
    two.put(vec![(key("b"), bytes("2"))], LONG).await;
    assert_eq!(two.get(&key("b")).await, Some(bytes("2")), "kept in the process meanwhile");

    server.start_again();
    // After a failure Redis is left alone for a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    two.put(vec![(key("c"), bytes("3"))], LONG).await;
    assert_eq!(over(&server).get(&key("c")).await, Some(bytes("3")), "shared again");
}
