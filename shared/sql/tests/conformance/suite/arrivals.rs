//! The numbers of a stream count once, in any order, and only when their transaction is kept.

use std::time::Duration;

use tributary_core::TenantId;
use tributary_sql::{ArrivalStore, StoreError, UnitOfWork};

use super::{
    Pool,
    fixture::{commit, entries, insert, store, tenant},
};

async fn arrive(pool: &Pool, tenant: &TenantId, stream: &str, number: i64) -> bool {
    let mut tx = pool.begin().await.expect("begun");
    let new = tx.arrived(tenant, stream, number).await.expect("asked");
    commit(tx).await;
    new
}

/// Each step: the number, whether it is new, and through which number all are in afterwards.
async fn steps(pool: &Pool, steps: &[(i64, bool, i64)]) {
    for &(number, new, through) in steps {
        assert_eq!(arrive(pool, &tenant(), "facts", number).await, new, "number {number}");
        assert_eq!(pool.through(&tenant(), "facts").await, Ok(through), "after number {number}");
    }
}

#[tokio::test]
async fn numbers_come_in_any_order() {
    let Some((_database, pool)) = store().await else { return };
    assert_eq!(pool.through(&tenant(), "facts").await, Ok(0));
    steps(&pool, &[(3, true, 0), (1, true, 1), (2, true, 3), (4, true, 4)]).await;
}

#[tokio::test]
async fn repeats_count_once() {
    let Some((_database, pool)) = store().await else { return };
    let early = [(2, true, 0), (2, false, 0), (5, true, 0), (1, true, 2), (1, false, 2), (2, false, 2)];
    steps(&pool, &early).await;
    steps(&pool, &[(4, true, 2), (5, false, 2), (3, true, 5), (4, false, 5), (6, true, 6)]).await;
    // Nothing waits any more: what is in by its run needs no row of its own.
    let waiting: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM early_arrivals").fetch_one(pool.reader()).await.expect("counted");
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn several_may_arrive_in_one_transaction() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    for (number, new) in [(2, true), (1, true), (2, false), (4, true)] {
        assert_eq!(tx.arrived(&tenant(), "facts", number).await, Ok(new), "number {number}");
    }
    assert_eq!(pool.through(&tenant(), "facts").await, Ok(0));
    commit(tx).await;
    assert_eq!(pool.through(&tenant(), "facts").await, Ok(2));
}

#[tokio::test]
async fn what_is_rolled_back_is_not_in() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.arrived(&tenant(), "facts", 1).await, Ok(true));
    drop(tx);
    steps(&pool, &[(1, true, 1)]).await;
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.arrived(&tenant(), "facts", 2).await, Ok(true));
    drop(tx);
    steps(&pool, &[(3, true, 1), (2, true, 3)]).await;
}

#[tokio::test]
async fn tenants_and_streams_are_apart() {
    let Some((_database, pool)) = store().await else { return };
    let other = TenantId::parse("other").expect("a tenant");
    for (tenant, stream, number) in
        [(&tenant(), "facts", 1), (&tenant(), "facts", 2), (&other, "facts", 1), (&tenant(), "partners", 2)]
    {
        assert!(arrive(&pool, tenant, stream, number).await, "{tenant} {stream} {number}");
    }
    let through = async |tenant: &TenantId, stream: &str| pool.through(tenant, stream).await.expect("read");
    assert_eq!(through(&tenant(), "facts").await, 2);
    assert_eq!(through(&other, "facts").await, 1);
    assert_eq!(through(&tenant(), "partners").await, 0);
    assert_eq!(through(&other, "partners").await, 0);
    // What came early in one stream closes no gap of another.
    assert!(arrive(&pool, &tenant(), "partners", 1).await);
    assert_eq!(through(&tenant(), "partners").await, 2);
    assert_eq!(through(&other, "facts").await, 1);
}

#[tokio::test]
async fn a_number_below_one_is_a_mistake() {
    let Some((_database, pool)) = store().await else { return };
    for number in [0, -1, i64::MIN] {
        let mut tx = pool.begin().await.expect("begun");
        let refused = tx.arrived(&tenant(), "facts", number).await;
        assert!(matches!(&refused, Err(StoreError::Internal(m)) if m.contains(&number.to_string())), "{refused:?}");
    }
}

/// Each reads what the other writes, rests, and writes: without the lock both would write the same entry.
async fn add(pool: &Pool, number: i64) {
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.arrived(&tenant(), "facts", number).await, Ok(true), "number {number}");
    let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(entry), 0) FROM ledger")
        .fetch_one(tx.conn())
        .await
        .expect("the last entry");
    tokio::time::sleep(Duration::from_millis(50)).await;
    insert(&mut tx, last + 1, 1).await.expect("the next entry");
    commit(tx).await;
}

#[tokio::test]
async fn arrivals_of_a_stream_wait_for_each_other() {
    let Some((_database, pool)) = store().await else { return };
    // First with a stream that nobody knows yet, then with its row in place.
    tokio::join!(add(&pool, 2), add(&pool, 1));
    tokio::join!(add(&pool, 3), add(&pool, 4));
    assert_eq!((entries(&pool).await, pool.through(&tenant(), "facts").await), (4, Ok(4)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_repeats_of_one_number_count_once() {
    let Some((_database, pool)) = store().await else { return };
    let tasks: Vec<_> = (0..24)
        .map(|i| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut tx = pool.begin().await.expect("begun");
                let number = 1 + i % 3;
                if tx.arrived(&tenant(), "facts", number).await.expect("asked") {
                    // The entry's number is the arrival's: twice would be refused.
                    insert(&mut tx, number, 1).await.expect("the first");
                }
                commit(tx).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!((entries(&pool).await, pool.through(&tenant(), "facts").await), (3, Ok(3)));
}
