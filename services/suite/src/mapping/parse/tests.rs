//! Faults of mapping files, and that the ready-made ones have none.

use super::parse;
use crate::mapping::{READY, Target, Unknown, load};

fn fails(text: &str) -> String {
    parse("m.yaml", text).expect_err(text).to_string()
}

fn has_target(name: &str, text: &str) -> bool {
    let target = text.lines().find_map(|line| line.strip_prefix("target: "));
    Target::by_name(target.unwrap_or_else(|| panic!("{name} names its target"))).is_some()
}

const FACTS: &str = "apiVersion: tributary/v1\nkind: Mapping\ntarget: facts\n";

#[test]
fn ready_made_mappings_are_mappings() {
    // A mapping for a target that this build does not have is none.
    for (name, _) in READY.iter().filter(|(name, text)| has_target(name, text)) {
        let mapping = load(name).unwrap_or_else(|e| panic!("{e}"));
        assert!(!mapping.title.is_empty() && !mapping.columns().is_empty(), "{name}");
    }
    let lines = load("order-lines").expect("mapping");
    assert_eq!((lines.target(), lines.unknown), (Target::Facts, Unknown::Ignore));
    let e = load("order-line").expect_err("no such mapping").to_string();
    assert!(e.contains("did you mean \"order-lines\"?"), "{e}");
}

#[test]
fn everything_wrong_comes_at_once() {
    let text = format!(
        "{FACTS}unknown: maybe\nsource_id: \"fixed\"\nfields:\n  kind: {{const: SOLD}}\n  sku: sku\n  quantity: {{from: a, const: b}}\n  nett: {{from: net}}\n  net: {{product: [qty]}}\n  region: {{product: [a, b]}}\n"
    );
    let e = fails(&text);
    for wanted in [
        "line 4, unknown: write unknown: error or unknown: ignore",
        "line 5, source_id: \"fixed\" names no column",
        "line 7, fields.kind.const: \"SOLD\" is no kind",
        "line 8, fields.sku: \"sku\" alone does not say what it is; write {from: sku} to take a column",
        "line 9, fields.quantity: from and const says where the value comes from; write exactly one",
        "line 10, fields.nett: unknown key; did you mean \"net\"?",
        "line 11, fields.net.product: a product needs two columns",
        "line 12, fields.region.product: a product is a number, and region takes none",
        "source_system is missing",
        "currency is missing",
        "no partner; write partner_external_ref",
        "no date; write occurred_on",
    ] {
        assert!(e.contains(wanted), "{wanted}\n{e}");
    }
}

#[test]
fn zones_formats_and_words_are_checked_before_the_first_row() {
    let e = fails(&format!(
        "{FACTS}date: {{format: \"YYYY-MM-DD\", zone: Mars/Base}}\nsource_id: \"{{a}}\"\nfields: {{kind: {{from: k, map: {{\"1\": GONE}}}}}}\n"
    ));
    for wanted in [
        "date.format: \"YYYY-MM-DD\" is not a date format",
        "date.zone: \"Mars/Base\" is not a time zone",
        "fields.kind.map.1: \"GONE\" is no kind",
    ] {
        assert!(e.contains(wanted), "{wanted}\n{e}");
    }
}

#[test]
fn fractions_are_written_as_texts() {
    let e = fails(&format!("{FACTS}source_id: \"{{a}}\"\nfields:\n  net: {{const: 0.5}}\n"));
    assert!(e.contains("fields.net.const: 0.5 stands where a text is wanted; write it as a quoted string"), "{e}");
}

#[test]
fn partners_have_refs_and_no_source_id() {
    let e = fails(
        "apiVersion: tributary/v1\nkind: Mapping\ntarget: partners\nsource_id: \"{a}\"\nfields:\n  display_name: {from: name}\n  addresses: [{town: {from: t}}]\n",
    );
    for wanted in [
        "source_id: partners have no source id",
        "kind is missing",
        "fields.external_refs: a partner needs an external ref",
        "fields.addresses[0].town: unknown key",
    ] {
        assert!(e.contains(wanted), "{wanted}\n{e}");
    }
    let e = fails("apiVersion: tributary/v1\nkind: Mapping\n");
    assert!(
        e.contains("target: it is missing; write target: and one of partners, facts, contracts, obligations, journeys"),
        "{e}"
    );
}

#[test]
fn headers_are_compared_with_the_mapping() {
    let mapping = load("order-lines").expect("mapping");
    let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let good =
        names("order_no,line_no,order_date,partner_id,sku,currency,qty,gross_amount,cost_amount,net_amount,extra");
    assert!(mapping.check_header("o.csv", &good).is_ok(), "other columns are left out");
    let wrong = names("order_no,line_no,order_date,partner_id,sku,currency,qty,gross_amount,cost_amount,net_ammount");
    let e = mapping.check_header("o.csv", &wrong).expect_err("a typing error").to_string();
    assert!(e.contains("column \"net_amount\"") && e.contains("did you mean \"net_ammount\"?"), "{e}");

    let mut strict = mapping;
    strict.unknown = Unknown::Error;
    let e = strict.check_header("o.csv", &good).expect_err("extra").to_string();
    assert!(e.contains("column \"extra\" is not in the mapping order-lines; add it"), "{e}");
    strict.ignore.insert("extra".to_owned());
    let mut again = good;
    again.push("reject_reason".to_owned());
    assert!(strict.check_header("o.csv", &again).is_ok(), "ignored and added columns are fine");
}
