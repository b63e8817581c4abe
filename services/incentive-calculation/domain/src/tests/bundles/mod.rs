//! The format of bundles, held by files: whoever has one from today must be able to verify it in ten years. The same files, and
//! what is said of them, are read by `tests/clients/python/test_bundles.py`. Amounts by hand.
//!
//! A format that changes has another name, and files of its own beside these; to write new ones, run these tests with
//! `TRIBUTARY_UPDATE=1`.

mod made;

use std::path::Path;

use serde_json::{Value, json};
use tributary_evidence::LogSigner;

use crate::evidence::{self, LineReport, Recomputed};
use made::{Case, ORIGIN, SEED, made};

/// When set, files that differ are written anew.
const UPDATE: &str = "TRIBUTARY_UPDATE";

/// 15 % up to 1,000,000 and 20 % above of 1,600,000, because the return counts in the month of its sale; 3 % of the growth
/// of 600,000 against the year before; 1 %, but no more than 1,000 a year.
const AMOUNTS: [&str; 3] = ["270000", "18000", "1000"];

/// Everything that a bundle may hold, and nothing wrong.
fn whole() -> Case {
    Case {
        currency: "CNY",
        states: &["DRAFT", "APPROVED", "ACTIVE"],
        locked: Some(("2024-03", "r1")),
        posted: &["accrual.s2", "held", "~held", "settlement.s2.accrued", "taken-back"],
        ..Case::default()
    }
}

/// A plan from before there was a log, a period that was locked on a later run, no postings, and a currency of three digits.
fn superseded() -> Case {
    Case { currency: "TND", locked: Some(("2024-03", "r2")), ..Case::default() }
}

/// What the log says does not do, though every proof holds.
fn unsound() -> Case {
    Case {
        currency: "CNY",
        states: &["DRAFT"],
        locked: Some(("2024-02", "r1")),
        posted: &["other", "accrual.s2"],
        left_out: 1,
        ..Case::default()
    }
}

/// A line is missing, and another states 10,000 more than was earned, though every proof holds.
fn wrong() -> Case {
    Case { unstated: &["tiers"], overstated: true, ..whole() }
}

/// The payee was moved to another plan, as far as one can see: of this one a rule by days pays, and one that pays whoever is
/// there at the end does not.
fn moved() -> Case {
    Case { by_days: true, unstated: &["tiers"], ..whole() }
}

/// The same, without facts.
fn lean() -> Case {
    Case { without_facts: true, ..whole() }
}

fn line(line: &LineReport) -> Value {
    let why = match &line.recomputed {
        Recomputed::Equal => Value::Null,
        Recomputed::Not(why) => json!(why),
    };
    json!({"line": line.id, "amount": line.amount, "not_recomputed": why})
}

/// What is said of a bundle.
fn told(file: &str) -> Value {
    let key = LogSigner::from_seed(&SEED).key(ORIGIN);
    match evidence::verify(file, Some(&key)) {
        Err(findings) => json!({"findings": findings}),
        Ok(report) => json!({
            "statement": report.statement,
            "version": report.version,
            "total": report.total,
            "lines": report.lines.iter().map(line).collect::<Vec<_>>(),
            "postings": report.postings,
            "said": report.said,
        }),
    }
}

#[test]
fn bundles_are_written_and_read_as_they_always_were() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/oracle/bundles");
    let cases = [
        ("whole", whole()),
        ("superseded", superseded()),
        ("lean", lean()),
        ("unsound", unsound()),
        ("wrong", wrong()),
        ("moved", moved()),
    ];
    let mut all = json!({"key": LogSigner::from_seed(&SEED).key(ORIGIN).to_string()});
    for (name, case) in cases {
        let (name, file) = (format!("{name}.bundle"), made(&case));
        all[&name] = told(&file);
        let kept = kept(&directory.join(&name), &file);
        let differs = file.lines().zip(kept.lines()).find(|(own, kept)| own != kept);
        assert!(file == kept, "{name} is written in another way than before: {differs:?}");
    }
    let text = format!("{}\n", serde_json::to_string_pretty(&all).expect("JSON"));
    let known: Value = serde_json::from_str(&kept(&directory.join("told.json"), &text)).expect("JSON");
    assert_eq!(all, known);
}

/// What a file holds; written first when that is asked for.
fn kept(file: &Path, text: &str) -> String {
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(file, text).expect("written");
    }
    std::fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

#[test]
fn the_bundles_say_what_they_were_made_for() {
    let amounts = |file: &str, digits: &str| {
        let lines = told(file)["lines"].as_array().expect("sound").clone();
        let own: Vec<Value> = lines.iter().map(|line| line["amount"].clone()).collect();
        let currency = if digits.len() == 4 { "TND" } else { "CNY" };
        assert_eq!(own, AMOUNTS.map(|amount| json!(format!("{currency} {amount}{digits}"))));
        lines.iter().map(|line| line["not_recomputed"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let (by_year, no_facts) = ("it needs what earlier periods stated", "the facts are not in the bundle");
    let (whole, lean, superseded) = (made(&whole()), made(&lean()), made(&superseded()));
    assert_eq!(amounts(&whole, ".00"), ["", "", by_year]);
    assert_eq!(amounts(&lean, ".00"), [no_facts, no_facts, by_year]);
    assert_eq!(amounts(&superseded, ".000"), ["", "", by_year]);
    let approved = [
        "plans/p/versions/1 became DRAFT by mei",
        "plans/p/versions/1 became APPROVED by fang",
        "plans/p/versions/1 became ACTIVE by fang",
        "programmes/dealers/periods/2024-03 was locked on this run by ada",
    ];
    assert_eq!((&told(&whole)["said"], &told(&whole)["postings"]), (&json!(approved), &json!(5)));
    let said = [
        "the log says nothing of the approval of plans/p/versions/1",
        "programmes/dealers/periods/2024-03 was locked on runs/r2, not on this run",
    ];
    assert_eq!(told(&superseded)["said"], json!(said));
    let findings = [
        "the entry at 5 is not about this statement",
        "plans/p/versions/1 took part in the run, but nobody approved it",
        "entry 1 of the ledger is not about this statement",
        "the postings are not those that the log names",
    ];
    assert_eq!(told(&made(&unsound()))["findings"], json!(findings));
    let findings = [
        "rebate.growth states 28000.00 on 2 facts; recomputed from the facts it is 18000.00 on 2 facts",
        "plans/p/versions/1 gives 1 lines more than the statement has",
    ];
    assert_eq!(told(&made(&wrong()))["findings"], json!(findings));
    // 18,000 of the growth, 1,000, and 2 % of 1,600,000 for all days.
    assert_eq!(told(&made(&moved()))["total"], json!("CNY 51000.00"));
}
