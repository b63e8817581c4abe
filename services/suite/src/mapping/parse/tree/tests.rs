//! Faults of mappings along a descriptor: all at once, with path, line and remedy.

use crate::mapping::{Element, Fields, Node, READY, RecordFields, Target, Tree, load, parse};

fn head(target: &str) -> String {
    format!("apiVersion: tributary/v1\nkind: Mapping\ntarget: {target}\n")
}

fn fails(target: &str, rest: &str) -> String {
    let text = head(target) + rest;
    parse("m.yaml", &text).expect_err(&text).to_string()
}

fn record(target: &str, rest: &str) -> RecordFields {
    match parse("m.yaml", &(head(target) + rest)).unwrap_or_else(|e| panic!("{e}")).fields {
        Fields::Record(fields) => *fields,
        other => panic!("{other:?}"),
    }
}

fn holds(faults: &str, wanted: &[&str]) {
    for one in wanted {
        assert!(faults.contains(one), "{one}\n{faults}");
    }
    assert_eq!(faults.lines().count(), wanted.len() + 1, "{faults}");
}

#[test]
fn every_target_has_a_ready_made_mapping() {
    for target in Target::all() {
        let made = READY.iter().filter_map(|(name, _)| load(name).ok()).any(|mapping| mapping.target() == target);
        assert!(made, "{target:?}");
    }
    let names: Vec<_> = Target::all().map(Target::as_str).collect();
    assert_eq!(names[..5], ["partners", "facts", "contracts", "obligations", "journeys"]);
    assert_eq!(Target::by_name("contract"), None);
    // Compared, never imported.
    assert!(!names.contains(&"statements") && Target::by_name("statements").is_some());
}

#[test]
fn names_and_shapes_follow_the_message() {
    let faults = fails(
        "contracts",
        r#"source_id: "{no}"
fields:
  contract:
    partner: {from: partner}
    titel: {from: title}
    effectiveFrom: {from: a}
    uid: {from: uid}
    external_refs: {system: {const: erp}, id: {from: no}}
    commitments:
      - {kind: {const: BUY}, cadence: {from: c}, amount: {from: amount}, commitment_id: {from: c, map: {"1": a}}}
      - purchases
    payment: 30
    labels: [a]
    renewal: {notice_days: {const: many}, months: {const: "1.5"}}
  terminates_on: {const: tomorrow}
  stat: {const: SIGNED}
"#,
    );
    holds(
        &faults,
        &[
            "line 4, source_id: contracts have no source id; name their key under fields.contract.external_refs[0].id",
            "line 7, fields.contract: title is missing; write title: {from: COLUMN}",
            "line 7, fields.contract: effective_from is missing; write effective_from: {from: COLUMN}",
            "line 8, fields.contract.titel: unknown key; did you mean \"title\"?",
            "line 9, fields.contract.effectiveFrom: unknown key; did you mean \"effective_from\"?",
            "line 10, fields.contract.uid: the service sets uid itself; leave it out",
            "line 11, fields.contract.external_refs: a mapping stands where a list is wanted, such as \
             [{id: {from: COLUMN}, system: {from: COLUMN}}]",
            "line 13, fields.contract.commitments[0].kind.const: \"BUY\" is none of PURCHASE, SALES, TRAFFIC, FOLLOWERS",
            "line 13, fields.contract.commitments[0].amount.from: unknown key; known: amount, currency",
            "line 13, fields.contract.commitments[0].amount: amount is missing; money is an amount with its currency: \
             {amount: {from: COLUMN}, currency: {const: CNY}}",
            "line 13, fields.contract.commitments[0].amount: currency is missing; money is",
            "line 14, fields.contract.commitments[1]: \"purchases\" stands where a mapping is wanted, with keys out of: \
             commitment_id, kind, cadence, amount, quantity, product_line",
            "line 15, fields.contract.payment: 30 stands where a mapping is wanted, with keys out of: currency_code",
            "line 16, fields.contract.labels: a list stands where a mapping is wanted, such as {KEY: {from: COLUMN}}",
            "line 17, fields.contract.renewal.notice_days.const: \"many\" is not a number",
            "line 17, fields.contract.renewal.months.const: 1.5 is not a whole number; nothing is rounded silently",
            "line 18, fields.terminates_on.const: \"tomorrow\" is not a date; write it as 2012-07-31",
            "line 19, fields.stat: unknown key; did you mean \"state\"?",
        ],
    );
}

