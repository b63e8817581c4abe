//! Attainment and forecast over facts that came in.

use tonic::Code;
use tributary_proto::tributary::{
    analytics::v1::{
        GetTargetProgressRequest, ListTargetProgressRequest, SalesBasis, Target, TargetProgress, TargetStatus,
    },
    incentive::v1::{
        ChannelClass,
        FactKind::{Return, SellIn, SellOut},
        SalesFact,
    },
};
use tributary_rpc::convert::date_to_proto;

use super::support::{World, call, day, decimal, gmv, of, said, sale, worlds};
use crate::incentive::fact;

fn number(decimal: &Option<tributary_proto::google::r#type::Decimal>) -> &str {
    decimal.as_ref().map_or("-", |decimal| &decimal.value)
}

/// "target base actual attainment elapsed | status".
fn shown(progress: &TargetProgress) -> String {
    let TargetProgress { target_value, base_value, actual, attainment, elapsed, .. } = progress;
    let numbers = [target_value, base_value, actual, attainment, elapsed].map(number).join(" ");
    format!("{numbers} | {}", progress.status().as_str_name().trim_start_matches("TARGET_STATUS_"))
}

/// "expected low high confidence observed remaining | method".
fn forecast(progress: &TargetProgress) -> String {
    let Some(forecast) = &progress.forecast else { return "-".to_owned() };
    let numbers = [&forecast.expected, &forecast.low, &forecast.high, &forecast.confidence].map(number).join(" ");
    let method = forecast.method().as_str_name().trim_start_matches("FORECAST_METHOD_");
    format!("{numbers} {} {} | {method}", forecast.observed_days, forecast.remaining_days)
}

/// Nine of the first ten days of June.
async fn june(world: &World) {
    let days = [
        (1, (120, 500_000_000)),
        (2, (98, 0)),
        (3, (143, 250_000_000)),
        (5, (77, 770_000_000)),
        (6, (101, 10_000_000)),
        (7, (133, 100_000_000)),
        (8, (90, 0)),
        (9, (64, 400_000_000)),
        (10, (150, 0)),
    ];
    let mut facts: Vec<SalesFact> =
        days.into_iter().map(|(day, net)| of(SellIn, &format!("2012-06-{day:02}"), net)).collect();
    // None of these counts: another currency, the day after, the day before.
    facts.push(fact("p", (2012, 6, 3), SellIn, "USD", (5_000, 0), "1"));
    facts.push(sale("2012-06-11", 7_000));
    facts.push(sale("2012-05-31", 9_000));
    world.facts(1, facts).await;
}

#[tokio::test]
async fn a_sum_is_forecast_with_its_interval() {
    for world in worlds().await {
        june(&world).await;
        world.create("june", gmv("2012-06", "3000")).await.expect("set");
        let progress = world.progress("june", "2012-06-10").await.expect("measured");
        // 978.03 of 3000 in 10 of 30 days. Python: 978.03 / 3000 = 0.32601; 978.03 × 3 = 2934.09, 2.2 % short;
        // scipy: ± t.ppf(0.9, 9) × numpy.std(days, ddof=1) × sqrt(20 + 400 / 10) = 475.1491448679505
        assert_eq!(shown(&progress), "3000 - 978.03 0.32601 0.333333 | AT_RISK");
        assert_eq!(forecast(&progress), "2934.09 2458.94 3409.24 0.8 10 20 | RUN_RATE");
        assert_eq!((progress.through_batch, progress.as_of), (1, Some(date_to_proto(day("2012-06-10")))));
        assert_eq!(progress.target.as_ref().map(|target| target.name.as_str()), Some("targets/june"));
        // ± t.ppf(0.975, 9) × …: 777.1798312062414
        let wider = GetTargetProgressRequest {
            name: "targets/june".to_owned(),
            as_of: progress.as_of,
            confidence: decimal("0.95"),
        };
        let wider = said(world.client.clone().get_target_progress(call(wider)).await).expect("measured");
        assert_eq!(forecast(&wider), "2934.09 2156.91 3711.27 0.95 10 20 | RUN_RATE");
        // Over since 1 July, which is when this clock stands: 978.03 + 7000.
        let over = world.progress("june", "").await.expect("measured");
        assert_eq!(over.as_of, Some(date_to_proto(day("2012-07-01"))));
        assert_eq!(shown(&over), "3000 - 7978.03 2.659343 1 | REACHED");
        assert_eq!(forecast(&over), "7978.03 - - - 30 0 | FINAL");
        let before = world.progress("june", "2012-05-31").await.expect("measured");
        assert_eq!((shown(&before), forecast(&before)), ("3000 - - - 0 | PENDING".to_owned(), "-".to_owned()));
    }
}

