//! An operation is run by one at a time, resumed after a crash, finished once.

use std::time::Duration;

use tributary_core::TenantId;
use tributary_sql::{NewOperation, OperationOutcome, OperationState, OperationStore, StoreError, UnitOfWork};
use uuid::Uuid;

use super::{
    Pool,
    fixture::{NOW, commit, effect, entries, id, store, tenant},
};

const LEASE: Duration = Duration::from_secs(30);

pub async fn create(pool: &Pool, number: u64, kind: &str) -> Uuid {
    let mut tx = pool.begin().await.expect("begun");
    let operation = NewOperation {
        id: id(number),
        tenant: tenant(),
        kind: kind.to_owned(),
        actor: "erp-production".to_owned(),
        request: b"request".to_vec(),
        create_time: NOW.plus_seconds(i64::try_from(number).expect("small")),
    };
    tx.create_operation(operation).await.expect("created");
    commit(tx).await;
    id(number)
}

async fn finish(pool: &Pool, id: Uuid, owner: &str, outcome: OperationOutcome) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    effect(&mut tx).await;
    tx.finish_operation(id, owner, outcome, NOW).await?;
    Box::new(tx).commit().await
}

#[tokio::test]
async fn an_operation_is_claimed_reported_and_finished() {
    let Some((_database, pool)) = store().await else { return };
    let operations: &dyn OperationStore = &pool;
    let (b, a) = (create(&pool, 2, "calculate").await, create(&pool, 1, "import").await);
    let pending = operations.get(&tenant(), a).await.expect("read").expect("there");
    assert_eq!(
        (pending.state, pending.attempt, pending.request.as_slice()),
        (OperationState::Pending, 0, &b"request"[..])
    );

    assert_eq!(operations.claim(&[], "one", NOW, LEASE).await, Ok(None));
    assert_eq!(operations.claim(&["other"], "one", NOW, LEASE).await, Ok(None));
    let claimed = operations.claim(&["calculate", "import"], "one", NOW, LEASE).await.expect("claimed").expect("one");
    assert_eq!((claimed.id, claimed.state, claimed.attempt), (a, OperationState::Running, 1));
    assert_eq!(claimed.lease_until, Some(NOW.plus_seconds(30)));
    let next = operations.claim(&["calculate", "import"], "one", NOW, LEASE).await.expect("claimed").expect("one");
    assert_eq!(next.id, b);
    assert_eq!(operations.claim(&["calculate", "import"], "one", NOW, LEASE).await, Ok(None));

    assert_eq!(claimed.lease_owner.as_deref(), Some("one#1"));
    assert_eq!(operations.heartbeat(a, "one#1", b"half", NOW.plus_seconds(20), LEASE).await, Ok(false));
    assert_eq!(operations.heartbeat(a, "one#1", b"", NOW.plus_seconds(20), LEASE).await, Ok(false));
    let running = operations.get(&tenant(), a).await.expect("read").expect("there");
    assert_eq!((running.metadata.as_slice(), running.lease_until), (&b"half"[..], Some(NOW.plus_seconds(50))));

    finish(&pool, a, "one#1", OperationOutcome::Succeeded(b"done".to_vec())).await.expect("finished");
    finish(&pool, b, "one#1", OperationOutcome::Failed(b"why".to_vec())).await.expect("finished");
    let done = operations.get(&tenant(), a).await.expect("read").expect("there");
    assert_eq!(
        (done.state, done.response.as_slice(), done.lease_owner),
        (OperationState::Succeeded, &b"done"[..], None)
    );
    let all = operations.list(&tenant(), None, 10).await.expect("listed");
    assert_eq!(
        all.iter().map(|o| (o.id, o.state)).collect::<Vec<_>>(),
        [(a, OperationState::Succeeded), (b, OperationState::Failed)]
    );
    assert_eq!(all[1].error, b"why");
    assert_eq!(operations.list(&tenant(), Some(a), 10).await.map(|l| l.len()), Ok(1));
    let other = TenantId::parse("other").expect("a tenant");
    assert_eq!(operations.get(&other, a).await, Ok(None));
    assert_eq!(operations.list(&other, None, 10).await, Ok(vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_claimers_get_an_operation_once() {
    let Some((_database, pool)) = store().await else { return };
    for n in 1..=10 {
        create(&pool, n, "import").await;
    }
    let tasks: Vec<_> = (0..8)
        .map(|claimer| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some(o) = OperationStore::claim(&pool, &["import"], &format!("claimer {claimer}"), NOW, LEASE)
                    .await
                    .expect("claimed")
                {
                    mine.push(o.id);
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    all.sort();
    assert_eq!(all, (1..=10).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stale_owner_cannot_finish_what_another_has_taken_over() {
    let Some((_database, pool)) = store().await else { return };
    let operations: &dyn OperationStore = &pool;
    let a = create(&pool, 1, "import").await;
    operations.claim(&["import"], "one", NOW, LEASE).await.expect("claimed").expect("one");
    let end = NOW.plus_seconds(30);
    assert_eq!(operations.claim(&["import"], "two", end.plus_micros(-1), LEASE).await, Ok(None));
    let taken = operations.claim(&["import"], "two", end, LEASE).await.expect("claimed").expect("taken over");
    assert_eq!((taken.id, taken.attempt), (a, 2));

    assert_eq!(operations.heartbeat(a, "one#1", b"late", end, LEASE).await, Err(StoreError::Conflict));
    let stale = finish(&pool, a, "one#1", OperationOutcome::Succeeded(b"stale".to_vec())).await;
    assert_eq!((stale, entries(&pool).await), (Err(StoreError::Conflict), 0));
    finish(&pool, a, "two#2", OperationOutcome::Succeeded(b"right".to_vec())).await.expect("finished");
    let twice = finish(&pool, a, "two#2", OperationOutcome::Cancelled).await;
    assert_eq!((twice, entries(&pool).await), (Err(StoreError::Conflict), 1));
    let done = operations.get(&tenant(), a).await.expect("read").expect("there");
    assert_eq!(done.response, b"right");
    assert_eq!(operations.claim(&["import"], "two", end.plus_seconds(3600), LEASE).await, Ok(None));
}

#[tokio::test]
async fn an_earlier_attempt_of_the_same_owner_cannot_touch_a_later_one() {
    let Some((_database, pool)) = store().await else { return };
    let operations: &dyn OperationStore = &pool;
    let a = create(&pool, 1, "import").await;
    let first = operations.claim(&["import"], "one", NOW, LEASE).await.expect("claimed").expect("one");
    let end = NOW.plus_seconds(30);
    let second = operations.claim(&["import"], "one", end, LEASE).await.expect("claimed").expect("its lease was over");
    let (first, second) = (first.lease_owner.expect("leased"), second.lease_owner.expect("leased"));
    assert_eq!((first.as_str(), second.as_str()), ("one#1", "one#2"));

    for stale in [first.as_str(), "one"] {
        assert_eq!(operations.heartbeat(a, stale, b"late", end, LEASE).await, Err(StoreError::Conflict));
        assert_eq!(operations.heartbeat(a, stale, b"", end, Duration::ZERO).await, Err(StoreError::Conflict));
        let finished = finish(&pool, a, stale, OperationOutcome::Succeeded(b"stale".to_vec())).await;
        assert_eq!((finished, entries(&pool).await), (Err(StoreError::Conflict), 0));
    }
    assert_eq!(operations.heartbeat(a, &second, b"", end, LEASE).await, Ok(false));
    finish(&pool, a, &second, OperationOutcome::Succeeded(b"right".to_vec())).await.expect("finished");
}

#[tokio::test]
async fn a_cancel_request_is_seen_and_a_lease_can_be_given_back() {
    let Some((_database, pool)) = store().await else { return };
    let operations: &dyn OperationStore = &pool;
    let a = create(&pool, 1, "import").await;
    operations.claim(&["import"], "one", NOW, LEASE).await.expect("claimed").expect("one");
    let other = TenantId::parse("other").expect("a tenant");
    assert_eq!(operations.request_cancel(&other, a, NOW).await, Ok(false));
    assert_eq!(operations.request_cancel(&tenant(), id(99), NOW).await, Ok(false));
    assert_eq!(operations.request_cancel(&tenant(), a, NOW).await, Ok(true));
    assert_eq!(operations.heartbeat(a, "one#1", b"", NOW, LEASE).await, Ok(true));

    assert_eq!(operations.heartbeat(a, "one#1", b"", NOW, Duration::ZERO).await, Ok(true));
    let waiting = operations.get(&tenant(), a).await.expect("read").expect("there");
    let lease = (waiting.lease_owner, waiting.lease_until);
    assert_eq!((waiting.state, waiting.attempt, lease), (OperationState::Pending, 0, (None, None)));
    let resumed = operations.claim(&["import"], "two", NOW, LEASE).await.expect("claimed").expect("given back");
    assert!(resumed.cancel_requested && resumed.attempt == 1);
    finish(&pool, a, "two#1", OperationOutcome::Cancelled).await.expect("finished");
    assert_eq!(operations.request_cancel(&tenant(), a, NOW).await, Ok(false));
    let done = operations.get(&tenant(), a).await.expect("read").expect("there");
    assert_eq!(done.state, OperationState::Cancelled);
}
