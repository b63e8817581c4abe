//! Runs as long-running operations: one final run at a time, cancelled on request.

use prost::Message as _;
use tonic::Code;
use tributary_proto::{
    google::longrunning::{
        CancelOperationRequest, GetOperationRequest, ListOperationsRequest, operation::Result as Outcome,
    },
    tributary::incentive::v1::{ListRunsRequest, RunEnded, RunProgress, RunState},
};
use tributary_rpc::status::{describe, to_tonic};

use crate::support::{
    World, answer, fang, final_run, flat, mei, preview, refused, resting_worlds, sale, totals, worlds,
};

/// One dealer with a sale of 1,000.00, and a programme that pays 10 %.
async fn prepare(world: &World) {
    world.dealers(&mei(), &["anqing"]).await;
    world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
    for programme in ["dealers", "agents"] {
        world.programme(&fang(), programme, &["commission"]).await;
        world.active((&mei(), &fang()), programme, (programme, "commission"), flat("0.10")).await;
    }
}

#[tokio::test]
async fn a_second_final_run_is_refused_while_the_first_is_under_way() {
    for world in resting_worlds().await {
        prepare(&world).await;
        let first = world.calculate(&fang(), final_run("dealers", "2012-Q3", "one")).await;
        let why = refused(world.runs().calculate(fang().ask(final_run("dealers", "2012-Q3", "two"))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "RUN_IN_PROGRESS"));
        // A repeat of the first, another period, another programme, a preview are not in its way.
        assert_eq!(world.calculate(&fang(), final_run("dealers", "2012-Q3", "one")).await.name, first.name);
        let mut look = final_run("dealers", "2012-Q3", "");
        look.mode = 0;
        for request in [final_run("dealers", "2012-Q2", "three"), final_run("agents", "2012-Q3", "four"), look] {
            assert!(!world.calculate(&fang(), request).await.done);
        }
        world.start();
        world.run_of(&fang(), &first).await;
        let again = world.run(&fang(), final_run("dealers", "2012-Q3", "two")).await;
        assert_eq!(totals(&world.statements(&fang(), &again).await), ["anqing CNY 100.00"]);
        let list = ListOperationsRequest::default();
        let listed = answer(world.operations().list_operations(fang().ask(list)).await).expect("operations");
        assert_eq!(listed.operations.len(), 5);
    }
}

#[tokio::test]
async fn a_cancelled_run_states_nothing_and_frees_the_period() {
    for world in resting_worlds().await {
        prepare(&world).await;
        let asked = world.calculate(&fang(), final_run("dealers", "2012-Q3", "one")).await;
        let cancel = CancelOperationRequest { name: asked.name.clone() };
        answer(world.operations().cancel_operation(fang().ask(cancel.clone())).await).expect("noted");
        world.start();
        let operation = world.done(&fang(), &asked.name).await;
        let Some(Outcome::Error(error)) = operation.result else { panic!("cancelled: {operation:?}") };
        let why = describe(&to_tonic(&error));
        assert_eq!((why.code, why.reason.as_str()), (Code::Cancelled, "CANCELLED"));
        let runs = answer(world.runs().list_runs(mei().ask(ListRunsRequest::default())).await).expect("runs").runs;
        assert_eq!((runs.len(), runs[0].state(), runs[0].digest.as_str()), (1, RunState::Cancelled, ""));
        assert!(runs[0].end_time.is_some() && !runs[0].failure.is_empty());
        assert!(world.statements(&fang(), &runs[0]).await.is_empty());
        let event = &world.published(fang().tenant(), "RunEnded", 1).await[0];
        let told = RunEnded::decode(event.data.as_slice()).expect("the event").run.expect("a run");
        assert_eq!(told, runs[0]);

        // Cancelling again, or after the end, is no error; the period is free.
        answer(world.operations().cancel_operation(fang().ask(cancel)).await).expect("noted");
        let run = world.run(&fang(), final_run("dealers", "2012-Q3", "two")).await;
        assert_eq!(run.state(), RunState::Succeeded);
        let kept = world.done(&fang(), &asked.name).await;
        assert!(matches!(kept.result, Some(Outcome::Error(_))), "stays cancelled");
    }
}

#[tokio::test]
async fn an_operation_tells_its_run_and_its_progress() {
    for world in worlds().await {
        prepare(&world).await;
        let asked = world.calculate(&fang(), preview(flat("0.10"), "2012-Q3")).await;
        assert!(asked.name.starts_with("operations/incentive-"), "{}", asked.name);
        let run = world.run_of(&fang(), &asked).await;
        let get = GetOperationRequest { name: asked.name.clone() };
        let operation = answer(world.operations().get_operation(mei().ask(get)).await).expect("there");
        let metadata = operation.metadata.expect("progress");
        assert_eq!(metadata.type_url, "type.googleapis.com/tributary.incentive.v1.RunProgress");
        let progress = RunProgress::decode(metadata.value.as_slice()).expect("progress");
        assert_eq!((progress.run, progress.facts_read, progress.facts_total), (run.name, 1, 1));
        let none = GetOperationRequest { name: "operations/incentive-0".to_owned() };
        let why = refused(world.operations().get_operation(mei().ask(none)).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::NotFound, "OPERATION_NOT_FOUND"));
    }
}
