//! What `deploy/` says about the suite is so: settings exist, metrics are measured, alerts have runbooks, commands and
//! options are known, versions agree.

#![cfg(test)]

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tributary::settings::SuiteSettings;
use walkdir::WalkDir;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn read(file: &str) -> String {
    let path = deploy().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every file below some directories, with its text.
fn files(directories: &[&str]) -> Vec<(String, String)> {
    let paths = directories.iter().flat_map(|d| WalkDir::new(deploy().join(d)).into_iter().filter_map(Result::ok));
    let texts = paths
        .filter(|f| f.file_type().is_file())
        .map(|f| (f.path().display().to_string(), std::fs::read_to_string(f.path()).expect("text")));
    texts.collect()
}

/// The words of a text that begin so, made of these characters.
fn words<'a>(text: &'a str, prefix: &str, of: impl Fn(char) -> bool + Copy) -> BTreeSet<&'a str> {
    text.split(|c| !of(c)).filter(|word| word.starts_with(prefix)).collect()
}

/// The environment variable of every setting.
fn variables(prefix: &str, settings: &Value, all: &mut BTreeSet<String>) {
    let Value::Object(map) = settings else { return };
    for (key, value) in map {
        let name = format!("{prefix}{}", key.to_uppercase());
        variables(&format!("{name}__"), value, all);
        all.insert(name);
    }
}

