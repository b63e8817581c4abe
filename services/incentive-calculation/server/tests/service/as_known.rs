//! IC-29: closed runs calculated again, runs beside each other, what was known of a partner on a day at a time.

use std::time::Duration;

use prost::Message as _;
use tributary_core::Clock as _;
use tributary_proto::{
    google::longrunning::operation::Result as Outcome,
    tributary::incentive::v1::{
        CompareRunsRequest, CompareRunsResponse, DifferenceCause, GetPositionRequest, Position, ReproduceRunRequest,
        Reproduction, Run, assignment::Target,
    },
};
use tributary_rpc::convert::timestamp_to_proto;

use crate::support::{
    World, answer, day, fang, final_run, flat, marginal, mei, paying, plan, preview, refused, resting_worlds, rule,
    sale, shown, worlds,
};

async fn prepare(world: &World) {
    world.dealers(&mei(), &["anqing", "baoding"]).await;
    world.programme(&fang(), "dealers", &["rebate"]).await;
    let spec = plan(vec![rule("marginal", marginal(&[("0", "0.15"), ("1000", "0.20")]))]);
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), spec).await;
    let rows = vec![sale("A-1", "anqing", "2012-08-10", "900.00"), sale("B-1", "baoding", "2012-08-11", "100.00")];
    world.record(&mei(), rows).await;
}

