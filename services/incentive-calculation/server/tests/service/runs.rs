//! Runs: previews and final runs, their snapshot, and digests that depend on nothing but the facts and the plan.

use tonic::Code;
use tributary_core::Role;
use tributary_proto::tributary::incentive::v1::{
    CalculateRequest, FactKind, GetRunRequest, ListRunsRequest, PlanSpec, RunEnded, RunMode, RunState, SalesFact,
};

use prost::Message as _;

use crate::support::{
    Caller, ada, answer, bounded, fang, final_run, flat, lines, marginal, mei, money, plan, preview, reason, refused,
    resting_worlds, rule, sale, shown, totals, whole, worlds,
};

/// 15 %, and 20 % of what exceeds a million.
fn commission() -> PlanSpec {
    plan(vec![rule("commission", marginal(&[("0", "0.15"), ("1000000", "0.20")]))])
}

fn facts() -> Vec<SalesFact> {
    vec![
        sale("A-1", "anqing", "2012-07-05", "1000000.00"),
        sale("A-2", "anqing", "2012-09-30", "600000.00"),
        sale("B-1", "baoding", "2012-08-01", "333.33"),
    ]
}

/// Python: sha256 over the canonical lines of these facts: 270,000.00 for anqing, 49.9995 rounded to 50.00 for baoding.
const DIGEST: &str = "d726d29d6bbb24afab78791ba7fb5cc823c715fae044c8118131c61a14068efa";

#[tokio::test]
async fn a_preview_shows_what_a_given_plan_would_pay() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        let mut rows = facts();
        rows.push(sale("A-3", "anqing", "2012-10-01", "9.00"));
        rows.push(sale("A-4", "anqing", "2012-06-30", "9.00"));
        rows.push(SalesFact { net: Some(money("USD", "200.00")), ..sale("A-5", "anqing", "2012-08-01", "0") });
        rows.push(SalesFact { kind: FactKind::SellOut.into(), ..sale("A-6", "anqing", "2012-08-01", "7.00") });
        world.record(&mei(), rows).await;

        let spec = plan(vec![
            rule("commission", marginal(&[("0", "0.15"), ("1000000", "0.20")])),
            rule("volume", whole(&[("0", "0"), ("500", "0.01")])),
        ]);
        let run = world.run(&fang(), preview(spec, "2012-Q3")).await;
        assert_eq!((run.mode(), run.state()), (RunMode::Preview, RunState::Succeeded));
        assert_eq!((run.programme.as_str(), run.plan_versions.len(), run.actor.as_str()), ("", 0, "fang"));
        assert_eq!((run.snapshot_batch, run.statement_count, run.line_count), (1, 3, 6));
        let sums: Vec<_> = run.totals.iter().map(|t| shown(Some(t))).collect();
        assert_eq!(sums, ["CNY 286050.00", "USD 30.00"]);
        let statements = world.statements(&fang(), &run).await;
        let expected = [
            "anqing preview.commission 1600000 CNY 270000.00 2",
            "anqing preview.volume 1600000 CNY 16000.00 2",
            "anqing preview.commission 200 USD 30.00 1",
            "anqing preview.volume 200 USD 0.00 1",
            "baoding preview.commission 333.33 CNY 50.00 1",
            "baoding preview.volume 333.33 CNY 0.00 1",
        ];
        assert_eq!(lines(&statements), expected);
        assert_eq!(totals(&statements), ["anqing CNY 286000.00", "anqing USD 30.00", "baoding CNY 50.00"]);
        let kept = answer(world.runs().get_run(mei().ask(GetRunRequest { name: run.name.clone() })).await);
        assert_eq!(kept.expect("there"), run);
    }
}

#[tokio::test]
async fn what_cannot_be_calculated_is_refused_at_once() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let second_half = || bounded(flat("0.10"), "2012-07-01", "2013-01-01");
        for period in ["2012-Q2", "2012", "2013-01"] {
            let why = refused(world.runs().calculate(fang().ask(preview(second_half(), period))).await);
            assert_eq!((why.code, why.reason.as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
            assert_eq!(why.violations.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["period"]);
            let bounds = "from 2012-07-01 to before 2013-01-01";
            assert!(why.violations[0].description.contains(bounds), "{}", why.violations[0].description);
        }
        assert!(answer(world.runs().calculate(fang().ask(preview(second_half(), "2012-Q4"))).await).is_ok());

        let fields = async |request: CalculateRequest| {
            let why = refused(world.runs().calculate(fang().ask(request)).await);
            assert_eq!(why.reason, "INVALID_REQUEST");
            why.violations.into_iter().map(|v| v.field).collect::<Vec<_>>()
        };
        let given =
            CalculateRequest { mode: RunMode::Final.into(), request_id: "f".into(), ..preview(flat("0.1"), "2012") };
        assert_eq!(fields(given).await, ["mode"]);
        assert_eq!(fields(final_run("dealers", "2012-Q3", "")).await, ["request_id"]);
        assert_eq!(fields(preview(flat("0.1"), "2012-Q5")).await, ["period"]);
        assert_eq!(fields(preview(flat("1.1"), "2012-Q3")).await, ["plan.rules[0].marginal.table.tiers[0].rate"]);
        let unknown = world.runs().calculate(fang().ask(final_run("agents", "2012-Q3", "f"))).await;
        assert_eq!(reason(unknown), "PROGRAMME_NOT_FOUND");
        let empty = world.runs().calculate(fang().ask(final_run("dealers", "2012-Q3", "f"))).await;
        assert_eq!(reason(empty), "NO_ACTIVE_PLAN");
    }
}

