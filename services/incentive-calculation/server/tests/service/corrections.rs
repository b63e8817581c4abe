//! R18 and IC-29 of what a run knows beside its facts: quotas, rates and lines of an older system that are corrected or
//! come late after a period was locked. Amounts are computed by hand.

use std::time::Duration;

use tributary_core::{Clock as _, Timestamp};
use tributary_proto::tributary::incentive::v1::{
    ExplainLineRequest, Figure, GetPositionRequest, Limits, OpeningLine, RecordOutcome, Run, SalesFact,
};
use tributary_rpc::convert::timestamp_to_proto;

use crate::{
    as_known::reproduced,
    support::{
        World, answer, by_attainment, converting, day, decimal, dollar, fang, figure, final_run, flat, mei, money,
        opening, sale, shown, totals, worlds,
    },
};

/// The true-ups of a run: partner, period, stated, now, and how many facts, figures, rates and opening lines changed.
async fn origins(world: &World, run: &Run) -> Vec<String> {
    let mut all = Vec::new();
    for statement in world.statements(&fang(), run).await {
        if !statement.lines.iter().any(|line| line.slot == "true-up") {
            continue;
        }
        let request = ExplainLineRequest { name: format!("{}/lines/true-up", statement.name) };
        let explained = answer(world.runs().explain_line(mei().ask(request)).await).expect("explained");
        for origin in explained.trace.expect("a trace").origins {
            let cause = origin.cause.clone().unwrap_or_default();
            let counts = (cause.late_facts, cause.figure_changes, cause.rate_changes, cause.opening_line_changes);
            let (stated, now) = (shown(origin.stated.as_ref()), shown(origin.recomputed.as_ref()));
            let earlier = if cause.earlier_period { " earlier" } else { "" };
            let partner = statement.partner.trim_start_matches("partners/");
            all.push(format!("{partner} {} {stated} {now} {counts:?}{earlier}", origin.period));
        }
    }
    all
}

async fn sentences(world: &World, run: &Run) -> Vec<String> {
    let statement = world.statements(&fang(), run).await.remove(0);
    let request = ExplainLineRequest { name: format!("{}/lines/true-up", statement.name) };
    answer(world.runs().explain_line(mei().ask(request)).await).expect("explained").sentences
}

/// What a month gives Anqing, as known at a time.
async fn known(world: &World, period: &str, at: Option<Timestamp>) -> Vec<String> {
    let request = GetPositionRequest {
        programme: "programmes/dealers".to_owned(),
        partner: "partners/anqing".to_owned(),
        period: period.to_owned(),
        valid_date: day(&format!("{period}-28")),
        record_time: at.map(timestamp_to_proto),
    };
    let position = answer(world.closing().get_position(mei().ask(request)).await).expect("a position");
    position.totals.iter().map(|total| shown(Some(total))).collect()
}

/// A moment that is over: what is recorded next is recorded later.
fn moment(world: &World) -> Timestamp {
    let now = world.clock.now();
    world.clock.advance(Duration::from_secs(60));
    now
}

fn quota(partner: &str, period: &str, value: &str) -> Figure {
    figure(&format!("{partner}/{period}"), (partner, "quota"), period, value)
}

