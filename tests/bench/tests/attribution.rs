//! All sides give what was worked out by hand, and each other's results where hands do not reach.

#![cfg(test)]
#![expect(clippy::float_arithmetic, reason = "shares are compared")]

use std::{collections::BTreeSet, fs};

use tributary_bench::attribution::{
    Credits, Measured, Numbers, Row, Side, Texts, Weights, compared, counted_and_solved, from_numbers, from_texts,
    generate, tables,
};

/// Path, conversions, nulls, value.
const SMALL: [(&str, u32, u32, i64); 4] =
    [("a > b > a", 1, 0, 10), ("b", 1, 0, 2), ("a > c", 0, 2, 0), ("c > b", 1, 1, 6)];

fn row((path, conversions, nulls, value): (&str, u32, u32, i64)) -> Row<'_> {
    Row { path, weights: Weights { conversions, nulls, value } }
}

fn near(found: &Credits, expected: [(&str, f64, f64); 3]) {
    assert_eq!(found.len(), expected.len());
    for (channel, conversions, value) in expected {
        let [c, v] = found[channel];
        let near = (c / conversions - 1.0).abs() < 1e-14 && (v / value - 1.0).abs() < 1e-14;
        assert!(near, "{channel}: {c} and {v} instead of {conversions} and {value}");
    }
}

/// Order 1. Six journeys, half of them convert; each state is left by 4.
/// x(a) = 1/4 + x(b)/4 + x(c)/2, x(b) = 1/2 + x(a)/4, x(c) = x(b)/2, starts 1/2, 1/6, 1/3.
/// P is 1/2; without a 1/6, without b 1/8, without c 3/10. Lost: 2/3, 3/4, 2/5, together 109/60.
/// Value, with 5/2, 2 and 0 instead of 1/4, 1/2 and 0: 3; without a 2/3, without b 5/4, without c 31/15. Lost: 7/9, 7/12,
/// 14/45, together 301/180.
const ORDER_1: [(&str, f64, f64); 3] = [
    ("a", 3.0 * 40.0 / 109.0, 18.0 * 20.0 / 43.0),
    ("b", 3.0 * 45.0 / 109.0, 18.0 * 15.0 / 43.0),
    ("c", 3.0 * 24.0 / 109.0, 18.0 * 8.0 / 43.0),
];

/// Order 2. The states are ab → ba, b, ac, cb. Of 3 conversions 2, 3, 2 go through a, b, c, less those that do not: lost
/// are 1/3, 1, 1/3 of the conversions; of the value 18 lost are 10, 18 and 6.
const ORDER_2: [(&str, f64, f64); 3] =
    [("a", 3.0 / 5.0, 18.0 * 10.0 / 34.0), ("b", 9.0 / 5.0, 18.0 * 18.0 / 34.0), ("c", 3.0 / 5.0, 18.0 * 6.0 / 34.0)];

#[test]
fn a_small_chain_by_hand() {
    let (mut numbers, mut texts) = (Numbers::default(), Texts::default());
    for journey in SMALL {
        numbers.add(row(journey)).unwrap();
        texts.add(row(journey)).unwrap();
    }
    for (order, expected) in [(1, ORDER_1), (2, ORDER_2)] {
        near(&counted_and_solved(&numbers, order).unwrap(), expected);
        near(&from_numbers(&numbers, order).unwrap(), expected);
        near(&from_texts(&texts, order).unwrap(), expected);
    }
}

#[test]
fn generated_journeys_are_solved_alike_by_two_programs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journeys.csv");
    generate(20_000, 5, &file).unwrap();
    let (numbers, texts) = (Numbers::read(&file).unwrap(), Texts::read(&file).unwrap());
    assert_eq!((numbers.len(), texts.len(), numbers.names().len()), (20_000, 20_000, 5));
    for order in 1..=3 {
        let (ours, floor) = (from_numbers(&numbers, order).unwrap(), counted_and_solved(&numbers, order).unwrap());
        assert_eq!(ours, from_texts(&texts, order).unwrap());
        for (channel, credit) in &ours {
            for (found, exact) in credit.iter().zip(floor[channel]) {
                assert!(exact > 0.0 && (found / exact - 1.0).abs() < 1e-11, "{order} {channel}: {found}, {exact}");
            }
        }
    }
}

