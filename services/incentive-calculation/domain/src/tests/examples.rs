//! Rules written as examples of a plan: facts, figures, partners, stated lines and the lines they must give. Helpers for
//! the modules beside; the tests here are of the runner itself.

use super::support::{dec, marginal, plan, rule, table, told};
use crate::plan::{EdgeSide, PaidOn, PlanExample, PlanSpec, Reward, Rule, Tier, TierTable, WholeVolume};

/// A flat percentage of the measure.
pub fn flat_rate(rate: &str) -> Reward {
    marginal(table(&[("0", rate, "0")], EdgeSide::LowerInclusive))
}

/// An amount per unit of the measure, above 1 too.
pub fn fixed(amount: &str) -> Reward {
    let tier = Tier { flat: dec(amount), ..Tier::default() };
    let table = TierTable { tiers: vec![tier], ..TierTable::default() };
    Reward::WholeVolume(WholeVolume { table, paid_on: PaidOn::Measure })
}

/// A plan with an example in JSON must hold it.
pub fn holds(spec: &PlanSpec, example: &str) {
    assert_eq!(violations(spec, example), Vec::<String>::new());
}

/// What is wrong with a plan and an example in JSON.
pub fn violations(spec: &PlanSpec, example: &str) -> Vec<String> {
    let example: PlanExample = serde_json::from_str(example).expect("an example");
    told(&PlanSpec { examples: vec![example], ..spec.clone() })
}

/// A plan with one rule.
pub fn one(rule: Rule) -> PlanSpec {
    plan(vec![rule])
}

#[test]
fn what_an_example_gets_wrong_is_told_all_at_once() {
    let found = violations(
        &one(rule("r", flat_rate("0.1"))),
        r#"{"period": "2012-Q3",
            "facts": [{"occurred_on": "2012-07-01", "net": "10", "source_id": "a"},
                      {"occurred_on": "2012-07-01", "net": "10", "source_id": "a"}],
            "stated": [{"period": "2012-Q3", "rule": "x", "amount": "0.001"}],
            "partners": [{"partner": "p", "member_from": "2012-07-02", "member_to": "2012-07-02"}, {"partner": "p"}],
            "figures": [{"figure": "quota", "period": "soon", "value": "1"}],
            "rates": [{"currency": "ZZZ", "day": "2012-01-01", "rate": "0"}],
            "expect": []}"#,
    );
    let fields: Vec<&str> = found.iter().filter_map(|v| v.split_once(": ").map(|(field, _)| field)).collect();
    assert_eq!(
        fields,
        [
            "examples[0].facts[1].source_id",
            "examples[0].partners[0].member_to",
            "examples[0].partners[1].partner",
            "examples[0].figures[0].period",
            "examples[0].stated[0].rule",
            "examples[0].stated[0].period",
            "examples[0].stated[0].amount",
            "examples[0].rates[0].currency",
        ],
        "{found:#?}"
    );
}
