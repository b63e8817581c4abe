//! A run whose runner died is taken over when the lease ends, and gives what it would have given: what arrived in
//! between does not count.

use std::time::Duration;

use incentive_calculation_server::{app::calculate::RUN_OPERATION, store};
use tributary_core::Clock as _;
use tributary_proto::{
    google::longrunning::CancelOperationRequest,
    tributary::{
        incentive::v1::{Run, RunState, assignment::Target},
        partner::v1::PartnerKind,
    },
};
use tributary_sql::{OperationRecord, OperationState, OperationStore, PoolOptions};
use tributary_testkit::engines;

use crate::support::{World, answer, dealer, fang, final_run, flat, mei, paying, sale, totals, world};

const LEASE: Duration = Duration::from_secs(30);

/// A programme that pays 1 %, gold partners 4 %, retailers 3 %; two dealers, the second read through from the registry
/// at revision 3, each with a sale of 1,000.00 in the third quarter.
async fn prepare(world: &World) {
    world.programme(&fang(), "network", &["rebate"]).await;
    let callers = (&mei(), &fang());
    let place = ("network", "rebate");
    world.active(callers, "everybody", place, flat("0.01")).await;
    world.active(callers, "gold", place, paying(flat("0.04"), Target::Tier("gold".to_owned()), 0)).await;
    world.active(callers, "retail", place, paying(flat("0.03"), Target::Kind("RETAILER".to_owned()), 0)).await;
    world.dealers(&mei(), &["a-told"]).await;
    let mut read = dealer("b-read");
    read.revision = 3;
    // Changed after the period: no revision that is known was in force on its last day.
    read.update_time = Some(prost_types::Timestamp { seconds: 1_349_308_800, nanos: 0 });
    world.registry.known().partners.insert("default".to_owned(), vec![read]);
    let facts = vec![sale("F-1", "a-told", "2012-08-10", "1000.00"), sale("F-2", "b-read", "2012-08-10", "1000.00")];
    world.record(&mei(), facts).await;
}

/// The operations of a world's store, as another process sees them.
async fn operations(world: &World) -> std::sync::Arc<dyn OperationStore> {
    let url = world.database.url().parse().expect("a store url");
    store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens").operations
}

async fn only(operations: &dyn OperationStore) -> OperationRecord {
    operations.list(fang().tenant(), None, 2).await.expect("listed").pop().expect("one operation")
}

fn retailer(id: &str, revision: i64) -> tributary_proto::tributary::partner::v1::Partner {
    let mut partner = dealer(id);
    (partner.kind, partner.revision) = (PartnerKind::Retailer.into(), revision);
    partner
}

/// The run where nothing goes wrong.
async fn undisturbed(world: &World) -> Run {
    prepare(world).await;
    world.start();
    world.run(&fang(), final_run("network", "2012-Q3", "one")).await
}

#[tokio::test]
async fn it_gives_the_same_digest_although_partners_changed_in_between() {
    for engine in engines() {
        let expected = undisturbed(&world(engine).await).await;

        let world = world(engine).await;
        prepare(&world).await;
        let asked = world.calculate(&fang(), final_run("network", "2012-Q3", "one")).await;
        let operations = operations(&world).await;
        let claimed = operations.claim(&[RUN_OPERATION], "dead-runner", world.clock.now(), LEASE).await;
        assert_eq!(claimed.expect("claimed").map(|o| o.attempt), Some(1));

        // A tier and a revision that hold in the period, and the first revision of the one that was read through.
        world.tier(&mei(), "a-told", "gold", ("2012-07-01", None), "2012-10-05").await;
        world.changed(&mei(), retailer("a-told", 2), "2012-08-01").await;
        world.changed(&mei(), retailer("b-read", 1), "2012-01-01").await;
        world.record(&mei(), vec![sale("F-3", "a-told", "2012-08-10", "1000.00")]).await;
        world.start();
        // The runner claims oldest first, so that whatever comes after shows that it looked and let the lease be.
        let looked = world.run(&fang(), final_run("network", "2012-Q2", "two")).await;
        assert_eq!(looked.statement_count, 0);
        let held = operations.list(fang().tenant(), None, 10).await.expect("listed");
        let held: Vec<_> = held.iter().filter(|o| o.state == OperationState::Running).collect();
        assert_eq!(held.iter().map(|o| o.lease_owner.as_deref()).collect::<Vec<_>>(), [Some("dead-runner#1")]);

        world.clock.advance(LEASE);
        let run = world.run_of(&fang(), &asked).await;
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["a-told CNY 10.00", "b-read CNY 10.00"]);
        assert_eq!(run.digest, expected.digest);
        assert_eq!((run.fact_count, run.snapshot_batch, run.snapshot_arrival), (2, 1, expected.snapshot_arrival));

        // Asked for now, they count.
        let later = world.run(&fang(), final_run("network", "2012-Q3", "three")).await;
        assert_eq!(totals(&world.statements(&fang(), &later).await), ["a-told CNY 80.00", "b-read CNY 30.00"]);
    }
}

#[tokio::test]
async fn the_dead_runner_keeps_nothing_when_it_wakes_up() {
    for engine in engines() {
        let world = world(engine).await;
        prepare(&world).await;
        let asked = world.calculate(&fang(), final_run("network", "2012-Q3", "one")).await;
        let operations = operations(&world).await;
        let claimed = operations.claim(&[RUN_OPERATION], "dead-runner", world.clock.now(), LEASE).await;
        let claimed = claimed.expect("claimed").expect("one");
        world.clock.advance(LEASE);
        world.start();
        let run = world.run_of(&fang(), &asked).await;
        assert_eq!((run.state(), run.statement_count), (RunState::Succeeded, 2));
        let late = operations.heartbeat(claimed.id, "dead-runner#1", b"late", world.clock.now(), LEASE).await;
        assert!(late.is_err(), "its lease is gone: {late:?}");
        let record = only(operations.as_ref()).await;
        assert_eq!((record.state, record.attempt), (OperationState::Succeeded, 2));
        assert_eq!(world.published(fang().tenant(), "RunEnded", 1).await.len(), 1);
    }
}

#[tokio::test]
async fn a_run_cancelled_while_its_runner_was_dead_ends_cancelled() {
    for engine in engines() {
        let world = world(engine).await;
        prepare(&world).await;
        let asked = world.calculate(&fang(), final_run("network", "2012-Q3", "one")).await;
        let operations = operations(&world).await;
        let claimed = operations.claim(&[RUN_OPERATION], "dead-runner", world.clock.now(), LEASE).await;
        assert!(claimed.expect("claimed").is_some());
        let cancel = CancelOperationRequest { name: asked.name.clone() };
        answer(world.operations().cancel_operation(fang().ask(cancel)).await).expect("noted");
        world.clock.advance(LEASE);
        world.start();
        world.done(&fang(), &asked.name).await;
        assert_eq!(only(operations.as_ref()).await.state, OperationState::Cancelled);
        let run = world.run(&fang(), final_run("network", "2012-Q3", "two")).await;
        assert_eq!(run.statement_count, 2, "the period is free");
    }
}
