//! Transactions keep all or nothing, whatever is cancelled.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use tributary_sql::{StoreError, UnitOfWork};
use tributary_testkit::Engine;

use super::{
    ENGINE,
    fixture::{again, commit, effect, entries, insert, store},
};

/// Polls a future `polls` times, a moment apart, and drops it.
async fn cut<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let ready = poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => Poll::Ready(None),
        });
        if let Some(value) = ready.await {
            return Some(value);
        }
        tokio::time::sleep(Duration::from_micros(150)).await;
    }
    None
}

#[tokio::test]
async fn commit_keeps_and_drop_rolls_back() {
    let Some((_database, pool)) = store().await else { return };
    let mut kept = pool.begin().await.expect("begun");
    insert(&mut kept, 1, 10).await.expect("inserted");
    commit(kept).await;
    let mut dropped = pool.begin().await.expect("begun");
    insert(&mut dropped, 2, 10).await.expect("inserted");
    drop(dropped);
    assert_eq!(entries(&pool).await, 1);
    // The key of the dropped row is free.
    let mut tx = pool.begin().await.expect("begun");
    insert(&mut tx, 2, 10).await.expect("inserted");
    commit(tx).await;
    assert_eq!(entries(&pool).await, 2);
}

#[tokio::test]
async fn nothing_is_lost_after_hundreds_of_cancelled_begins() {
    let Some((database, pool)) = store().await else { return };
    let mut cancelled = 0;
    // How far a begin gets before it is cut: 1 connecting or testing the connection (which costs the connection),
    // 2 sending BEGIN, 3 having begun. BEGIN comes last, on open connections: a whole begin would heal a poisoned one.
    for steps in [1, 3, 2, 1, 3, 2] {
        let warm = futures::future::join_all((0..5).map(|_| sqlx::query("SELECT 1").execute(pool.reader()))).await;
        assert!(warm.iter().all(Result::is_ok));
        for _ in 0..15 {
            // Several at once, so that several connections are hit.
            let begun = futures::future::join_all((0..5).map(|_| cut(pool.begin(), steps))).await;
            cancelled += begun.iter().filter(|b| b.is_none()).count();
        }
    }
    assert!(cancelled >= 100, "only {cancelled} begins were cancelled");
    let mut expected = 40;
    if ENGINE == Engine::Postgres {
        // Without a transaction of their own: inside a forgotten one these would vanish.
        let writes = (1..=40_i64).map(|entry| {
            sqlx::query("INSERT INTO ledger (entry, amount) VALUES ($1, 1)").bind(entry).execute(pool.reader())
        });
        for written in futures::future::join_all(writes).await {
            written.expect("inserted");
        }
        let seen = again(&database).await;
        assert_eq!(entries(&seen).await, 40);
        expected = 80;
    }
    for _ in 0..40 {
        let mut tx = pool.begin().await.expect("begun");
        effect(&mut tx).await;
        commit(tx).await;
    }
    pool.close().await;
    assert_eq!(entries(&again(&database).await).await, expected);
}

#[tokio::test]
async fn a_cancelled_commit_commits() {
    let Some((database, pool)) = store().await else { return };
    for i in 0..60 {
        let mut tx = pool.begin().await.expect("begun");
        effect(&mut tx).await;
        if let Some(result) = cut(Box::new(tx).commit(), 1 + i % 3).await {
            result.expect("committed");
        }
    }
    pool.close().await;
    assert_eq!(entries(&again(&database).await).await, 60);
}

#[tokio::test]
async fn a_transaction_cancelled_between_its_statements_leaves_nothing() {
    let Some((_database, pool)) = store().await else { return };
    for i in 0..60 {
        let work = async {
            let mut tx = pool.begin().await.expect("begun");
            effect(&mut tx).await;
            effect(&mut tx).await;
            std::future::pending::<()>().await;
        };
        assert!(cut(work, 1 + i % 9).await.is_none());
    }
    let mut tx = pool.begin().await.expect("begun");
    insert(&mut tx, 1, 1).await.expect("inserted");
    commit(tx).await;
    assert_eq!(entries(&pool).await, 1);
}

#[tokio::test]
async fn writers_queue_instead_of_failing() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    insert(&mut tx, 1, 1).await.expect("inserted");
    commit(tx).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut tx = pool.begin().await.expect("begun");
                // Locks by writing, as the house rules say.
                let amount: i64 =
                    sqlx::query_scalar("UPDATE ledger SET amount = amount + 1 WHERE entry = 1 RETURNING amount")
                        .fetch_one(tx.conn())
                        .await
                        .expect("updated");
                insert(&mut tx, amount, 1).await.expect("each amount is seen once");
                commit(tx).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(entries(&pool).await, 51);
}

#[tokio::test]
async fn commit_after_a_failed_statement_is_refused_on_postgres() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    insert(&mut tx, 1, 1).await.expect("inserted");
    insert(&mut tx, 1, 1).await.expect_err("twice");
    let result = Box::new(tx).commit().await;
    if ENGINE == Engine::Postgres {
        assert!(matches!(result, Err(StoreError::Internal(_))), "{result:?}");
        assert_eq!(entries(&pool).await, 0);
    } else {
        assert_eq!((result, entries(&pool).await), (Ok(()), 1));
    }
}

#[tokio::test]
async fn readers_do_not_write_on_sqlite() {
    let Some((_database, pool)) = store().await else { return };
    let result = sqlx::query("INSERT INTO ledger (entry, amount) VALUES (1, 1)").execute(pool.reader()).await;
    assert_eq!(result.is_ok(), ENGINE == Engine::Postgres);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reading_and_then_writing_works_beside_another_process() {
    let Some((database, pool)) = store().await else { return };
    // A second pool stands for a second process on the same store.
    let tasks: Vec<_> = [pool.clone(), again(&database).await]
        .into_iter()
        .flat_map(|pool| std::iter::repeat_n(pool, 50))
        .map(|pool| {
            tokio::spawn(async move {
                let mut tx = pool.begin().await.expect("begun");
                sqlx::query("SELECT COUNT(*) FROM ledger").execute(tx.conn()).await.expect("read");
                effect(&mut tx).await;
                commit(tx).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(entries(&pool).await, 100);
}
