//! Calendars: days worked out by hand.

use tributary_core::{Period, ResourceId, Timestamp};

use crate::calendar::{Calendar, CalendarPeriod, Level, check, sort};

use super::support::{day, period};

fn of(name: &str, level: Level, from: &str, to: &str) -> CalendarPeriod {
    CalendarPeriod { name: name.to_owned(), level, days: (day(from), day(to)), close_date: None, grace_days: None }
}

/// Two fiscal years that begin in February; quarters of the second, and months of four, four and five weeks.
fn fiscal() -> Vec<CalendarPeriod> {
    vec![
        of("FY2025", Level::Year, "2025-02-02", "2026-02-01"),
        of("FY2026", Level::Year, "2026-02-01", "2027-01-31"),
        of("FY2025-Q1", Level::Quarter, "2025-02-02", "2025-05-04"),
        of("FY2025-Q2", Level::Quarter, "2025-05-04", "2025-08-03"),
        of("FY2025-Q3", Level::Quarter, "2025-08-03", "2025-11-02"),
        of("FY2025-Q4", Level::Quarter, "2025-11-02", "2026-02-01"),
        of("FY2026-Q1", Level::Quarter, "2026-02-01", "2026-05-03"),
        of("FY2026-Q2", Level::Quarter, "2026-05-03", "2026-08-02"),
        of("FY2026-P1", Level::Month, "2026-02-01", "2026-03-01"),
        of("FY2026-P2", Level::Month, "2026-03-01", "2026-03-29"),
        of("FY2026-P3", Level::Month, "2026-03-29", "2026-05-03"),
    ]
}

fn calendar(periods: Vec<CalendarPeriod>) -> Calendar {
    let mut periods = periods;
    sort(&mut periods);
    Calendar {
        id: ResourceId::parse("fiscal").expect("id"),
        display_name: String::new(),
        grace_days: 10,
        periods,
        revision: 1,
        update_time: Timestamp(0),
    }
}

fn told(periods: &[CalendarPeriod]) -> Vec<String> {
    check(periods).into_vec().into_iter().map(|v| format!("{}: {}", v.field, v.description)).collect()
}

#[test]
fn a_period_knows_what_came_before_it() {
    assert!(told(&fiscal()).is_empty(), "{:?}", told(&fiscal()));
    let calendar = calendar(fiscal());
    let first = calendar.period("FY2026-Q1").expect("there");
    assert_eq!(first.days, (day("2026-02-01"), day("2026-05-03")));
    assert_eq!(first.prior, Some((day("2025-11-02"), day("2026-02-01"))));
    assert_eq!(first.last_year, Some((day("2025-02-02"), day("2025-05-04"))));
    assert_eq!(first.year, Some((day("2026-02-01"), day("2027-01-31"))));
    let year = calendar.period("FY2026").expect("there");
    assert_eq!((year.prior, year.last_year), (Some((day("2025-02-02"), day("2026-02-01"))), year.prior));
    // The calendar has no months of the year before, and nothing before its first year.
    let month = calendar.period("FY2026-P1").expect("there");
    assert_eq!((month.prior, month.last_year, month.year), (None, None, first.year));
    assert_eq!(calendar.period("FY2026-P2").and_then(|p| p.prior), Some(month.days));
    let oldest = calendar.period("FY2025-Q1").expect("there");
    assert_eq!((oldest.prior, oldest.last_year), (None, None));
    assert!(calendar.period("FY2027").is_none());
}

#[test]
fn grace_days_begin_with_the_close_date() {
    let mut periods = fiscal();
    periods[6].close_date = Some(day("2026-05-10"));
    periods[7].grace_days = Some(3);
    let calendar = calendar(periods);
    let from = |name: &str| calendar.lock_from(Period::Named(calendar.period(name).expect("there"))).to_string();
    assert_eq!(from("FY2026-Q1"), "2026-05-20");
    assert_eq!(from("FY2026-Q2"), "2026-08-05");
    assert_eq!(from("FY2026-P1"), "2026-03-11");
    // No period of the calendar: it closes on the day after.
    assert_eq!(calendar.lock_from(period("2026-03")).to_string(), "2026-04-11");
}

#[test]
fn every_gap_and_overlap_is_told_at_once() {
    let mut periods = fiscal();
    periods[1].days.0 = day("2026-02-03");
    periods[4].days.1 = day("2025-11-05");
    periods[9].name = "FY2026-P1".to_owned();
    periods[10].days = (day("2026-03-29"), day("2026-03-29"));
    periods[8].close_date = Some(day("2026-02-15"));
    let expected = [
        "periods[8].close_date: 2026-02-15 is before 2026-03-01; books close after the period at the earliest",
        "periods[9].period: \"FY2026-P1\" is the name of periods[8] too; names are unique",
        "periods[10].to: 2026-03-29 is not after from, 2026-03-29; it is the first day after the period",
        "periods[1].from: leaves a gap: the year before, \"FY2025\", ends before 2026-02-01, this one begins on 2026-02-03",
        "periods[5].from: overlaps: the quarter before, \"FY2025-Q3\", ends before 2025-11-05, this one begins on 2025-11-02",
        "periods[6].from: lies only partly in the year \"FY2026\", 2026-02-03 to before 2027-01-31; cut it there",
        "periods[8].from: lies only partly in the year \"FY2026\", 2026-02-03 to before 2027-01-31; cut it there",
    ];
    assert_eq!(told(&periods), expected);
}

#[test]
fn weeks_run_on_over_the_ends_of_quarters_but_not_of_years() {
    let weeks = |last: &str| {
        vec![
            of("Y", Level::Year, "2026-01-05", "2027-01-04"),
            of("Q1", Level::Quarter, "2026-01-05", "2026-04-01"),
            of("W13", Level::Week, "2026-03-30", "2026-04-06"),
            of("W14", Level::Week, "2026-04-06", last),
        ]
    };
    assert!(told(&weeks("2026-04-13")).is_empty());
    assert_eq!(told(&weeks("2027-01-05")).len(), 1);
}
