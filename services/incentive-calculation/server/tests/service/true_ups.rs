//! R18 and R13: what closed periods would now state otherwise is one line on the next open period, which names every
//! origin. Amounts are computed by hand.

use tributary_proto::tributary::incentive::v1::{
    ExplainLineRequest, ExplainLineResponse, FactKind, Limits, Run, SalesFact, TrueUpOrigin,
};

use crate::support::{
    World, answer, bounded, decimal, fang, final_run, flat, growth, lines, marginal, mei, money, paying, plan, rule,
    sale, shown, totals, worlds,
};
use tributary_proto::tributary::incentive::v1::assignment::Target;

/// A return of goods of a sale, in CNY.
fn returned(source_id: &str, partner: &str, of: &str, on: &str, net: &str) -> SalesFact {
    SalesFact {
        kind: FactKind::Return.into(),
        original_source_id: of.to_owned(),
        net: Some(money("CNY", net)),
        ..sale(source_id, partner, on, "0")
    }
}

/// 15 %, and 20 % of what exceeds a million: R01 of the worked examples.
async fn prepare(world: &World) {
    world.dealers(&mei(), &["anqing", "baoding"]).await;
    world.programme(&fang(), "dealers", &["rebate"]).await;
    let spec = plan(vec![rule("marginal", marginal(&[("0", "0.15"), ("1000000", "0.20")]))]);
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), spec).await;
}

async fn true_up(world: &World, run: &Run, partner: &str) -> ExplainLineResponse {
    let statements = world.statements(&fang(), run).await;
    let of = |s: &&tributary_proto::tributary::incentive::v1::Statement| s.partner.ends_with(partner);
    let statement = statements.iter().find(of).expect("a statement");
    let request = ExplainLineRequest { name: format!("{}/lines/true-up", statement.name) };
    answer(world.runs().explain_line(mei().ask(request)).await).expect("explained")
}

fn told(origins: &[TrueUpOrigin]) -> Vec<String> {
    let each = |o: &TrueUpOrigin| {
        let (stated, now) = (shown(o.stated.as_ref()), shown(o.recomputed.as_ref()));
        let cause = o.cause.clone().unwrap_or_default();
        let counts = (cause.late_facts, cause.linked_returns, cause.attribute_changes);
        format!("{} {}.{} {stated} {now} {} {counts:?}", o.period, o.slot, o.rule, shown(o.difference.as_ref()))
    };
    origins.iter().map(each).collect()
}

