//! Redis asked briefly, and words between processes, through its end and its return.
#![cfg(test)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tributary_core::SystemClock;
use tributary_redis::{BriefRedis, Notices};
use tributary_testkit::RedisServer;

/// Longest wait for what comes by itself.
const SOON: Duration = Duration::from_secs(30);

async fn ping(redis: &BriefRedis) -> Option<String> {
    redis.ask(async |mut connection| redis::cmd("PING").query_async(&mut connection).await).await
}

#[tokio::test]
async fn an_answer_or_none() {
    let Some(mut server) = RedisServer::start() else { return };
    let redis = BriefRedis::new(&server.url(), Arc::new(SystemClock), "nothing happens").unwrap();
    assert_eq!(ping(&redis).await.as_deref(), Some("PONG"));
    server.stop();
    assert_eq!(ping(&redis).await, None);
    server.start_again();
    assert_eq!(ping(&redis).await, None, "left alone for a second");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(ping(&redis).await.as_deref(), Some("PONG"));
}

#[test]
fn what_is_wrong_with_a_url_is_said_without_its_password() {
    let refused = BriefRedis::new("http://:secret@h", Arc::new(SystemClock), "nothing happens").unwrap_err();
    assert!(!refused.to_string().contains("secret"), "{refused}");
}

/// Says a word until somebody listens.
async fn told(notices: &Notices, word: &str) {
    let begun = Instant::now();
    while notices.tell(word).await.unwrap_or(0) == 0 {
        assert!(begun.elapsed() < SOON, "nobody listens");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn heard(words: &Mutex<Vec<String>>, word: &str) {
    let begun = Instant::now();
    while !words.lock().unwrap().iter().any(|heard| heard == word) {
        assert!(begun.elapsed() < SOON, "{word} was not heard");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn who_listens_hears_also_after_redis_was_away() {
    let Some(mut server) = RedisServer::start() else { return };
    let new = |topic: &str| Notices::new(&server.url(), "t", topic, Arc::new(SystemClock)).unwrap();
    let (one, two, other) = (new("keys"), new("keys"), new("other"));
    let words: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = words.clone();
    let listening = tokio::spawn(async move { two.listen(|word| noted.lock().unwrap().push(word.to_owned())).await });
    told(&one, "a").await;
    heard(&words, "a").await;
    assert_eq!(other.tell("b").await, Some(0), "another topic");
    server.stop();
    assert_eq!(one.tell("c").await, None);
    server.start_again();
    told(&one, "d").await;
    heard(&words, "d").await;
    assert!(words.lock().unwrap().iter().all(|word| word == "a" || word == "d"));
    listening.abort();
}