#[tokio::test]
async fn a_quota_corrected_after_the_lock_is_one_true_up_that_says_so() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.programme(&fang(), "dealers", &["bonus"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "bonus"), by_attainment()).await;
        let rows = vec![
            sale("A-1", "anqing", "2012-06-10", "150.00"),
            sale("B-1", "baoding", "2012-06-10", "150.00"),
            sale("B-2", "baoding", "2012-05-10", "150.00"),
        ];
        world.record(&mei(), rows).await;
        world.record_figures(vec![quota("anqing", "2012-06", "100"), quota("baoding", "2012-06", "200")]).await;
        world.record_figures(vec![quota("baoding", "2012-05", "100")]).await;
        world.close("dealers", "2012-05", "may").await;
        let june = world.close("dealers", "2012-06", "june").await;
        // Reached: 2 %; not reached: 1 %.
        assert_eq!(totals(&world.statements(&fang(), &june).await), ["anqing CNY 3.00", "baoding CNY 1.50"]);

        let before = moment(&world);
        let corrected = vec![
            quota("anqing", "2012-06", "300"),
            // None of these is looked at in June: another month, days that no window holds, another name.
            quota("baoding", "2012-07", "7"),
            figure("whole", ("baoding", "quota"), "2012", "1"),
            figure("kpi", ("baoding", "kpi"), "2012-06", "1"),
        ];
        world.record_figures(corrected).await;
        let after = moment(&world);
        // Comes late, and was recorded by the registry long ago.
        world.dealers(&mei(), &["chengde"]).await;
        assert_eq!(known(&world, "2012-06", Some(before)).await, ["CNY 3.00"]);
        assert_eq!(known(&world, "2012-06", Some(after)).await, ["CNY 1.50"]);
        assert_eq!(known(&world, "2012-06", None).await, ["CNY 1.50"]);

        let july = world.run(&fang(), final_run("dealers", "2012-07", "july")).await;
        assert_eq!(origins(&world, &july).await, ["anqing 2012-06 CNY 3.00 CNY 1.50 (0, 1, 0, 0)"]);
        assert_eq!(totals(&world.statements(&fang(), &july).await), ["anqing CNY -1.50"]);
        assert_eq!(july.true_up_count, 1);
        let told = "2012-06, rule \"bonus\" of slot \"bonus\": stated 3.00, now 1.50, difference -1.50; because of 1 \
                    changed figure.";
        assert_eq!(sentences(&world, &july).await[1], told);

        // Calculated again, the same; locked, and nothing more in August.
        let again = world.close("dealers", "2012-07", "again").await;
        assert_eq!(totals(&world.statements(&fang(), &again).await), ["anqing CNY -1.50"]);
        assert_eq!(world.run(&fang(), final_run("dealers", "2012-08", "none")).await.line_count, 0);
        // The same content again; and there and back.
        let same = world.record_figures(vec![quota("anqing", "2012-06", "300.0")]).await;
        assert_eq!(same, [RecordOutcome::Duplicate]);
        world.record_figures(vec![quota("baoding", "2012-06", "1")]).await;
        world.record_figures(vec![quota("baoding", "2012-06", "200")]).await;
        assert_eq!(world.run(&fang(), final_run("dealers", "2012-08", "back")).await.line_count, 0);

        // Withdrawn: there is no line any more. A second quota comes late.
        let withdrawn = Figure { withdrawn: true, ..quota("anqing", "2012-06", "300") };
        world.record_figures(vec![withdrawn, figure("more", ("baoding", "quota"), "2012-05", "100")]).await;
        let august = world.close("dealers", "2012-08", "august").await;
        let expected =
            ["anqing 2012-06 CNY 1.50 CNY 0.00 (0, 1, 0, 0)", "baoding 2012-05 CNY 3.00 CNY 1.50 (0, 1, 0, 0)"];
        assert_eq!(origins(&world, &august).await, expected);
        // A key that is given to somebody else concerns both.
        let moved = Figure { source_id: "baoding/2012-06".to_owned(), ..quota("anqing", "2012-06", "150") };
        world.record_figures(vec![moved]).await;
        let september = world.run(&fang(), final_run("dealers", "2012-09", "september")).await;
        let expected =
            ["anqing 2012-06 CNY 0.00 CNY 3.00 (0, 1, 0, 0)", "baoding 2012-06 CNY 1.50 CNY 0.00 (0, 1, 0, 0)"];
        assert_eq!(origins(&world, &september).await, expected);
        assert_eq!(known(&world, "2012-06", Some(before)).await, ["CNY 3.00"]);
        for run in [&june, &again, &august] {
            assert!(reproduced(&world, run).await.equal, "{} of {}", run.name, run.period);
        }
    }
}

#[tokio::test]
async fn a_rate_corrected_after_the_lock_concerns_whose_lines_convert_by_it() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), converting(flat("0.10"))).await;
        let dollars = SalesFact { net: Some(money("USD", "100.00")), ..sale("A-1", "anqing", "2012-06-10", "0") };
        world.record(&mei(), vec![dollars, sale("B-1", "baoding", "2012-06-10", "1000.00")]).await;
        world
            .record_rates(vec![dollar("2012-04-30", "6.1"), dollar("2012-05-31", "6.3"), dollar("2012-06-11", "9")])
            .await;
        let june = world.close("dealers", "2012-06", "june").await;
        assert_eq!(totals(&world.statements(&fang(), &june).await), ["anqing CNY 63.00", "baoding CNY 100.00"]);

        let before = moment(&world);
        // One comes late; that of the 11th is of no sale's day; that of April has been followed by another one.
        let rates = vec![dollar("2012-06-05", "7"), dollar("2012-06-11", "8"), dollar("2012-04-30", "1")];
        world.record_rates(rates).await;
        let after = moment(&world);
        world.dealers(&mei(), &["chengde"]).await;
        assert_eq!(known(&world, "2012-06", Some(before)).await, ["CNY 63.00"]);
        assert_eq!(known(&world, "2012-06", Some(after)).await, ["CNY 70.00"]);

        let july = world.close("dealers", "2012-07", "july").await;
        assert_eq!(origins(&world, &july).await, ["anqing 2012-06 CNY 63.00 CNY 70.00 (0, 0, 1, 0)"]);
        let told = "2012-06, rule \"rebate\" of slot \"rebate\": stated 63.00, now 70.00, difference 7.00; because of 1 \
                    changed exchange rate.";
        assert_eq!(sentences(&world, &july).await[1], told);
        assert_eq!(world.run(&fang(), final_run("dealers", "2012-08", "none")).await.line_count, 0);
        assert_eq!(world.record_rates(vec![dollar("2012-06-05", "7.00")]).await, [RecordOutcome::Duplicate]);
        // Followed by the 5th: no sale is converted by it any more.
        world.record_rates(vec![dollar("2012-05-31", "5")]).await;
        assert_eq!(world.run(&fang(), final_run("dealers", "2012-08", "followed")).await.line_count, 0);

        // A late sale in CNY is no matter of rates.
        world.record(&mei(), vec![sale("B-2", "baoding", "2012-06-11", "10.00")]).await;
        world.record_rates(vec![dollar("2012-06-05", "7.1")]).await;
        let august = world.run(&fang(), final_run("dealers", "2012-08", "august")).await;
        let expected =
            ["anqing 2012-06 CNY 70.00 CNY 71.00 (0, 0, 1, 0)", "baoding 2012-06 CNY 100.00 CNY 101.00 (1, 0, 0, 0)"];
        assert_eq!(origins(&world, &august).await, expected);
        for run in [&june, &july] {
            assert!(reproduced(&world, run).await.equal, "{} of {}", run.name, run.period);
        }
    }
}

