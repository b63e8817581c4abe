//! Membership, assignments, attributes: proration, guarantees, draws, gates, multipliers, holds. Expected values by hand.

use super::{
    examples::{flat_rate, holds, one},
    support::{currency, day, dec, in_run, one_line, payees, period, plan, rule, sale},
};
use crate::{
    assignment::{Assignment, AssignmentTarget, Attributes},
    engine::{AttributeSpan, Engine, Inputs, LineResult},
    plan::{
        Amount, AttributeCondition, Condition, Draw, DrawKind, FactorStep, Gate, Guarantee, Hold, HoldUntil, Indicator,
        IndicatorCondition, MissingIndicator, MissingTarget, Multiplier, NegativeMeasure, PlanSpec, Proration, Reward,
        Rule, ScoreCard, ScoreItem, ScoreOf, Target, TargetOf,
    },
};

fn guarantee(amount: Amount, proration: Proration) -> Rule {
    let reward = Reward::Guarantee(Guarantee { guaranteed: amount, rules: Vec::new(), currency: currency("CNY") });
    Rule { proration, ..Rule::new("guarantee", None, NegativeMeasure::Zero, reward) }
}

fn with_guarantee(proration: Proration) -> PlanSpec {
    plan(vec![rule("r", flat_rate("0.1")), guarantee(Amount::Given(dec("10000")), proration)])
}