pub async fn reproduced(world: &World, run: &Run) -> Reproduction {
    let request = ReproduceRunRequest { name: run.name.clone(), request_id: String::new() };
    let asked = answer(world.closing().reproduce_run(fang().ask(request)).await).expect("an operation");
    match world.done(&fang(), &asked.name).await.result {
        Some(Outcome::Response(any)) => {
            assert_eq!(any.type_url, "type.googleapis.com/tributary.incentive.v1.Reproduction");
            Reproduction::decode(any.value.as_slice()).expect("a reproduction")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_closed_run_comes_out_the_same_whatever_is_known_now() {
    for world in worlds().await {
        prepare(&world).await;
        let august = world.close("dealers", "2012-08", "august").await;
        world.record(&mei(), vec![sale("A-2", "anqing", "2012-08-12", "600.00")]).await;
        world.tier(&mei(), "anqing", "gold", ("2012-08-01", None), "2012-10-05").await;
        let place = ("dealers", "rebate");
        world.active((&mei(), &fang()), "p", place, paying(flat("0.50"), Target::All(true), 0)).await;
        let september = world.close("dealers", "2012-09", "september").await;
        assert_eq!(september.true_up_count, 2);
        for run in [&august, &september] {
            let again = reproduced(&world, run).await;
            assert!(again.equal, "{again:?}");
            assert_eq!((again.digest.as_str(), again.difference_count), (run.digest.as_str(), 0));
            assert_eq!(again.recomputed_digest, run.digest);
        }
    }
}

fn told(page: &CompareRunsResponse) -> Vec<String> {
    let each = |d: &tributary_proto::tributary::incentive::v1::LineDifference| {
        let side = |s: &Option<tributary_proto::tributary::incentive::v1::ComparedLine>| {
            s.as_ref().map_or_else(|| "-".to_owned(), |l| shown(l.amount.as_ref()))
        };
        let causes: Vec<&str> = d.causes().map(|c| c.as_str_name().trim_start_matches("DIFFERENCE_CAUSE_")).collect();
        let (a, b, difference) = (side(&d.a), side(&d.b), shown(d.difference.as_ref()));
        format!("{} {} {a} {b} {difference} {}", d.partner_business_key, d.line, causes.join("+"))
    };
    page.differences.iter().map(each).collect()
}

async fn compared(world: &World, a: &Run, b: &Run, size: i32, token: &str) -> CompareRunsResponse {
    let request = CompareRunsRequest {
        a: a.name.clone(),
        b: b.name.clone(),
        include_equal: false,
        page_size: size,
        page_token: token.to_owned(),
    };
    answer(world.closing().compare_runs(mei().ask(request)).await).expect("a comparison")
}

#[tokio::test]
async fn two_runs_are_compared_line_by_line_with_what_made_the_difference() {
    for world in worlds().await {
        prepare(&world).await;
        let first = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        world.dealers(&mei(), &["chengde"]).await;
        let rows = vec![sale("A-2", "anqing", "2012-08-12", "600.00"), sale("C-1", "chengde", "2012-08-12", "10.00")];
        world.record(&mei(), rows).await;
        let second = world.run(&fang(), final_run("dealers", "2012-08", "two")).await;
        // 1,500: 150 + 100; before 135.
        let expected = [
            "anqing rebate.marginal CNY 135.00 CNY 250.00 CNY 115.00 FACTS",
            "chengde rebate.marginal - CNY 1.50 CNY 1.50 FACTS",
        ];
        let all = compared(&world, &first, &second, 0, "").await;
        assert_eq!(told(&all), expected);
        assert_eq!(all.difference_totals.iter().map(|t| shown(Some(t))).collect::<Vec<_>>(), ["CNY 116.50"]);
        assert_eq!(all.a.as_ref().map(|r| r.version), Some(1));
        // Page by page, the same.
        let page = compared(&world, &first, &second, 1, "").await;
        let rest = compared(&world, &first, &second, 1, &page.next_page_token).await;
        assert_eq!([told(&page), told(&rest)].concat(), expected);
        assert_eq!(rest.next_page_token, "");

        world
            .active(
                (&mei(), &fang()),
                "p",
                ("dealers", "rebate"),
                plan(vec![rule("marginal", marginal(&[("0", "0.10")]))]),
            )
            .await;
        let third = world.run(&fang(), final_run("dealers", "2012-08", "three")).await;
        let causes = compared(&world, &second, &third, 0, "").await;
        assert!(causes.differences.iter().all(|d| d.causes().collect::<Vec<_>>() == [DifferenceCause::Plan]));
        assert_eq!(causes.differences.len(), 3);
        assert!(compared(&world, &third, &third, 0, "").await.differences.is_empty());
    }
}

#[tokio::test]
async fn a_run_without_statements_is_neither_compared_nor_calculated_again() {
    for world in resting_worlds().await {
        prepare(&world).await;
        world.calculate(&fang(), final_run("dealers", "2012-08", "one")).await;
        let runs = answer(world.runs().list_runs(fang().ask(Default::default())).await).expect("runs").runs;
        let name = runs[0].name.clone();
        let request = ReproduceRunRequest { name: name.clone(), request_id: String::new() };
        let why = refused(world.closing().reproduce_run(fang().ask(request)).await);
        assert_eq!(why.reason, "RUN_NOT_SUCCEEDED");
        let request = CompareRunsRequest { a: name.clone(), b: name, ..Default::default() };
        assert_eq!(refused(world.closing().compare_runs(fang().ask(request)).await).reason, "RUN_NOT_SUCCEEDED");
    }
}

fn asked(valid: &str, known: Option<prost_types::Timestamp>) -> GetPositionRequest {
    GetPositionRequest {
        programme: "programmes/dealers".to_owned(),
        partner: "partners/anqing".to_owned(),
        period: "2012-08".to_owned(),
        valid_date: day(valid),
        record_time: known,
    }
}

fn summary(position: &Position) -> String {
    let line = position.lines.first();
    let measure = line.and_then(|l| l.line.as_ref()?.measure.as_ref()).map_or("-", |m| m.value.as_str());
    let rates: Vec<&str> = line
        .and_then(|l| l.trace.as_ref())
        .map(|t| t.slices.iter().filter_map(|s| Some(s.rate.as_ref()?.value.as_str())).collect())
        .unwrap_or_default();
    let total = position.totals.first().map_or_else(|| "-".to_owned(), |t| shown(Some(t)));
    let versions = position.plan_versions.join(" ");
    format!("{:?} {measure} {} {total} {versions}", position.tier, rates.join("+"))
}

#[tokio::test]
async fn what_was_known_of_a_partner_on_a_day_at_a_time() {
    for world in worlds().await {
        prepare(&world).await;
        let position = async |valid: &str, known| {
            summary(&answer(world.closing().get_position(mei().ask(asked(valid, known))).await).expect("a position"))
        };
        // The clock stands at 2012-10-05T00:00:00Z.
        let before = timestamp_to_proto(world.clock.now());
        world.clock.advance(Duration::from_secs(3_600));
        world.record(&mei(), vec![sale("A-2", "anqing", "2012-08-20", "600.00")]).await;
        world.tier(&mei(), "anqing", "gold", ("2012-08-15", None), "2012-10-06").await;
        world.clock.advance(Duration::from_secs(2 * 86_400));
        let spec = plan(vec![rule("marginal", marginal(&[("0", "0.15"), ("1000", "0.30")]))]);
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), spec).await;

        assert_eq!(position("2012-08-31", None).await, "\"gold\" 1500 0.15+0.3 CNY 300.00 plans/p/versions/2");
        assert_eq!(position("2012-08-31", Some(before)).await, "\"\" 900 0.15 CNY 135.00 plans/p/versions/1");
        assert_eq!(position("2012-08-19", None).await, "\"gold\" 900 0.15 CNY 135.00 plans/p/versions/2");
        assert_eq!(position("2012-08-14", None).await, "\"\" 900 0.15 CNY 135.00 plans/p/versions/2");
        assert_eq!(position("2012-08-09", None).await, "\"\" -  - plans/p/versions/2");
        // After the fact and the tier, before the plan.
        let between = prost_types::Timestamp { seconds: before.seconds + 86_400, nanos: 0 };
        assert_eq!(position("2012-08-31", Some(between)).await, "\"gold\" 1500 0.15+0.2 CNY 250.00 plans/p/versions/1");

        let outside = refused(world.closing().get_position(mei().ask(asked("2012-09-01", None))).await);
        assert_eq!(outside.violations[0].field, "valid_date");
        let nobody = GetPositionRequest { partner: "partners/nobody".to_owned(), ..asked("2012-08-31", None) };
        assert_eq!(refused(world.closing().get_position(mei().ask(nobody)).await).reason, "PARTNER_UNKNOWN");
        // The same as a preview with one partner.
        let run = world
            .run(
                &fang(),
                preview(plan(vec![rule("marginal", marginal(&[("0", "0.15"), ("1000", "0.30")]))]), "2012-08"),
            )
            .await;
        assert_eq!(run.totals.iter().map(|t| shown(Some(t))).collect::<Vec<_>>(), ["CNY 315.00"]);
    }
}
