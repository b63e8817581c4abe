//! One history, applied once, never changed.

use tributary_sql::{ArrivalStore, PoolOptions, StoreError};
use tributary_testkit::Engine;

use super::{
    ENGINE, Pool,
    fixture::{again, commit, empty, entries, ledger, migrator, store, tenant},
};

#[tokio::test]
async fn a_history_is_applied_once_and_grows() {
    let Some((_database, pool)) = store().await else { return };
    pool.migrate(&ledger()).await.expect("again changes nothing");
    let mut both: Vec<_> = ledger().iter().cloned().collect();
    both.extend(migrator(&[(101, "CREATE TABLE more (x BIGINT)")]).iter().cloned());
    pool.migrate(&sqlx::migrate::Migrator::with_migrations(both)).await.expect("one more");
    let applied: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE version >= 100 ORDER BY version")
            .fetch_all(pool.reader())
            .await
            .expect("listed");
    assert_eq!(applied, [100, 101]);
    // An older version of the program must not run on a newer schema.
    let error = pool.migrate(&ledger()).await.expect_err("101 is missing");
    assert!(matches!(&error, StoreError::Corrupt(m) if m.contains("101")), "{error:?}");
}

#[tokio::test]
async fn a_base_step_is_added_to_a_store_that_has_steps_of_its_service() {
    let Some((_database, pool)) = store().await else { return };
    // As a version left it that knew only the first step of the base.
    let mut tx = pool.begin().await.expect("begun");
    for sql in ["DROP TABLE early_arrivals", "DROP TABLE arrivals", "DELETE FROM _sqlx_migrations WHERE version = 2"] {
        sqlx::query(sql).execute(tx.conn()).await.expect("undone");
    }
    commit(tx).await;
    pool.migrate(&ledger()).await.expect("one step more");
    assert_eq!(pool.through(&tenant(), "facts").await, Ok(0));
}

#[tokio::test]
async fn a_changed_migration_is_refused_and_blocks_nobody() {
    let Some((database, pool)) = store().await else { return };
    let changed = migrator(&[(100, "CREATE TABLE ledger (entry BIGINT)")]);
    let error = pool.migrate(&changed).await.expect_err("changed");
    assert!(matches!(&error, StoreError::Corrupt(m) if m.contains("100")), "{error:?}");
    // The first pool is still open: it must not keep the lock of migrations.
    let other = again(&database).await;
    tokio::time::timeout(std::time::Duration::from_secs(5), other.migrate(&ledger()))
        .await
        .expect("no lock")
        .expect("ok");
    assert_eq!(entries(&pool).await, 0);
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing() {
    let Some((_database, pool)) = store().await else { return };
    let mut both: Vec<_> = ledger().iter().cloned().collect();
    both.extend(migrator(&[(101, "CREATE TABLE half (x BIGINT); INSERT INTO nowhere VALUES (1)")]).iter().cloned());
    let error = pool.migrate(&sqlx::migrate::Migrator::with_migrations(both)).await.expect_err("wrong");
    assert!(matches!(&error, StoreError::Internal(m) if m.contains("101")), "{error:?}");
    sqlx::query("SELECT x FROM half").fetch_all(pool.reader()).await.expect_err("rolled back");
    pool.migrate(&ledger()).await.expect("as before");
}

#[tokio::test]
async fn numbers_of_a_service_begin_with_a_hundred() {
    let Some((_database, pool)) = store().await else { return };
    let error = pool.migrate(&migrator(&[(99, "SELECT 1")])).await.expect_err("of the base");
    assert!(matches!(&error, StoreError::Internal(m) if m.contains("99")), "{error:?}");
    let error = pool.migrate(&migrator(&[(100, "SELECT 1"), (100, "SELECT 2")])).await.expect_err("twice");
    assert!(matches!(&error, StoreError::Internal(m) if m.contains("100")), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_may_migrate_at_once() {
    let Some(database) = empty().await else { return };
    let mut tasks = Vec::new();
    for _ in 0..4 {
        // Replicas share a database only on PostgreSQL; a SQLite file belongs to one process.
        let pool = again(&database).await;
        tasks.push(tokio::spawn(async move { pool.migrate(&ledger()).await }));
        if ENGINE == Engine::Sqlite {
            break;
        }
    }
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok(()));
    }
}

#[tokio::test]
async fn a_missing_database_is_made_even_by_several_at_once() {
    let Some(database) = empty().await else { return };
    if ENGINE == Engine::Sqlite {
        let nested = std::path::Path::new(database.place()).with_file_name("a").join("b").join("new.db");
        let nested = nested.to_str().expect("utf-8");
        Pool::open(nested, PoolOptions::default()).await.expect("made").close().await;
        return;
    }
    let place = format!("{}\"quoted\"", database.place());
    let open = || Pool::open(&place, PoolOptions::default());
    let pools = tokio::join!(open(), open(), open());
    let pools = [pools.0.expect("made"), pools.1.expect("made"), pools.2.expect("made")];
    let name: String = sqlx::query_scalar("SELECT CAST(current_database() AS TEXT)")
        .fetch_one(pools[0].reader())
        .await
        .expect("asked");
    assert!(name.starts_with("tributary_test_") && name.ends_with("\"quoted\""), "{name}");
    for pool in pools {
        pool.close().await;
    }
    let admin = again(&database).await;
    let drop = format!("DROP DATABASE \"{}\"", name.replace('"', "\"\""));
    sqlx::query(sqlx::AssertSqlSafe(drop)).execute(admin.reader()).await.expect("dropped");
}
