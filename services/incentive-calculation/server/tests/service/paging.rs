//! Lists come page by page; a token belongs to its query.

use tributary_proto::{
    google::longrunning::ListOperationsRequest,
    tributary::incentive::v1::{
        ListFactsRequest, ListLineFactsRequest, ListPlanVersionsRequest, ListProgrammesRequest, ListRunsRequest,
        ListStatementsRequest,
    },
};

use crate::support::{
    World, answer, day, fang, final_run, flat, growth, mei, plan, reason, refused, rule, sale, totals, worlds,
};

const REFUSED: &str = "PAGE_TOKEN_INVALID";

/// Three dealers with two sales each in both years, two programmes with two versions of a plan, two runs; the newest.
async fn prepare(world: &World) -> tributary_proto::tributary::incentive::v1::Run {
    let dealers = ["anqing", "baoding", "chengde"];
    world.dealers(&mei(), &dealers).await;
    let mut facts = Vec::new();
    for (i, dealer) in dealers.iter().enumerate() {
        for n in 0..2 {
            facts.push(sale(&format!("N-{i}{n}"), dealer, "2012-08-10", &format!("{}00.00", i + 1)));
            facts.push(sale(&format!("B-{i}{n}"), dealer, "2011-08-10", "10.00"));
        }
    }
    world.record(&mei(), facts).await;
    for programme in ["dealers", "stores"] {
        world.programme(&fang(), programme, &["growth"]).await;
    }
    let spec = plan(vec![rule("growth", growth(&[("0", "0.10")]))]);
    world.active((&mei(), &fang()), "standard", ("dealers", "growth"), spec).await;
    for _ in 0..2 {
        world.draft(&mei(), "standard", ("dealers", "growth"), flat("0.20")).await;
    }
    world.run(&fang(), final_run("dealers", "2012-Q3", "one")).await;
    world.run(&fang(), final_run("dealers", "2012-Q3", "two")).await
}

#[tokio::test]
async fn a_token_of_another_query_is_refused() {
    for world in worlds().await {
        let run = prepare(&world).await;
        let (facts, plans, runs) = (world.facts(), world.plans(), world.runs());

        let query = ListFactsRequest { source_system: "erp".to_owned(), page_size: 2, ..Default::default() };
        let token = answer(facts.clone().list_facts(mei().ask(query.clone())).await).expect("a page").next_page_token;
        assert!(!token.is_empty());
        let next = ListFactsRequest { page_token: token.clone(), ..query };
        for other in [
            ListFactsRequest { source_system: String::new(), ..next.clone() },
            ListFactsRequest { partner: "partners/anqing".to_owned(), ..next.clone() },
            ListFactsRequest { from: day("2012-01-01"), ..next.clone() },
            ListFactsRequest { to: day("2012-01-01"), ..next.clone() },
            ListFactsRequest { page_token: format!("{token}x"), ..next.clone() },
        ] {
            assert_eq!(reason(facts.clone().list_facts(mei().ask(other)).await), REFUSED);
        }
        // The size of a page is no condition.
        let wider = ListFactsRequest { page_size: 100, ..next };
        assert_eq!(answer(facts.clone().list_facts(mei().ask(wider)).await).expect("a page").facts.len(), 10);

        let foreign = ListProgrammesRequest { page_token: token.clone(), ..Default::default() };
        assert_eq!(reason(plans.clone().list_programmes(mei().ask(foreign)).await), REFUSED);
        let foreign = ListOperationsRequest { page_token: token, ..Default::default() };
        assert_eq!(reason(world.operations().list_operations(mei().ask(foreign)).await), REFUSED);

        let query = ListPlanVersionsRequest { plan: "plans/standard".to_owned(), page_size: 1, ..Default::default() };
        let page_token =
            answer(plans.clone().list_plan_versions(mei().ask(query)).await).expect("a page").next_page_token;
        let other = ListPlanVersionsRequest { plan: "plans/-".to_owned(), page_token, ..Default::default() };
        assert_eq!(reason(plans.clone().list_plan_versions(mei().ask(other)).await), REFUSED);

        let query = ListRunsRequest { period: "2012-Q3".to_owned(), page_size: 1, ..Default::default() };
        let page_token = answer(runs.clone().list_runs(mei().ask(query)).await).expect("a page").next_page_token;
        let other = ListRunsRequest { page_token, ..Default::default() };
        assert_eq!(reason(runs.clone().list_runs(mei().ask(other)).await), REFUSED);

        let query = ListStatementsRequest { run: run.name.clone(), page_size: 1, ..Default::default() };
        let page = answer(runs.clone().list_statements(mei().ask(query.clone())).await).expect("a page");
        let next = ListStatementsRequest { page_token: page.next_page_token, ..query };
        for other in [
            ListStatementsRequest { order_by: "total desc".to_owned(), ..next.clone() },
            ListStatementsRequest { partner: "partners/anqing".to_owned(), ..next.clone() },
        ] {
            assert_eq!(reason(runs.clone().list_statements(mei().ask(other)).await), REFUSED);
        }

        let name = page.statements[0].lines[0].name.clone();
        let query = ListLineFactsRequest { name, page_size: 1, ..Default::default() };
        let page_token =
            answer(runs.clone().list_line_facts(mei().ask(query.clone())).await).expect("a page").next_page_token;
        let other = ListLineFactsRequest { base: true, page_token, ..query };
        assert_eq!(reason(runs.clone().list_line_facts(mei().ask(other)).await), REFUSED);
    }
}

