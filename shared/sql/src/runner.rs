//! Runs operations: claims them, keeps their leases, hands them to their handlers, resumes them after a crash.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use tributary_core::{Clock, Fault, FaultKind, fault::common};
use tributary_telemetry::{continue_from, names};

use crate::{OperationRecord, OperationState, OperationStore, StoreError};

/// How long a claim holds without a heartbeat; after a crash an operation rests at most this long.
const LEASE: Duration = Duration::from_secs(15);
/// How often a running operation's lease is prolonged.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often the store is asked for work when nobody wakes the runner.
const POLL: Duration = Duration::from_millis(500);
/// How many operations run at once.
const AT_ONCE: usize = 4;
/// Tries of one operation, crashes included, before it fails for good.
const ATTEMPTS: i64 = 5;

/// Runs the operations of one kind.
#[async_trait]
pub trait OperationHandler: Send + Sync {
    /// The kind it runs.
    fn kind(&self) -> &'static str;

    /// Does the work and finishes the operation with
    /// [`finish_operation`](crate::UnitOfWork::finish_operation) in the transaction of its effect, as
    /// [`Progress::owner`]. It may be called again after a crash, a lost lease or a retryable fault, and may be dropped
    /// at any await: only what it committed counts.
    ///
    /// # Errors
    /// Why it could not: `Unavailable` and `Aborted` are retried, anything else goes to [`fail`](Self::fail).
    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault>;

    /// Finishes the operation as failed (cancelled when the fault says so), in a transaction of its own.
    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault);
}

/// What a running handler has of its runner.
#[derive(Clone)]
pub struct Progress {
    store: Arc<dyn OperationStore>,
    clock: Arc<dyn Clock>,
    id: uuid::Uuid,
    owner: Arc<str>,
}

impl Progress {
    /// As whom to finish the operation: the runner and the attempt, so that only this attempt can.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Keeps progress (an encoded `google.protobuf.Any`; empty: none) and prolongs the lease.
    ///
    /// # Errors
    /// `CANCELLED` when somebody asked to cancel: stop and pass it on. `CONCURRENT_CHANGE` when the lease is lost.
    pub async fn report(&self, metadata: Vec<u8>) -> Result<(), Fault> {
        if self.store.heartbeat(self.id, &self.owner, &metadata, self.clock.now(), LEASE).await? {
            return Err(cancelled());
        }
        Ok(())
    }
}

/// The worker that runs the operations of a service.
pub struct OperationRunner {
    store: Arc<dyn OperationStore>,
    handlers: Vec<Arc<dyn OperationHandler>>,
    clock: Arc<dyn Clock>,
    owner: Arc<str>,
    wake: Notify,
}

impl OperationRunner {
    /// A runner; `owner` must differ between processes and between starts of a process.
    #[must_use]
    pub fn new(
        store: Arc<dyn OperationStore>,
        handlers: Vec<Arc<dyn OperationHandler>>,
        clock: Arc<dyn Clock>,
        owner: String,
    ) -> Self {
        Self { store, handlers, clock, owner: owner.into(), wake: Notify::new() }
    }

