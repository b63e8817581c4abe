//! R13: returns that take back what their sale earned. Expected values by hand.

use super::{
    examples::{holds, one, violations},
    support::{dec, in_run, payees, period, plan, rule, sale},
};
use crate::{
    engine::{Engine, Inputs},
    fact::FactKind,
    plan::{PerFact, PlanSpec, Reward, Rule},
};

/// 15 %, at most 100 per fact.
fn commission() -> Rule {
    rule("r", Reward::PerFact(PerFact { rate: dec("0.15"), cap: Some(dec("100")), ..PerFact::default() }))
}

fn example(facts: &str, expect: &str) -> String {
    format!(r#"{{"period": "2012-Q3", "facts": [{facts}], "expect": [{expect}]}}"#)
}

#[test]
fn a_return_of_the_same_period_takes_back_its_share_inside_the_line() {
    // 1,000 earns 100, capped; half of it comes back: −50. A second sale of 200 earns 30.
    let facts = r#"{"source_id": "a", "occurred_on": "2012-07-01", "net": "1000"},
        {"source_id": "b", "occurred_on": "2012-07-02", "net": "200"},
        {"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-500", "original_source_id": "a"}"#;
    holds(&one(commission()), &example(facts, r#"{"rule": "r", "amount": "80"}"#));
}

#[test]
fn a_return_of_an_earlier_sale_is_a_line_of_its_own() {
    // The sale of 1,000 earned 100 in June; 500 of it takes back 50. The sale of 200 earns 30.
    let facts = r#"{"source_id": "a", "occurred_on": "2012-06-01", "net": "1000"},
        {"source_id": "b", "occurred_on": "2012-07-02", "net": "200"},
        {"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-500", "original_source_id": "a"}"#;
    let expect = r#"{"rule": "r", "amount": "30"}, {"rule": "r", "part": "clawback", "amount": "-50"}"#;
    holds(&one(commission()), &example(facts, expect));
}

#[test]
fn a_return_without_a_known_sale_counts_by_itself() {
    let facts = r#"{"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-500", "original_source_id": "gone"}"#;
    holds(&one(commission()), &example(facts, r#"{"rule": "r", "amount": "-75"}"#));
    // A sale of somebody else is not the payee's to give back, one that the measure never counted earned nothing.
    let facts = r#"{"source_id": "a", "partner": "q", "occurred_on": "2012-06-01", "net": "1000"},
        {"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-500", "original_source_id": "a"}"#;
    holds(&one(commission()), &example(facts, r#"{"rule": "r", "amount": "-75"}"#));
    let mut filtered = commission();
    filtered.measure.as_mut().expect("a measure").kinds = vec![FactKind::SellIn, FactKind::Return];
    let facts = r#"{"source_id": "a", "kind": "SELL_OUT", "occurred_on": "2012-06-01", "net": "1000"},
        {"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-500", "original_source_id": "a"}"#;
    let expect = r#"{"rule": "r", "amount": "0"}, {"rule": "r", "part": "clawback", "amount": "0"}"#;
    holds(&one(filtered), &example(facts, expect));
}

#[test]
fn returns_of_returns_and_circles_end() {
    // c gives back all of a; d is a return of that return: it belongs to a too.
    let facts = r#"{"source_id": "a", "occurred_on": "2012-07-01", "net": "100"},
        {"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-100", "original_source_id": "a"},
        {"source_id": "d", "occurred_on": "2012-08-02", "kind": "ADJUSTMENT", "net": "50", "original_source_id": "c"}"#;
    holds(&one(commission()), &example(facts, r#"{"rule": "r", "amount": "7.50"}"#));
    let circle = r#"{"source_id": "c", "occurred_on": "2012-08-01", "kind": "RETURN", "net": "-100", "original_source_id": "d"},
        {"source_id": "d", "occurred_on": "2012-08-02", "kind": "RETURN", "net": "-100", "original_source_id": "c"}"#;
    let found = violations(&one(commission()), &example(circle, r#"{"rule": "r", "amount": "-30"}"#));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_rate_is_that_of_the_plan_that_paid_on_the_day_of_the_sale() {
    let bounded = |from: Option<&str>, to: Option<&str>, rate: &str, version: u32| {
        let mut paying = commission();
        paying.reward = Reward::PerFact(PerFact { rate: dec(rate), ..PerFact::default() });
        let spec = PlanSpec {
            effective_from: from.map(super::support::day),
            effective_to: to.map(super::support::day),
            ..plan(vec![paying])
        };
        let mut in_run = in_run("s", spec);
        in_run.version_name = format!("plans/s/versions/{version}");
        in_run
    };
    let plans = vec![bounded(None, Some("2012-07-01"), "0.2", 1), bounded(Some("2012-07-01"), None, "0.1", 2)];
    let mut engine = Engine::new(period("2012-Q3"), plans);
    let mut back = sale("2", "2012-07-01", "-500");
    (back.kind, back.original) = (FactKind::Return, "1".to_owned());
    engine.absorb(&back.as_fact());
    assert_eq!(engine.wanted_sales().into_iter().collect::<Vec<_>>(), [("erp".to_owned(), "1".to_owned())]);
    engine.absorb_sale(&sale("1", "2012-06-30", "1000").as_fact());
    let lines = engine.finish(&Inputs::of_payees(payees(1))).expect("runs");
    let told: Vec<String> = lines.iter().map(|l| format!("{} {}", l.part, l.amount.number())).collect();
    assert_eq!(told, [" 0.00", "clawback -100.00"]);
    let input = &lines[1].trace.inputs[0];
    assert_eq!(
        (input.input.as_str(), input.value.display().as_str(), input.source.as_str()),
        ("sale erp/1 earned", "200", "plans/s/versions/1")
    );
    assert_eq!(lines[1].fact_count, 1);
}
