//! Series of equal obligations.

use proptest::prelude::*;
use tributary_core::Date;

use super::{day, fields, milestone, payment};
use crate::{Duty, ExternalRef, obligation::series};

fn days(template: &Duty, every: i32, count: i32) -> Vec<String> {
    series(template, every, count).expect("a series").iter().map(|d| d.due_on.to_string()).collect()
}

#[test]
fn due_days_are_counted_from_the_first() {
    // 2026 is no leap year, 2028 is one.
    let expected = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"];
    assert_eq!(days(&milestone("2026-01-31"), 1, 5), expected);
    assert_eq!(days(&milestone("2027-11-30"), 3, 3), ["2027-11-30", "2028-02-29", "2028-05-30"]);
    assert_eq!(days(&milestone("2024-02-29"), 12, 3), ["2024-02-29", "2025-02-28", "2026-02-28"]);
    assert_eq!(days(&milestone("2024-02-29"), 48, 2), ["2024-02-29", "2028-02-29"]);
}

#[test]
fn titles_are_numbered_where_they_say_so() {
    let mut template = payment();
    template.title = "Instalment {n} of 12 ({n})".to_owned();
    let titles: Vec<_> = series(&template, 1, 12).expect("a series").into_iter().map(|d| d.title).collect();
    assert_eq!(titles[0], "Instalment 1 of 12 (1)");
    assert_eq!((titles.len(), titles[11].as_str()), (12, "Instalment 12 of 12 (12)"));
    template.title = "x".repeat(297) + "{n}";
    assert_eq!(fields(series(&template, 1, 240).map(drop).err().unwrap_or_default()), Vec::<String>::new());
    template.title = "x".repeat(298) + "{n}";
    assert_eq!(fields(series(&template, 1, 240).expect_err("301 characters")), ["template.title"]);
}

#[test]
fn bounds_are_named() {
    let template = milestone("2026-01-31");
    for (every, count, expected) in
        [(0, 1, vec!["every_months"]), (121, 241, vec!["every_months", "count"]), (1, 0, vec!["count"])]
    {
        assert_eq!(fields(series(&template, every, count).expect_err("out of bounds")), expected);
    }
    let late = milestone("9899-11-30");
    assert_eq!(days(&late, 1, 2), ["9899-11-30", "9899-12-30"]);
    for count in [3, 240] {
        assert_eq!(fields(series(&late, 120, count).expect_err("after the last year")), ["count"]);
    }
    let mut with_ref = milestone("2026-01-31");
    with_ref.external_ref = Some(ExternalRef { system: "erp".to_owned(), id: "1".to_owned() });
    assert_eq!(fields(series(&with_ref, 1, 2).expect_err("one ref for two")), ["template.external_ref"]);
    assert_eq!(series(&with_ref, 1, 1).expect("one"), [with_ref]);
}

/// The last day of a month, by the rule of the calendar.
fn length(year: i32, month: i32) -> i32 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

proptest! {
    #[test]
    fn every_member_falls_on_the_day_of_the_first_or_on_the_last_of_its_month(
        start in 0..40_000_i64, every in 1..=120_i32, count in 1..=24_i32,
    ) {
        let first = Date::from_days(start);
        let template = Duty { due_on: first, ..milestone("2026-01-31") };
        let members = series(&template, every, count).expect("a series");
        prop_assert_eq!(members.len(), usize::try_from(count).expect("small"));
        let (year, month, day) = first.ymd();
        for (k, member) in (0..).zip(&members) {
            let months = year * 12 + month - 1 + every * k;
            let (y, m) = (months / 12, months % 12 + 1);
            prop_assert_eq!(member.due_on.ymd(), (y, m, day.min(length(y, m))));
        }
    }
}

#[test]
fn the_oracle_of_the_property_knows_centuries() {
    assert_eq!((length(1900, 2), length(2000, 2)), (28, 29));
    assert_eq!(day("2000-01-31").plus_months(1), day("2000-02-29"));
}
