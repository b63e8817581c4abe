//! Worked cases that others have published: price models, commissions, tax schedules, clawbacks. Each kind of case is
//! mapped to the rules of a plan, the plan is published, its facts run through the engine, and the exact values compared.
//!
//! The file is `TRIBUTARY_CASES`, by default `../shared/data/cases/incentive_cases_dev.json` beside the checkout.

#![cfg(test)]

mod case;
mod kinds;
mod pay;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use case::Case;
use serde_json::Value;

const VARIABLE: &str = "TRIBUTARY_CASES";
const DEFAULT: &str = "../shared/data/cases/incentive_cases_dev.json";

#[test]
fn every_case_pays_exactly_what_was_published() {
    let Some(path) = file() else { return };
    let list: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).expect("readable")).expect("a JSON list");
    assert!(!list.is_empty(), "{} has no case", path.display());
    let mut per_kind: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for value in &list {
        let case = Case::new(value);
        match check(&case) {
            Ok(()) => *per_kind.entry(case.kind().to_owned()).or_default() += 1,
            Err(why) => wrong.push(format!("{} ({}): {why}", case.id(), case.kind())),
        }
    }
    println!("{} of {} cases are exactly equal: {per_kind:?}", list.len() - wrong.len(), list.len());
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), list.len(), wrong.join("\n"));
}

/// Every expected number of a case, and none left out.
fn check(case: &Case<'_>) -> Result<(), String> {
    let got = kinds::run(case)?;
    let expected = case.expected()?;
    if expected.is_empty() {
        return Err("nothing is expected".to_owned());
    }
    for (name, want) in &expected {
        let found = got.get(name.as_str()).ok_or_else(|| format!("no {name:?} comes out of this kind of case"))?;
        if !want.equals(found) {
            return Err(format!("{name} is {found}, not {}", want.text));
        }
    }
    case.all_read()
}

/// The file of cases; says so when there is none.
fn file() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path = root.join(named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT)));
    if path.is_file() {
        return Some(path);
    }
    assert!(named.is_none(), "{VARIABLE} names {}, which is no file", path.display());
    println!("skipped: no cases in {DEFAULT}; set {VARIABLE} to the file");
    None
}
