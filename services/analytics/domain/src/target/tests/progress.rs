//! Attainment, forecast and status. Values are computed by hand, beside each.

use proptest::prelude::*;
use tributary_core::{Date, Exact, exact::parse_decimal};

use super::{decimal, gmv, growth, plain, target, value};
use crate::target::{AimDraft, Measured, Method, Moment, Progress, Status, Target};

fn exact(text: &str) -> Exact {
    match text.split_once('/') {
        Some((n, d)) => exact(n).checked_div(&exact(d)).expect("not zero"),
        None => parse_decimal(text, 28).expect("decimal").into(),
    }
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn on(as_of: &str, today: &str) -> Moment {
    Moment { as_of: day(as_of), today: day(today) }
}

/// A sum of days.
fn sum(days: &[&str]) -> Measured {
    let days: Vec<Exact> = days.iter().map(|day| exact(day)).collect();
    Measured { total: Some(days.iter().cloned().sum()), days }
}

/// A count or ratio.
fn whole(total: &str) -> Measured {
    Measured { total: Some(exact(total)), days: Vec::new() }
}

fn measure(target: &Target, moment: Moment, measured: &Measured) -> Progress {
    Progress::of(target, moment, Some(measured), None, &exact("0.8"))
}

fn lower(draft: AimDraft) -> AimDraft {
    AimDraft { lower_is_better: true, ..draft }
}

#[test]
fn a_sum_is_forecast_by_its_run_rate() {
    // June: 10 of 30 days, 300,000 so far: 30,000 a day, 900,000 at the end, 25 % short of 1,200,000.
    let target = target(gmv("2026-06"), value("1200000"));
    let ten = sum(&["30000"; 10]);
    let progress = measure(&target, on("2026-06-10", "2026-06-20"), &ten);
    assert_eq!(progress.actual, Some(exact("300000")));
    assert_eq!(progress.attainment, Some(exact("0.25")));
    assert_eq!(progress.elapsed, exact("1/3"));
    assert_eq!(progress.target_value, Some(exact("1200000")));
    let forecast = progress.forecast.expect("ten days");
    assert_eq!((forecast.method, forecast.expected), (Method::RunRate, exact("900000")));
    assert_eq!((forecast.observed_days, forecast.remaining_days), (10, 20));
    assert_eq!(forecast.interval.map(|i| (i.low, i.high)), Some((exact("900000"), exact("900000"))));
    assert_eq!(progress.status, Status::OffTrack);
}

#[test]
fn the_status_is_decided_on_exact_values_with_the_tolerance_in_it() {
    // 7 of 28 days: the end is 4 × the sum.
    let stands = |sum_so_far: &str, draft: AimDraft| {
        let target = target(gmv("2026-02"), AimDraft { tolerance: Some(decimal("0.1")), ..draft });
        measure(&target, on("2026-02-07", "2026-02-07"), &sum(&[sum_so_far])).status
    };
    for (sum_so_far, status) in [
        ("250", Status::OnTrack),
        // 999.999996 of 1000 misses it, 900 is 10 % short, 899.999996 is more.
        ("249.999999", Status::AtRisk),
        ("225", Status::AtRisk),
        ("224.999999", Status::OffTrack),
        ("1000", Status::Reached),
        ("-5", Status::OffTrack),
    ] {
        assert_eq!(stands(sum_so_far, value("1000")), status, "{sum_so_far}");
    }
    for (sum_so_far, status) in [
        ("250", Status::OnTrack),
        ("250.000001", Status::AtRisk),
        ("275", Status::AtRisk),
        ("275.000001", Status::OffTrack),
        // What is to stay low is not reached before the end.
        ("0", Status::OnTrack),
    ] {
        assert_eq!(stands(sum_so_far, lower(value("1000"))), status, "{sum_so_far}, lower is better");
    }
}

#[test]
fn a_period_is_over_when_its_last_day_is() {
    let (more, less) = (target(gmv("2026-02"), value("1000")), target(gmv("2026-02"), lower(value("1000"))));
    let stands = |target: &Target, total: &str, moment: Moment| measure(target, moment, &sum(&[total])).status;
    let over = on("2026-02-28", "2026-03-01");
    assert_eq!(stands(&more, "1000", over), Status::Reached);
    assert_eq!(stands(&more, "999.99", over), Status::Missed);
    assert_eq!(stands(&less, "1000", over), Status::Reached);
    assert_eq!(stands(&less, "1000.01", over), Status::Missed);
    // Measured on a later day it is the same.
    let progress = measure(&more, on("2026-07-01", "2026-07-01"), &sum(&["999.99"]));
    assert_eq!((progress.status, progress.elapsed), (Status::Missed, exact("1")));
    let forecast = progress.forecast.expect("the end is known");
    assert_eq!((forecast.method, forecast.expected, forecast.interval), (Method::Final, exact("999.99"), None));
    assert_eq!((forecast.observed_days, forecast.remaining_days), (28, 0));
    // On the last day itself there is still something to come.
    let last = measure(&more, on("2026-02-28", "2026-02-28"), &sum(&["999.99"]));
    assert_eq!((last.status, last.elapsed), (Status::AtRisk, exact("1")));
    assert_eq!(last.forecast.map(|f| (f.method, f.expected)), Some((Method::RunRate, exact("999.99"))));
}

#[test]
fn too_few_days_say_nothing_unless_the_period_is_a_week() {
    let month = target(gmv("2026-02"), value("1000"));
    let six = measure(&month, on("2026-02-06", "2026-02-06"), &sum(&["100"]));
    assert_eq!((six.forecast, six.status), (None, Status::Pending));
    assert_eq!(measure(&month, on("2026-02-06", "2026-02-06"), &sum(&["1000"])).status, Status::Reached);
    // 2026-W05 begins on 26 January: date.fromisocalendar(2026, 5, 1). 200 on the first of seven days: 1400.
    let week = target(gmv("2026-W05"), value("1400"));
    let first = measure(&week, on("2026-01-26", "2026-01-26"), &sum(&["200"]));
    let forecast = first.forecast.expect("a week is short");
    assert_eq!((forecast.expected, forecast.interval, forecast.remaining_days), (exact("1400"), None, 6));
    assert_eq!((first.status, first.elapsed), (Status::OnTrack, exact("1/7")));
    let second = measure(&week, on("2026-01-27", "2026-01-27"), &sum(&["200"]));
    assert!(second.forecast.expect("two days").interval.is_some());
}

#[test]
fn before_the_period_nothing_is_measured() {
    let target = target(gmv("2026-02"), value("1000"));
    let moment = on("2026-01-31", "2026-01-31");
    assert_eq!(moment.window(target.scope.period), None);
    let progress = Progress::of(&target, moment, None, None, &exact("0.8"));
    assert_eq!((progress.actual, progress.attainment, progress.forecast), (None, None, None));
    assert_eq!((progress.elapsed, progress.status), (Exact::zero(), Status::Pending));
    assert_eq!(progress.target_value, Some(exact("1000")));
}

#[test]
fn growth_is_over_the_year_before() {
    let target = target(gmv("2026-02"), growth("0.2"));
    let grown = |base: Option<&str>| {
        let base = base.map(exact);
        Progress::of(&target, on("2026-02-28", "2026-03-01"), Some(&sum(&["120"])), base, &exact("0.8"))
    };
    let reached = grown(Some("100"));
    assert_eq!((reached.base_value, reached.target_value), (Some(exact("100")), Some(exact("120"))));
    assert_eq!((reached.attainment, reached.status), (Some(exact("1")), Status::Reached));
    // 100.000001 × 1.2 = 120.0000012
    let missed = grown(Some("100.000001"));
    assert_eq!((missed.target_value, missed.status), (Some(exact("120.0000012")), Status::Missed));
    // Nothing grows from nothing, from a loss, or from what does not exist.
    for base in [Some("0"), Some("-100"), None] {
        let progress = grown(base);
        assert_eq!(progress.base_value, base.map(exact));
        assert_eq!((progress.target_value, progress.attainment, progress.status), (None, None, Status::Pending));
        assert_eq!(progress.actual, Some(exact("120")));
    }
}

#[test]
fn a_ratio_counts_as_it_is() {
    let middle = on("2026-02-14", "2026-02-14");
    let stands = |draft: AimDraft, now: &str| {
        let progress = measure(&target(plain("return_rate", "2026-02"), draft), middle, &whole(now));
        let forecast = progress.forecast.expect("fourteen days");
        assert_eq!((forecast.method, forecast.expected, forecast.interval), (Method::Present, exact(now), None));
        progress.status
    };
    // 3 % at most, 5 % of that tolerated: up to 3.15 %.
    for (now, status) in [
        ("0.03", Status::OnTrack),
        ("0.0315", Status::AtRisk),
        ("0.031500001", Status::OffTrack),
        ("1/35", Status::OnTrack),
    ] {
        assert_eq!(stands(lower(value("0.03")), now), status, "{now}");
    }
    // It can still fall, so it is not reached yet.
    assert_eq!(stands(value("0.03"), "0.5"), Status::OnTrack);
    // A ratio to nothing.
    let none = Measured { total: None, days: Vec::new() };
    let progress =
        measure(&target(plain("return_rate", "2026-02"), value("0.03")), on("2026-02-28", "2026-03-01"), &none);
    assert_eq!((progress.actual, progress.forecast, progress.status), (None, None, Status::Pending));
}

#[test]
fn a_count_of_different_things_is_a_floor() {
    let middle = on("2026-02-14", "2026-02-14");
    let stands =
        |draft: AimDraft, now: &str| measure(&target(plain("customers", "2026-02"), draft), middle, &whole(now)).status;
    assert_eq!(stands(value("100"), "99"), Status::Pending);
    assert_eq!(stands(value("100"), "100"), Status::Reached);
    assert_eq!(stands(lower(value("100")), "100"), Status::Pending);
    assert_eq!(stands(lower(value("100")), "105"), Status::AtRisk);
    assert_eq!(stands(lower(value("100")), "106"), Status::OffTrack);
}

#[test]
fn a_moment_never_lies_ahead() {
    let today = day("2026-02-14");
    assert_eq!(Moment::new(None, today), on("2026-02-14", "2026-02-14"));
    assert_eq!(Moment::new(Some(day("2026-01-31")), today), on("2026-01-31", "2026-02-14"));
    assert_eq!(Moment::new(Some(day("2026-12-31")), today), on("2026-02-14", "2026-02-14"));
    assert_eq!(Moment::yesterday(today), on("2026-02-13", "2026-02-14"));
}

proptest! {
    #[test]
    fn a_more_modest_target_never_stands_worse(
        days in prop::collection::vec(0_i64..100_000, 7..28),
        high in 2_i64..3_000_000,
        less in 0_i64..3_000_000,
    ) {
        // From best to worst, while the period runs and the forecast is there.
        let rank = |status| match status {
            Status::Reached => 0,
            Status::OnTrack => 1,
            Status::AtRisk => 2,
            Status::OffTrack => 3,
            other => panic!("{other:?}"),
        };
        let modest = (high - less).max(1);
        let as_of = format!("2026-02-{:02}", days.len());
        let measured: Vec<Exact> = days.iter().map(|cents| Exact::from_scaled((*cents).into(), 2)).collect();
        let measured = Measured { total: Some(measured.iter().cloned().sum()), days: measured };
        let stands = |cents: i64| {
            let target = target(gmv("2026-02"), value(&format!("{}.{:02}", cents / 100, cents % 100)));
            rank(measure(&target, on(&as_of, &as_of), &measured).status)
        };
        prop_assert!(stands(modest) <= stands(high));
    }
}
