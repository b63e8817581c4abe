//! Shorthands, faults with their places, and that the ready-made plans are plans.

use tributary_proto::tributary::incentive::v1::{MeasureField, rule::Reward};

use super::{READY, load, load_price_list, load_promotion, parse, parse_promotion};

const HEAD: &str = "apiVersion: tributary/v1\nkind: Plan\n";

fn fails(body: &str) -> String {
    parse("p.yaml", &format!("{HEAD}{body}")).expect_err(body).to_string()
}

#[test]
fn decimals_dates_and_enums_have_short_forms() {
    let body = r#"
title: Commission
effective_from: 2012-07-01
effectiveTo: {year: 2013, month: 1, day: 1}
rounding: HALF_EVEN
rules:
  - id: a
    measure: {field: NET, kinds: [SELL_IN, FACT_KIND_RETURN]}
    negativeMeasure: SIGNED
    marginal:
      table:
        tiers:
          - {from: "0", rate: "0.15"}
          - {from: {value: "1000000"}, rate: "0.20"}
"#;
    let spec = parse("p.yaml", &format!("{HEAD}{body}")).expect("plan");
    let from = spec.effective_from.expect("date");
    assert_eq!((from.year, from.month, from.day), (2012, 7, 1));
    assert_eq!(spec.effective_to.map(|d| d.year), Some(2013));
    assert_eq!(spec.rounding, 2);
    let rule = spec.rules.first().expect("rule");
    let measure = rule.measure.as_ref().expect("measure");
    assert_eq!((measure.field(), measure.kinds.as_slice()), (MeasureField::Net, [1, 3].as_slice()));
    let Some(Reward::Marginal(marginal)) = &rule.reward else { panic!("marginal") };
    let tiers = &marginal.table.as_ref().expect("table").tiers;
    let rates: Vec<_> = tiers.iter().map(|t| t.rate.as_ref().expect("rate").value.as_str()).collect();
    assert_eq!(rates, ["0.15", "0.20"]);
}

#[test]
fn numbers_where_decimals_are_wanted_are_faults() {
    let body = "rules:\n  - id: a\n    marginal:\n      table:\n        tiers:\n          - {from: \"0\", rate: 0.15}\n          - from: 1000000\n";
    let text = fails(body);
    assert!(text.contains("line 8, rules[0].marginal.table.tiers[0].rate: 0.15 is a number"), "{text}");
    assert!(text.contains("line 9, rules[0].marginal.table.tiers[1].from: 1000000 is a number"), "{text}");
    assert!(text.contains("write it as a quoted string: \"0.15\""), "{text}");
}

#[test]
fn maps_and_new_parts_of_the_language_are_read_and_their_faults_named() {
    let body = r#"
rules:
  - id: a
    measure: {field: FIGURE, figure: footfall, window: {since: 2026-01-01}}
    negativeMeasure: CARRY
    gates:
      - when: {not: {indicator: {indicator: {attainment: true}, atLeast: "0.9"}}}
    step: {step: "10", amount: "1", maxSteps: 3}
examples:
  - period: "2026-05"
    partners:
      - {partner: p, labels: {grade: A, "segment": road}, memberFrom: 2026-05-02}
"#;
    let spec = parse("p.yaml", &format!("{HEAD}{body}")).expect("plan");
    let partner = spec.examples.first().and_then(|e| e.partners.first()).expect("a partner");
    let labels: Vec<(&str, &str)> = partner.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(labels, [("grade", "A"), ("segment", "road")]);
    assert!(
        matches!(spec.rules.first().and_then(|r| r.reward.as_ref()), Some(Reward::Step(step)) if step.max_steps == 3)
    );

    let text =
        fails("rules:\n  - curve:\n      points:\n        - {at: \"1\", valu: 0.5}\n    limits: {periodCap: 10}\n");
    assert!(text.contains("line 6, rules[0].curve.points[0].valu: unknown key; did you mean \"value\"?"), "{text}");
    assert!(text.contains("line 7, rules[0].limits.periodCap: 10 is a number"), "{text}");
    let text = fails("examples: [{partners: [{labels: {grade: 1}}, {labels: A}]}]");
    assert!(text.contains("labels.grade: 1 stands where a text is wanted"), "{text}");
    assert!(text.contains("partners[1].labels: \"A\" stands where pairs of texts are wanted"), "{text}");
}

