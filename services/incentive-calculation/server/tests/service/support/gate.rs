//! Operations that are cut where a test says: the runner's store of operations is wrapped, and stops for ever, or waits, at a
//! chosen report of progress.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use incentive_calculation_server::app::{App, operations};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tributary_core::{TenantId, Timestamp};
use tributary_proto::google::longrunning::Operation;
use tributary_sql::{OperationRecord, OperationRunner, OperationStore, StoreError};
use uuid::Uuid;

use super::{World, fang};

/// How long an operation is a runner's without a report.
pub const LEASE: Duration = Duration::from_secs(30);

/// Operations, with a gate before one report of progress.
pub struct Gate {
    inner: Arc<dyn OperationStore>,
    /// Which report, counted from 1.
    at: usize,
    seen: AtomicUsize,
    reached: Notify,
    /// Opens the gate; a killed runner never sees it open.
    pub open: Notify,
}

#[async_trait]
impl OperationStore for Gate {
    async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<OperationRecord>, StoreError> {
        self.inner.get(tenant, id).await
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        self.inner.list(tenant, after, limit).await
    }

    async fn request_cancel(&self, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
        self.inner.request_cancel(tenant, id, now).await
    }

    async fn claim(
        &self,
        kinds: &[&str],
        owner: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<OperationRecord>, StoreError> {
        self.inner.claim(kinds, owner, now, lease).await
    }

    async fn heartbeat(
        &self,
        id: Uuid,
        owner: &str,
        metadata: &[u8],
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        if !metadata.is_empty() && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            self.reached.notify_one();
            self.open.notified().await;
        }
        self.inner.heartbeat(id, owner, metadata, now, lease).await
    }
}

/// Another process on the world's store that runs its operations, with a gate.
pub async fn runner(world: &World, at: usize, name: &str) -> (Arc<Gate>, JoinHandle<()>) {
    let app = world.app().await;
    let gate = Arc::new(Gate {
        inner: app.operations.clone(),
        at,
        seen: AtomicUsize::new(0),
        reached: Notify::new(),
        open: Notify::new(),
    });
    let app = Arc::new(App { operations: gate.clone(), ..app });
    let clock = world.clock.clone();
    let runner = Arc::new(OperationRunner::new(gate.clone(), operations::handlers(&app), clock, name.to_owned()));
    (gate, tokio::spawn(runner.run(CancellationToken::new())))
}

/// The operation, once a runner reached its gate; `false` when it was done without.
pub async fn reached(world: &World, gate: &Gate, asked: &Operation) -> bool {
    let caller = fang();
    tokio::select! {
        () = gate.reached.notified() => true,
        _ = world.done(&caller, &asked.name) => false,
    }
}
