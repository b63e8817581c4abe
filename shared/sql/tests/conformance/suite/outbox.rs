//! Events leave the outbox once, in the order of their subject.

use std::{collections::HashSet, time::Duration};

use tributary_core::{Event, TenantId, Timestamp};
use tributary_sql::{OutboxStore, StoreError, UnitOfWork};
use uuid::Uuid;

use super::fixture::{NOW, commit, effect, event, id, publish, store};

const LEASE: Duration = Duration::from_secs(10);

fn ids(events: &[Event]) -> Vec<Uuid> {
    events.iter().map(|e| e.id).collect()
}

#[tokio::test]
async fn sequences_count_per_tenant_and_subject_without_gaps() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, [event(1, "entries/a"), event(2, "entries/b"), event(3, "entries/a")]).await;
    let mut tx = pool.begin().await.expect("begun");
    tx.publish(event(4, "entries/a")).await.expect("published");
    drop(tx);
    let mut other = event(5, "entries/a");
    other.tenant = TenantId::parse("other").expect("a tenant");
    publish(&pool, [other, event(6, "entries/a")]).await;
    let all = pool.replay(None, 100).await.expect("replayed");
    let seen: Vec<_> = all.iter().map(|e| (e.id, e.tenant.as_str(), e.subject.as_str(), e.sequence)).collect();
    assert_eq!(
        seen,
        [
            (id(1), "default", "entries/a", 1),
            (id(2), "default", "entries/b", 1),
            (id(3), "default", "entries/a", 2),
            (id(5), "other", "entries/a", 1),
            (id(6), "default", "entries/a", 3),
        ]
    );
    assert_eq!((all[0].source.as_str(), all[0].data.clone()), ("ledger-service", 1_u64.to_be_bytes().to_vec()));
    assert_eq!(pool.replay(Some((NOW, id(3))), 1).await.map(|e| ids(&e)), Ok(vec![id(5)]));
    let mut tx = pool.begin().await.expect("begun");
    let twice = tx.publish(event(1, "entries/c")).await.expect_err("the id is used");
    assert!(matches!(twice, StoreError::AlreadyExists(_)), "{twice:?}");
}

#[tokio::test]
async fn an_earlier_unpublished_event_holds_its_subject_back() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, [event(1, "entries/a"), event(2, "entries/a"), event(3, "entries/b")]).await;
    assert_eq!(pool.pending().await, Ok(3));
    let first = pool.claim("one", NOW, LEASE, 10).await.expect("claimed");
    assert_eq!(ids(&first), [id(1), id(3)]);
    // Claimed: nobody else gets it, nor what comes after it.
    assert_eq!(pool.claim("two", NOW, LEASE, 10).await, Ok(vec![]));
    pool.published(&[id(3)], NOW).await.expect("marked");
    let later = NOW.plus_seconds(60);
    pool.postpone(id(1), later, "not now").await.expect("postponed");
    assert_eq!(pool.claim("two", later.plus_micros(-1), LEASE, 10).await, Ok(vec![]));
    assert_eq!(pool.claim("two", later, LEASE, 10).await.map(|e| ids(&e)), Ok(vec![id(1)]));
    pool.published(&[id(1)], later).await.expect("marked");
    assert_eq!(pool.claim("two", later, LEASE, 10).await.map(|e| ids(&e)), Ok(vec![id(2)]));
    pool.published(&[id(2), id(99)], later).await.expect("marked");
    assert_eq!(pool.pending().await, Ok(0));
    assert_eq!(pool.postpone(id(2), later, "too late").await, Err(StoreError::NotFound));
    assert_eq!(pool.replay(None, 10).await.map(|e| e.len()), Ok(3));
}

#[tokio::test]
async fn a_lease_that_is_over_gives_the_event_to_another() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, [event(1, "entries/a")]).await;
    assert_eq!(pool.claim("one", NOW, LEASE, 10).await.map(|e| e.len()), Ok(1));
    let end = NOW.plus_seconds(10);
    assert_eq!(pool.claim("two", end.plus_micros(-1), LEASE, 10).await.map(|e| e.len()), Ok(0));
    assert_eq!(pool.claim("two", end, LEASE, 10).await.map(|e| ids(&e)), Ok(vec![id(1)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_claimers_never_hold_the_same_event() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, (1..=200).map(|n| event(n, &format!("entries/{n}")))).await;
    let tasks: Vec<_> = (0..8)
        .map(|claimer| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let (mut mine, owner) = (Vec::new(), format!("claimer {claimer}"));
                let mut empty = 0;
                while empty < 5 {
                    // A deadlock of two claimers would be Unavailable and is tried again, as the relay does.
                    match pool.claim(&owner, NOW, LEASE, 7).await {
                        Ok(events) if events.is_empty() => empty += 1,
                        Ok(events) => mine.extend(ids(&events)),
                        Err(e) => assert!(e.is_retryable(), "{e}"),
                    }
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (200, 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_publishers_of_one_subject_count_without_gaps() {
    let Some((_database, pool)) = store().await else { return };
    let tasks: Vec<_> = (1..=60)
        .map(|n| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut tx = pool.begin().await.expect("begun");
                // Ids and times in another order than the commits.
                let mut e = event(61 - n, "entries/a");
                e.time = Timestamp(NOW.0 - i64::try_from(n).expect("small"));
                tx.publish(e).await.expect("published");
                effect(&mut tx).await;
                // Every fifth is given up.
                if n % 5 == 0 { drop(tx) } else { commit(tx).await }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    // 60 − 12 given up; a replay goes by time and id and still gives the order of the sequences.
    let sequences: Vec<_> = pool.replay(None, 100).await.expect("replayed").iter().map(|e| e.sequence).collect();
    assert_eq!(sequences, (1..=48).collect::<Vec<_>>());
    for expected in 1..=48 {
        let claimed = pool.claim("one", NOW, LEASE, 100).await.expect("claimed");
        assert_eq!(claimed.iter().map(|e| e.sequence).collect::<Vec<_>>(), [expected]);
        pool.published(&ids(&claimed), NOW).await.expect("marked");
    }
}
