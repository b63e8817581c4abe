//! The plans that ship and those of the guide: each is read, valid, and its examples hold; the published schema is current.

#![cfg(test)]

use std::path::PathBuf;

use incentive_calculation_domain::plan;
use incentive_calculation_server::convert::plan::plan_spec;
use tributary::planfile;
use tributary_proto::tributary::incentive::v1::PlanSpec;

/// When set, a schema that differs is written anew.
const UPDATE: &str = "TRIBUTARY_UPDATE";

fn path(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(below)
}

/// What publishing would say; empty: it would publish.
fn faults(name: &str, spec: &PlanSpec) -> Vec<String> {
    let found = match plan_spec(spec) {
        Ok(read) => plan::validate(&read),
        Err(found) => found,
    };
    found.into_vec().into_iter().map(|v| format!("{name}: {}: {}", v.field, v.description)).collect()
}

#[test]
fn ready_made_plans_can_be_published() {
    let mut found = Vec::new();
    for (name, _) in planfile::READY {
        let spec = planfile::load(name).unwrap_or_else(|e| panic!("{e}"));
        assert!(!spec.examples.is_empty(), "{name} shows nothing");
        found.extend(faults(name, &spec));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_plan_file_is_a_ready_made_plan() {
    let files = std::fs::read_dir(path("plans")).expect("plans").map(|entry| entry.expect("a file").path());
    let mut files: Vec<String> = files
        .filter(|file| file.extension().is_some_and(|e| e == "yaml"))
        .map(|file| file.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let mut ready: Vec<String> = planfile::READY.iter().map(|(name, _)| (*name).to_owned()).collect();
    files.sort();
    ready.sort();
    assert_eq!(files, ready);
}

#[test]
fn the_plans_of_the_guide_can_be_published() {
    let guide = std::fs::read_to_string(path("docs/plans.md")).expect("the guide");
    let mut blocks = Vec::new();
    let mut section = "";
    let mut block: Option<String> = None;
    for line in guide.lines() {
        match (&mut block, line) {
            (None, "```yaml") => block = Some("apiVersion: tributary/v1\nkind: Plan\n".to_owned()),
            (Some(text), "```") => {
                blocks.push((section, std::mem::take(text)));
                block = None;
            }
            (Some(text), line) => *text += &format!("{line}\n"),
            (None, line) => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    assert!(blocks.len() > 20, "{} plans in the guide", blocks.len());
    let mut found = Vec::new();
    for (section, text) in &blocks {
        match planfile::parse(section, text) {
            Ok(spec) => {
                assert!(!spec.examples.is_empty(), "{section} shows nothing");
                found.extend(faults(section, &spec));
            }
            Err(e) => found.push(format!("{section}: {e}")),
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_schema_is_current() {
    let file = path("plans/plan.schema.json");
    let current = format!("{:#}\n", planfile::schema());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &current).expect("written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == current, "run {UPDATE}=1 cargo test -p tributary --test plans");
}