#[test]
fn unknown_keys_name_the_nearest_one() {
    let text = fails("titel: x\nrules:\n  - {id: a, negativ_measure: ZERO}\n");
    assert!(text.contains("line 3, titel: unknown key; did you mean \"title\"?"), "{text}");
    assert!(text.contains("rules[0].negativ_measure: unknown key; did you mean \"negativeMeasure\"?"), "{text}");
}

#[test]
fn wrong_sorts_of_values_say_what_is_wanted() {
    for (body, wanted) in [
        ("title: 2012", "title: 2012 stands where a text is wanted; write it as a quoted string"),
        ("rules: {id: a}", "rules: a mapping stands where a list is wanted"),
        ("rules: [x]", "rules[0]: \"x\" stands where a mapping is wanted"),
        ("effective_from: 2012-13-01", "\"2012-13-01\" is not a date"),
        ("effective_from: soon", "\"soon\" is not a date"),
        ("rounding: UP", "\"UP\" is none of HALF_AWAY_FROM_ZERO, HALF_EVEN"),
        ("rules: [{measure: {field: NETT}}]", "\"NETT\" is none of NET, GROSS, PROFIT, QUANTITY, COUNT"),
        ("rules: [{marginal: {table: {tiers: [{from: \"1,000\"}]}}}]", "\"1,000\" is not a decimal number"),
        ("rules: [{marginal: {}, growth: {}}]", "marginal is there already"),
        ("effective_from: 2012-07-01\neffectiveFrom: 2012-07-01", "is there twice"),
    ] {
        let text = fails(body);
        assert!(text.contains(wanted), "{body}: {text}");
    }
}

#[test]
fn the_head_is_checked() {
    let text = parse("p.yaml", "apiVersion: tributary/v2\ntitle: x\n").expect_err("head").to_string();
    assert!(text.contains("\"tributary/v2\" is not \"tributary/v1\"") && text.contains("kind is missing"), "{text}");
    assert!(parse("p.yaml", "- a\n").is_err());
    assert!(parse("p.yaml", "").is_err());
}

#[test]
fn json_is_read_too() {
    let text = r#"{"apiVersion": "tributary/v1", "kind": "Plan", "title": "caf\u00e9", "rules": [{"id": "a"}]}"#;
    let spec = parse("p.json", text).expect("plan");
    assert_eq!((spec.title.as_str(), spec.rules.len()), ("café", 1));
    let text =
        "{\n\"apiVersion\": \"tributary/v1\", \"kind\": \"Plan\",\n\"rules\": [{\"growth\": {\"given_base\": 1.5}}]}";
    let faults = parse("p.json", text).expect_err("a float").to_string();
    assert!(faults.contains("line 3, rules[0].growth.given_base: 1.5 is a number"), "{faults}");
}

#[test]
fn ready_made_plans_are_plans() {
    for (name, _) in READY {
        let spec = load(name).unwrap_or_else(|e| panic!("{e}"));
        assert!(!spec.title.is_empty() && !spec.rules.is_empty() && !spec.examples.is_empty(), "{name}");
    }
    let text = load("standard-comission").expect_err("no such plan").to_string();
    assert!(text.contains("did you mean \"standard-commission\"?"), "{text}");
}

#[test]
fn price_lists_and_promotions_are_files_of_the_same_form() {
    let list = load_price_list("standard").expect("the ready-made list");
    assert_eq!(
        (list.currency_code.as_str(), list.scales.len(), list.price_benefit.as_str()),
        ("CNY", 2, "price-factor")
    );
    let sale = load_promotion("618").expect("the ready-made promotion");
    assert_eq!((sale.display_name.as_str(), sale.product_lines), ("Mid-year sale", vec!["helmets".to_owned()]));
    let text = "apiVersion: tributary/v1\nkind: Promotion\ndisplayName: X\ndiscount: \"0.1\"\nstaking: COMBINABLE\n";
    let told = parse_promotion("x.yaml", text).expect_err("a typing error").to_string();
    assert!(told.contains("line 5") && told.contains("staking"), "{told}");
}
