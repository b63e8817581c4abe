//! What can be seen of a store from outside, and what a caller who has gone leaves behind.

use std::time::{Duration, Instant};

use tributary_core::Timestamp;
use tributary_sql::{
    Backlog, DeadLetter, DeadLetterStore as _, NewOperation, OperationStore, OutboxStore, PoolOptions, StoreError,
    StoreWatch as _, UnitOfWork as _, deadline,
};
use tributary_testkit::Engine;

use super::{
    ENGINE, Pool,
    fixture::{NOW, commit, effect, empty, entries, event, id, publish, store, tenant},
};

/// Counts to a number that takes many seconds to reach.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
                       SELECT CAST(COUNT(*) AS BIGINT) FROM n";

#[tokio::test]
async fn a_backlog_counts_what_waits() {
    let Some((_database, pool)) = store().await else { return };
    assert_eq!(pool.backlog().await, Ok(Backlog::default()));
    pool.ping().await.expect("it answers");
    publish(&pool, [event(1, "entries/a"), event(2, "entries/b"), event(3, "entries/b")]).await;
    let claimed = OutboxStore::claim(&pool, "relay", NOW, Duration::from_secs(1), 1).await.expect("claimed");
    assert_eq!((claimed.len(), claimed[0].trace_parent.as_str()), (1, ""));
    pool.published(&[claimed[0].id], None, NOW).await.expect("marked");
    let letter = DeadLetter {
        consumer: "c".to_owned(),
        event: claimed[0].clone(),
        reason: "no".to_owned(),
        attempts: 1,
        create_time: NOW,
    };
    pool.add(letter).await.expect("kept");
    for (number, micros) in [(11, 5), (12, 3), (13, 9)] {
        let mut tx = pool.begin().await.expect("begun");
        let operation = NewOperation {
            id: id(number),
            tenant: tenant(),
            kind: "calculate".to_owned(),
            actor: "a".to_owned(),
            request: vec![],
            create_time: NOW.plus_micros(micros),
        };
        tx.create_operation(operation).await.expect("created");
        commit(tx).await;
    }
    // The oldest is taken.
    let run = OperationStore::claim(&pool, &["calculate"], "r", NOW, Duration::from_secs(9)).await;
    assert_eq!(run.expect("claimed").expect("one").id, id(12));
    let expected = Backlog {
        events: 2,
        oldest_event: Some(NOW),
        dead_letters: 1,
        pending: 2,
        oldest_pending: Some(NOW.plus_micros(5)),
        running: 1,
    };
    assert_eq!(pool.backlog().await, Ok(expected));
    assert!(expected.oldest_event < Some(Timestamp(i64::MAX)));
}

#[tokio::test]
async fn an_empty_database_is_not_ready_and_pools_are_counted() {
    let Some(database) = empty().await else { return };
    let options = PoolOptions { max_connections: 3, ..PoolOptions::for_service("ledger-service") };
    let pool = Pool::open(database.place(), options).await.expect("opened");
    pool.ping().await.expect_err("no tables");
    let tx = pool.begin().await.expect("begun");
    let counted = pool.connections();
    let names: Vec<&str> = counted.iter().map(|c| c.pool).collect();
    match ENGINE {
        Engine::Postgres => assert_eq!((names, counted[0].max), (vec!["primary"], 3)),
        Engine::Sqlite => assert_eq!((names, counted[0].max, counted[1].max), (vec!["reader", "writer"], 3, 1)),
    }
    assert_eq!(counted.last().map(|c| c.used), Some(1), "{counted:?}");
    drop(tx);
    pool.close().await;
    assert!(matches!(pool.ping().await, Err(StoreError::Unavailable(_))));
}

/// Reads for ever on every connection; at the deadline all must be free again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_end_with_their_callers_deadline_and_the_pool_stays_whole() {
    let Some((_database, pool)) = store().await else { return };
    let begun = Instant::now();
    for _ in 0..2 {
        let reads = (0..10).map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let at = tokio::time::Instant::now() + Duration::from_millis(300);
                let read = async { sqlx::query_scalar::<_, i64>(ENDLESS).fetch_one(pool.reader()).await };
                deadline::scope(Some(at), read).await.map_err(StoreError::from)
            })
        });
        for read in futures::future::join_all(reads).await {
            let ended = read.expect("no panic").expect_err("it was given up");
            assert!(matches!(ended, StoreError::Unavailable(_)), "{ended:?}");
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "given up after {:?}", begun.elapsed());
    // Nothing of the limit stays on a connection.
    let slow = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
                SELECT CAST(COUNT(*) AS BIGINT) FROM n";
    let reads = futures::future::join_all((0..10).map(|_| sqlx::query_scalar::<_, i64>(slow).fetch_one(pool.reader())));
    for read in reads.await {
        assert_eq!(read.expect("counted"), 1_000_000);
    }
    let mut tx = pool.begin().await.expect("begun");
    effect(&mut tx).await;
    commit(tx).await;
    assert_eq!(entries(&pool).await, 1);
}

/// A caller who has gone leaves a statement that runs; it must not hold its connection beyond the deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_statements_free_their_connections_at_the_deadline() {
    let Some((_database, pool)) = store().await else { return };
    let at = tokio::time::Instant::now() + Duration::from_millis(500);
    let reads = (0..10).map(|_| {
        let read = async { sqlx::query_scalar::<_, i64>(ENDLESS).fetch_one(pool.reader()).await.map(|_| ()) };
        tokio::time::timeout(Duration::from_millis(100), deadline::scope(Some(at), read))
    });
    for left in futures::future::join_all(reads).await {
        assert!(left.is_err(), "the client left: {left:?}");
    }
    let begun = Instant::now();
    assert_eq!(entries(&pool).await, 0);
    assert!(begun.elapsed() < Duration::from_secs(5), "a connection was free after {:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_waits_for_his_turn_beyond_his_deadline() {
    let Some((_database, pool)) = store().await else { return };
    let mut held = Vec::new();
    for _ in 0..if ENGINE == Engine::Sqlite { 1 } else { 10 } {
        held.push(pool.begin().await.expect("begun"));
    }
    let begun = Instant::now();
    let at = tokio::time::Instant::now() + Duration::from_millis(200);
    let late = deadline::scope(Some(at), pool.begin()).await.expect_err("no turn");
    assert!(matches!(late, StoreError::Unavailable(_)), "{late:?}");
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(190) && took < Duration::from_secs(4), "{took:?}");
    drop(held);
    let mut tx = deadline::scope(Some(tokio::time::Instant::now() + Duration::from_secs(30)), pool.begin())
        .await
        .expect("begun");
    effect(&mut tx).await;
    commit(tx).await;
    assert_eq!(entries(&pool).await, 1);
}
