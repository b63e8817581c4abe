//! Expected values come from Python 3 with scipy 1.17: `scipy.stats.t.ppf((1 + c) / 2, n - 1) * numpy.std(days, ddof=1)
//! * numpy.sqrt(r + r * r / n)` over the days, filled up to n with zeros.

use proptest::prelude::*;
use tributary_core::{Exact, Rounding, exact::parse_decimal};

use super::{RunRate, run_rate};

fn exact(text: &str) -> Exact {
    parse_decimal(text, 28).expect("decimal").into()
}

/// Expected value, lower and upper end in millionths.
fn shown(rate: &RunRate) -> (i64, Option<(i64, i64)>) {
    let millionths = |value: &Exact| value.round_to(6, Rounding::HalfAwayFromZero).expect("fits");
    (millionths(&rate.expected), rate.interval.as_ref().map(|i| (millionths(&i.low), millionths(&i.high))))
}

fn of(days: &[&str], observed: u32, remaining: u32, confidence: &str) -> RunRate {
    let days: Vec<Exact> = days.iter().map(|day| exact(day)).collect();
    run_rate(&days, observed, remaining, &exact(confidence)).expect("observed")
}

#[test]
fn it_agrees_with_scipy() {
    let ten = ["120.5", "98", "143.25", "0", "77.77", "101.01", "133.1", "90", "64.4", "150"];
    // 3031.893, 2536.961812654135, 3526.824187345865
    let rate = of(&ten, 10, 21, "0.8");
    assert_eq!(shown(&rate), (3_031_893_000, Some((2_536_961_813, 3_526_824_187))));
    // Seven days without facts count as 0; net of returns may end below zero:
    // 6.888888888888888, -34.22307636429962, 48.000854142077394
    let rate = of(&["5", "-3"], 9, 22, "0.95");
    assert_eq!(shown(&rate), (6_888_889, Some((-34_223_076, 48_000_854))));
    // The smallest sample: 7035, 7005.419601084502, 7064.580398915498
    let rate = of(&["1000", "1010"], 2, 5, "0.5");
    assert_eq!(shown(&rate), (7_035_000_000, Some((7_005_419_601, 7_064_580_399))));
    // Large values that hardly differ keep their digits: 365000001460, ± 1094.2461924164606
    let large = ["1", "2", "3", "4", "5", "6", "7"].map(|last| format!("100000000{last}"));
    let rate = of(&large.each_ref().map(String::as_str), 7, 358, "0.99");
    let ends = (365_000_000_365_753_808, 365_000_002_554_246_192);
    assert_eq!(shown(&rate), (365_000_001_460_000_000, Some(ends)));
}

#[test]
fn the_expected_value_is_an_exact_fraction() {
    // 10 over 3 days, 4 to come: 10 + 4 × 10/3 = 70/3.
    let rate = of(&["10"], 3, 4, "0.8");
    assert_eq!(Some(rate.expected), exact("70").checked_div(&exact("3")));
}

#[test]
fn one_day_has_no_interval_and_none_no_forecast() {
    assert_eq!(of(&["10"], 1, 6, "0.8"), RunRate { expected: exact("70"), interval: None });
    assert_eq!(run_rate(&[], 0, 6, &exact("0.8")), None);
    let quiet = of(&[], 7, 24, "0.8");
    assert_eq!(shown(&quiet), (0, Some((0, 0))));
}

#[test]
fn without_days_to_come_the_sum_is_the_end() {
    let rate = of(&["1", "2", "3", "4", "5", "6", "7"], 7, 0, "0.8");
    assert_eq!(shown(&rate), (28_000_000, Some((28_000_000, 28_000_000))));
}

fn cents(value: i64) -> Exact {
    Exact::from_scaled(value.into(), 2)
}

proptest! {
    #[test]
    fn equal_days_are_forecast_exactly(
        value in -1_000_000_000_i64..1_000_000_000,
        observed in 2_u32..366,
        remaining in 0_u32..366,
    ) {
        let days = vec![cents(value); usize::try_from(observed).expect("few")];
        let rate = run_rate(&days, observed, remaining, &exact("0.8")).expect("observed");
        // The value of a day times all days, and nothing around it.
        prop_assert_eq!(&rate.expected, &cents(value * i64::from(observed + remaining)));
        let interval = rate.interval.expect("two days or more");
        prop_assert_eq!((&interval.low, &interval.high), (&rate.expected, &rate.expected));
    }

    #[test]
    fn the_order_of_days_does_not_matter(
        (days, shuffled) in prop::collection::vec(-1_000_000_i64..1_000_000, 2..40)
            .prop_flat_map(|days| (Just(days.clone()), Just(days).prop_shuffle())),
        remaining in 1_u32..366,
    ) {
        let observed = u32::try_from(days.len()).expect("few");
        let of = |days: Vec<i64>| {
            let days: Vec<Exact> = days.into_iter().map(cents).collect();
            run_rate(&days, observed, remaining, &exact("0.8"))
        };
        prop_assert_eq!(of(days), of(shuffled));
    }

    #[test]
    fn more_confidence_is_wider_around_the_same_middle(
        days in prop::collection::vec(-1_000_000_i64..1_000_000, 2..40),
        remaining in 1_u32..366,
    ) {
        let observed = u32::try_from(days.len()).expect("few");
        let days: Vec<Exact> = days.into_iter().map(cents).collect();
        let of = |confidence| run_rate(&days, observed, remaining, &exact(confidence)).expect("observed");
        let (narrow, wide) = (of("0.5"), of("0.9"));
        prop_assert_eq!(&narrow.expected, &wide.expected);
        let (narrow, wide) = (narrow.interval.expect("days"), wide.interval.expect("days"));
        prop_assert!(wide.low <= narrow.low && narrow.low <= narrow.high && narrow.high <= wide.high);
        // The middle is the expected value.
        prop_assert_eq!(wide.low + wide.high, narrow.low + narrow.high);
    }
}
