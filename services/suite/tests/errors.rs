//! The error catalogue: every reason with which the suite says no, in one document that is made from the declarations.

#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
};

use tributary_core::Reason;
use tributary_rpc::status;

/// When set, a document that differs is written anew.
const UPDATE: &str = "TRIBUTARY_UPDATE";

/// Shown as the domain of reasons that every area uses: they come under the domain of whoever answers.
const EVERY: &str = "every domain";

const HEAD: &str = "# Errors

Every refusal carries a `google.rpc.ErrorInfo` with one of these reasons and the domain of the service that refused. React
to reason and domain, never to the message. The message names the value and the remedy; a `google.rpc.BadRequest` lists
every field that is wrong.

Made from the reasons that the code declares: change them there, then run
`TRIBUTARY_UPDATE=1 cargo test -p tributary --test errors`.

| reason | code | domain | meaning and remedy |
|---|---|---|---|
";

/// All reasons by who declares them.
fn declared() -> [(&'static str, &'static [Reason]); 7] {
    [
        (EVERY, tributary_core::fault::common::ALL),
        (EVERY, tributary_bus::reasons::ALL),
        (partner_registry_server::ERROR_DOMAIN, partner_registry_domain::faults::ALL),
        (incentive_calculation_server::DOMAIN, incentive_calculation_domain::reasons::ALL),
        (contract_risk_server::DOMAIN, contract_risk_domain::reasons::ALL),
        (analytics_server::DOMAIN, analytics_domain::reasons::ALL),
        (tributary_gateway::DOMAIN, tributary_gateway::reasons::ALL),
    ]
}

/// The name of a gRPC code as in the specification: NOT_FOUND.
fn code(reason: &Reason) -> String {
    let mut name = String::new();
    for c in format!("{:?}", status::code(reason.kind)).chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_uppercase());
    }
    name
}

/// The document, rows in the order of reason and domain.
fn document() -> String {
    let mut rows = BTreeMap::new();
    for (domain, reasons) in declared() {
        for reason in reasons {
            rows.insert((reason.code, domain), reason);
        }
    }
    let mut text = HEAD.to_owned();
    for ((name, domain), reason) in rows {
        writeln!(text, "| `{name}` | {} | {domain} | {} |", code(reason), reason.help).expect("a string takes all");
    }
    text
}

#[test]
fn a_code_names_one_reason_of_a_domain_and_is_upper_snake() {
    let (mut seen, mut everywhere) = (BTreeSet::new(), BTreeSet::new());
    for (domain, reasons) in declared() {
        assert!(!reasons.is_empty(), "{domain} declares no reason");
        for reason in reasons {
            let name = reason.code;
            assert!(seen.insert((domain, name)), "{name} is declared twice for {domain}");
            if domain == EVERY {
                everywhere.insert(name);
            }
            let words = || name.split('_');
            let upper =
                |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            assert!(
                words().all(upper) && name.starts_with(|c: char| c.is_ascii_uppercase()),
                "{name}: write UPPER_SNAKE"
            );
            assert!(name.len() <= 63, "{name}: ErrorInfo takes at most 63 characters");
        }
    }
    for (domain, name) in seen {
        assert!(
            domain == EVERY || !everywhere.contains(name),
            "{name} of {domain} is a reason of every domain already"
        );
    }
}

/// Where reasons are declared; the macro itself and its examples are not.
fn declarations(place: &str) -> usize {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(place);
    let sources = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.expect("readable"));
    let sources = sources.filter(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|e| e == "rs") && path.components().any(|c| c.as_os_str() == "src")
    });
    let declares = |line: &&str| {
        let line = line.trim_start();
        ["tributary_core::reasons! {", "crate::reasons! {"].iter().any(|start| line.starts_with(start))
    };
    sources
        .map(|entry| std::fs::read_to_string(entry.path()).expect("readable"))
        .map(|text| text.lines().filter(declares).count())
        .sum()
}

#[test]
fn no_declaration_is_left_out() {
    let found = declarations("services") + declarations("shared");
    assert_eq!(found, declared().len(), "add the new reasons to `declared`");
}

#[test]
fn each_reason_says_what_it_means_in_one_line() {
    for (domain, reasons) in declared() {
        for Reason { code, help, .. } in reasons {
            assert!(help.len() > 10, "{domain} {code}: say what it means and what to do");
            assert!(
                !help.contains(['|', '\n']) && !help.ends_with('.'),
                "{domain} {code}: one cell without a final dot"
            );
        }
    }
}

#[test]
fn codes_are_named_as_in_the_specification() {
    let named = |name: &str| tributary_core::fault::common::ALL.iter().find(|r| r.code == name).map(code);
    assert_eq!(named("ETAG_MISMATCH").as_deref(), Some("ABORTED"));
    assert_eq!(named("INVALID_REQUEST").as_deref(), Some("INVALID_ARGUMENT"));
    assert_eq!(named("REQUEST_ID_REUSED").as_deref(), Some("FAILED_PRECONDITION"));
}

#[test]
fn the_document_lists_every_reason() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/docs/errors.md");
    let (known, made) = (std::fs::read_to_string(&path).unwrap_or_default(), document());
    if known == made {
        return;
    }
    if std::env::var(UPDATE).is_ok_and(|v| v == "1") {
        std::fs::write(&path, made).expect("written");
        return;
    }
    let (was, is): (BTreeSet<&str>, BTreeSet<&str>) = (known.lines().collect(), made.lines().collect());
    let gone: Vec<_> = was.difference(&is).collect();
    let new: Vec<_> = is.difference(&was).collect();
    panic!(
        "deploy/docs/errors.md is not what the code declares; run {UPDATE}=1 cargo test -p tributary --test errors\n\
         missing: {new:#?}\nout of date: {gone:#?}"
    );
}
