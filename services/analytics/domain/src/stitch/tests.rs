//! Journeys by hand, and against the definition written out over all pairs of touchpoints.

use proptest::prelude::*;
use tributary_core::{Currency, Date, FactAmount, Timestamp};

use super::{Conversion, Lookback, Point, Stitched, Stitcher};

/// 2026-01-01, in days since 1970: (date(2026, 1, 1) - date(1970, 1, 1)).days in Python.
const FIRST: i64 = 20_454;
const HOUR: i64 = 3_600_000_000;

/// Something at an hour counted from the beginning of 2026, in UTC.
fn point(place: &str, hour: i64) -> Point<String> {
    let at = Timestamp((FIRST * 24 + hour) * HOUR);
    Point { at, on: Date::from_days(FIRST + hour.div_euclid(24)), place: place.to_owned(), conversion: None }
}

fn bought(place: &str, hour: i64, value: Option<i64>) -> Point<String> {
    let amount = |value| FactAmount { currency: Currency::parse("CNY").expect("known"), value };
    Point { conversion: Some(Conversion { value: value.map(amount) }), ..point(place, hour) }
}

/// "a>b =5 2026-01-02" for a conversion, "a>b - 2026-01-02" for none.
fn shown(journey: &Stitched<'_, String>) -> String {
    let path: Vec<&str> = journey.touches.iter().map(|t| t.place.as_str()).collect();
    let end = match journey.conversion {
        Some(Conversion { value: Some(value) }) => format!("={}", value.value),
        Some(Conversion { value: None }) => "=".to_owned(),
        None => "-".to_owned(),
    };
    format!("{} {end} {}", path.join(">"), journey.ended_on)
}