#[tokio::test]
async fn today_is_the_day_in_the_zone() {
    for world in worlds().await {
        world.create("july", gmv("2012-07", "3100")).await.expect("set");
        // 17:00 UTC on the 9th is 01:00 on the 10th in Shanghai.
        world.noon("2012-07-09");
        world.clock.advance(std::time::Duration::from_secs(13 * 3_600));
        for asked in ["", "2012-12-31"] {
            let progress = world.progress("july", asked).await.expect("measured");
            assert_eq!(progress.as_of, Some(date_to_proto(day("2012-07-10"))), "{asked:?}");
            // No facts at all: a sum of nothing is 0.
            assert_eq!(shown(&progress), "3100 - 0 0 0.322581 | OFF_TRACK");
            assert_eq!(forecast(&progress), "0 0 0 0.8 10 21 | RUN_RATE");
        }
    }
}

#[tokio::test]
async fn growth_is_measured_against_the_whole_period_a_year_before() {
    for world in worlds().await {
        // The second quarter of 2011 has 91 days; its last day counts, the day after does not.
        let facts =
            vec![sale("2011-04-01", 100), sale("2011-06-30", 233), sale("2011-07-01", 999), sale("2012-04-02", 200)];
        world.facts(1, facts).await;
        let grown = |growth: &str| Target { value: None, growth: decimal(growth), ..gmv("2012-Q2", "") };
        world.create("more", grown("0.2")).await.expect("set");
        // 333 × 1.2 = 399.6; 200 ÷ 399.6 = 0.500500…
        let over = world.progress("more", "2012-06-30").await.expect("measured");
        assert_eq!(shown(&over), "399.6 333 200 0.500501 1 | MISSED");
        world.create("less", grown("-0.4")).await.expect("set");
        // 333 × 0.6 = 199.8
        let over = world.progress("less", "2012-06-30").await.expect("measured");
        assert_eq!(shown(&over), "199.8 333 200 1.001001 1 | REACHED");
        // Nothing was sold in 2010.
        let none = Target { period: "2011".to_owned(), ..grown("0.2") };
        world.create("none", none).await.expect("set");
        let over = world.progress("none", "2012-01-01").await.expect("measured");
        assert_eq!(shown(&over), "- 0 1332 - 1 | PENDING");
    }
}

#[tokio::test]
async fn a_year_is_not_compared_with_one_of_other_facts() {
    for world in worlds().await {
        let dollars = |on, net| fact("p", on, Return, "USD", (net, 0), "1");
        world.facts(1, vec![sale("2011-05-02", 100), of(SellOut, "2012-05-02", (200, 0))]).await;
        let grown = Target { value: None, growth: decimal("0.2"), ..gmv("2012-05", "") };
        world.create("flows", grown.clone()).await.expect("set");
        let refused = world.progress("flows", "").await.expect_err("sell-in and sell-out");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "BASIS_AMBIGUOUS"));
        // Stated, the year before has nothing.
        world.create("stated", Target { basis: SalesBasis::SellOut.into(), ..grown.clone() }).await.expect("set");
        assert_eq!(shown(&world.progress("stated", "").await.expect("measured")), "- 0 200 - 1 | PENDING");

        world.facts(2, vec![dollars((2012, 3, 1), -1), fact("p", (2012, 3, 1), SellIn, "USD", (9, 0), "1")]).await;
        world.facts(3, vec![sale("2011-03-01", 10), of(Return, "2011-03-02", (-1, 0))]).await;
        let rate = Target {
            metric: "return_rate".to_owned(),
            period: "2012-03".to_owned(),
            currency_code: String::new(),
            ..grown
        };
        world.create("currencies", rate).await.expect("set");
        let refused = world.progress("currencies", "").await.expect_err("yuan and dollars");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "CURRENCY_AMBIGUOUS"));
    }
}

