//! A request id makes a call safe to repeat: the first answer comes again, whatever happened since, and the id is not
//! taken for another request.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    BatchRecordFiguresRequest, BatchRecordOpeningLinesRequest, BatchRecordRatesRequest, CreatePlanVersionRequest,
    CreateProgrammeRequest, GetFigureRequest, ListPlanVersionsRequest, ListRunsRequest, PlanVersionState, Programme,
    RecordOutcome, RecordResult, Slot,
};
use tributary_rpc::status::{describe, to_tonic};

use crate::support::{
    World, ada, answer, change, dollar, fang, figure, final_run, flat, mei, opening, refused, sale, worlds,
};

fn reused<T: std::fmt::Debug>(result: Result<tonic::Response<T>, tonic::Status>) {
    let why = refused(result);
    assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "REQUEST_ID_REUSED"));
}

async fn versions(world: &World) -> usize {
    let all = ListPlanVersionsRequest { plan: "plans/-".to_owned(), ..Default::default() };
    answer(world.plans().list_plan_versions(mei().ask(all)).await).expect("versions").plan_versions.len()
}

#[tokio::test]
async fn repeats_give_the_first_answer_even_after_the_plan_was_retired() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
        let programme = |title: &str| CreateProgrammeRequest {
            programme: Some(Programme {
                display_name: title.to_owned(),
                slots: vec![Slot { id: "commission".to_owned(), title: String::new() }],
                ..Default::default()
            }),
            programme_id: "dealers".to_owned(),
            request_id: "p".to_owned(),
        };
        let made = answer(world.plans().create_programme(fang().ask(programme("A"))).await).expect("made");
        assert_eq!(answer(world.plans().create_programme(fang().ask(programme("A"))).await).expect("again"), made);
        reused(world.plans().create_programme(fang().ask(programme("B"))).await);

        let create = |rate: &str| CreatePlanVersionRequest {
            plan: "plans/standard".to_owned(),
            programme: "programmes/dealers".to_owned(),
            slot: "commission".to_owned(),
            spec: Some(flat(rate)),
            request_id: "v".to_owned(),
        };
        let draft = answer(world.plans().create_plan_version(mei().ask(create("0.10"))).await).expect("a draft");
        let approve = change(&draft, "a");
        let approved = answer(world.plans().approve_plan_version(fang().ask(approve.clone())).await).expect("approved");
        let activate = change(&approved, "a");
        let active = answer(world.plans().activate_plan_version(fang().ask(activate.clone())).await)
            .expect("the id counts per method");
        let operation = world.calculate(&fang(), final_run("dealers", "2012-Q3", "c")).await;
        let run = world.run_of(&fang(), &operation).await;
        answer(world.plans().retire_plan_version(fang().ask(change(&active, "r"))).await).expect("retired");

        // Whoever repeats, and whatever holds now.
        let again = answer(world.plans().create_plan_version(ada().ask(create("0.10"))).await).expect("again");
        assert_eq!(again, draft);
        assert_eq!(again.state(), PlanVersionState::Draft);
        assert_eq!(answer(world.plans().approve_plan_version(fang().ask(approve)).await).expect("again"), approved);
        assert_eq!(answer(world.plans().activate_plan_version(fang().ask(activate)).await).expect("again"), active);
        let repeated = world.calculate(&fang(), final_run("dealers", "2012-Q3", "c")).await;
        assert_eq!(repeated.name, operation.name);
        assert_eq!(world.run_of(&fang(), &repeated).await, run);

        reused(world.plans().create_plan_version(mei().ask(create("0.11"))).await);
        let mut other = change(&draft, "a");
        other.reason = "another".to_owned();
        reused(world.plans().approve_plan_version(fang().ask(other)).await);
        reused(world.runs().calculate(fang().ask(final_run("dealers", "2012-Q2", "c"))).await);
        assert_eq!(versions(&world).await, 1);
        let runs = answer(world.runs().list_runs(mei().ask(ListRunsRequest::default())).await).expect("runs");
        assert_eq!(runs.runs.len(), 1);
    }
}

#[tokio::test]
async fn a_refused_call_leaves_its_request_id_free() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let draft = world.draft(&fang(), "standard", ("dealers", "commission"), flat("0.10")).await;
        let request = change(&draft, "a");
        let own = refused(world.plans().approve_plan_version(fang().ask(request.clone())).await);
        assert_eq!(own.reason, "MAKER_IS_CHECKER");
        let approved = answer(world.plans().approve_plan_version(ada().ask(request)).await).expect("approved");
        assert_eq!(approved.approver, "ada");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_16_identical_calls_at_once_one_has_the_effect_and_all_get_its_answer() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let request = CreatePlanVersionRequest {
            plan: "plans/standard".to_owned(),
            programme: "programmes/dealers".to_owned(),
            slot: "commission".to_owned(),
            spec: Some(flat("0.10")),
            request_id: "once".to_owned(),
        };
        let calls: Vec<_> = (0..16)
            .map(|_| {
                let (client, request) = (world.plans(), request.clone());
                tokio::spawn(async move { answer(client.clone().create_plan_version(mei().ask(request)).await) })
            })
            .collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.expect("ends").expect("a version"));
        }
        assert!(answers.iter().all(|a| *a == answers[0]), "{answers:?}");
        assert_eq!(versions(&world).await, 1);
    }
}