#[tokio::test]
async fn a_linked_return_after_the_lock_recomputes_the_period_of_its_sale() {
    for world in worlds().await {
        prepare(&world).await;
        world.record(&mei(), vec![sale("S-1", "anqing", "2012-07-10", "1600000.00")]).await;
        let july = world.close("dealers", "2012-07", "july").await;
        assert_eq!(totals(&world.statements(&fang(), &july).await), ["anqing CNY 270000.00"]);

        let rows = vec![
            returned("R-1", "anqing", "S-1", "2012-08-20", "-500000.00"),
            returned("R-2", "anqing", "", "2012-08-21", "-100.00"),
            sale("S-2", "anqing", "2012-08-05", "1000.00"),
        ];
        world.record(&mei(), rows).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "august")).await;
        // The linked return counts in July only, the other in August: 15 % of 900.00.
        let statements = world.statements(&fang(), &august).await;
        let expected = ["anqing rebate.marginal 900 CNY 135.00 2", "anqing true-up. 0 CNY -100000.00 0"];
        assert_eq!(lines(&statements), expected);
        assert_eq!((august.true_up_count, august.line_count), (1, 2));
        assert_eq!(totals(&statements), ["anqing CNY -99865.00"]);

        let explained = true_up(&world, &august, "anqing").await;
        let trace = explained.trace.expect("a trace");
        let expected = "2012-07 rebate.marginal CNY 270000.00 CNY 170000.00 CNY -100000.00 (0, 1, 0)";
        assert_eq!(told(&trace.origins), [expected]);
        let sentences = [
            "This settles 1 line of a closed period of Dealer anqing that would now be stated otherwise.",
            "2012-07, rule \"marginal\" of slot \"rebate\": stated 270,000.00, now 170,000.00, difference -100,000.00; \
             because of 1 return linked to its sale.",
            "Together: CNY -100,000.00; nothing had to be rounded.",
        ];
        assert_eq!(explained.sentences, sentences);

        // Calculated again, the same; locked, and nothing more in September.
        let again = world.close("dealers", "2012-08", "again").await;
        assert_eq!(totals(&world.statements(&fang(), &again).await), ["anqing CNY -99865.00"]);
        let september = world.run(&fang(), final_run("dealers", "2012-09", "september")).await;
        assert_eq!((september.true_up_count, september.line_count), (0, 0));
        assert_eq!(september.closed_periods, ["2012-07", "2012-08"]);

        // More comes back: 100,000 at 15 %, on top of what August has settled.
        world.record(&mei(), vec![returned("R-3", "anqing", "S-1", "2012-09-02", "-200000.00")]).await;
        let september = world.run(&fang(), final_run("dealers", "2012-09", "more")).await;
        assert_eq!(totals(&world.statements(&fang(), &september).await), ["anqing CNY -35000.00"]);
        let trace = true_up(&world, &september, "anqing").await.trace.expect("a trace");
        // 900,000 x 15 % = 135,000.
        let expected = "2012-07 rebate.marginal CNY 170000.00 CNY 135000.00 CNY -35000.00 (0, 1, 0)";
        assert_eq!(told(&trace.origins), [expected]);
    }
}

#[tokio::test]
async fn a_sale_that_arrives_after_its_return_takes_the_return_to_its_own_period() {
    for world in worlds().await {
        prepare(&world).await;
        world.record(&mei(), vec![sale("S-1", "anqing", "2012-07-10", "1000.00")]).await;
        world.close("dealers", "2012-07", "july").await;
        // Its sale is not known yet: it counts on its own day.
        world.record(&mei(), vec![returned("R-1", "anqing", "S-0", "2012-08-20", "-400.00")]).await;
        let august = world.close("dealers", "2012-08", "august").await;
        assert_eq!(totals(&world.statements(&fang(), &august).await), ["anqing CNY -60.00"]);
        world.record(&mei(), vec![sale("S-0", "anqing", "2012-07-01", "900.00")]).await;
        let september = world.run(&fang(), final_run("dealers", "2012-09", "september")).await;
        let trace = true_up(&world, &september, "anqing").await.trace.expect("a trace");
        // July: 1,000 + 900 − 400 at 15 %; August: nothing.
        let expected = [
            "2012-07 rebate.marginal CNY 150.00 CNY 225.00 CNY 75.00 (1, 1, 0)",
            "2012-08 rebate.marginal CNY -60.00 CNY 0.00 CNY 60.00 (0, 1, 0)",
        ];
        assert_eq!(told(&trace.origins), expected);
        assert_eq!(totals(&world.statements(&fang(), &september).await), ["anqing CNY 135.00"]);
    }
}

#[tokio::test]
async fn a_period_whose_growth_base_changed_is_settled_too() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.programme(&fang(), "dealers", &["growth"]).await;
        let spec = plan(vec![rule("growth", growth(&[("0", "0.01"), ("0.2", "0.03")]))]);
        world.active((&mei(), &fang()), "p", ("dealers", "growth"), spec).await;
        let rows =
            vec![sale("B-1", "anqing", "2011-07-10", "2000000.00"), sale("S-1", "anqing", "2012-07-10", "2600000.00")];
        world.record(&mei(), rows).await;
        let july = world.close("dealers", "2012-07", "july").await;
        assert_eq!(totals(&world.statements(&fang(), &july).await), ["anqing CNY 18000.00"]);
        // The base becomes 2,500,000: growth 4 % → 1 % of 100,000.
        world.record(&mei(), vec![sale("B-2", "anqing", "2011-07-11", "500000.00")]).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "august")).await;
        let trace = true_up(&world, &august, "anqing").await.trace.expect("a trace");
        let expected = "2012-07 growth.growth CNY 18000.00 CNY 1000.00 CNY -17000.00 (1, 0, 0)";
        assert_eq!(told(&trace.origins), [expected]);
    }
}