    /// Says that there may be work, so that the next poll comes at once.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Runs until stopped; then gives what is running back, to be resumed elsewhere or after the next start. That does
    /// not count as an attempt: however many restarts there are, they never end a long operation.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            while running.len() < AT_ONCE {
                match self.claim().await {
                    Ok(Some((operation, handler))) => {
                        let runner = Arc::clone(&self);
                        let stop = stop.clone();
                        let span = tracing::info_span!(
                            "operation",
                            operation.kind = %operation.kind,
                            operation.id = %operation.id,
                            attempt = operation.attempt,
                        );
                        continue_from(&span, &operation.trace_parent);
                        let work = async move { runner.run_one(operation, handler, stop).await };
                        running.spawn(work.instrument(span));
                    }
                    Ok(None) => break,
                    Err(e) => {
                        tracing::warn!(error = %e, "operations cannot be claimed");
                        break;
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(_) = running.join_next() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn claim(&self) -> Result<Option<(OperationRecord, Arc<dyn OperationHandler>)>, StoreError> {
        let kinds: Vec<&str> = self.handlers.iter().map(|h| h.kind()).collect();
        let Some(operation) = self.store.claim(&kinds, &self.owner, self.clock.now(), LEASE).await? else {
            return Ok(None);
        };
        let handler = self.handlers.iter().find(|h| h.kind() == operation.kind).cloned();
        Ok(handler.map(|h| (operation, h)))
    }

    async fn run_one(&self, operation: OperationRecord, handler: Arc<dyn OperationHandler>, stop: CancellationToken) {
        let (id, begun) = (operation.id, Instant::now());
        let owner: Arc<str> = operation.lease_owner.clone().unwrap_or_default().into();
        if operation.cancel_requested {
            return handler.fail(&operation, &owner, &cancelled()).await;
        }
        if operation.attempt > ATTEMPTS {
            let fault = Fault::internal(format!("given up after {ATTEMPTS} attempts that were cut"));
            tracing::error!(operation = %id, "{fault}");
            return handler.fail(&operation, &owner, &fault).await;
        }
        let result = tokio::select! {
            result = self.attempts(&operation, &owner, handler.as_ref()) => result,
            () = self.keep_lease(&operation, &owner) => {
                tracing::warn!(operation = %id, "lease lost, another runner has taken over");
                return;
            }
            () = stop.cancelled() => {
                // Our lease ends now, so that whoever comes next need not wait for it; the attempt does not count.
                let given = self.store.heartbeat(id, &owner, &[], self.clock.now(), Duration::ZERO).await;
                if let Err(e) = given {
                    tracing::warn!(operation = %id, error = %e, "operation not given back, its lease will end");
                }
                return;
            }
        };
        let result = match result {
            Ok(()) => self.check_finished(&operation, &owner).await,
            Err(fault) => Err(fault),
        };
        let state = match &result {
            Ok(()) => OperationState::Succeeded,
            Err(fault) if fault.kind() == FaultKind::Cancelled => OperationState::Cancelled,
            Err(_) => OperationState::Failed,
        };
        let attributes = [("operation.kind", operation.kind.as_str()), ("state", state.name())];
        names::OPERATION_DURATION.observe(begun.elapsed(), &attributes);
        if let Err(fault) = result {
            tracing::warn!(operation = %id, kind = %operation.kind, %fault, "operation failed");
            handler.fail(&operation, &owner, &fault).await;
        }
    }

    /// Runs the handler, again after a retryable fault.
    async fn attempts(
        &self,
        operation: &OperationRecord,
        owner: &Arc<str>,
        handler: &dyn OperationHandler,
    ) -> Result<(), Fault> {
        let mut pause = Duration::from_millis(200);
        let mut attempt = operation.attempt;
        loop {
            let progress = Progress {
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                id: operation.id,
                owner: Arc::clone(owner),
            };
            match handler.run(operation.clone(), progress).await {
                Err(fault)
                    if matches!(fault.kind(), FaultKind::Unavailable | FaultKind::Aborted) && attempt < ATTEMPTS =>
                {
                    tracing::info!(operation = %operation.id, %fault, attempt, "operation will be tried again");
                    tokio::time::sleep(pause).await;
                    pause = pause.saturating_mul(4);
                    attempt = attempt.saturating_add(1);
                }
                result => return result,
            }
        }
    }

    /// Prolongs the lease; returns only when it is lost.
    async fn keep_lease(&self, operation: &OperationRecord, owner: &str) {
        let mut pause = HEARTBEAT;
        loop {
            tokio::time::sleep(pause).await;
            pause = HEARTBEAT;
            match self.store.heartbeat(operation.id, owner, &[], self.clock.now(), LEASE).await {
                Ok(_) => {}
                Err(StoreError::Conflict) => return,
                Err(e) => {
                    tracing::warn!(operation = %operation.id, error = %e, "lease not prolonged");
                    // Again soon, before another runner takes a lease for over that only the store held up.
                    pause = POLL;
                }
            }
        }
    }

    /// A handler that says it is done has finished the operation; one that has not would run for ever.
    async fn check_finished(&self, operation: &OperationRecord, owner: &str) -> Result<(), Fault> {
        let stored = self.store.get(&operation.tenant, operation.id).await.unwrap_or(None);
        match stored {
            Some(o) if o.state == OperationState::Running && o.lease_owner.as_deref() == Some(owner) => {
                Err(Fault::internal(format!("the handler of {} returned without finishing", operation.kind)))
            }
            _ => Ok(()),
        }
    }
}

fn cancelled() -> Fault {
    Fault::new(common::CANCELLED, "the operation was cancelled on request")
}
