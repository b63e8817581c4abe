//! Errors fall into their classes, on both engines alike.

use std::time::Duration;

use tributary_sql::{PoolOptions, StoreError, UnitOfWork};
use tributary_testkit::Engine;

use super::{
    ENGINE, Pool,
    fixture::{commit, empty, insert, store},
};

async fn failure(pool: &Pool, sql: &'static str) -> StoreError {
    let mut tx = pool.begin().await.expect("begun");
    sqlx::query(sql).execute(tx.conn()).await.expect_err(sql).into()
}

#[tokio::test]
async fn constraints_have_their_classes_and_names() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    insert(&mut tx, 1, 1).await.expect("inserted");
    commit(tx).await;
    let unique = failure(&pool, "INSERT INTO ledger (entry, amount) VALUES (1, 1)").await;
    let name = if ENGINE == Engine::Postgres { "ledger_pkey" } else { "ledger.entry" };
    assert_eq!(unique, StoreError::AlreadyExists(name.to_owned()));
    let check = failure(&pool, "INSERT INTO ledger (entry, amount) VALUES (2, 0)").await;
    assert_eq!(check, StoreError::Constraint("amount_positive".to_owned()));
    let foreign = failure(&pool, "INSERT INTO ledger (entry, amount, parent) VALUES (2, 1, 77)").await;
    assert!(matches!(foreign, StoreError::Constraint(_)), "{foreign:?}");
    let missing = failure(&pool, "INSERT INTO ledger (entry) VALUES (2)").await;
    assert!(matches!(missing, StoreError::Constraint(_)), "{missing:?}");
}

#[tokio::test]
async fn mistakes_are_internal_and_no_row_is_not_found() {
    let Some((_database, pool)) = store().await else { return };
    let wrong = failure(&pool, "SELECT nonsense FROM ledger").await;
    assert!(matches!(wrong, StoreError::Internal(_)), "{wrong:?}");
    let none = sqlx::query_scalar::<_, i64>("SELECT entry FROM ledger").fetch_one(pool.reader()).await;
    assert_eq!(none.map_err(StoreError::from), Err(StoreError::NotFound));
    let text = sqlx::query_scalar::<_, i64>("SELECT 'x'").fetch_one(pool.reader()).await;
    assert!(matches!(text.map_err(StoreError::from), Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_store_that_is_busy_or_closed_is_unavailable() {
    let Some(database) = empty().await else { return };
    let options =
        PoolOptions { max_connections: 1, acquire_timeout: Duration::from_millis(100), ..PoolOptions::default() };
    let pool = Pool::open(database.place(), options).await.expect("opened");
    let held = pool.begin().await.expect("begun");
    let error = pool.begin().await.expect_err("the only writer is taken");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    drop(held);
    pool.begin().await.expect("free again");
    pool.close().await;
    let error = pool.begin().await.expect_err("closed");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_deadlock_is_unavailable_so_that_it_is_tried_again() {
    if ENGINE == Engine::Sqlite {
        return; // one writer: there is none
    }
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    insert(&mut tx, 1, 1).await.expect("inserted");
    insert(&mut tx, 2, 1).await.expect("inserted");
    commit(tx).await;
    let crossing = |first: i64, second: i64| {
        let pool = pool.clone();
        async move {
            let mut tx = pool.begin().await?;
            for entry in [first, second] {
                sqlx::query("UPDATE ledger SET amount = amount + 1 WHERE entry = $1")
                    .bind(entry)
                    .execute(tx.conn())
                    .await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Box::new(tx).commit().await
        }
    };
    let (a, b) = tokio::join!(crossing(1, 2), crossing(2, 1));
    let lost = a.and(b).expect_err("one of them is the victim");
    assert!(matches!(&lost, StoreError::Unavailable(_)) && lost.is_retryable(), "{lost:?}");
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    if ENGINE == Engine::Postgres {
        // Nothing listens on port 1.
        let options = PoolOptions { acquire_timeout: Duration::from_millis(500), ..PoolOptions::default() };
        let error = Pool::open("postgres://nobody:secret@127.0.0.1:1/none", options).await.expect_err("away");
        assert!(matches!(&error, StoreError::Unavailable(_)) && !error.to_string().contains("secret"), "{error:?}");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("not-a-database");
    std::fs::write(&path, b"this is a text of more than sixteen bytes").expect("written");
    let path = path.to_str().expect("utf-8");
    let error = Pool::open(path, PoolOptions::default()).await.expect_err("no database");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
}