#[tokio::test]
async fn corrected_plans_and_attributes_are_settled_and_say_so() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        let (callers, place) = ((&mei(), &fang()), ("dealers", "rebate"));
        world.active(callers, "all", place, flat("0.10")).await;
        let gold = paying(flat("0.20"), Target::Tier("gold".to_owned()), 0);
        world.active(callers, "gold", place, gold).await;
        let rows = vec![
            sale("S-1", "anqing", "2012-07-10", "1000.00"),
            sale("S-2", "baoding", "2012-07-10", "1000.00"),
            sale("S-3", "baoding", "2012-08-10", "1000.00"),
        ];
        world.record(&mei(), rows).await;
        world.close("dealers", "2012-07", "july").await;
        // Anqing was gold from July on, which was recorded late; from August on the plan for all pays 11 %.
        world.tier(&mei(), "anqing", "gold", ("2012-07-01", None), "2012-10-02").await;
        world.active(callers, "all", place, bounded(flat("0.11"), "2012-08-01", "")).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "august")).await;
        let expected = ["anqing CNY 100.00", "baoding CNY 110.00"];
        assert_eq!(totals(&world.statements(&fang(), &august).await), expected);
        let trace = true_up(&world, &august, "anqing").await.trace.expect("a trace");
        let expected = "2012-07 rebate.rebate CNY 100.00 CNY 200.00 CNY 100.00 (0, 0, 1)";
        assert_eq!(told(&trace.origins), [expected]);

        // A version that corrects July as well: 12 % for all.
        world.active(callers, "all", place, flat("0.12")).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "corrected")).await;
        // Baoding: 120.00 in August and 20.00 more for July; anqing stays gold.
        let expected = ["anqing CNY 100.00", "baoding CNY 140.00"];
        assert_eq!(totals(&world.statements(&fang(), &august).await), expected);
        let explained = true_up(&world, &august, "baoding").await;
        let cause = explained.trace.expect("a trace").origins[0].cause.clone().expect("a cause");
        let versions = (cause.plan_version_before.as_str(), cause.plan_version_after.as_str());
        assert_eq!(versions, ("plans/all/versions/1", "plans/all/versions/3"));
        assert!(
            explained.sentences[1].ends_with("because of plans/all/versions/3 in the place of plans/all/versions/1.")
        );
    }
}

#[tokio::test]
async fn what_an_earlier_open_period_settles_is_not_settled_again() {
    for world in worlds().await {
        prepare(&world).await;
        world.record(&mei(), vec![sale("S-1", "anqing", "2012-06-10", "1000.00")]).await;
        world.close("dealers", "2012-06", "june").await;
        world.record(&mei(), vec![sale("S-2", "anqing", "2012-06-11", "100.00")]).await;
        // July and August are both open: July, which comes first, settles.
        let july = world.run(&fang(), final_run("dealers", "2012-07", "july")).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "august")).await;
        assert_eq!((july.true_up_count, august.true_up_count), (1, 0));
        // August calculated before July settles itself; then July does too, and August can no longer be locked as it is.
        let world = world;
        world.record(&mei(), vec![sale("S-3", "anqing", "2012-06-12", "200.00")]).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "before")).await;
        assert_eq!(totals(&world.statements(&fang(), &august).await), ["anqing CNY 30.00"]);
        let july = world.run(&fang(), final_run("dealers", "2012-07", "after")).await;
        assert_eq!(totals(&world.statements(&fang(), &july).await), ["anqing CNY 45.00"]);
        let request = world.locking(&crate::support::ada(), "dealers", "2012-08").await;
        let why = crate::support::refused(world.closing().lock_period(crate::support::ada().ask(request)).await);
        assert_eq!(why.reason, "TRUE_UPS_OUTDATED");
        assert!(why.message.contains("2012-06"), "{}", why.message);
        let august = world.run(&fang(), final_run("dealers", "2012-08", "anew")).await;
        assert_eq!(august.true_up_count, 0);
    }
}

