//! What a service sees of the cache.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::sync::Barrier;
use tributary_cache::{Cache, Fresh, Key, LocalCache, Shelf};
use tributary_testkit::RedisServer;

use super::{LONG, bytes, key, over};

/// A computation that counts how often it ran, and what it says is kept.
#[derive(Default)]
struct Computed(AtomicU32);

impl Computed {
    async fn says(&self, keys: &[Key], text: &'static str) -> Result<Fresh, String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Fresh { value: bytes(text), keep: keys.iter().map(|key| (*key, bytes(text))).collect() })
    }

    fn times(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

fn shelf(cache: &Arc<LocalCache>, form: u32) -> Shelf {
    Shelf::new(cache.clone(), "test", form)
}

#[tokio::test]
async fn an_answer_is_computed_once_and_others_fall_off_on_the_way() {
    let (shelf, computed) = (shelf(&Arc::default(), 1), Computed::default());
    for _ in 0..3 {
        assert_eq!(shelf.answer(key("a"), computed.says(&[key("a"), key("b")], "1")).await, Ok(bytes("1")));
    }
    assert_eq!(shelf.answer(key("b"), computed.says(&[key("b")], "2")).await, Ok(bytes("1")));
    assert_eq!(computed.times(), 1);
}

#[tokio::test]
async fn what_is_not_to_be_kept_is_computed_again() {
    let (shelf, computed) = (shelf(&Arc::default(), 1), Computed::default());
    assert_eq!(shelf.answer(key("a"), computed.says(&[], "1")).await, Ok(bytes("1")));
    assert_eq!(shelf.answer(key("a"), computed.says(&[], "2")).await, Ok(bytes("2")));
    assert_eq!(computed.times(), 2);
}

#[tokio::test]
async fn another_form_is_a_miss() {
    let (cache, computed) = (Arc::new(LocalCache::default()), Computed::default());
    assert_eq!(shelf(&cache, 1).answer(key("a"), computed.says(&[key("a")], "old")).await, Ok(bytes("old")));
    assert_eq!(shelf(&cache, 2).answer(key("a"), computed.says(&[key("a")], "new")).await, Ok(bytes("new")));
    assert_eq!(computed.times(), 2);
}

#[tokio::test]
async fn what_somebody_else_put_there_is_a_miss() {
    let Some(server) = RedisServer::start() else { return };
    over(&server).put(vec![(key("a"), bytes("rubbish")), (key("b"), bytes(""))], LONG).await;
    let (shelf, computed) = (Shelf::new(Arc::new(over(&server)), "test", 1), Computed::default());
    for part in ["a", "b"] {
        assert_eq!(shelf.answer(key(part), computed.says(&[], "1")).await, Ok(bytes("1")));
    }
    assert_eq!(computed.times(), 2);
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_computes() {
    let (shelf, computed) = (Arc::new(shelf(&Arc::default(), 1)), Arc::new(Computed::default()));
    let all = Arc::new(Barrier::new(20));
    let asked = (0..20).map(|_| {
        let (shelf, computed, all) = (shelf.clone(), computed.clone(), all.clone());
        tokio::spawn(async move {
            all.wait().await;
            // Nothing is kept: only who was there at the same time gets it.
            let slow = async {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                computed.says(&[key("a")], "1").await
            };
            shelf.answer(key("a"), slow).await
        })
    });
    for answer in asked.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), Ok(bytes("1")));
    }
    assert_eq!(computed.times(), 1);
}

#[tokio::test]
async fn a_failure_is_not_shared_and_one_who_leaves_takes_nothing_along() {
    let (shelf, computed) = (Arc::new(shelf(&Arc::default(), 1)), Computed::default());
    let stuck = Arc::new(tokio::sync::Notify::new());
    let (leaves, told) = (shelf.clone(), stuck.clone());
    let first = tokio::spawn(async move {
        let never = async {
            told.notify_one();
            std::future::pending::<Result<Fresh, String>>().await
        };
        leaves.answer(key("a"), never).await
    });
    stuck.notified().await;
    let second = shelf.answer(key("a"), async { Err("no".to_owned()) });
    let kept = [key("a")];
    let third = shelf.answer(key("a"), computed.says(&kept, "1"));
    let leave = async {
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
    };
    let (second, third, ()) = tokio::join!(second, third, leave);
    assert_eq!(second, Err("no".to_owned()));
    assert_eq!(third, Ok(bytes("1")));
    assert_eq!(computed.times(), 1);
}
