//! The cases as Markdown tables, for a terminal and for a document.

use std::fmt::Write as _;

use super::report::{Case, Figures};

/// How many times faster than the peer, both from numbers.
const FASTER: f64 = 10.0;
/// How many times less memory than the peer, both with the texts.
const SMALLER: f64 = 5.0;

/// Times, memory and differences, and whether the goals are reached.
#[must_use]
pub fn tables(cases: &[Case]) -> String {
    let time = |seconds: Option<f64>| seconds.map_or_else(|| "-".to_owned(), |s| format!("{s:.3}"));
    let times = |case: &Case| {
        vec![
            time(case.ours.seconds),
            time(case.floor.seconds),
            time(case.peer.seconds),
            format!("{:.1}", case.peer_to_ours),
            format!("{:.2}", case.ours_to_floor),
            time(case.ours_from_text.text_seconds),
            time(case.peer.text_seconds),
            format!("{:.1}", case.peer_to_ours_from_text),
        ]
    };
    let memory = |case: &Case| {
        let sides = [&case.ours, &case.ours_from_text, &case.floor, &case.peer];
        let mut cells: Vec<String> = sides.map(|f: &Figures| format!("{:.0} ({:.1})", f.peak_mib, f.added_mib)).into();
        cells.push(format!("{:.1}", case.peer_to_ours_memory));
        cells.push(format!("{:.0e}", case.difference_to_floor));
        cells.push(format!("{:.1} %", percent(case.peer_difference_to_floor)));
        cells
    };
    let mut text = String::from("Processor time in seconds, one thread on every side.\n\n");
    let heads = ["ours", "floor", "peer", "peer ÷ ours", "ours ÷ floor"];
    let heads = [&heads[..], &["ours, text", "peer, text", "peer ÷ ours, text"]].concat();
    text += &table(&heads, cases, times);
    text += "\nPeak memory in MiB (in brackets what computing added), and largest relative differences.\n\n";
    let heads = ["ours", "ours, text", "floor", "peer, text", "peer ÷ ours, text", "ours to floor", "peer to floor"];
    text += &table(&heads, cases, memory);
    text.push('\n');
    text += &goal("peer ÷ ours", FASTER, cases, |case| case.peer_to_ours);
    text += &goal("memory, peer ÷ ours, text", SMALLER, cases, |case| case.peer_to_ours_memory);
    text
}

#[expect(clippy::float_arithmetic, reason = "a share as people read it")]
fn percent(share: f64) -> f64 {
    share * 100.0
}

/// A line that says whether a ratio is as large as wanted in every case.
fn goal(what: &str, at_least: f64, cases: &[Case], ratio: impl Fn(&Case) -> f64) -> String {
    let missed: Vec<String> = cases
        .iter()
        .filter(|case| ratio(case) < at_least)
        .map(|case| format!("{} × {}, order {}: {:.1}", case.paths, case.channels, case.order, ratio(case)))
        .collect();
    let met = if missed.is_empty() { "reached".to_owned() } else { format!("missed: {}", missed.join("; ")) };
    format!("{what} at least {at_least}: {met}\n")
}

fn table(heads: &[&str], cases: &[Case], cells: impl Fn(&Case) -> Vec<String>) -> String {
    let mut rows = vec![["paths", "channels", "order"].iter().chain(heads).map(|h| (*h).to_owned()).collect()];
    for case in cases {
        let mut row = vec![grouped(case.paths), case.channels.to_string(), case.order.to_string()];
        row.extend(cells(case));
        rows.push(row);
    }
    let columns = heads.len() + 3;
    let width =
        |column: usize| rows.iter().filter_map(|r: &Vec<String>| r.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            write!(text, "| {cell:>width$} ").unwrap_or_default();
        }
        text += "|\n";
        if at == 0 {
            widths.iter().for_each(|width| write!(text, "|{}:", "-".repeat(width + 1)).unwrap_or_default());
            text += "|\n";
        }
    }
    text
}

/// With a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
