//! The engine as a whole: who gets a line, order, windows, digests, faults.

use sha2::{Digest as _, Sha256};

use super::support::{
    currency, day, growth, in_run, lookup, marginal, payees, period, plan, rule, run, sale, table, whole,
};
use crate::{
    digest::{line_text, run_digest},
    engine::{Engine, LineResult},
    fact::FactKind,
    plan::{EdgeSide, MeasureField, PlanSpec, Reward},
};

fn ten_percent() -> Reward {
    marginal(table(&[("0", "0.1", "0")], EdgeSide::LowerInclusive))
}

fn ids(lines: &[LineResult]) -> Vec<String> {
    lines.iter().map(|l| format!("{} {} {} {}", l.business_key, l.amount, l.slot, l.rule)).collect()
}

#[test]
fn lines_come_in_canonical_order() {
    let mut sales = vec![sale("1", "2012-07-01", "10"), sale("2", "2012-07-01", "20"), sale("3", "2012-07-01", "30")];
    sales[0].payee = 10; // "p10" sorts before "p2".
    sales[1].payee = 2;
    sales[2].payee = 2;
    sales[2].currency = currency("AUD");
    let two = plan(vec![rule("z", ten_percent()), rule("a", ten_percent())]);
    let plans = vec![in_run("later", two), in_run("earlier", plan(vec![rule("r", ten_percent())]))];
    let lines = run("2012-Q3", plans, &sales).expect("runs");
    assert_eq!(
        ids(&lines),
        [
            "p10 CNY 1.00 later z",
            "p10 CNY 1.00 later a",
            "p10 CNY 1.00 earlier r",
            "p2 AUD 3.00 later z",
            "p2 AUD 3.00 later a",
            "p2 AUD 3.00 earlier r",
            "p2 CNY 2.00 later z",
            "p2 CNY 2.00 later a",
            "p2 CNY 2.00 earlier r",
        ]
    );
}

#[test]
fn a_line_needs_a_fact_that_passes_and_others_say_why_not() {
    let mut filtered = rule("filtered", ten_percent());
    filtered.measure.as_mut().expect("a measure").product_lines = vec!["road".to_owned()];
    filtered.measure.as_mut().expect("a measure").regions = vec!["US/WA".to_owned()];
    filtered.measure.as_mut().expect("a measure").kinds = vec![FactKind::SellOut];
    let growing = rule("growing", Reward::Growth(growth(table(&[("0", "0.01", "0")], EdgeSide::LowerInclusive))));
    let spec = plan(vec![rule("all", ten_percent()), filtered, growing]);
    let mut sales = vec![sale("1", "2012-07-01", "10")];
    let lines = run("2012-Q3", vec![in_run("s", spec.clone())], &sales).expect("runs");
    assert_eq!(ids(&lines), ["p0 CNY 1.00 s all"]);
    let not_fired: Vec<String> = lines[0].trace.not_fired.iter().map(|n| format!("{}: {}", n.rule, n.reason)).collect();
    assert_eq!(
        not_fired,
        [
            "filtered: no fact in CNY from 2012-07-01 to 2012-09-30 passes the measure (product lines road; regions US/WA)",
            "growing: no fact in CNY from 2011-07-01 to 2011-09-30 passes the measure, so there is no base; \
             under this rule that gives no line",
        ]
    );
    for (region, fires) in [("US/WA", true), ("US/WA/Seattle", true), ("US/WAX", false), ("US", false)] {
        sales[0].kind = FactKind::SellOut;
        sales[0].product_line = "road".to_owned();
        sales[0].region = region.to_owned();
        let lines = run("2012-Q3", vec![in_run("s", spec.clone())], &sales).expect("runs");
        assert_eq!(lines.iter().any(|l| l.rule == "filtered"), fires, "{region}");
    }
}

#[test]
fn every_field_is_measured() {
    let mut first = sale("1", "2012-07-01", "10");
    (first.gross, first.cost, first.quantity) = (12_000_000, 7_500_000, 3_500_000);
    let sales = [first, sale("2", "2012-09-30", "5"), sale("3", "2012-10-01", "99"), sale("4", "2012-06-30", "99")];
    let value = |field| {
        let mut rule = rule("r", ten_percent());
        rule.measure = Some(super::support::measure(field));
        super::support::one_line(rule, &sales).measure.to_string()
    };
    assert_eq!(value(MeasureField::Net), "15");
    assert_eq!(value(MeasureField::Gross), "12");
    assert_eq!(value(MeasureField::Profit), "7.5");
    assert_eq!(value(MeasureField::Quantity), "3.5");
    assert_eq!(value(MeasureField::Count), "2");
}