#[test]
fn what_the_service_requires_beyond_the_descriptor_is_asked_for() {
    let faults = fails("contracts", "fields:\n  state: {const: SIGNED}\n");
    holds_one(&faults, "fields: contract is missing; write contract: {effective_from: {from: COLUMN}, partner:");
    let faults = fails("contracts", &contract("", "external_refs: []"));
    holds_one(&faults, "fields.contract.external_refs: the list is empty; write [{id: {from: COLUMN}, system:");
    let faults = fails(
        "obligations",
        "fields:\n  obligation:\n    kind: {const: OTHER}\n    title: {from: t}\n    due_on: {from: d}\n",
    );
    holds(
        &faults,
        &[
            "fields: contract or contract_external_ref is missing; write contract: {from: COLUMN}, or \
             contract_external_ref: {id: {from: COLUMN}, system: {from: COLUMN}}",
            "fields.obligation: external_ref is missing; write external_ref: {id: {from: COLUMN}, system: {from: COLUMN}}",
        ],
    );
    let faults = fails("journeys", "fields:\n  conversions: {const: 1}\n  journey_id: {from: id}\n");
    holds(
        &faults,
        &[
            "source_id is missing; write source_id: \"{COLUMN}\"",
            "fields.journey_id: source_id, beside fields, makes the journey_id; leave it out here",
            "fields: touches is missing; write touches: [{channel: {from: COLUMN}}]",
        ],
    );
}

fn holds_one(faults: &str, wanted: &str) {
    assert!(faults.contains(wanted) && faults.lines().count() == 1, "{faults}");
}

/// A contract of which nothing is missing, with one thing more.
fn contract(beside: &str, within: &str) -> String {
    let refs = if within.starts_with("external_refs") {
        ""
    } else {
        "    external_refs: [{system: {const: erp}, id: {from: n}}]\n"
    };
    format!(
        "{beside}fields:\n  contract:\n    partner: {{from: p}}\n    title: {{from: t}}\n    effective_from: {{from: f}}\n\
         {refs}    {within}\n"
    )
}

#[test]
fn of_a_oneof_not_two_are_the_same_in_every_row() {
    let both = "deposit: {amount: {amount: {const: 5}, currency: {const: CNY}}, rate: {from: rate}}";
    let faults = fails("contracts", &contract("", both));
    holds_one(
        &faults,
        "fields.contract.deposit.amount: amount is the same in every row, and only one of amount, rate can be; take the \
         others out, or take it from a column",
    );
    record("contracts", &contract("", &both.replace("{const: 5}", "{from: deposit}")));
}

#[test]
fn expressions_fit_their_fields() {
    let faults = fails("contracts", &contract("", "owner: {product: [a, b], sign: negate, format: \"%Y-%m-%d\"}"));
    holds(
        &faults,
        &[
            "fields.contract.owner.product: a product is a number, and owner takes none",
            "fields.contract.owner.sign: only numbers have a sign; leave it out",
            "fields.contract.owner.format: format belongs to dates and times only; leave it out",
        ],
    );
    let faults = fails("contracts", &contract("", "owner: {split: a, by: \";\"}"));
    holds_one(&faults, "fields.contract.owner.split: the parts of a cell are elements of a list, and this is none");
    let faults = fails("contracts", &contract("", "territory: {regions: [{split: a}]}"));
    holds_one(
        &faults,
        "regions[0].split: by is missing; write what parts the cell, such as {split: COLUMN, by: \";\"}",
    );
    let faults =
        fails("contracts", &contract("", "payment: {currency_code: {const: 1}, payment_days: {const: 99999999999}}"));
    holds_one(&faults, "payment_days.const: 99999999999 is out of range; correct it");
    let money = "commitments: [{commitment_id: {const: a}, kind: {const: sales}, cadence: {const: year}, amount: \
                 {amount: {const: much}, currency: {const: RMB}}}]";
    let faults = fails("contracts", &contract("", money));
    holds(&faults, &["amount.amount.const: \"much\" is not a number", "amount.currency.const: "]);
    let flag = "territory: {regions: [{from: r}], exclusive: {from: e, map: {\"X\": true, \"Y\": maybe}}}";
    holds_one(&fails("contracts", &contract("", flag)), "exclusive.map.Y: \"maybe\" is neither true nor false");
}

#[test]
fn a_tree_has_the_order_of_the_message() {
    let fields = record("contracts", &contract("", "owner: {from: o}"));
    let [contract] = fields.tree.members.as_slice() else { panic!("{fields:?}") };
    let Node::Message(Tree { members, .. }) = &contract.node else { panic!("{contract:?}") };
    let found: Vec<_> = members.iter().map(|m| (m.field.name().to_owned(), m.required)).collect();
    let wanted =
        [("partner", true), ("title", true), ("effective_from", true), ("external_refs", true), ("owner", false)];
    assert_eq!(found, wanted.map(|(name, required)| (name.to_owned(), required)));
    let Node::List(refs) = &members[3].node else { panic!("{members:?}") };
    assert!(matches!(refs.as_slice(), [Element { always: true, .. }]), "its place is that of the key: {refs:?}");
    assert_eq!(fields.columns().into_iter().collect::<Vec<_>>(), ["f", "n", "o", "p", "t"]);
}