#[tokio::test]
async fn ratios_and_counts_stand_by_their_present_value() {
    for world in worlds().await {
        // 7 of 300 came back: 0.023333…
        world.facts(1, vec![sale("2012-06-01", 200), sale("2012-06-02", 100), of(Return, "2012-06-03", (-7, 0))]).await;
        let of = |metric: &str, value: &str| Target {
            metric: metric.to_owned(),
            currency_code: String::new(),
            ..gmv("2012-06", value)
        };
        let lower = |value: &str| Target { lower_is_better: true, ..of("return_rate", value) };
        for (id, target, expected, ahead) in [
            ("fine", lower("0.03"), "0.03 - 0.023333 0.777778 0.466667 | ON_TRACK", "0.023333 - - - 14 16 | PRESENT"),
            // 0.0225 × 1.05 = 0.023625
            (
                "near",
                lower("0.0225"),
                "0.0225 - 0.023333 1.037037 0.466667 | AT_RISK",
                "0.023333 - - - 14 16 | PRESENT",
            ),
            ("far", lower("0.02"), "0.02 - 0.023333 1.166667 0.466667 | OFF_TRACK", "0.023333 - - - 14 16 | PRESENT"),
            (
                "lines",
                of("lines", "6"),
                "6 - 3 0.5 0.466667 | ON_TRACK",
                "6.428571 3.062163 9.794979 0.8 14 16 | RUN_RATE",
            ),
            ("orders", of("orders", "4"), "4 - 2 0.5 0.466667 | PENDING", "2 - - - 14 16 | PRESENT"),
            ("done", of("orders", "2"), "2 - 2 1 0.466667 | REACHED", "2 - - - 14 16 | PRESENT"),
            // An average of money: 300 ÷ 2 orders.
            (
                "aov",
                Target { currency_code: "CNY".to_owned(), ..of("aov", "160") },
                "160 - 150 0.9375 0.466667 | OFF_TRACK",
                "150 - - - 14 16 | PRESENT",
            ),
        ] {
            world.create(id, target).await.expect("set");
            let progress = world.progress(id, "2012-06-14").await.expect("measured");
            assert_eq!((shown(&progress).as_str(), forecast(&progress).as_str()), (expected, ahead), "{id}");
        }
        // Days before the first sale: a ratio to nothing does not exist.
        world.create("may", Target { period: "2012-05".to_owned(), ..lower("0.03") }).await.expect("set");
        let progress = world.progress("may", "2012-05-31").await.expect("measured");
        assert_eq!((shown(&progress).as_str(), forecast(&progress).as_str()), ("0.03 - - - 1 | PENDING", "-"));
    }
}

