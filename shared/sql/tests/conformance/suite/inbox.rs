//! An event has its effect once per consumer.

use tributary_core::Event;
use tributary_sql::UnitOfWork;

use super::fixture::{NOW, commit, effect, entries, event, store};

fn received(number: u64) -> Event {
    let e = event(number, "entries/a");
    Event {
        id: e.id,
        tenant: e.tenant,
        source: "ledger-service".to_owned(),
        event_type: e.event_type,
        subject: e.subject,
        sequence: 1,
        time: e.time,
        trace_parent: String::new(),
        data: e.data,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_deliveries_have_one_effect() {
    let Some((_database, pool)) = store().await else { return };
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut tx = pool.begin().await.expect("begun");
                if tx.first_seen("consumer", &received(1), NOW).await.expect("asked") {
                    effect(&mut tx).await;
                }
                commit(tx).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(entries(&pool).await, 1);
}

#[tokio::test]
async fn a_rolled_back_delivery_counts_as_not_seen_and_consumers_are_apart() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.first_seen("consumer", &received(1), NOW).await, Ok(true));
    drop(tx);
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.first_seen("consumer", &received(1), NOW).await, Ok(true));
    assert_eq!(tx.first_seen("consumer", &received(1), NOW).await, Ok(false));
    assert_eq!(tx.first_seen("another", &received(1), NOW).await, Ok(true));
    assert_eq!(tx.first_seen("consumer", &received(2), NOW).await, Ok(true));
    commit(tx).await;
}