#[test]
fn a_guarantee_adds_what_is_missing_for_the_days_of_membership() {
    // Member 15 of 30 days of September: 5,000 − 2,000.
    let example = |member: &str, facts: &str, expect: &str| {
        format!(
            r#"{{"period": "2012-09", "facts": [{facts}], "partners": [{{"partner": "p"{member}}}], "expect": [{expect}]}}"#
        )
    };
    let sold = r#"{"occurred_on": "2012-09-20", "net": "20000"}"#;
    let earned = r#"{"rule": "r", "amount": "2000"}"#;
    let prorated = with_guarantee(Proration::MembershipDays);
    let joined = r#", "member_from": "2012-09-16""#;
    holds(&prorated, &example(joined, sold, &format!(r#"{earned}, {{"rule": "guarantee", "amount": "3000"}}"#)));
    // Without any fact it is still due.
    holds(&prorated, &example(joined, "", r#"{"rule": "guarantee", "amount": "5000"}"#));
    // Whoever left before the period has no day in it.
    let left = r#", "member_to": "2012-09-01""#;
    holds(&prorated, &example(left, sold, earned));
    // Not prorated: the end of the period decides on the whole.
    let whole = with_guarantee(Proration::None);
    holds(&whole, &example(joined, "", r#"{"rule": "guarantee", "amount": "10000"}"#));
    holds(&whole, &example(r#", "member_to": "2012-09-30""#, sold, earned));
}

#[test]
fn a_guarantee_of_a_figure_is_only_for_those_who_have_it() {
    let spec = plan(vec![rule("r", flat_rate("0.1")), guarantee(Amount::Figure("least".to_owned()), Proration::None)]);
    holds(
        &spec,
        r#"{"period": "2012-Q3",
            "facts": [{"partner": "a", "occurred_on": "2012-07-01", "net": "10"}, {"partner": "b", "occurred_on": "2012-07-01", "net": "10"}],
            "figures": [{"partner": "a", "figure": "least", "value": "7"}],
            "expect": [{"partner": "a", "rule": "r", "amount": "1"}, {"partner": "a", "rule": "guarantee", "amount": "6"},
                       {"partner": "b", "rule": "r", "amount": "1"}]}"#,
    );
}

#[test]
fn a_draw_is_advanced_recovered_and_forgiven_in_lines_of_its_own() {
    let reward = Draw {
        drawn: Amount::Given(dec("1000")),
        kind: DrawKind::Guarantee,
        recoverable: true,
        recovery_share: dec("0.5"),
        forgive_after_periods: 2,
        rules: Vec::new(),
        currency: currency("CNY"),
    };
    let draw = Rule::new("draw", None, NegativeMeasure::Zero, Reward::Draw(reward));
    let spec = plan(vec![rule("r", flat_rate("0.1")), draw]);
    // Earned 400: 600 is advanced.
    holds(
        &spec,
        r#"{"period": "2012-Q3", "facts": [{"occurred_on": "2012-07-01", "net": "4000"}],
            "expect": [{"rule": "r", "amount": "400"}, {"rule": "draw", "part": "advance", "amount": "600"}]}"#,
    );
    // Earned 1,500 with 600 open for two periods: half of 500 pays back 250, the other 350 are forgiven.
    holds(
        &spec,
        r#"{"period": "2012-Q3", "facts": [{"occurred_on": "2012-07-01", "net": "15000"}],
            "stated": [{"period": "2012-Q1", "rule": "draw", "part": "advance", "amount": "600", "carried": "600"},
                       {"period": "2012-Q2", "rule": "draw", "part": "advance", "amount": "0", "carried": "600"}],
            "expect": [{"rule": "r", "amount": "1500"}, {"rule": "draw", "part": "advance", "amount": "0"},
                       {"rule": "draw", "part": "recovery", "amount": "-250"},
                       {"rule": "draw", "part": "forgiveness", "amount": "0"}]}"#,
    );
}

fn tiered(slot: &str, tier: &str, rate: &str) -> crate::engine::PlanInRun {
    let mut rule = rule("r", flat_rate(rate));
    rule.proration = Proration::AssignmentDays;
    let assignments = vec![Assignment { target: AssignmentTarget::Tier(tier.to_owned()), priority: 0 }];
    let mut plan = in_run(slot, PlanSpec { assignments, ..plan(vec![rule]) });
    plan.version_name = format!("plans/{tier}/versions/1");
    plan
}

#[test]
fn the_period_is_cut_where_attributes_change_and_each_plan_pays_its_days() {
    // 30 days of September: basic for 10, advanced for 20 of which 5 were no membership.
    let mut engine = Engine::new(period("2012-09"), vec![tiered("s", "basic", "0.1"), tiered("s", "advanced", "0.2")]);
    engine.absorb(&sale("1", "2012-09-01", "3000").as_fact());
    let mut inputs = Inputs::of_payees(payees(1));
    let payee = inputs.payees.get_mut(&0).expect("there");
    let tier = |tier: &str| Attributes { tier: Some(tier.to_owned()), ..payee.attributes.clone() };
    let (basic, advanced) = (tier("basic"), tier("advanced"));
    payee.history = vec![
        AttributeSpan { from: day("2012-08-01"), to: day("2012-09-11"), attributes: basic },
        AttributeSpan { from: day("2012-09-11"), to: day("2012-10-01"), attributes: advanced.clone() },
    ];
    payee.attributes = advanced;
    payee.membership = Some(vec![(day("2012-01-01"), day("2012-09-26"))]);
    let lines = engine.finish(&inputs).expect("runs");
    let told: Vec<String> =
        lines.iter().map(|l| format!("{} {} {}", l.trace.plan_version, l.part, l.amount.number())).collect();
    // 3,000 × 10 % × 10 ÷ 30; 3,000 × 20 % × 15 ÷ 30.
    assert_eq!(told, ["plans/basic/versions/1 until-2012-09-11 100.00", "plans/advanced/versions/1  300.00"]);
    assert_eq!(lines[0].trace.attributes[0].value, "basic");
}

fn figure_at_least(name: &str, least: &str) -> Condition {
    Condition::Indicator(IndicatorCondition {
        indicator: Indicator::Figure(name.to_owned()),
        at_least: Some(dec(least)),
        below: None,
    })
}

fn tier_is(tier: &str) -> Condition {
    Condition::Attribute(AttributeCondition { attribute: "tier".to_owned(), values: vec![tier.to_owned()] })
}

fn gated(when: Condition) -> Rule {
    Rule { gates: vec![Gate { title: String::new(), when, otherwise: dec("0.25") }], ..rule("r", flat_rate("0.1")) }
}

fn partner(tier: &str, figure: &str, amount: &str) -> String {
    let figures =
        if figure.is_empty() { String::new() } else { format!(r#"{{"figure": "nps", "value": "{figure}"}}"#) };
    format!(
        r#"{{"period": "2012-Q3", "facts": [{{"occurred_on": "2012-07-01", "net": "1000"}}],
            "partners": [{{"partner": "p", "tier": "{tier}"}}], "figures": [{figures}],
            "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#
    )
}

#[test]
fn gates_look_at_figures_attributes_and_both() {
    let both = one(gated(Condition::All(vec![figure_at_least("nps", "30"), tier_is("gold")])));
    holds(&both, &partner("gold", "30", "100"));
    holds(&both, &partner("gold", "29.9", "25"));
    holds(&both, &partner("gold", "", "25"));
    holds(&both, &partner("", "30", "25"));
    let either = one(gated(Condition::Any(vec![figure_at_least("nps", "30"), tier_is("gold")])));
    holds(&either, &partner("", "30", "100"));
    holds(&either, &partner("silver", "1", "25"));
    let not = one(gated(Condition::Not(Box::new(tier_is("gold")))));
    holds(&not, &partner("gold", "", "25"));
    holds(&not, &partner("", "", "100"));
}

#[test]
fn a_gate_that_does_not_hold_says_why() {
    let line = one_line(gated(tier_is("gold")), &[sale("1", "2012-07-01", "1000")]);
    let reason = &line.trace.steps[0].reason;
    assert!(reason.ends_with("; tier is not set, gold is needed"), "{reason}");
    assert_eq!(line.amount.number(), "25.00");
}

#[test]
fn a_score_card_multiplies() {
    let item = |name: &str, weight: &str| ScoreItem {
        title: String::new(),
        of: ScoreOf::Figure(name.to_owned()),
        weight: dec(weight),
        target: dec("10"),
        cap: None,
    };
    let card = ScoreCard { items: vec![item("nps", "3"), item("repeat", "1")] };
    let mut rule = rule("r", flat_rate("0.1"));
    rule.multipliers = vec![Multiplier {
        title: String::new(),
        by: Indicator::ScoreCard(card),
        steps: vec![FactorStep { from: dec("0.75"), factor: dec("1.5") }],
        linear: false,
        missing: MissingIndicator::Nothing,
    }];
    let spec = one(rule);
    // 3 × min(1, 12 ÷ 10) + 0 of 4: 0.75. 9 ÷ 10: 0.675. Nothing at all: missing.
    holds(&spec, &partner("", "12", "150"));
    holds(&spec, &partner("", "9", "100"));
    holds(&spec, &partner("", "", "0"));
}

#[test]
fn attainment_accelerates_and_the_next_tier_is_told_with_it() {
    let mut rule = rule("r", flat_rate("0.1"));
    rule.target = Some(Target { of: TargetOf::Amount(dec("1000")), missing: MissingTarget::Skip });
    rule.multipliers = vec![Multiplier {
        title: String::new(),
        by: Indicator::Attainment,
        steps: vec![FactorStep { from: dec("1.2"), factor: dec("2") }],
        linear: false,
        missing: MissingIndicator::Neutral,
    }];
    let line = one_line(rule.clone(), &[sale("1", "2012-07-01", "1199.99")]);
    assert_eq!(
        (line.amount.number().as_str(), line.trace.attainment.map(|a| a.display()).as_deref()),
        ("120.00", Some("1.19999"))
    );
    assert_eq!(one_line(rule, &[sale("1", "2012-07-01", "1200")]).amount.number(), "240.00");
}

fn held(holds: Vec<Hold>, net: &str) -> LineResult {
    one_line(Rule { holds, ..rule("r", flat_rate("0.1")) }, &[sale("1", "2012-07-01", net)])
}

#[test]
fn a_line_is_withheld_for_days_or_until_a_condition_holds() {
    let days = Hold { title: "right of return".to_owned(), until: HoldUntil::Days(30) };
    let paid = Hold { title: String::new(), until: HoldUntil::Condition(Box::new(figure_at_least("paid", "1"))) };
    let line = held(vec![days.clone(), paid], "10");
    let told: Vec<(&str, Option<String>)> =
        line.holds.iter().map(|h| (h.reason.as_str(), h.until.map(|d| d.to_string()))).collect();
    assert_eq!(
        told,
        [
            ("right of return: 30 days after the end of the period", Some("2012-10-31".to_owned())),
            ("figure paid is missing, at least 1 is needed", None),
        ]
    );
    assert_eq!(line.amount.number(), "1.00");
    // What is owed back is not withheld.
    assert!(held(vec![days], "-10").holds.is_empty());
}