#[tokio::test]
async fn pages_give_everything_once_in_order() {
    for world in worlds().await {
        let run = prepare(&world).await;
        let mut query =
            ListFactsRequest { from: day("2012-07-01"), to: day("2012-10-01"), page_size: 2, ..Default::default() };
        let mut found = Vec::new();
        loop {
            let page = answer(world.facts().list_facts(mei().ask(query.clone())).await).expect("a page");
            found.extend(page.facts.into_iter().map(|f| f.source_id));
            query.page_token = page.next_page_token;
            if query.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, ["N-00", "N-01", "N-10", "N-11", "N-20", "N-21"]);

        // 200 − 20, 400 − 20, 600 − 20: 10 % of each.
        let by_total = ["chengde CNY 58.00", "baoding CNY 38.00", "anqing CNY 18.00"];
        let by_key = ["anqing CNY 18.00", "baoding CNY 38.00", "chengde CNY 58.00"];
        for (order, expected) in [("total desc", by_total), ("partner", by_key), ("", by_key)] {
            let mut query = ListStatementsRequest {
                run: run.name.clone(),
                order_by: order.to_owned(),
                page_size: 1,
                ..Default::default()
            };
            let mut found = Vec::new();
            loop {
                let page = answer(world.runs().list_statements(mei().ask(query.clone())).await).expect("a page");
                assert_eq!(page.statements.len(), 1);
                found.extend(totals(&page.statements));
                query.page_token = page.next_page_token;
                if query.page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(found, expected, "{order}");
        }

        let mut query = ListPlanVersionsRequest { plan: "plans/-".to_owned(), page_size: 2, ..Default::default() };
        let first = answer(world.plans().list_plan_versions(mei().ask(query.clone())).await).expect("a page");
        query.page_token = first.next_page_token;
        let second = answer(world.plans().list_plan_versions(mei().ask(query)).await).expect("a page");
        let names: Vec<_> = first.plan_versions.iter().chain(&second.plan_versions).map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["plans/standard/versions/1", "plans/standard/versions/2", "plans/standard/versions/3"]);
        assert_eq!(second.next_page_token, "");
    }
}

#[tokio::test]
async fn a_condition_that_is_no_name_does_not_stand_for_all() {
    for world in worlds().await {
        let run = prepare(&world).await;
        for programme in ["dealers", "programme/dealers", "programmes/"] {
            let query = ListRunsRequest { programme: programme.to_owned(), ..Default::default() };
            let why = refused(world.runs().list_runs(mei().ask(query)).await);
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "programme"));
        }
        for partner in ["anqing", "partner/anqing", "partners/"] {
            let query =
                ListStatementsRequest { run: run.name.clone(), partner: partner.to_owned(), ..Default::default() };
            let why = refused(world.runs().list_statements(mei().ask(query)).await);
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "partner"));
        }
    }
}
