//! A tenant sees nothing of another, and may use the same ids for other things.

use tributary_core::Role;
use tributary_proto::{
    google::longrunning::{CancelOperationRequest, GetOperationRequest, ListOperationsRequest},
    tributary::incentive::v1::{
        ExplainLineRequest, GetFactRequest, GetPlanVersionRequest, GetProgrammeRequest, GetRunRequest,
        GetStatementRequest, ListLineFactsRequest, ListPlanVersionsRequest, ListProgrammesRequest, ListRunsRequest,
        ListStatementsRequest,
    },
};

use crate::support::{
    Caller, World, answer, batch, change, fang, final_run, flat, mei, preview, reason, sale, totals, worlds,
};

const PLACE: (&str, &str) = ("dealers", "commission");

fn li() -> Caller {
    Caller::new("other", "li", Role::ChannelManager)
}

fn wu() -> Caller {
    Caller::new("other", "wu", Role::Finance)
}

/// A programme that pays one dealer `rate` on a sale; its final run.
async fn settle(world: &World, (maker, checker): (&Caller, &Caller), rate: &str, net: &str) -> (String, Vec<String>) {
    world.dealers(maker, &["anqing"]).await;
    world.record(maker, vec![sale("F-1", "anqing", "2012-08-10", net)]).await;
    world.programme(checker, "dealers", &["commission"]).await;
    world.active((maker, checker), "standard", PLACE, flat(rate)).await;
    let run = world.run(checker, final_run("dealers", "2012-Q3", "one")).await;
    let paid = totals(&world.statements(checker, &run).await);
    (run.name, paid)
}

#[tokio::test]
async fn the_same_ids_are_other_things_in_another_tenant() {
    for world in worlds().await {
        let (first, paid) = settle(&world, (&mei(), &fang()), "0.10", "1000.00").await;
        assert_eq!(paid, ["anqing CNY 100.00"]);
        let (second, paid) = settle(&world, (&li(), &wu()), "0.50", "3000.00").await;
        assert_eq!(paid, ["anqing CNY 1500.00"]);
        assert_ne!(first, second);
        // Each counts its own batches, and each run is as it was.
        for caller in [fang(), wu()] {
            let runs = answer(world.runs().list_runs(caller.ask(ListRunsRequest::default())).await).expect("runs").runs;
            assert_eq!(runs.iter().map(|r| r.snapshot_batch).collect::<Vec<_>>(), [1]);
        }
        let again = world.run(&fang(), preview(flat("0.10"), "2012-Q3")).await;
        assert_eq!(totals(&world.statements(&fang(), &again).await), ["anqing CNY 100.00"]);
    }
}

#[tokio::test]
async fn nothing_of_one_tenant_can_be_read_or_changed_by_another() {
    for world in worlds().await {
        let (run, _) = settle(&world, (&mei(), &fang()), "0.10", "1000.00").await;
        let list = ListStatementsRequest { run: run.clone(), ..Default::default() };
        let statement =
            answer(world.runs().list_statements(fang().ask(list.clone())).await).expect("there").statements.remove(0);
        let line = statement.lines[0].name.clone();
        let waiting = world.calculate(&fang(), preview(flat("0.10"), "2012-Q3")).await.name;
        let draft = world.draft(&mei(), "next", PLACE, flat("0.20")).await;

        let (facts, plans, runs, operations) = (world.facts(), world.plans(), world.runs(), world.operations());
        let key = GetFactRequest { source_system: "erp".to_owned(), source_id: "F-1".to_owned() };
        assert_eq!(reason(facts.clone().get_fact(wu().ask(key)).await), "FACT_NOT_FOUND");
        let programme = GetProgrammeRequest { name: "programmes/dealers".to_owned() };
        assert_eq!(reason(plans.clone().get_programme(wu().ask(programme)).await), "PROGRAMME_NOT_FOUND");
        let version = GetPlanVersionRequest { name: draft.name.clone() };
        assert_eq!(reason(plans.clone().get_plan_version(wu().ask(version)).await), "PLAN_VERSION_NOT_FOUND");
        let approve = plans.clone().approve_plan_version(wu().ask(change(&draft, "a"))).await;
        assert_eq!(reason(approve), "PLAN_VERSION_NOT_FOUND");
        let asked = runs.clone().calculate(wu().ask(final_run("dealers", "2012-Q3", "one"))).await;
        assert_eq!(reason(asked), "PROGRAMME_NOT_FOUND");
        assert_eq!(reason(runs.clone().get_run(wu().ask(GetRunRequest { name: run })).await), "RUN_NOT_FOUND");
        assert_eq!(reason(runs.clone().list_statements(wu().ask(list)).await), "RUN_NOT_FOUND");
        let get = GetStatementRequest { name: statement.name };
        assert_eq!(reason(runs.clone().get_statement(wu().ask(get)).await), "STATEMENT_NOT_FOUND");
        let explain = ExplainLineRequest { name: line.clone() };
        assert_eq!(reason(runs.clone().explain_line(wu().ask(explain)).await), "STATEMENT_NOT_FOUND");
        let measured = ListLineFactsRequest { name: line, ..Default::default() };
        assert_eq!(reason(runs.clone().list_line_facts(wu().ask(measured)).await), "STATEMENT_NOT_FOUND");
        let get = GetOperationRequest { name: waiting.clone() };
        assert_eq!(reason(operations.clone().get_operation(wu().ask(get)).await), "OPERATION_NOT_FOUND");
        let cancel = CancelOperationRequest { name: waiting.clone() };
        assert_eq!(reason(operations.clone().cancel_operation(wu().ask(cancel)).await), "OPERATION_NOT_FOUND");

        assert!(world.known_facts(&wu()).await.is_empty());
        let all = ListProgrammesRequest::default();
        assert!(answer(plans.clone().list_programmes(wu().ask(all)).await).expect("a list").programmes.is_empty());
        let all = ListPlanVersionsRequest { plan: "plans/-".to_owned(), ..Default::default() };
        assert!(
            answer(plans.clone().list_plan_versions(wu().ask(all)).await).expect("a list").plan_versions.is_empty()
        );
        assert!(
            answer(runs.clone().list_runs(wu().ask(ListRunsRequest::default())).await).expect("a list").runs.is_empty()
        );
        let all = ListOperationsRequest::default();
        assert!(answer(operations.clone().list_operations(wu().ask(all)).await).expect("a list").operations.is_empty());

        // Not even its partners: the registry is asked for the tenant's own.
        let rows = batch(vec![sale("F-1", "anqing", "2012-08-10", "1.00")]);
        let answered = answer(world.facts().batch_record_facts(li().ask(rows)).await).expect("a result");
        assert_eq!((answered.refused_count, answered.batch), (1, 0));
        // And the run that the other tried to cancel ends well.
        world
            .run_of(
                &fang(),
                &answer(operations.clone().get_operation(fang().ask(GetOperationRequest { name: waiting })).await)
                    .expect("there"),
            )
            .await;
    }
}
