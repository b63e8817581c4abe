//! Events leave the outbox once, in the order of their subject.

use std::{collections::HashSet, time::Duration};

use tributary_core::{Event, NewEvent, TenantId, Timestamp};
use tributary_sql::{OutboxStore, StoreError, UnitOfWork};
use uuid::Uuid;

use super::fixture::{NOW, commit, effect, event, id, publish, store, tenant};

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
async fn many_events_count_on_in_the_order_of_their_subjects() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, [event(1, "entries/a")]).await;
    // 1,200 at once, of two subjects and two tenants by turns; in the midst a clock goes backwards.
    let mut events: Vec<NewEvent> =
        (2..1_202).map(|n| event(n, ["entries/a", "entries/b"][usize::from(n % 3 == 0)])).collect();
    for event in events.iter_mut().step_by(4) {
        event.tenant = TenantId::parse("other").expect("a tenant");
    }
    events[601].time = NOW.plus_seconds(-1);
    publish(&pool, events.clone()).await;

    let all = pool.replay(None, 2_000).await.expect("replayed");
    let mut count = 0;
    for tenant in ["default", "other"] {
        for subject in ["entries/a", "entries/b"] {
            let own = |t: &TenantId, s: &str| t.as_str() == tenant && s == subject;
            let mut given: Vec<Uuid> = events.iter().filter(|e| own(&e.tenant, &e.subject)).map(|e| e.id).collect();
            if (tenant, subject) == ("default", "entries/a") {
                given.insert(0, id(1));
            }
            let kept: Vec<&Event> = all.iter().filter(|e| own(&e.tenant, &e.subject)).collect();
            assert_eq!(kept.iter().map(|e| e.id).collect::<Vec<_>>(), given, "{tenant} {subject}");
            let numbers: Vec<i64> = kept.iter().map(|e| e.sequence).collect();
            assert_eq!(numbers, (1..=i64::try_from(given.len()).expect("few")).collect::<Vec<_>>());
            count += kept.len();
        }
    }
    assert_eq!(count, 1_201);
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
    pool.published(&[id(3)], None, NOW).await.expect("marked");
    let later = NOW.plus_seconds(60);
    pool.postpone(id(1), later, "not now").await.expect("postponed");
    assert_eq!(pool.claim("two", later.plus_micros(-1), LEASE, 10).await, Ok(vec![]));
    assert_eq!(pool.claim("two", later, LEASE, 10).await.map(|e| ids(&e)), Ok(vec![id(1)]));
    pool.published(&[id(1)], None, later).await.expect("marked");
    assert_eq!(pool.claim("two", later, LEASE, 10).await.map(|e| ids(&e)), Ok(vec![id(2)]));
    pool.published(&[id(2), id(99)], None, later).await.expect("marked");
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
        pool.published(&ids(&claimed), None, NOW).await.expect("marked");
    }
}

#[tokio::test]
async fn what_another_life_of_the_bus_took_lately_goes_out_again() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, [event(5, "entries/d")]).await;
    pool.published(&[id(5)], None, NOW).await.expect("marked");
    assert_eq!(pool.enter_epoch("first", NOW).await, Ok(0), "there was no life before");
    publish(&pool, [event(1, "entries/a"), event(2, "entries/a"), event(3, "entries/b"), event(4, "entries/c")]).await;
    let day = |days: i64| NOW.plus_seconds(days * 86_400);
    for (number, time) in [(1, day(1)), (2, day(2)), (3, day(3))] {
        pool.published(&[id(number)], Some("first"), time).await.expect("marked");
    }
    assert_eq!(pool.enter_epoch("first", NOW).await, Ok(0), "the same life");
    assert_eq!(pool.pending().await, Ok(1));
    // From day 2 on: events 2 and 3; event 4 waits anyway.
    assert_eq!(pool.enter_epoch("second", day(2)).await, Ok(2));
    assert_eq!(pool.claim("one", NOW, LEASE, 10).await.map(|e| ids(&e)), Ok(vec![id(2), id(3), id(4)]));
    // What the first life took must not be marked any more.
    assert_eq!(pool.published(&[id(4)], Some("first"), day(4)).await, Err(StoreError::Conflict));
    assert_eq!(pool.pending().await, Ok(3));
    pool.published(&[id(2), id(3), id(4)], Some("second"), day(4)).await.expect("marked");
    assert_eq!(pool.pending().await, Ok(0));
    // Several relays may see the new life at once; one takes the marks back.
    let enter = || pool.enter_epoch("third", day(4));
    let again = tokio::join!(enter(), enter(), enter());
    let again = [again.0, again.1, again.2].map(|n| n.expect("entered"));
    assert_eq!((again.iter().sum::<u64>(), pool.pending().await), (3, Ok(3)));
}

#[tokio::test]
async fn what_a_person_asks_for_goes_out_again_in_order() {
    let Some((_database, pool)) = store().await else { return };
    let mut other = event(5, "entries/a");
    other.tenant = TenantId::parse("other").expect("a tenant");
    let late = |number: u64, subject: &str| NewEvent { time: NOW.plus_seconds(60), ..event(number, subject) };
    publish(&pool, [event(1, "entries/a"), event(2, "entries/b"), late(3, "entries/a"), late(4, "entries/b")]).await;
    publish(&pool, [other, late(6, "entries/c")]).await;
    let all: Vec<Uuid> = (1..=5).map(id).collect();
    pool.published(&all, None, NOW).await.expect("marked");
    let again = async |since, subject| {
        let count = pool.send_again(&tenant(), since, subject).await.expect("taken back");
        let mut seen = Vec::new();
        loop {
            let claimed = ids(&pool.claim("one", NOW, LEASE, 10).await.expect("claimed"));
            if claimed.is_empty() {
                return (count, seen);
            }
            pool.published(&claimed, None, NOW).await.expect("marked");
            seen.extend(claimed);
        }
    };
    // The sixth waits anyway and is none that goes out again.
    assert_eq!(again(Timestamp(i64::MIN), Some("entries/a")).await, (2, vec![id(1), id(6), id(3)]));
    assert_eq!(again(NOW.plus_seconds(60), None).await, (3, vec![id(3), id(4), id(6)]));
    assert_eq!(again(NOW, None).await, (5, [1, 2, 6, 3, 4].map(id).to_vec()));
    assert_eq!(again(NOW.plus_seconds(61), None).await, (0, vec![]));
    assert_eq!(again(NOW, Some("entries/none")).await, (0, vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mark_never_slips_into_the_next_life_of_the_bus() {
    let Some((_database, pool)) = store().await else { return };
    publish(&pool, (1..=50).map(|n| event(n, &format!("entries/{n}")))).await;
    pool.enter_epoch("0", NOW).await.expect("entered");
    // Fifty marks in the name of the life that was seen last, while it changes fifty times.
    let marks = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut refused = 0;
            for n in 1..=50_u64 {
                let epoch = format!("{}", n.saturating_sub(1));
                match pool.published(&[id(n)], Some(&epoch), NOW).await {
                    Ok(()) => {}
                    Err(StoreError::Conflict) => refused += 1,
                    Err(e) => panic!("{e}"),
                }
            }
            refused
        }
    });
    for n in 1..=50 {
        pool.enter_epoch(&n.to_string(), NOW).await.expect("entered");
    }
    marks.await.expect("no panic");
    // Every mark was of a life that is over: none may be left.
    assert_eq!(pool.pending().await, Ok(50));
}