#[test]
fn windows_hold_the_period_and_the_bases() {
    let prior = |base| {
        let mut g = growth(table(&[("0", "0.01", "0")], EdgeSide::LowerInclusive));
        g.base = base;
        rule("g", Reward::Growth(g))
    };
    let windows = |rules| Engine::new(period("2012-Q3"), vec![in_run("s", plan(rules))]).windows();
    let q3 = (day("2012-07-01"), day("2012-10-01"));
    assert_eq!(windows(vec![rule("r", ten_percent())]), [q3]);
    assert_eq!(windows(vec![prior(crate::plan::GrowthBase::PriorPeriod)]), [(day("2012-04-01"), day("2012-10-01"))]);
    let last_year = (day("2011-07-01"), day("2011-10-01"));
    assert_eq!(windows(vec![prior(crate::plan::GrowthBase::SamePeriodLastYear)]), [last_year, q3]);
}

#[test]
fn a_plan_takes_part_when_the_period_lies_wholly_inside_its_bounds() {
    let bounded = |from: Option<&str>, to: Option<&str>| PlanSpec {
        effective_from: from.map(day),
        effective_to: to.map(day),
        ..plan(vec![rule("r", ten_percent())])
    };
    for (from, to, takes_part) in [
        (None, None, true),
        (Some("2012-07-01"), Some("2012-10-01"), true),
        (Some("2012-07-02"), None, false),
        (None, Some("2012-09-30"), false),
    ] {
        let engine = Engine::new(period("2012-Q3"), vec![in_run("s", bounded(from, to))]);
        assert_eq!((engine.plans().count(), engine.windows().len()), if takes_part { (1, 1) } else { (0, 0) });
    }
}

#[test]
fn the_facts_digest_runs_over_keys_and_contents() {
    let lines = run(
        "2012-Q3",
        vec![in_run("s", plan(vec![rule("r", ten_percent())]))],
        &[sale("b", "2012-07-01", "1"), sale("a", "2012-07-01", "2")],
    );
    let mut text = b"erp\0a\0".to_vec();
    text.extend([7; 32]);
    text.extend(b"erp\0b\0");
    text.extend([7; 32]);
    assert_eq!(lines.expect("runs")[0].trace.measure.facts_digest, hex::encode(Sha256::digest(text)));
}

#[test]
fn the_run_digest_is_that_of_the_sorted_texts() {
    let spec = plan(vec![rule("r", whole(table(&[("0", "0.15", "0")], EdgeSide::LowerInclusive)))]);
    let lines = run("2012-Q3", vec![in_run("s", spec)], &[sale("1", "2012-07-01", "1.50")]).expect("runs");
    let expected = format!(
        "tributary.line.v1\npayee=2:p0\nslot=1:s\nrule=1:r\ncurrency=3:CNY\nmeasure=3:1.5\nbase=-\nnumerator=1:9\n\
         denominator=2:40\namount=4:0.23\nfact_count=1:1\nfacts_digest=64:{}\n",
        lines[0].trace.measure.facts_digest
    );
    assert_eq!(line_text(&lines[0]), expected);
    assert_eq!(run_digest(&lines), hex::encode(Sha256::digest(expected)));
}

#[test]
fn too_large_is_a_fault_that_names_payee_and_rule() {
    let mut per_unit = rule("huge", marginal(table(&[("0", "10000000", "0")], EdgeSide::LowerInclusive)));
    per_unit.measure.as_mut().expect("a measure").field = MeasureField::Quantity;
    let mut sale = sale("1", "2012-07-01", "0");
    sale.quantity = i64::MAX;
    let fault = run("2012-Q3", vec![in_run("s", plan(vec![per_unit]))], &[sale]).expect_err("exceeds 64 bits");
    assert_eq!(fault.reason().code, "AMOUNT_OVERFLOW");
    assert!(fault.message().contains("\"p0\"") && fault.message().contains("\"huge\""), "{fault}");
    let mut exact =
        rule("exact", marginal(table(&[("0", "0.1", "0"), ("0.000000000001", "0.2", "0")], EdgeSide::LowerInclusive)));
    exact.measure.as_mut().expect("a measure").field = MeasureField::Quantity;
    let many: Vec<_> = (0..100_000)
        .map(|n| super::support::Sale {
            quantity: i64::MAX,
            ..super::support::sale(&format!("{n:06}"), "2012-07-01", "0")
        })
        .collect();
    let fault = run("2012-Q3", vec![in_run("s", plan(vec![exact]))], &many).expect_err("needs 30 digits");
    assert_eq!(fault.reason().code, "AMOUNT_OVERFLOW");
}

#[test]
fn engines_over_the_same_payee_do_not_merge() {
    let plans = vec![in_run("s", plan(vec![rule("r", ten_percent())]))];
    let mut a = Engine::new(period("2012-Q3"), plans);
    let mut b = a.clone();
    a.absorb(&sale("1", "2012-07-01", "1").as_fact());
    b.absorb(&sale("2", "2012-07-01", "1").as_fact());
    assert!(a.merge(b).is_err());
    let lines = a.finish(&lookup(&payees(1))).expect("runs");
    assert_eq!(lines[0].amount.number(), "0.10");
    assert!(a.finish(&lookup(&[])).is_err());
}