#[tokio::test]
async fn what_true_ups_have_settled_is_what_later_closed_periods_build_on() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        // A tenth; in March at most 100 in the year.
        let (callers, place) = ((&mei(), &fang()), ("dealers", "rebate"));
        world.active(callers, "p", place, flat("0.10")).await;
        let mut capped = bounded(flat("0.10"), "2012-03-01", "2012-04-01");
        capped.rules[0].limits = Some(Limits { year_cap: decimal("100"), ..Limits::default() });
        world.active(callers, "p", place, capped).await;
        world.active(callers, "p", place, bounded(flat("0.10"), "2012-04-01", "")).await;
        let rows = vec![sale("S-1", "anqing", "2012-01-10", "300.00"), sale("S-2", "anqing", "2012-03-10", "650.00")];
        world.record(&mei(), rows).await;
        world.close("dealers", "2012-01", "january").await;
        let march = world.close("dealers", "2012-03", "march").await;
        assert_eq!(totals(&world.statements(&fang(), &march).await), ["anqing CNY 65.00"]);
        // January becomes 50, so that 50 are left of the year for March.
        world.record(&mei(), vec![sale("S-3", "anqing", "2012-01-11", "200.00")]).await;
        let april = world.close("dealers", "2012-04", "april").await;
        let trace = true_up(&world, &april, "anqing").await.trace.expect("a trace");
        let expected = [
            "2012-01 rebate.rebate CNY 30.00 CNY 50.00 CNY 20.00 (1, 0, 0)",
            "2012-03 rebate.rebate CNY 65.00 CNY 50.00 CNY -15.00 (0, 0, 0)",
        ];
        assert_eq!(told(&trace.origins), expected);
        // More in March is above the cap, because January, which nothing has changed of since, comes to 50 with its true-up.
        world.record(&mei(), vec![sale("S-4", "anqing", "2012-03-11", "10.00")]).await;
        let may = world.run(&fang(), final_run("dealers", "2012-05", "may")).await;
        assert_eq!(may.line_count, 0, "{:?}", lines(&world.statements(&fang(), &may).await));
    }
}

#[tokio::test]
async fn a_period_that_is_calculated_after_a_later_one_was_locked_is_settled_there() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        // A tenth, at most 100 in the year.
        let mut capped = flat("0.10");
        capped.rules[0].limits = Some(Limits { year_cap: decimal("100"), ..Limits::default() });
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), capped).await;
        let rows = vec![sale("S-1", "anqing", "2012-02-10", "600.00"), sale("S-2", "anqing", "2012-03-10", "650.00")];
        world.record(&mei(), rows).await;
        let march = world.close("dealers", "2012-03", "march").await;
        assert_eq!(totals(&world.statements(&fang(), &march).await), ["anqing CNY 65.00"]);
        // February comes late and takes 60 of the 100: 40 are left for March, which has stated 65.
        let february = world.close("dealers", "2012-02", "february").await;
        assert_eq!(totals(&world.statements(&fang(), &february).await), ["anqing CNY 60.00"]);
        let april = world.close("dealers", "2012-04", "april").await;
        let trace = true_up(&world, &april, "anqing").await.trace.expect("a trace");
        assert_eq!(told(&trace.origins), ["2012-03 rebate.rebate CNY 65.00 CNY 40.00 CNY -25.00 (0, 0, 0)"]);
        let may = world.run(&fang(), final_run("dealers", "2012-05", "may")).await;
        assert_eq!(may.line_count, 0, "{:?}", lines(&world.statements(&fang(), &may).await));
    }
}