#[test]
fn every_setting_named_in_deploy_exists() {
    let settings = serde_json::to_value(SuiteSettings::default()).expect("json");
    let mut known = BTreeSet::new();
    variables("TRIBUTARY_", &settings, &mut known);
    assert!(known.contains("TRIBUTARY_METRICS__LISTEN") && known.contains("TRIBUTARY_LOG__OTLP_ENDPOINT"), "{known:?}");
    // Compose's own, from its .env.
    known.extend(["TRIBUTARY_IMAGE", "TRIBUTARY_PORT"].map(str::to_owned));
    let mut seen = BTreeSet::new();
    for (file, text) in files(&["docker", "compose", "helm", "systemd", "docs/runbooks"]) {
        for name in words(&text, "TRIBUTARY_", |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
            assert!(known.contains(name), "{file} names {name}, which is no setting");
            seen.insert(name.to_owned());
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn the_file_of_systemd_is_read_by_the_command() {
    let command = Command::new(env!("CARGO_BIN_EXE_tributary"))
        .args(["check-config", "--config"])
        .arg(deploy().join("systemd/tributary.toml"))
        .env_clear()
        .output()
        .expect("it runs");
    assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
    assert!(String::from_utf8_lossy(&command.stdout).contains("stop_delay_seconds = 5"));
}

/// The names that Prometheus shows, from the document that is held to the code.
fn shown() -> BTreeSet<String> {
    let document = read("docs/telemetry.md");
    let (_, table) = document.split_once("## Metrics").expect("a table");
    let mut all = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let columns: Vec<&str> = row.split('|').map(|column| column.trim().trim_matches('`')).collect();
        let suffixes: &[&str] = if columns[3] == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        all.extend(suffixes.iter().map(|suffix| format!("{}{suffix}", columns[2])));
    }
    all
}

/// The attributes that Prometheus shows as labels.
fn labels() -> BTreeSet<String> {
    let document = read("docs/telemetry.md");
    let (_, table) = document.split_once("## Metrics").expect("a table");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let columns = rows.filter_map(|row| row.split('|').nth(5)).flat_map(|keys| keys.split(','));
    let mut all: BTreeSet<String> = columns.map(|key| key.trim().trim_matches('`').replace('.', "_")).collect();
    all.extend(["le", "job", "instance", "service"].map(str::to_owned));
    all
}

/// Every expression of the dashboard and of the alerts.
fn expressions() -> Vec<String> {
    fn collect(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| match (key.as_str(), value) {
                ("expr" | "definition", Value::String(text)) => all.push(text.clone()),
                _ => collect(value, all),
            }),
            Value::Array(list) => list.iter().for_each(|value| collect(value, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(&serde_json::from_str(&read("grafana/tributary.json")).expect("json"), &mut all);
    let dashboard = all.len();
    collect(&serde_yaml_ng::from_str(&read("prometheus/alerts.yaml")).expect("yaml"), &mut all);
    assert!(dashboard > 25 && all.len() - dashboard > 10, "{dashboard} and {}", all.len());
    all
}

#[test]
fn every_metric_of_the_dashboard_and_the_alerts_is_measured() {
    let (shown, labels) = (shown(), labels());
    let mut seen = BTreeSet::new();
    for expression in expressions() {
        let unquoted: String = expression.split('"').step_by(2).collect();
        let identifiers = unquoted.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '$'));
        for word in identifiers.filter(|word| word.contains('_') && !word.starts_with('$')) {
            let function = ["histogram_quantile", "label_values", "min_over_time", "group_left"].contains(&word);
            let known = shown.contains(word) || labels.contains(word) || function;
            assert!(known, "{word} is neither a metric nor a label: {expression}");
            if shown.contains(word) {
                seen.insert(word.to_owned());
            }
        }
    }
    // The dashboard shows what there is: a metric that nobody looks at need not be measured.
    let looked_at = |metric: &String| {
        let stem = metric.trim_end_matches("_bucket").trim_end_matches("_count").trim_end_matches("_sum");
        seen.iter().any(|name| name.starts_with(stem))
    };
    let unseen: Vec<_> = shown.iter().filter(|metric| !looked_at(metric)).collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}

#[test]
fn every_alert_has_a_runbook_that_names_it() {
    let rules: Value = serde_yaml_ng::from_str(&read("prometheus/alerts.yaml")).expect("yaml");
    let rules = rules["groups"][0]["rules"].as_array().expect("rules");
    let guide = read("docs/production.md");
    let mut used = BTreeSet::new();
    for rule in rules {
        let alert = rule["alert"].as_str().expect("a name");
        let runbook = rule["annotations"]["runbook"].as_str().expect("a runbook");
        let text = read(runbook.strip_prefix("deploy/").expect("in deploy"));
        assert!(text.contains(alert), "{runbook} does not name {alert}");
        assert!(text.contains("## What to do"), "{runbook}");
        assert!(guide.contains(alert), "the guide does not name {alert}");
        used.insert(runbook.rsplit('/').next().unwrap_or_default().to_owned());
    }
    let there: BTreeSet<String> = std::fs::read_dir(deploy().join("docs/runbooks"))
        .expect("runbooks")
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(used, there, "every runbook belongs to an alert");
}

#[test]
fn documents_point_at_files_that_are_there() {
    let mut links = 0;
    for (file, text) in files(&["docs"]).into_iter().filter(|(file, _)| file.ends_with(".md")) {
        let directory = Path::new(&file).parent().expect("a directory");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            links += 1;
            assert!(directory.join(target).exists(), "{file} points at {target}");
        }
    }
    assert!(links > 40, "{links}");
}

#[test]
fn charts_and_units_run_the_command_as_it_is() {
    let chart: Value = serde_yaml_ng::from_str(&read("helm/tributary/Chart.yaml")).expect("yaml");
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    let compose: Value = serde_yaml_ng::from_str(&read("compose/compose.yaml")).expect("yaml");
    let services = compose["services"].as_object().expect("services");
    let mut checked = 0;
    for (name, service) in services {
        for key in ["command", "test"] {
            let Some(words) = service[key].as_array().or_else(|| service["healthcheck"][key].as_array()) else {
                continue;
            };
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            let arguments: Vec<&str> = match words.as_slice() {
                ["serve" | "migrate", ..] => words,
                ["CMD", "/tributary", rest @ ..] => rest.to_vec(),
                _ => continue,
            };
            // Only read, not run: an argument that is not known ends with 2 before anything else.
            let help = Command::new(env!("CARGO_BIN_EXE_tributary")).args(&arguments).arg("--help").output();
            assert!(help.expect("it runs").status.success(), "{name}: {arguments:?}");
            if let ["serve", served] = arguments.as_slice() {
                assert_eq!(served, name);
                served.parse::<tributary::settings::ServiceName>().expect("a service");
            }
            checked += 1;
        }
    }
    assert!(checked >= 11, "{checked}");
}

/// The key of the evidence log is given to the one process that signs with it.
#[test]
fn only_incentive_calculation_is_given_the_key_of_the_log() {
    let compose: Value = serde_yaml_ng::from_str(&read("compose/compose.yaml")).expect("yaml");
    let mut signs = Vec::new();
    for (name, service) in compose["services"].as_object().expect("services") {
        // What is merged in counts as well.
        if service.to_string().contains("evidence_key") {
            signs.push(name.as_str());
        }
    }
    assert_eq!(signs, ["incentive-calculation"]);
    let units = files(&["systemd"]).into_iter().filter(|(_, text)| text.contains("evidence.key"));
    let units: Vec<String> = units.map(|(file, _)| file).collect();
    assert!(
        units.len() == 1 && units[0].ends_with("tributary@incentive-calculation.service.d/evidence.conf"),
        "{units:?}"
    );
    assert!(!read("helm/tributary/templates/configmap.yaml").contains("EVIDENCE"), "all processes read it");
}