#[tokio::test]
async fn rows_that_are_recorded_again_under_their_request_id_get_the_first_answer() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let batch = |value: &str| BatchRecordFiguresRequest {
            figures: vec![
                figure("q-1", ("anqing", "quota"), "2012-Q3", value),
                figure("q-2", ("baoding", "quota"), "2012-Q3", value),
            ],
            request_id: "q".to_owned(),
        };
        let record = async |request| world.figures().batch_record_figures(mei().ask(request)).await;
        let first = answer(record(batch("100")).await).expect("results");
        let found: Vec<_> = first.results.iter().map(|r| (r.outcome(), r.revision, r.name.as_str())).collect();
        let expected = [(RecordOutcome::Recorded, 1, "figures/crm/q-1"), (RecordOutcome::Refused, 0, "")];
        assert_eq!(found, expected);
        // Corrected meanwhile, and the other partner is known now: whoever repeats is told what was told first.
        world.record_figures(vec![figure("q-1", ("anqing", "quota"), "2012-Q3", "200")]).await;
        world.dealers(&mei(), &["baoding"]).await;
        // Metadata of a status have no order of their own, so that they are compared as they are read.
        let again = answer(record(batch("100")).await).expect("again");
        let told = |result: &RecordResult| {
            let why = result.error.as_ref().map(|status| describe(&to_tonic(status)));
            (result.outcome(), result.name.clone(), result.revision, why)
        };
        let all = |results: &[RecordResult]| results.iter().map(told).collect::<Vec<_>>();
        assert_eq!(all(&again.results), all(&first.results));
        let kept = GetFigureRequest { name: "figures/crm/q-1".to_owned(), known_at: None };
        let kept = answer(world.figures().get_figure(mei().ask(kept)).await).expect("there");
        assert_eq!((kept.revision, kept.value.expect("a value").value.as_str()), (2, "200"));
        reused(record(batch("101")).await);
        // Rows that change nothing have an answer, too.
        let same = |id: &str| BatchRecordFiguresRequest {
            figures: vec![figure("q-1", ("anqing", "quota"), "2012-Q3", "200")],
            request_id: id.to_owned(),
        };
        let duplicate = answer(record(same("s")).await).expect("results");
        assert_eq!(duplicate.results[0].outcome(), RecordOutcome::Duplicate);
        world.record_figures(vec![figure("q-1", ("anqing", "quota"), "2012-Q3", "300")]).await;
        assert_eq!(answer(record(same("s")).await).expect("again"), duplicate);

        // The id counts per method.
        let rates = |value: &str| BatchRecordRatesRequest {
            rates: vec![dollar("2012-07-02", value)],
            request_id: "q".to_owned(),
        };
        let record = async |request| world.rates().batch_record_rates(fang().ask(request)).await;
        let first = answer(record(rates("6.3")).await).expect("results");
        assert_eq!(first.results[0].outcome(), RecordOutcome::Recorded);
        assert_eq!(answer(record(rates("6.3")).await).expect("again"), first);
        reused(record(rates("6.4")).await);
        let lines = |amount: &str| BatchRecordOpeningLinesRequest {
            lines: vec![opening("1", "anqing", ("bonus", "year"), "2012-06", amount)],
            request_id: "q".to_owned(),
        };
        let record = async |request| world.go_live().batch_record_opening_lines(fang().ask(request)).await;
        let first = answer(record(lines("12.50")).await).expect("results");
        assert_eq!(first.results[0].outcome(), RecordOutcome::Recorded);
        assert_eq!(answer(record(lines("12.50")).await).expect("again"), first);
        reused(record(lines("12.60")).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_16_identical_batches_of_figures_at_once_one_is_recorded_and_told() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let request = BatchRecordFiguresRequest {
            figures: vec![figure("q-1", ("anqing", "quota"), "2012-Q3", "100")],
            request_id: "once".to_owned(),
        };
        let calls: Vec<_> = (0..16)
            .map(|_| {
                let (client, request) = (world.figures(), request.clone());
                tokio::spawn(async move { answer(client.clone().batch_record_figures(mei().ask(request)).await) })
            })
            .collect();
        for call in calls {
            let told = call.await.expect("ends").expect("results");
            assert_eq!((told.results[0].outcome(), told.results[0].revision), (RecordOutcome::Recorded, 1));
        }
        world.record_figures(vec![figure("q-1", ("anqing", "quota"), "2012-Q3", "200")]).await;
        assert_eq!(world.published(mei().tenant(), "FiguresRecorded", 2).await.len(), 2);
    }
}