fn stitched(days: i64, newest: i64, points: &[(&str, Point<String>)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut stitcher = Stitcher::new(Lookback::of_days(days), point("", newest).at);
    let mut each = |journey: Stitched<'_, String>| found.push(shown(&journey));
    for (customer, point) in points {
        stitcher.add(customer, point.clone(), &mut each);
    }
    stitcher.finish(&mut each);
    found
}

#[test]
fn conversions_take_the_touches_since_the_one_before() {
    let found = stitched(
        30,
        10_000,
        &[
            ("k", point("a", 0)),
            ("k", point("b", 1)),
            ("k", bought("shop", 30, Some(7))),
            // Without a touch since: its own channel alone.
            ("k", bought("app", 31, None)),
            ("k", point("c", 40)),
            ("k", bought("shop", 49, Some(0))),
        ],
    );
    assert_eq!(found, ["a>b =7 2026-01-02", "app = 2026-01-02", "c =0 2026-01-03"]);
}

#[test]
fn the_lookback_is_counted_to_the_microsecond() {
    let day = 24;
    let second = |point: Point<String>| Point { at: point.at.plus_micros(1), ..point };
    // Exactly a lookback before it counts, a microsecond more does not.
    let all = [("k", point("a", 0)), ("k", point("b", day)), ("k", bought("x", 2 * day, None))];
    assert_eq!(stitched(2, 100, &all), ["a>b = 2026-01-03"]);
    let later = [all[0].clone(), all[1].clone(), ("k", second(bought("x", 2 * day, None)))];
    assert_eq!(stitched(2, 100, &later), ["b = 2026-01-03"]);
    // A pause of more than a lookback ends a journey, a lookback after its last touch.
    let pause = [("k", point("a", 0)), ("k", second(point("b", day))), ("k", bought("x", day + 1, None))];
    assert_eq!(stitched(1, 100, &pause), ["a - 2026-01-02", "b = 2026-01-02"]);
    assert_eq!(stitched(2, 100, &pause), ["a>b = 2026-01-02"]);
}

#[test]
fn a_journey_without_a_conversion_ends_when_something_later_is_known() {
    let all = [("k", point("a", 0)), ("k", point("b", 12)), ("k", point("c", 30))];
    // The lookback of a day is over at hour 54; a is more than a day before c.
    assert_eq!(stitched(1, 54, &all), [""; 0]);
    assert_eq!(stitched(1, 55, &all), ["b>c - 2026-01-03"]);
    // Whoever did it: here another customer, whose own journey is still open.
    let other = [all[0].clone(), ("m", point("d", 25))];
    assert_eq!(stitched(1, 25, &other), ["a - 2026-01-02"]);
    // Touches after a conversion are a journey of their own.
    let after = [("k", bought("x", 0, None)), ("k", point("a", 1))];
    assert_eq!(stitched(1, 100, &after), ["x = 2026-01-01", "a - 2026-01-02"]);
}

#[test]
fn customers_are_kept_apart() {
    let all = [("k", point("a", 0)), ("m", point("b", 1)), ("m", bought("x", 2, None)), ("n", bought("y", 3, None))];
    assert_eq!(stitched(365, 3, &all), ["b = 2026-01-01", "y = 2026-01-01"]);
}

#[test]
fn a_journey_has_its_last_thousand_touches() {
    let mut all: Vec<_> = (0..1_500).map(|i| ("k", point(&i.to_string(), 0))).collect();
    all.push(("k", bought("x", 1, None)));
    let found = stitched(30, 1, &all);
    let path: Vec<_> = (500..1_500).map(|i| i.to_string()).collect();
    assert_eq!(found, [format!("{} = 2026-01-01", path.join(">"))]);
}

#[test]
fn the_days_read_reach_two_lookbacks_back() {
    let day = |text| Some(Date::parse(text).expect("date"));
    let lookback = Lookback::of_days(30);
    // 61 days before 2026-03-05: 5 in March, 28 in February, 28 in January.
    assert_eq!(lookback.days_read(day("2026-03-05"), day("2026-04-01")), (day("2026-01-03"), day("2026-04-02")));
    assert_eq!(lookback.days_read(None, None), (None, None));
}

/// Journeys by the definition: (touches, conversion, day) by place in `all`, which is in order of customer and time.
fn defined(days: i64, newest: Timestamp, all: &[(String, Point<usize>)]) -> Vec<(Vec<usize>, Option<usize>, Date)> {
    let over = |a: &Point<usize>, b: Timestamp| b.0 - a.at.0 > days * 24 * HOUR;
    let mut journeys = Vec::new();
    for (i, (customer, end)) in all.iter().enumerate() {
        let since = (0..i).rev().find(|j| all[*j].1.conversion.is_some() && all[*j].0 == *customer);
        let reached = (0..i)
            .filter(|j| all[*j].0 == *customer && all[*j].1.conversion.is_none() && since.is_none_or(|s| *j > s))
            .filter(|j| !over(&all[*j].1, end.at));
        let mut touches: Vec<usize> = reached.collect();
        if end.conversion.is_some() {
            if touches.is_empty() {
                touches.push(i);
            }
            journeys.push((touches, Some(i), end.on));
        } else {
            let next = all.get(i + 1).filter(|(of, _)| of == customer).map(|(_, next)| next.at);
            if over(end, newest) && next.is_none_or(|next| over(end, next)) {
                touches.push(i);
                journeys.push((touches, None, end.on.plus_days(days)));
            }
        }
    }
    journeys
}

fn history() -> impl Strategy<Value = (i64, Vec<(String, Point<usize>)>)> {
    // Few customers and hours, so that pauses, ties and repeats come up often.
    let one = (0_u8..3, 0_i64..400, prop::bool::weighted(0.25));
    (1_i64..5, prop::collection::vec(one, 0..40)).prop_map(|(days, mut rows)| {
        rows.sort_unstable();
        let place = |(i, (customer, hour, bought)): (usize, (u8, i64, bool))| {
            let Point { at, on, .. } = point("", hour);
            let conversion = bought.then_some(Conversion { value: None });
            (customer.to_string(), Point { at, on, place: i, conversion })
        };
        (days, rows.into_iter().enumerate().map(place).collect())
    })
}

proptest! {
    #[test]
    fn journeys_are_those_of_the_definition((days, all) in history()) {
        let newest = all.iter().map(|(_, p)| p.at).max().unwrap_or_default();
        let mut found = Vec::new();
        let mut each = |journey: Stitched<'_, usize>| {
            let touches: Vec<usize> = journey.touches.iter().map(|t| t.place).collect();
            found.push((touches, journey.conversion.is_some(), journey.ended_on));
        };
        let mut stitcher = Stitcher::new(Lookback::of_days(days), newest);
        for (customer, point) in &all {
            stitcher.add(customer, point.clone(), &mut each);
        }
        stitcher.finish(&mut each);

        let defined = defined(days, newest, &all);
        let mut expected: Vec<_> = defined.iter().map(|(t, c, on)| (t.clone(), c.is_some(), *on)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(&found, &expected);

        // Every touch is in at most one journey, every conversion ends exactly one.
        let mut touched = vec![0; all.len()];
        for (touches, _, _) in &found {
            touches.iter().for_each(|i| touched[*i] += 1);
        }
        prop_assert!(touched.iter().all(|count| *count <= 1), "{:?}", touched);
        let conversions = all.iter().filter(|(_, p)| p.conversion.is_some()).count();
        prop_assert_eq!(found.iter().filter(|(_, converted, _)| *converted).count(), conversions);
    }

    #[test]
    fn the_days_read_are_enough((days, all) in history(), from in 0_i64..20, length in 0_i64..20) {
        let (from, to) = (Date::from_days(FIRST + from), Date::from_days(FIRST + from + length));
        let newest = all.iter().map(|(_, p)| p.at).max().unwrap_or_default();
        let ended = |points: &mut dyn Iterator<Item = &(String, Point<usize>)>| {
            let mut found = Vec::new();
            let mut each = |journey: Stitched<'_, usize>| {
                if (from..to).contains(&journey.ended_on) {
                    found.push((journey.touches.to_vec(), journey.conversion, journey.ended_on));
                }
            };
            let mut stitcher = Stitcher::new(Lookback::of_days(days), newest);
            for (customer, point) in points {
                stitcher.add(customer, point.clone(), &mut each);
            }
            stitcher.finish(&mut each);
            found
        };
        let (first, end) = Lookback::of_days(days).days_read(Some(from), Some(to));
        let near = |p: &Point<usize>| first.is_none_or(|day| p.on >= day) && end.is_none_or(|day| p.on < day);
        prop_assert_eq!(ended(&mut all.iter()), ended(&mut all.iter().filter(|(_, p)| near(p))));
    }
}