/// A tenth of the sales, at most 100 in a year.
async fn capped(world: &World) {
    world.dealers(&mei(), &["anqing", "baoding"]).await;
    world.programme(&fang(), "dealers", &["sales"]).await;
    let mut spec = flat("0.10");
    spec.rules[0].limits = Some(Limits { year_cap: decimal("100"), ..Limits::default() });
    world.active((&mei(), &fang()), "p", ("dealers", "sales"), spec).await;
}

fn january(amount: &str) -> OpeningLine {
    opening("2012-01/anqing", "anqing", ("sales", "rebate"), "2012-01", amount)
}

#[tokio::test]
async fn a_line_of_an_older_system_corrected_after_the_lock_reaches_every_month_that_builds_on_it() {
    for world in worlds().await {
        capped(&world).await;
        let sales = ["2012-02-01", "2012-03-01"].map(|on| sale(on, "anqing", on, "300.00"));
        world.record(&mei(), sales.into()).await;
        world.record_openings(vec![january("60.00")]).await;
        let started = moment(&world);
        world.close("dealers", "2012-02", "february").await;
        let march = world.close("dealers", "2012-03", "march").await;
        // 60 and 30 were stated, so that 10 are left.
        assert_eq!(totals(&world.statements(&fang(), &march).await), ["anqing CNY 10.00"]);

        let before = moment(&world);
        world.record_openings(vec![january("75.00")]).await;
        let after = moment(&world);
        world.dealers(&mei(), &["chengde"]).await;
        // February had not been stated yet; then it had; then the older system was right.
        assert_eq!(known(&world, "2012-03", Some(started)).await, ["CNY 30.00"]);
        assert_eq!(known(&world, "2012-03", Some(before)).await, ["CNY 10.00"]);
        assert_eq!(known(&world, "2012-02", Some(before)).await, ["CNY 30.00"]);
        assert_eq!(known(&world, "2012-02", Some(after)).await, ["CNY 25.00"]);

        let april = world.close("dealers", "2012-04", "april").await;
        let expected = [
            "anqing 2012-02 CNY 30.00 CNY 25.00 (0, 0, 0, 1)",
            // 75 and 25: nothing is left.
            "anqing 2012-03 CNY 10.00 CNY 0.00 (0, 0, 0, 1) earlier",
        ];
        assert_eq!(origins(&world, &april).await, expected);
        assert_eq!(totals(&world.statements(&fang(), &april).await), ["anqing CNY -15.00"]);
        let told = "2012-02, rule \"rebate\" of slot \"sales\": stated 30.00, now 25.00, difference -5.00; because of 1 \
                    changed line of an older system.";
        assert_eq!(sentences(&world, &april).await[1], told);
        assert_eq!(world.run(&fang(), final_run("dealers", "2012-05", "none")).await.line_count, 0);

        // The same again; of a month that runs state; of another programme and of another year.
        assert_eq!(world.record_openings(vec![january("75.0")]).await, [RecordOutcome::Duplicate]);
        let stated_here = opening("x", "anqing", ("sales", "rebate"), "2012-02", "99.00");
        let elsewhere = OpeningLine { programme: "programmes/others".to_owned(), ..january("1.00") };
        let elsewhere = OpeningLine { source_id: "y".to_owned(), ..elsewhere };
        let last_year = opening("z", "anqing", ("sales", "rebate"), "2011-12", "99.00");
        world.record_openings(vec![stated_here, elsewhere, last_year]).await;
        assert_eq!(world.run(&fang(), final_run("dealers", "2012-05", "nothing")).await.line_count, 0);

        // Nothing had been stated in January: both months are whole again.
        world.record_openings(vec![OpeningLine { withdrawn: true, ..january("75.00") }]).await;
        let may = world.run(&fang(), final_run("dealers", "2012-05", "may")).await;
        let expected = [
            "anqing 2012-02 CNY 25.00 CNY 30.00 (0, 0, 0, 1)",
            "anqing 2012-03 CNY 0.00 CNY 30.00 (0, 0, 0, 1) earlier",
        ];
        assert_eq!(origins(&world, &may).await, expected);
        for run in [&march, &april, &may] {
            assert!(reproduced(&world, run).await.equal, "{} of {}", run.name, run.period);
        }
    }
}
