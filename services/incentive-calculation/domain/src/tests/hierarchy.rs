//! R15: overrides up the effective-dated tree. Expected values by hand.

use super::{
    examples::{flat_rate, holds, one},
    support::{day, dec, in_run, payees, period, plan, rule, sale},
};
use crate::{
    engine::{Engine, Inputs, LineResult, Link},
    plan::{FrozenNode, Override, OverrideLevel, Reward, Rule},
};

/// 5 % of the first level, 2 % of the second.
fn overrides(frozen: FrozenNode) -> Rule {
    let level = |level, rate| OverrideLevel { level, rate: dec(rate) };
    rule("r", Reward::Override(Override { levels: vec![level(1, "0.05"), level(2, "0.02")], frozen }))
}

/// county under city under province under country; the county sells for 1,000, the city for 100.
fn example(city: &str, expect: &str) -> String {
    format!(
        r#"{{"period": "2012-Q3",
            "facts": [{{"partner": "county", "occurred_on": "2012-07-01", "net": "1000"}},
                      {{"partner": "city", "occurred_on": "2012-07-01", "net": "100"}}],
            "partners": [{{"partner": "county", "parent": "city"}}, {{"partner": "city", "parent": "province"{city}}},
                         {{"partner": "province", "parent": "country"}}],
            "expect": [{expect}]}}"#
    )
}

#[test]
fn uplines_earn_by_level_and_no_deeper() {
    // City: 5 % of 1,000. Province: 5 % of 100 and 2 % of 1,000. Country: 2 % of 100; the county is three levels down.
    let expect = r#"{"partner": "city", "rule": "r", "amount": "50"}, {"partner": "province", "rule": "r", "amount": "25"},
        {"partner": "country", "rule": "r", "amount": "2"}"#;
    holds(&one(overrides(FrozenNode::Skip)), &example("", expect));
}

#[test]
fn a_frozen_upline_is_skipped_held_or_left_out() {
    let frozen = r#", "frozen": true"#;
    let expect =
        r#"{"partner": "province", "rule": "r", "amount": "25"}, {"partner": "country", "rule": "r", "amount": "2"}"#;
    holds(&one(overrides(FrozenNode::Skip)), &example(frozen, expect));
    // The county moves up one level: the province has 5 % of 1,100, the country 2 % of 1,100.
    let expect =
        r#"{"partner": "province", "rule": "r", "amount": "55"}, {"partner": "country", "rule": "r", "amount": "22"}"#;
    holds(&one(overrides(FrozenNode::Compress)), &example(frozen, expect));
    let expect = r#"{"partner": "city", "rule": "r", "amount": "50"}, {"partner": "province", "rule": "r", "amount": "25"},
        {"partner": "country", "rule": "r", "amount": "2"}"#;
    holds(&one(overrides(FrozenNode::Hold)), &example(frozen, expect));
}

fn under(links: &[(u32, &str, Option<u32>)], known: u32) -> Inputs {
    let mut inputs = Inputs::of_payees(payees(known));
    for (node, from, parent) in links {
        inputs.tree.0.entry(*node).or_default().push(Link { from: day(from), parent: *parent });
    }
    inputs
}

fn engine() -> Engine {
    Engine::new(
        period("2012-Q3"),
        vec![in_run("s", plan(vec![overrides(FrozenNode::Hold), rule("own", flat_rate("0.1"))]))],
    )
}

fn lines(inputs: &Inputs) -> Vec<LineResult> {
    let mut engine = engine();
    for (id, on, net) in [("1", "2012-07-01", "100"), ("2", "2012-08-01", "1000")] {
        engine.absorb(&sale(id, on, net).as_fact());
    }
    engine.finish(inputs).expect("runs")
}

fn told(lines: &[LineResult]) -> Vec<String> {
    lines.iter().map(|l| format!("{} {} {}", l.business_key, l.rule, l.amount.number())).collect()
}

#[test]
fn the_tree_of_the_day_of_the_sale_decides() {
    // Under p1 in July, under p2 from August.
    let found = lines(&under(&[(0, "2010-01-01", Some(1)), (0, "2012-08-01", Some(2))], 3));
    assert_eq!(told(&found), ["p0 own 110.00", "p1 r 5.00", "p2 r 50.00"]);
    assert_eq!(found[1].fact_count, 1);
    // Nobody stood above in July: that is no upline, and nothing is earned.
    assert_eq!(told(&lines(&under(&[(0, "2012-08-01", Some(1))], 2))), ["p0 own 110.00", "p1 r 50.00"]);
}

#[test]
fn a_hold_says_that_the_upline_was_frozen() {
    let mut inputs = under(&[(0, "2010-01-01", Some(1))], 2);
    inputs.payees.get_mut(&1).expect("there").frozen = vec![(day("2012-07-01"), day("2012-07-02"))];
    let found = lines(&inputs);
    assert_eq!(told(&found), ["p0 own 110.00", "p1 r 55.00"]);
    assert_eq!(found[1].holds[0].reason, "the payee was frozen on days of the sales");
    assert!(found[0].holds.is_empty());
}

#[test]
fn a_cycle_or_a_hole_ends_the_way_up_and_the_trace_says_so() {
    // 0 → 1 → 0: p1 earns once, and never anybody on their own sales.
    let found = lines(&under(&[(0, "2010-01-01", Some(1)), (1, "2010-01-01", Some(0))], 2));
    assert_eq!(told(&found), ["p0 own 110.00", "p1 r 55.00"]);
    assert_eq!(found[1].trace.steps[0].name, "hierarchy");
    let reason = "the hierarchy has a cycle from \"p1\" to \"p0\"; nobody above is credited";
    assert_eq!(found[1].trace.steps[0].reason, reason);
    // The upline of the seller is not known: nobody earns, and the seller's own lines say why.
    let found = lines(&under(&[(0, "2010-01-01", Some(9))], 1));
    assert_eq!(told(&found), ["p0 own 110.00"]);
    let reason = &found[0].trace.not_fired[0].reason;
    assert!(
        reason.ends_with("the hierarchy has a hole: the upline of \"p0\" is not known; nobody above is credited"),
        "{reason}"
    );
}

#[test]
fn shards_by_seller_give_the_same_overrides() {
    let sales: Vec<_> = (0..30_u32)
        .map(|n| {
            let mut row = sale(&format!("{n:03}"), if n % 3 == 0 { "2012-07-05" } else { "2012-09-01" }, "10.01");
            row.payee = n % 5;
            row
        })
        .collect();
    let links: Vec<(u32, &str, Option<u32>)> = (0..5).map(|n| (n, "2010-01-01", Some(5 + n % 2))).collect();
    let inputs = under(&links, 7);
    let mut whole = engine();
    let mut shards = [engine(), engine(), engine()];
    for row in &sales {
        whole.absorb(&row.as_fact());
        shards[usize::try_from(row.payee % 3).expect("small")].absorb(&row.as_fact());
    }
    let [mut first, second, third] = shards;
    first.merge(third).expect("other sellers");
    first.merge(second).expect("other sellers");
    assert_eq!(first.finish(&inputs).expect("runs"), whole.finish(&inputs).expect("runs"));
    // 18 sales of the sellers 0, 2, 4 and 12 of 1, 3: 5 % of 180.18 and of 120.12.
    let found = told(&whole.finish(&inputs).expect("runs"));
    assert_eq!(found[5..], ["p5 r 9.01", "p6 r 6.01"]);
}
