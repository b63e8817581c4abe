//! `deploy/docs/telemetry.md` names every metric and span, as the code has them and as Prometheus shows them.

#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use tributary_telemetry::{Options, init, names};
use walkdir::WalkDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the first table below a heading.
fn rows(document: &str, heading: &str) -> Vec<String> {
    let (_, below) = document.split_once(&format!("## {heading}\n")).expect("the heading is there");
    let table = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    table.skip(2).map(str::to_owned).collect()
}

fn keys(attributes: &[&str]) -> String {
    attributes.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

/// What Prometheus calls each metric: asked, not worked out. Each is measured once with an attribute that tells it.
async fn in_prometheus() -> BTreeMap<&'static str, String> {
    let guard = init("names", &Options::default(), true).expect("started");
    macro_rules! once {
        ($($histogram:ident)* ; $($counter:ident)* ; $($gauge:ident)*) => {
            $(names::$histogram.observe(Duration::from_secs(1), &[("told", stringify!($histogram))]);)*
            $(names::$counter.add(1, &[("told", stringify!($counter))]);)*
            $(names::$gauge.set(1, &[("told", stringify!($gauge))]);)*
        };
    }
    once!(
        RPC_SERVER_CALL_DURATION RPC_CLIENT_CALL_DURATION POOL_WAIT TRANSACTION_DURATION EVENT_PROCESS_DURATION CONSUMER_LAG
        OPERATION_DURATION;
        EVENTS_PUBLISHED RUN_FACTS FACTS_RECORDED CACHE_REQUESTS;
        POOL_CONNECTIONS POOL_MAX STORE_UP OUTBOX_PENDING OUTBOX_OLDEST CONSUMER_BACKLOG DEAD_LETTERS OPERATIONS_OPEN
        OPERATIONS_OLDEST BUILD_INFO
    );
    let text = guard.exposition().expect("offered").text().expect("text");
    let shown: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let find = |name: &'static str| {
        let plain = name.replace('.', "_");
        let found = [plain.clone(), format!("{plain}_seconds"), format!("{plain}_total")]
            .into_iter()
            .find(|name| shown.contains(name.as_str()));
        (name, found.unwrap_or_else(|| panic!("{name} is not shown:\n{text}")))
    };
    names::METRICS.iter().map(|metric| find(metric.named().name)).collect()
}

#[tokio::test]
async fn the_document_names_every_metric_and_span() {
    let document = std::fs::read_to_string(root().join("deploy/docs/telemetry.md")).expect("the document is there");
    let prometheus = in_prometheus().await;
    let expected: Vec<String> = names::METRICS
        .iter()
        .map(|metric| {
            let named = metric.named();
            let (name, unit, meaning) = (named.name, named.unit, named.meaning);
            let (kind, keys, shown) = (metric.kind(), keys(named.attributes), &prometheus[name]);
            format!("| `{name}` | `{shown}` | {kind} | {unit} | {keys} | {meaning} |")
        })
        .collect();
    assert_eq!(rows(&document, "Metrics"), expected, "\n{}\n", expected.join("\n"));
    let expected: Vec<String> = names::SPANS
        .iter()
        .map(|span| format!("| `{}` | {} | {} |", span.name, span.kind, keys(span.attributes)))
        .collect();
    let rows: Vec<String> = rows(&document, "Spans")
        .iter()
        .map(|row| row.rsplitn(3, '|').last().map(|row| format!("{row}|")).unwrap_or_default())
        .collect();
    assert_eq!(rows, expected, "\n{}\n", expected.join("\n"));
}

/// The name that follows `info_span!(`, and the attributes up to the closing parenthesis.
fn spans(source: &str) -> Vec<(String, String)> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    code.split("info_span!(")
        .skip(1)
        .map(|rest| {
            let mut quoted = rest.splitn(3, '"');
            let name = quoted.nth(1).expect("a name").to_owned();
            let fields = quoted.next().unwrap_or_default().split(");").next().unwrap_or_default().to_owned();
            (name, fields)
        })
        .collect()
}

#[test]
fn every_span_of_the_code_is_in_the_list() {
    let mut seen = BTreeSet::new();
    for area in ["shared", "services"] {
        let files = WalkDir::new(root().join(area)).into_iter().filter_map(Result::ok);
        for file in files.filter(|f| f.path().extension().is_some_and(|e| e == "rs")) {
            if file.path().components().any(|c| c.as_os_str() == "tests") || file.path().ends_with("tests.rs") {
                continue;
            }
            let source = std::fs::read_to_string(file.path()).expect("readable");
            for (name, fields) in spans(&source) {
                let known = names::SPANS.iter().find(|span| span.name == name);
                let known = known.unwrap_or_else(|| panic!("{name:?} in {} is not listed", file.path().display()));
                for key in known.attributes {
                    // `tenant` and `subject` may be named short, and "a.b = x" stands for itself.
                    assert!(fields.contains(key), "{name} in {} lacks {key}:{fields}", file.path().display());
                }
                seen.insert(known.name);
            }
        }
    }
    let listed: BTreeSet<&str> = names::SPANS.iter().map(|span| span.name).collect();
    assert_eq!(seen, listed);
}
