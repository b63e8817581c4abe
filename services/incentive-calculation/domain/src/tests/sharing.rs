//! What is shared: caps, splits, goods, currencies. Expected values by hand.

use super::{
    examples::{flat_rate, holds, one, violations},
    support::{currency, day, dec, in_run, payees, period, plan, rule, sale},
};
use crate::{
    digest::{line_text, run_digest},
    engine::{Engine, Inputs},
    plan::{
        CapScope, Conversion, ConversionDate, CurrencyPolicy, InKind, InKindSort, PartStep, PlanSpec, Reward, Rule,
        ShareOf, SharePayee, SharedCap, Split, SplitShare, Step,
    },
};

fn capped(scope: CapScope, yearly: bool) -> PlanSpec {
    let cap = SharedCap {
        id: "budget".to_owned(),
        title: String::new(),
        rules: Vec::new(),
        amount: dec("100"),
        currency: currency("CNY"),
        scope,
        yearly,
    };
    PlanSpec { shared_caps: vec![cap], ..plan(vec![rule("a", flat_rate("0.1")), rule("b", flat_rate("0.2"))]) }
}

fn two(stated: &str, expect: [&str; 4]) -> String {
    let [a1, b1, a2, b2] = expect;
    format!(
        r#"{{"period": "2012-Q3",
            "facts": [{{"partner": "one", "occurred_on": "2012-07-01", "net": "300"}},
                      {{"partner": "two", "occurred_on": "2012-07-01", "net": "400"}}],
            "stated": [{stated}],
            "expect": [{{"partner": "one", "rule": "a", "amount": "{a1}"}}, {{"partner": "one", "rule": "b", "amount": "{b1}"}},
                       {{"partner": "two", "rule": "a", "amount": "{a2}"}}, {{"partner": "two", "rule": "b", "amount": "{b2}"}}]}}"#
    )
}

#[test]
fn a_budget_is_shared_pro_rata_to_the_last_cent() {
    // 30, 60, 40, 80 are 210. Of 100: 14.2857…, 28.5714…, 19.0476…, 38.0952…; the two cents go to 14.2857 and 19.0476.
    holds(&capped(CapScope::Plan, false), &two("", ["14.29", "28.57", "19.05", "38.09"]));
    // Each payee: 90 fits; 120 is cut to 33.33 and 66.67.
    holds(&capped(CapScope::Payee, false), &two("", ["30", "60", "33.33", "66.67"]));
}

#[test]
fn a_budget_of_the_year_counts_what_was_stated() {
    let stated = r#"{"partner": "one", "period": "2012-Q1", "rule": "a", "amount": "70"},
        {"partner": "gone", "period": "2012-Q2", "rule": "b", "amount": "9"},
        {"partner": "one", "period": "2011-Q4", "rule": "a", "amount": "999"}"#;
    // 21 of 210 are left: a tenth of each.
    holds(&capped(CapScope::Plan, true), &two(stated, ["3", "6", "4", "8"]));
    // "one" has 30 left for 90: a third.
    holds(&capped(CapScope::Payee, true), &two(stated, ["10", "20", "33.33", "66.67"]));
}

fn split(own: u64, media: ShareOf, less_figure: &str) -> Rule {
    let share = |payee, share| SplitShare { payee, share, minimum: None };
    let shares = vec![
        share(SharePayee::Own, ShareOf::Weight(own)),
        share(SharePayee::Partner("partners/media".to_owned()), media),
    ];
    Rule { split: Some(Split { shares, less_figure: less_figure.to_owned() }), ..rule("r", flat_rate("0.1")) }
}

#[test]
fn the_rounded_line_is_split_and_the_others_part_names_its_pools() {
    // 10.01 and 5.00 over 70:30: 7.007 and 3.003 → 7.01, 3.00; 3.50, 1.50.
    let example = r#"{"period": "2012-Q3",
        "facts": [{"partner": "a", "occurred_on": "2012-07-01", "net": "100.10"}, {"partner": "b", "occurred_on": "2012-07-01", "net": "50"}],
        "expect": [{"partner": "a", "rule": "r", "amount": "7.01"}, {"partner": "b", "rule": "r", "amount": "3.50"},
                   {"partner": "media", "rule": "r", "part": "share", "amount": "4.50"}]}"#;
    holds(&one(split(70, ShareOf::Weight(30), "")), example);
}

#[test]
fn weights_may_follow_figures_and_a_figure_may_come_off_first() {
    let example = |media: &str, stock: &str, own: &str, share: &str| {
        format!(
            r#"{{"period": "2012-Q3", "facts": [{{"partner": "a", "occurred_on": "2012-07-01", "net": "1000"}}],
                "figures": [{{"partner": "media", "figure": "invested", "value": "{media}"}},
                            {{"partner": "a", "figure": "unsold", "value": "{stock}"}}],
                "expect": [{{"partner": "a", "rule": "r", "amount": "{own}"}},
                           {{"partner": "media", "rule": "r", "part": "share", "amount": "{share}"}}]}}"#
        )
    };
    let spec = one(split(1, ShareOf::WeightFigure("invested".to_owned()), "unsold"));
    holds(&spec, &example("3", "20", "20", "60"));
    holds(&spec, &example("3", "500", "0", "0"));
    holds(&spec, &example("0", "0", "100", "0"));
}

