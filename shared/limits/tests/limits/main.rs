//! The limiters, one suite for both ways to count, and Redis going away.
#![cfg(test)]

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use tributary_core::SystemClock;
use tributary_limits::{Decision, Limiter, LocalLimiter, Rate, RedisLimiter};
use tributary_testkit::RedisServer;

fn rate(calls: u32, seconds: u32, burst: u32) -> Rate {
    let some = |n| NonZeroU32::new(n).unwrap();
    Rate { calls: some(calls), seconds: some(seconds), burst: NonZeroU32::new(burst) }
}

async fn allowed(limiter: &dyn Limiter, key: &str, rate: &Rate, calls: usize) -> usize {
    let mut count = 0;
    for _ in 0..calls {
        count += usize::from(limiter.take(key, rate).await == Decision::Allowed);
    }
    count
}

/// What every limiter does.
async fn suite(limiter: &dyn Limiter) {
    // Five at once, then one every ten seconds: no test is so slow that one more could pass.
    let slow = rate(6, 60, 5);
    assert_eq!(allowed(limiter, "a", &slow, 20).await, 5);
    assert_eq!(allowed(limiter, "b", &slow, 20).await, 5, "each key counts for itself");
    let Decision::Denied { retry_after } = limiter.take("a", &slow).await else { panic!("it is used up") };
    assert!(retry_after > Duration::from_secs(5) && retry_after <= Duration::from_secs(10), "{retry_after:?}");

    // Twenty a second, one at once.
    let fast = rate(20, 1, 1);
    assert_eq!(allowed(limiter, "c", &fast, 1).await, 1);
    let Decision::Denied { retry_after } = limiter.take("c", &fast).await else { panic!("it is used up") };
    assert!(retry_after <= Duration::from_millis(50), "{retry_after:?}");
    tokio::time::sleep(retry_after + Duration::from_millis(2)).await;
    assert_eq!(limiter.take("c", &fast).await, Decision::Allowed, "what it said holds");

    let quota = rate(1000, 86_400, 0);
    assert_eq!(allowed(limiter, "d", &quota, 1200).await, 1000, "without a burst all may come at once");
}

#[tokio::test]
async fn in_process() {
    suite(&LocalLimiter::new()).await;
}

#[tokio::test]
async fn over_redis() {
    let Some(server) = RedisServer::start() else { return };
    suite(&RedisLimiter::new(&server.url(), "t", Arc::new(SystemClock)).unwrap()).await;
}

#[tokio::test]
async fn processes_count_together_over_redis() {
    let Some(server) = RedisServer::start() else { return };
    let new = || RedisLimiter::new(&server.url(), "t", Arc::new(SystemClock)).unwrap();
    let (one, two, slow) = (new(), new(), rate(6, 60, 5));
    assert_eq!(allowed(&one, "a", &slow, 3).await + allowed(&two, "a", &slow, 20).await, 5);
}

#[tokio::test]
async fn without_redis_each_process_counts_and_none_is_open() {
    let Some(mut server) = RedisServer::start() else { return };
    let limiter = RedisLimiter::new(&server.url(), "t", Arc::new(SystemClock)).unwrap();
    let slow = rate(6, 60, 5);
    assert_eq!(allowed(&limiter, "a", &slow, 20).await, 5);
    server.stop();
    let begun = Instant::now();
    assert_eq!(allowed(&limiter, "a", &slow, 200).await, 5, "counted anew, not open");
    assert!(begun.elapsed() < Duration::from_secs(2), "200 calls waited {:?}", begun.elapsed());
    server.start_again();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let other = RedisLimiter::new(&server.url(), "t", Arc::new(SystemClock)).unwrap();
    assert_eq!(allowed(&limiter, "a", &slow, 3).await + allowed(&other, "a", &slow, 20).await, 5, "together again");
}

#[tokio::test]
async fn keys_that_are_full_again_are_forgotten() {
    let limiter = LocalLimiter::new();
    let fast = rate(1000, 1, 1);
    for key in 0..500 {
        let _ = limiter.count(&key.to_string(), &fast);
    }
    assert_eq!(limiter.keys(), 500);
    tokio::time::sleep(Duration::from_millis(20)).await;
    limiter.sweep();
    assert_eq!(limiter.keys(), 0);
}
