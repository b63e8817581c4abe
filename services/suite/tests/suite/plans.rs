//! Plans at the command line: said, compared, and their schema.

use serde_json::{Value, json};

use crate::command::{lines, tributary};

#[test]
fn a_plan_is_said_in_both_languages_and_drawn_on_a_page() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    let english = tributary(home, &["plan", "describe", "standard-commission", "--html", "plan.html"]);
    let english = String::from_utf8_lossy(&english.stdout).into_owned();
    assert!(english.starts_with("Standard commission\n"), "{english}");
    assert!(english.contains("\n1. Sales commission (commission)\n"), "{english}");
    assert!(english.contains("15 % on the part from 0 to 1,000,000, 20 % on the part above 1,000,000"), "{english}");
    let page = std::fs::read_to_string(home.join("plan.html")).expect("the page");
    assert!(page.contains("<h1>Standard commission</h1>") && page.matches("<svg ").count() == 1, "{page}");

    let said = lines(home, &["plan", "describe", "standard-commission", "--language", "zh", "--json"], 0);
    let sentences = said[0]["rules"][0]["sentences"].as_array().expect("sentences");
    let reward = sentences.iter().find(|s| s["path"] == "rules[0].marginal").expect("the reward");
    assert!(reward["text"].as_str().is_some_and(|t| t.contains("1,000,000 以上部分按 20%")), "{reward}");
}

#[test]
fn two_plans_are_compared() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/plans/standard-commission.yaml");
    let text = std::fs::read_to_string(file).expect("the plan");
    std::fs::write(home.join("mine.yaml"), text.replace("rate: \"0.20\"", "rate: \"0.18\"")).expect("written");
    let told = tributary(home, &["plan", "diff", "standard-commission", "mine.yaml"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told, "~ Rule “commission”: the rate of the tier from 1,000,000 changed from 20 % to 18 %.\n");
    let changes = lines(home, &["plan", "diff", "standard-commission", "mine.yaml", "--json"], 0);
    let wanted = [
        ("kind", json!("PLAN_CHANGE_KIND_CHANGED")),
        ("path", json!("rules[commission].marginal.table.tiers[1000000].rate")),
        ("before", json!("0.2")),
        ("after", json!("0.18")),
    ];
    for (field, value) in wanted {
        assert_eq!(changes[0][field], value, "{changes:?}");
    }
}

#[test]
fn the_schema_needs_no_server() {
    let directory = tempfile::tempdir().expect("a directory");
    let printed = tributary(directory.path(), &["plan", "schema"]);
    let schema: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(!directory.path().join("data").exists(), "a suite was started for it");
}
