//! A run whose runner is killed at every stage is taken over and gives what it would have given, once. The runner's store
//! of operations is wrapped: it stops for ever, or waits, at a chosen report of progress.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use incentive_calculation_server::{
    app::{App, evidence::EvidenceLog, run_worker::RunWorker},
    ports::{PartnerCopy, PartnerRef, Registry},
    store,
};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tributary_core::{Fault, RequestContext, SystemIds, TenantId, Timestamp, Zone};
use tributary_evidence::LogSigner;
use tributary_proto::{
    google::longrunning::{CancelOperationRequest, Operation},
    tributary::incentive::v1::RunState,
};
use tributary_sql::{OperationRecord, OperationRunner, OperationStore, PoolOptions, StoreError};
use uuid::Uuid;

use crate::support::{World, ada, answer, fang, final_run, flat, lines, mei, resting_worlds, sale, totals};

const LEASE: Duration = Duration::from_secs(30);

/// Operations, with a gate before one report of progress.
struct Gate {
    inner: Arc<dyn OperationStore>,
    /// Which report, counted from 1.
    at: usize,
    seen: AtomicUsize,
    reached: Notify,
    /// Opens the gate; a killed runner never sees it open.
    open: Notify,
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

/// Knows nobody.
struct Nobody;

#[async_trait]
impl Registry for Nobody {
    async fn partners(&self, _: &RequestContext, _: &[PartnerRef]) -> Result<Vec<PartnerCopy>, Fault> {
        Ok(Vec::new())
    }
}

/// Another process on the world's store that runs its operations, with a gate.
async fn runner(world: &World, at: usize, name: &str) -> (Arc<Gate>, JoinHandle<()>) {
    let url = world.database.url().parse().expect("a store url");
    let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
    let gate = Arc::new(Gate {
        inner: open.operations,
        at,
        seen: AtomicUsize::new(0),
        reached: Notify::new(),
        open: Notify::new(),
    });
    let app = Arc::new(App {
        store: open.store,
        operations: gate.clone(),
        registry: Arc::new(Nobody),
        clock: world.clock.clone(),
        ids: Arc::new(SystemIds),
        zone: Zone::shanghai(),
        evidence: EvidenceLog { name: "tributary".to_owned(), signer: Arc::new(LogSigner::from_seed(&[7; 32])) },
        workers: 2,
        wake: Arc::new(|| {}),
    });
    let handlers: Vec<Arc<dyn tributary_sql::OperationHandler>> = vec![Arc::new(RunWorker { app })];
    let runner = Arc::new(OperationRunner::new(gate.clone(), handlers, world.clock.clone(), name.to_owned()));
    (gate, tokio::spawn(runner.run(CancellationToken::new())))
}

/// A programme whose July was locked at 10.00 and lacks a fact of 500.00, and whose August has 1,000.00.
async fn prepare(world: &World, programmes: &[String]) {
    world.dealers(&mei(), &["anqing"]).await;
    world.record(&mei(), vec![sale("F-1", "anqing", "2012-07-10", "100.00")]).await;
    for programme in programmes {
        world.programme(&fang(), programme, &["rebate"]).await;
        world.active((&mei(), &fang()), programme, (programme, "rebate"), flat("0.10")).await;
        let asked = world.calculate(&fang(), final_run(programme, "2012-07", programme)).await;
        let (_, task) = runner(world, usize::MAX, &format!("before-{programme}")).await;
        world.run_of(&fang(), &asked).await;
        task.abort();
        let request = world.locking(&ada(), programme, "2012-07").await;
        answer(world.closing().lock_period(ada().ask(request)).await).expect("locked");
    }
    let rows = vec![sale("F-2", "anqing", "2012-07-11", "500.00"), sale("F-3", "anqing", "2012-08-11", "1000.00")];
    world.record(&mei(), rows).await;
}

/// The operation, once a runner reached its gate; `false` when it was done without.
async fn reached(world: &World, gate: &Gate, asked: &Operation) -> bool {
    let caller = fang();
    tokio::select! {
        () = gate.reached.notified() => true,
        _ = world.done(&caller, &asked.name) => false,
    }
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_stage_gives_the_same_once() {
    // Recompute July: say so, read, add up. August: read, add up. Then state. Were there fewer reports, a programme would
    // not be cut; were there more, the last one would be.
    const STAGES: usize = 6;
    let programmes: Vec<String> = (0..=STAGES).map(|n| format!("g{n}")).collect();
    for world in resting_worlds().await {
        prepare(&world, &programmes).await;
        let mut digests = Vec::new();
        for (at, programme) in (1..).zip(&programmes) {
            let asked = world.calculate(&fang(), final_run(programme, "2012-08", &format!("cut {programme}"))).await;
            let (gate, task) = runner(&world, at, &format!("killed-{at}")).await;
            let cut = reached(&world, &gate, &asked).await;
            assert_eq!(cut, at <= STAGES, "report {at}");
            task.abort();
            let _ = task.await;
            if cut {
                let known = world.period(&fang(), programme, "2012-08").await;
                assert_eq!((known.newest_run.as_str(), known.newest_version), ("", 0), "nothing is kept");
                world.clock.advance(LEASE);
                let (_, task) = runner(&world, usize::MAX, &format!("heir-{at}")).await;
                world.done(&fang(), &asked.name).await;
                task.abort();
            }
            let run = world.run_of(&fang(), &asked).await;
            let statements = world.statements(&fang(), &run).await;
            let expected = ["anqing rebate.rebate 1000 CNY 100.00 1", "anqing true-up. 0 CNY 50.00 0"];
            assert_eq!(lines(&statements), expected, "report {at}");
            assert_eq!((run.version, run.true_up_count, run.state()), (1, 1, RunState::Succeeded));
            digests.push(run.digest);
        }
        digests.dedup();
        assert_eq!(digests.len(), 1, "{:?}", world.engine);
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_at_any_stage_states_nothing_and_frees_the_period() {
    for world in resting_worlds().await {
        prepare(&world, &["g".to_owned()]).await;
        for at in [1, 3, 6] {
            let asked = world.calculate(&fang(), final_run("g", "2012-08", &format!("one {at}"))).await;
            let (gate, task) = runner(&world, at, &format!("runner-{at}")).await;
            assert!(reached(&world, &gate, &asked).await);
            let cancel = CancelOperationRequest { name: asked.name.clone() };
            answer(world.operations().cancel_operation(fang().ask(cancel)).await).expect("noted");
            gate.open.notify_one();
            world.done(&fang(), &asked.name).await;
            task.abort();
            let known = world.period(&fang(), "g", "2012-08").await;
            assert_eq!((known.newest_run.as_str(), known.newest_version), ("", 0));
        }
        let asked = world.calculate(&fang(), final_run("g", "2012-08", "two")).await;
        let (_, task) = runner(&world, usize::MAX, "last").await;
        let run = world.run_of(&fang(), &asked).await;
        task.abort();
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 150.00"]);
        assert_eq!(run.version, 1);
    }
}