#[test]
fn a_partner_who_shares_and_is_not_known_is_a_fault() {
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", one(split(1, ShareOf::Weight(1), "")))]);
    assert_eq!(engine.needs().partners.into_iter().collect::<Vec<_>>(), ["partners/media"]);
    engine.absorb(&sale("1", "2012-07-01", "10").as_fact());
    let fault = engine.finish(&Inputs::of_payees(payees(1))).expect_err("media is not there");
    assert_eq!(fault.reason().code, "PARTNER_UNKNOWN");
}

#[test]
fn goods_are_given_instead_of_money() {
    let mut chillers = rule(
        "r",
        Reward::Step(Step {
            above: dec("0"),
            step: dec("1000"),
            amount: dec("1"),
            part_step: PartStep::Nothing,
            max_steps: 0,
            edge_scale: crate::plan::EdgeScale::Absolute,
        }),
    );
    chillers.in_kind = Some(InKind {
        sort: InKindSort::Loan,
        item: "chiller-120".to_owned(),
        title: "Chiller".to_owned(),
        unit_value: dec("899.90"),
    });
    holds(
        &one(chillers.clone()),
        r#"{"period": "2012-Q3", "facts": [{"occurred_on": "2012-07-01", "net": "3999.99"}],
            "expect": [{"rule": "r", "amount": "0", "quantity": "3"}]}"#,
    );
    let line = super::support::one_line(chillers, &[sale("1", "2012-07-01", "3999.99")]);
    assert_eq!(line.in_kind.as_ref().map(|g| g.value.number()).as_deref(), Some("2699.70"));
    assert!(line_text(&line).ends_with("in_kind=26:LOAN chiller-120 3 2699.70\n"), "{}", line_text(&line));
}

fn converted(date_rule: ConversionDate) -> PlanSpec {
    PlanSpec {
        currency_policy: CurrencyPolicy::Convert,
        conversion: Some(Conversion { rate_table: "rateTables/group".to_owned(), date_rule, into: currency("CNY") }),
        ..one(rule("r", flat_rate("0.1")))
    }
}

#[test]
fn amounts_are_converted_before_they_are_added() {
    let example = |amount: &str| {
        format!(
            r#"{{"period": "2012-Q3",
                "facts": [{{"occurred_on": "2012-07-01", "net": "100", "currency": "USD"}},
                          {{"occurred_on": "2012-08-15", "net": "100", "currency": "USD"}},
                          {{"occurred_on": "2012-08-15", "net": "50"}}],
                "rates": [{{"currency": "USD", "day": "2012-06-30", "rate": "6.31"}}, {{"currency": "USD", "day": "2012-08-15", "rate": "6.33"}},
                          {{"currency": "USD", "day": "2012-09-30", "rate": "6.4"}}],
                "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#
        )
    };
    holds(&converted(ConversionDate::FactDay), &example("131.40")); // 631 + 633 + 50
    holds(&converted(ConversionDate::PeriodEnd), &example("133.00")); // 640 + 640 + 50
}

#[test]
fn a_missing_rate_is_a_fault_with_currency_and_day() {
    let example = r#"{"period": "2012-Q3", "facts": [{"occurred_on": "2012-07-01", "net": "1", "currency": "USD"}],
        "rates": [{"currency": "USD", "day": "2012-07-02", "rate": "6.31"}], "expect": []}"#;
    assert_eq!(
        violations(&converted(ConversionDate::FactDay), example),
        [
            "examples[0].facts: \"rateTables/group\" has no rate from USD into CNY on or before 2012-07-01; record one and \
          calculate again"
        ]
    );
}

#[test]
fn a_rate_is_told_with_its_day() {
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", converted(ConversionDate::FactDay))]);
    let mut dollars = sale("1", "2012-07-01", "10");
    dollars.currency = currency("USD");
    engine.absorb(&dollars.as_fact());
    let mut inputs = Inputs::of_payees(payees(1));
    let rate = crate::engine::Rate { day: day("2012-06-29"), rate: dec("6.3"), source: "rates/7".to_owned() };
    let table = [(currency("USD"), vec![rate])].into_iter().collect();
    inputs.rates.insert("rateTables/group".to_owned(), crate::engine::Rates(table));
    let lines = engine.finish(&inputs).expect("runs");
    assert_eq!((lines[0].amount.to_string().as_str(), lines[0].measure.to_string().as_str()), ("CNY 6.30", "63"));
    let input = &lines[0].trace.inputs[0];
    assert_eq!((input.input.as_str(), input.source.as_str()), ("rate USD into CNY from 2012-06-29", "rates/7"));
    assert_eq!(run_digest(&lines).len(), 64);
}