#[test]
fn a_chain_that_is_too_large_for_a_dense_matrix_is_refused() {
    let names: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let mut numbers = Numbers::default();
    numbers.add(row((&names.join(" > "), 1, 0, 1))).unwrap();
    let message = counted_and_solved(&numbers, 3).unwrap_err().to_string();
    assert!(message.contains("too many channels for order 3"), "{message}");
    assert!(counted_and_solved(&numbers, 1).is_ok());
}

#[test]
fn generated_journeys_are_as_described() {
    let folder = tempfile::tempdir().unwrap();
    let [file, longer, wider] = ["a.csv", "b.csv", "c.csv"].map(|name| folder.path().join(name));
    generate(10_000, 12, &file).unwrap();
    generate(20_000, 12, &longer).unwrap();
    generate(10_000, 13, &wider).unwrap();
    let [text, longer, wider] = [&file, &longer, &wider].map(|file| fs::read_to_string(file).unwrap());
    assert!(longer.starts_with(&text) && longer.lines().count() == 20_001 && !wider.starts_with(&text));

    let numbers = Numbers::read(&file).unwrap();
    let (mut touches, mut conversions, mut values) = (0, 0, BTreeSet::new());
    for (path, weights) in numbers.iter() {
        assert!((1..=40).contains(&path.len()) && weights.conversions + weights.nulls == 1);
        assert_eq!(weights.value > 0, weights.conversions > 0);
        touches += path.len();
        conversions += weights.conversions;
        values.insert(weights.value);
    }
    // Four touches in the mean, give or take 5 standard errors of √12 ÷ 100; 2 to 10 % convert; 16 prices and none.
    assert!((38_300..41_700).contains(&touches), "{touches}");
    assert!((200..1000).contains(&conversions), "{conversions}");
    assert_eq!(values.len(), 17);
}

fn measured(side: Side, seconds: f64, peak_kib: u64, a: f64) -> Measured {
    let credits = [("a".to_owned(), [a, 10.0]), ("b".to_owned(), [5.0, 20.0])].into();
    let (seconds, text_seconds) = match side {
        Side::Text => (None, Some(seconds)),
        Side::Peer => (Some(seconds), Some(seconds * 1.5)),
        Side::Ours | Side::Floor => (Some(seconds), None),
    };
    let before_kib = 1024;
    Measured {
        side,
        paths: 1000,
        order: 1,
        runs: 3,
        seconds,
        text_seconds,
        elapsed_seconds: 9.0,
        before_kib,
        peak_kib,
        credits,
    }
}

fn case(floor: f64, text: f64) -> Vec<Measured> {
    vec![
        measured(Side::Ours, 0.5, 2048, 8.0),
        measured(Side::Text, 1.0, 3072, text),
        measured(Side::Floor, 0.25, 2048, floor),
        measured(Side::Peer, 4.0, 30_720, 10.0),
    ]
}

#[test]
fn sides_are_compared() {
    let cases = compared(&case(8.0, 8.0)).unwrap();
    let case = &cases[0];
    assert_eq!((case.paths, case.channels, case.order), (1000, 2, 1));
    assert_eq!((case.peer_to_ours, case.ours_to_floor, case.peer_to_ours_from_text), (8.0, 2.0, 6.0));
    assert_eq!((case.ours.peak_mib, case.ours.added_mib, case.peer_to_ours_memory), (2.0, 1.0, 10.0));
    assert_eq!((case.difference_to_floor, case.peer_difference_to_floor), (0.0, 0.25));
    let text = tables(&cases);
    assert!(text.contains("peer ÷ ours at least 10: missed: 1000 × 2, order 1: 8.0\n"), "{text}");
    assert!(text.contains("memory, peer ÷ ours, text at least 5: reached\n"), "{text}");
}

#[test]
fn a_wrong_result_is_no_result() {
    for (wrong, says) in [
        (case(8.0 * (1.0 + 2e-9), 8.0), "from the exact solution"),
        (case(8.0, 8.1), "from texts the result is another"),
        (case(f64::NAN, 8.0), "NaN"),
        (case(8.0, 8.0)[..3].to_vec(), "no Peer"),
    ] {
        let message = compared(&wrong).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}