#[tokio::test]
async fn the_digest_is_the_same_on_every_engine_in_any_order_of_ingest() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.record(&mei(), facts()).await;
        let run = world.run(&fang(), preview(commission(), "2012-Q3")).await;
        assert_eq!((run.digest.as_str(), run.fact_count), (DIGEST, 3), "{:?}", world.engine);

        // Another tenant gets the same facts one by one, last first, among others of another period.
        let (channel, finance) =
            (Caller::new("other", "li", Role::ChannelManager), Caller::new("other", "wu", Role::Admin));
        world.dealers(&channel, &["baoding", "anqing"]).await;
        for fact in facts().into_iter().rev() {
            world.record(&channel, vec![fact]).await;
        }
        world.record(&channel, vec![sale("A-0", "anqing", "2012-06-30", "1.00")]).await;
        let other = world.run(&finance, preview(commission(), "2012-Q3")).await;
        assert_eq!((other.digest.as_str(), other.snapshot_batch), (DIGEST, 4));
        // One cent more gives another.
        world.record(&channel, vec![sale("A-9", "anqing", "2012-08-01", "0.01")]).await;
        assert_ne!(world.run(&finance, preview(commission(), "2012-Q3")).await.digest, DIGEST);
    }
}

#[tokio::test]
async fn facts_that_come_after_the_run_was_asked_for_do_not_change_it() {
    for world in resting_worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.record(&mei(), facts()).await;
        let asked = world.calculate(&fang(), preview(commission(), "2012-Q3")).await;
        assert!(!asked.done);
        world.record(&mei(), vec![sale("A-9", "anqing", "2012-08-01", "500000.00")]).await;
        world.dealers(&mei(), &["chengde"]).await;
        world.record(&mei(), vec![sale("C-1", "chengde", "2012-08-01", "500000.00")]).await;
        world.start();
        let run = world.run_of(&fang(), &asked).await;
        assert_eq!((run.digest.as_str(), run.fact_count, run.snapshot_batch), (DIGEST, 3, 1));
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 270000.00", "baoding CNY 50.00"]);
        let later = world.run(&fang(), preview(commission(), "2012-Q3")).await;
        let expected = ["anqing CNY 370000.00", "baoding CNY 50.00", "chengde CNY 75000.00"];
        assert_eq!(totals(&world.statements(&fang(), &later).await), expected);
    }
}

#[tokio::test]
async fn the_newest_final_run_counts_and_its_end_is_told() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.record(&mei(), facts()).await;
        world.programme(&fang(), "dealers", &["sales"]).await;
        world.active((&mei(), &fang()), "standard", ("dealers", "sales"), commission()).await;
        let first = world.run(&fang(), final_run("dealers", "2012-Q3", "one")).await;
        assert_eq!((first.mode(), first.programme.as_str()), (RunMode::Final, "programmes/dealers"));
        assert_eq!(first.plan_versions, ["plans/standard/versions/1"]);
        world.record(&mei(), vec![sale("A-9", "anqing", "2012-08-01", "100.00")]).await;
        let second = world.run(&ada(), final_run("dealers", "2012-Q3", "two")).await;
        let third = world.run(&ada(), final_run("dealers", "2012-Q2", "three")).await;

        let list = async |programme: &str, period: &str| {
            let request =
                ListRunsRequest { programme: programme.into(), period: period.into(), ..ListRunsRequest::default() };
            let listed = answer(world.runs().list_runs(mei().ask(request)).await).expect("runs");
            listed.runs.into_iter().map(|r| r.name).collect::<Vec<_>>()
        };
        let names = |runs: &[&tributary_proto::tributary::incentive::v1::Run]| {
            runs.iter().map(|r| r.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(list("programmes/dealers", "2012-Q3").await, names(&[&second, &first]));
        assert_eq!(list("", "").await, names(&[&third, &second, &first]));
        assert!(list("programmes/agents", "").await.is_empty());
        assert_eq!(totals(&world.statements(&fang(), &first).await)[0], "anqing CNY 270000.00", "a run never changes");
        assert_eq!(totals(&world.statements(&fang(), &second).await)[0], "anqing CNY 270020.00");
        let events = world.published(fang().tenant(), "RunEnded", 3).await;
        let told: Vec<_> = events
            .iter()
            .map(|e| RunEnded::decode(e.data.as_slice()).expect("the event").run.expect("a run"))
            .collect();
        assert_eq!(told, [first, second, third]);
    }
}