#[tokio::test]
async fn filter_and_basis_say_what_counts() {
    for world in worlds().await {
        let online = |fact: SalesFact| SalesFact { channel: ChannelClass::Online.into(), ..fact };
        let facts =
            vec![online(sale("2012-06-01", 40)), sale("2012-06-01", 2), online(of(SellOut, "2012-06-02", (500, 0)))];
        world.facts(1, facts).await;
        let scoped = |filter: &str, basis: SalesBasis| Target {
            filter: filter.to_owned(),
            basis: basis.into(),
            ..gmv("2012-06", "100")
        };
        for (id, target, actual) in [
            ("in", scoped("", SalesBasis::SellIn), "42"),
            ("all", scoped("", SalesBasis::All), "542"),
            ("online", scoped("channel = ONLINE", SalesBasis::SellIn), "40"),
            ("partner", scoped("partner = partners/q", SalesBasis::SellIn), "0"),
        ] {
            world.create(id, target).await.expect("set");
            let progress = world.progress(id, "").await.expect("measured");
            assert_eq!(number(&progress.actual), actual, "{id}");
        }
        // Both flows are in scope: alone it is refused, in a list it stands in nobody's way.
        world.create("unsaid", scoped("", SalesBasis::Unspecified)).await.expect("set");
        let refused = world.progress("unsaid", "").await.expect_err("ambiguous");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "BASIS_AMBIGUOUS"));
        let list = ListTargetProgressRequest { period: "2012-06".to_owned(), ..ListTargetProgressRequest::default() };
        let list = said(world.client.clone().list_target_progress(call(list)).await).expect("listed").progress;
        let names: Vec<_> = list.iter().map(|p| p.target.as_ref().expect("a target").name.as_str()).collect();
        assert_eq!(names, ["all", "in", "online", "partner", "unsaid"].map(|id| format!("targets/{id}")));
        let unsaid = list.last().expect("five");
        assert_eq!(shown(unsaid), "100 - - - 1 | PENDING");
        assert!(unsaid.error.as_ref().is_some_and(|error| error.message.contains("state the basis")), "{unsaid:?}");
        assert!(list.iter().take(4).all(|progress| progress.error.is_none()));
        assert_eq!(list.first().map(TargetProgress::status), Some(TargetStatus::Reached));
    }
}

#[tokio::test]
async fn progress_is_listed_by_period_and_page() {
    for world in worlds().await {
        for (id, period) in [("a", "2012-06"), ("b", "2012-06"), ("c", "2012-06"), ("d", "2012-07")] {
            world.create(id, gmv(period, "1")).await.expect("set");
        }
        let list = async |period: &str, page_size, page_token: String, as_of: &str| {
            let as_of = Some(date_to_proto(day(as_of)));
            let request =
                ListTargetProgressRequest { period: period.to_owned(), page_size, page_token, as_of, confidence: None };
            let answer = said(world.client.clone().list_target_progress(call(request)).await)?;
            let names =
                answer.progress.iter().map(|p| p.target.as_ref().expect("a target").name.replace("targets/", ""));
            Ok::<_, tributary_rpc::status::Described>((names.collect::<String>(), answer.next_page_token))
        };
        let (first, token) = list("2012-06", 2, String::new(), "2012-06-05").await.expect("listed");
        assert_eq!(first, "ab");
        assert_eq!(
            list("2012-06", 2, token.clone(), "2012-06-05").await.expect("listed"),
            ("c".to_owned(), String::new())
        );
        assert_eq!(list("", 0, String::new(), "2012-06-05").await.expect("listed").0, "abcd");
        assert_eq!(list("2012-06", 1_000, String::new(), "2012-06-05").await.expect("listed").0, "abc");
        let other = list("2012-06", 2, token, "2012-06-06").await.expect_err("another question");
        assert_eq!(&*other.reason, "PAGE_TOKEN_INVALID");
        let wrong = list("2012-6", 2, String::new(), "2012-06-05").await.expect_err("no period");
        assert_eq!(wrong.violations.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["period"]);
    }
}

#[tokio::test]
async fn what_is_no_day_or_confidence_is_refused() {
    for world in worlds().await {
        let refused = world.progress("none", "").await.expect_err("unknown");
        assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "TARGET_NOT_FOUND"));
        for confidence in ["0", "1", "1.5", "0.1234567", "much"] {
            let request = GetTargetProgressRequest {
                name: "targets/none".to_owned(),
                as_of: Some(tributary_proto::google::r#type::Date { year: 2012, month: 6, day: 31 }),
                confidence: decimal(confidence),
            };
            let refused = said(world.client.clone().get_target_progress(call(request)).await).expect_err("wrong");
            let fields: Vec<_> = refused.violations.iter().map(|v| v.field.as_str()).collect();
            assert_eq!(fields, ["as_of", "confidence"], "{confidence}");
        }
    }
}
