//! Values exactly on edges, half minor units, flats, values of 0 and below. Expected values by hand.

use tributary_core::Rounding;

use super::support::{dec, in_run, marginal, measure, one_line, paid, plan, rule, run, sale, table, whole};
use crate::plan::{EdgeSide, Marginal, MeasureField, NegativeMeasure, Reward, TierTable};

/// The bands of the sample data: 1 %, 2 %, 3 % from 0, 50,000 and 150,000.
fn bands(side: EdgeSide) -> TierTable {
    table(&[("0", "0.01", "0"), ("50000", "0.02", "0"), ("150000", "0.03", "0")], side)
}

fn amount(reward: Reward, net: &str) -> String {
    paid(reward, net).1
}

#[test]
fn on_the_edge_the_policy_decides() {
    let (lower, upper) = (EdgeSide::LowerInclusive, EdgeSide::UpperInclusive);
    for (net, marginally, whole_lower, whole_upper) in [
        ("49999.9999", "500.00", "500.00", "500.00"),
        ("50000.0000", "500.00", "1000.00", "500.00"),
        ("50000.0001", "500.00", "1000.00", "1000.00"),
        ("150000.0000", "2500.00", "4500.00", "3000.00"),
        ("150000.0001", "2500.00", "4500.00", "4500.00"),
    ] {
        assert_eq!(amount(marginal(bands(lower)), net), marginally, "{net}");
        assert_eq!(amount(marginal(bands(upper)), net), marginally, "{net}");
        assert_eq!(amount(whole(bands(lower)), net), whole_lower, "{net}");
        assert_eq!(amount(whole(bands(upper)), net), whole_upper, "{net}");
    }
}

#[test]
fn half_a_minor_unit_rounds_once_as_the_plan_says() {
    // 1 % of these: 0.005, 0.015, 0.025 and their negatives; 0.0149999.
    for (net, away, even) in [
        ("0.5", "0.01", "0.00"),
        ("1.5", "0.02", "0.02"),
        ("2.5", "0.03", "0.02"),
        ("-0.5", "-0.01", "0.00"),
        ("-2.5", "-0.03", "-0.02"),
        ("1.49999", "0.01", "0.01"),
    ] {
        for (rounding, expected) in [(Rounding::HalfAwayFromZero, away), (Rounding::HalfEven, even)] {
            let mut spec = plan(vec![rule("r", marginal(bands(EdgeSide::LowerInclusive)))]);
            spec.rounding = rounding;
            let lines = run("2012-Q3", vec![in_run("s", spec)], &[sale("1", "2012-08-01", net)]).expect("runs");
            assert_eq!(lines[0].amount.number(), expected, "{net} {rounding:?}");
        }
    }
}

/// Ten units at 10 each and a flat of 2, then 5 each and a flat of 3.
fn flats(side: EdgeSide) -> TierTable {
    table(&[("0", "10", "2"), ("10", "5", "3")], side)
}

fn units(reward: Reward, quantity: i64) -> String {
    let mut rule = rule("r", reward);
    rule.measure = Some(measure(MeasureField::Quantity));
    let mut sale = sale("1", "2012-08-01", "0");
    sale.quantity = quantity * 1_000_000;
    one_line(rule, &[sale]).amount.number()
}

#[test]
fn flats_are_due_once_a_tier_is_entered() {
    let graduated = |side, first_flat_at_zero| {
        move |quantity| {
            units(Reward::Marginal(Marginal { table: flats(side), first_flat_at_zero, retrospective: None }), quantity)
        }
    };
    let (lower, upper) = (EdgeSide::LowerInclusive, EdgeSide::UpperInclusive);
    assert_eq!(graduated(lower, false)(0), "0.00");
    assert_eq!(graduated(lower, true)(0), "2.00");
    assert_eq!(graduated(upper, true)(0), "2.00");
    assert_eq!(graduated(upper, false)(1), "12.00");
    // 10 units: 100 + 2; the flat of 3 only where the edge belongs to the upper tier.
    assert_eq!(graduated(upper, true)(10), "102.00");
    assert_eq!(graduated(lower, true)(10), "105.00");
    assert_eq!(graduated(upper, true)(11), "110.00");
    let volume = |side| move |quantity| units(whole(flats(side)), quantity);
    assert_eq!(volume(upper)(10), "102.00");
    assert_eq!(volume(lower)(10), "53.00");
    assert_eq!(volume(upper)(0), "2.00");
}

#[test]
fn a_measure_below_zero_is_signed_or_nothing() {
    for reward in [
        marginal(bands(EdgeSide::LowerInclusive)),
        whole(bands(EdgeSide::UpperInclusive)),
        whole(table(&[("0", "0.01", "7"), ("50000", "0.02", "0")], EdgeSide::LowerInclusive)),
    ] {
        let mut rule = rule("r", reward);
        let sales = [sale("1", "2012-08-01", "-60000")];
        let line = one_line(rule.clone(), &sales);
        assert_eq!((line.amount.number().as_str(), line.trace.steps.len()), ("-600.00", 1));
        rule.negative_measure = NegativeMeasure::Zero;
        let line = one_line(rule, &sales);
        assert_eq!(line.amount.number(), "0.00");
        let step = &line.trace.steps[0];
        assert_eq!((step.name.as_str(), step.before.display().as_str()), ("negative measure", "-600"));
        assert!(step.after.is_zero());
    }
}

#[test]
fn minor_units_follow_the_currency() {
    for (code, expected) in [("JPY", "15"), ("CNY", "15.00"), ("BHD", "15.000")] {
        let mut sale = sale("1", "2012-08-01", "0");
        sale.currency = super::support::currency(code);
        sale.net = crate::fact::amount_at_fact_scale(sale.currency, dec("1500.0001")).expect("four decimals");
        let line = one_line(rule("r", marginal(bands(EdgeSide::LowerInclusive))), &[sale]);
        assert_eq!((line.amount.number().as_str(), line.exact.display().as_str()), (expected, "15.000001"));
    }
}

#[test]
fn where_the_edge_belongs_below_the_next_tier_needs_one_step_more() {
    let line = one_line(rule("r", whole(bands(EdgeSide::UpperInclusive))), &[sale("1", "2012-08-01", "50000")]);
    let next = line.trace.next_tier.expect("there is a higher tier");
    // One step of the fact scale: 0.000001. Then 2 % of 50,000.000001 instead of 1 % of 50,000.
    assert_eq!((next.distance.to_string().as_str(), next.gain.display().as_str()), ("0.000001", "500.00000002"));
}
