//! The runner finishes every operation once: after failures, on request, after a stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tributary_core::{Fault, FaultKind, fault::common};
use tributary_sql::{
    OperationHandler, OperationOutcome, OperationRecord, OperationRunner, OperationState, OperationStore, Progress,
    UnitOfWork,
};
use tributary_testkit::ManualClock;
use uuid::Uuid;

use super::{
    Pool,
    fixture::{NOW, effect, entries, id, store, tenant},
    operations::create,
};

/// Behaves as its kind says.
struct Handler {
    kind: &'static str,
    pool: Pool,
    runs: AtomicU32,
}

impl Handler {
    async fn finish(&self, id: Uuid, owner: &str, outcome: OperationOutcome) -> Result<(), Fault> {
        let mut tx = self.pool.begin().await?;
        effect(&mut tx).await;
        tx.finish_operation(id, owner, outcome, NOW).await?;
        Ok(Box::new(tx).commit().await?)
    }
}

#[async_trait]
impl OperationHandler for Handler {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let runs = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        match self.kind {
            "flaky" if runs < 3 => Err(Fault::new(common::STORE_UNAVAILABLE, "busy")),
            "wrong" => Err(Fault::invalid_field("amount", "is negative")),
            "forgetful" => Ok(()),
            "long" => loop {
                progress.report(b"going on".to_vec()).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            },
            _ => self.finish(operation.id, progress.owner(), OperationOutcome::Succeeded(b"done".to_vec())).await,
        }
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        let outcome = match fault.kind() {
            FaultKind::Cancelled => OperationOutcome::Cancelled,
            _ => OperationOutcome::Failed(fault.reason().code.as_bytes().to_vec()),
        };
        self.finish(operation.id, owner, outcome).await.expect("finished");
    }
}

struct Running {
    runner: Arc<OperationRunner>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

fn start(pool: &Pool, kinds: &[&'static str], owner: &str) -> Running {
    let handlers = kinds.iter().map(|kind| -> Arc<dyn OperationHandler> {
        Arc::new(Handler { kind, pool: pool.clone(), runs: AtomicU32::new(0) })
    });
    let clock = Arc::new(ManualClock::new(NOW));
    let runner = Arc::new(OperationRunner::new(Arc::new(pool.clone()), handlers.collect(), clock, owner.to_owned()));
    let stop = CancellationToken::new();
    let task = tokio::spawn(Arc::clone(&runner).run(stop.clone()));
    Running { runner, stop, task }
}

async fn until(pool: &Pool, id: Uuid, wanted: impl Fn(&OperationRecord) -> bool) -> OperationRecord {
    for _ in 0..500 {
        let operation = OperationStore::get(pool, &tenant(), id).await.expect("read").expect("there");
        if wanted(&operation) {
            return operation;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("operation {id} did not get there");
}

#[tokio::test]
async fn operations_end_as_their_handlers_say() {
    let Some((_database, pool)) = store().await else { return };
    let kinds = ["good", "flaky", "wrong", "forgetful", "long"];
    for (n, kind) in (1..).zip(kinds) {
        create(&pool, n, kind).await;
    }
    let running = start(&pool, &kinds, "one");
    running.runner.wake();
    let final_state = |number| until(&pool, id(number), |o| o.state.is_final());
    assert_eq!(final_state(1).await.state, OperationState::Succeeded);
    assert_eq!(final_state(2).await.state, OperationState::Succeeded);
    let wrong = final_state(3).await;
    assert_eq!((wrong.state, wrong.error.as_slice()), (OperationState::Failed, &b"INVALID_REQUEST"[..]));
    assert_eq!(final_state(4).await.error, b"INTERNAL");

    until(&pool, id(5), |o| o.metadata == b"going on").await;
    assert_eq!(pool.request_cancel(&tenant(), id(5), NOW).await, Ok(true));
    assert_eq!(final_state(5).await.state, OperationState::Cancelled);
    assert_eq!(entries(&pool).await, 5);
    running.stop.cancel();
    running.task.await.expect("no panic");
}

#[tokio::test]
async fn a_stopped_runner_gives_its_operations_back_at_once() {
    let Some((_database, pool)) = store().await else { return };
    let a = create(&pool, 1, "long").await;
    let first = start(&pool, &["long"], "one");
    until(&pool, a, |o| o.metadata == b"going on").await;
    first.stop.cancel();
    first.task.await.expect("no panic");
    let waiting = OperationStore::get(&pool, &tenant(), a).await.expect("read").expect("there");
    assert_eq!((waiting.state, waiting.attempt), (OperationState::Pending, 0));
    // More restarts than there are attempts: none of them counts.
    for n in 0..6 {
        let again = start(&pool, &["long"], &format!("restart {n}"));
        until(&pool, a, |o| o.lease_owner.as_deref() == Some(&*format!("restart {n}#1"))).await;
        again.stop.cancel();
        again.task.await.expect("no panic");
    }
    // The clock stands still: only a lease that was given back can be claimed.
    let second = start(&pool, &["long"], "two");
    let resumed = until(&pool, a, |o| o.state == OperationState::Running).await;
    assert_eq!((resumed.lease_owner.as_deref(), resumed.attempt), (Some("two#1"), 1));
    pool.request_cancel(&tenant(), a, NOW).await.expect("asked");
    assert_eq!(until(&pool, a, |o| o.state.is_final()).await.state, OperationState::Cancelled);
    assert_eq!(entries(&pool).await, 1);
    second.stop.cancel();
    second.task.await.expect("no panic");
}

#[tokio::test]
async fn a_cancelled_operation_that_waits_is_never_run() {
    let Some((_database, pool)) = store().await else { return };
    let a = create(&pool, 1, "good").await;
    pool.request_cancel(&tenant(), a, NOW).await.expect("asked");
    let running = start(&pool, &["good"], "one");
    assert_eq!(until(&pool, a, |o| o.state.is_final()).await.state, OperationState::Cancelled);
    running.stop.cancel();
    running.task.await.expect("no panic");
}
