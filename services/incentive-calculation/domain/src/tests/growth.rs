//! R05: bases, policies, edges. Expected values by hand.

use super::support::{dec, growth, in_run, one_line, plan, rule, run, sale, table};
use crate::plan::{
    EdgeSide, Growth, GrowthBase, GrowthOn, NegativeMeasure, NoBasePolicy, NonPositiveBasePolicy, Reward, Rule,
};

/// 1 % from 0, 3 % from 20 % growth.
fn standard() -> Growth {
    growth(table(&[("0", "0.01", "0"), ("0.20", "0.03", "0")], EdgeSide::LowerInclusive))
}

fn on(growth: &Growth) -> Rule {
    rule("r", Reward::Growth(growth.clone()))
}

/// The amount of `now` in 2012-Q3 against `base` in 2011-Q3.
fn amount(growth: &Growth, base: &str, now: &str) -> String {
    one_line(on(growth), &[sale("1", "2011-09-30", base), sale("2", "2012-07-01", now)]).amount.number()
}

#[test]
fn growth_picks_the_tier_and_is_paid_on_increment_or_whole() {
    let mut g = standard();
    assert_eq!(amount(&g, "1000", "1199.99"), "2.00"); // 19.999 %: 1 % of 199.99
    assert_eq!(amount(&g, "1000", "1200"), "6.00"); // exactly 20 %
    assert_eq!(amount(&g, "1000", "1000"), "0.00");
    assert_eq!(amount(&g, "1000", "900"), "0.00");
    g.table.edge_side = EdgeSide::UpperInclusive;
    assert_eq!(amount(&g, "1000", "1200"), "2.00");
    g.on = GrowthOn::Whole;
    assert_eq!(amount(&g, "1000", "1200"), "12.00");
    assert_eq!(amount(&g, "1000", "1200.01"), "36.00"); // 36.0003
    // On the first edge, which belongs to the tier below: there is none.
    assert_eq!(amount(&g, "1000", "1000"), "0.00");
    g.table.edge_side = EdgeSide::LowerInclusive;
    assert_eq!(amount(&g, "1000", "1000"), "10.00");
}

#[test]
fn a_ratio_without_an_end_stays_exact() {
    let g = growth(table(&[("0.333333333333", "0.03", "0")], EdgeSide::LowerInclusive));
    // 4 ÷ 3 − 1 is a third, just above the edge of twelve threes.
    let line = one_line(on(&g), &[sale("1", "2011-09-30", "3"), sale("2", "2012-07-01", "4")]);
    assert_eq!(line.exact.display(), "0.03");
    assert_eq!(line.trace.growth.map(|g| g.denominator().to_string()).as_deref(), Some("3"));
}

#[test]
fn below_the_first_edge_nothing_is_earned_and_the_trace_says_so() {
    let g = growth(table(&[("0.05", "0.01", "0")], EdgeSide::LowerInclusive));
    let line = one_line(on(&g), &[sale("1", "2011-09-30", "1000"), sale("2", "2012-07-01", "1049.99")]);
    assert_eq!((line.amount.number().as_str(), line.trace.slices.len()), ("0.00", 0));
    assert_eq!(line.trace.steps[0].name, "below the first tier");
    // 0.01 more: 1 % of 50.
    let next = line.trace.next_tier.expect("the first tier");
    assert_eq!((next.distance.to_string().as_str(), next.gain.display().as_str()), ("0.01", "0.5"));
}

#[test]
fn the_base_is_the_period_the_rule_names() {
    let mut g = standard();
    g.base = GrowthBase::PriorPeriod;
    let sales = [sale("1", "2012-06-30", "100"), sale("2", "2012-07-01", "200"), sale("3", "2011-07-01", "900")];
    assert_eq!(one_line(on(&g), &sales).amount.number(), "3.00");
    g.base = GrowthBase::Given;
    g.given_base = Some(dec("150"));
    let line = one_line(on(&g), &sales);
    assert_eq!(line.amount.number(), "1.50");
    let base = line.trace.base.expect("a base");
    assert_eq!((base.filter.as_str(), base.fact_count, base.from), ("given by the plan", 0, None));
}

#[test]
fn without_a_base_the_policy_decides() {
    let mut g = standard();
    let sales = [sale("1", "2012-07-01", "200")];
    let lines = |g: &Growth, sales: &[_]| run("2012-Q3", vec![in_run("s", plan(vec![on(g)]))], sales).expect("runs");
    assert!(lines(&g, &sales).is_empty());
    // A base in another currency is no base.
    let mut dollars = sale("0", "2011-07-01", "100");
    dollars.currency = super::support::currency("USD");
    assert!(lines(&g, &[dollars, sale("1", "2012-07-01", "200")]).is_empty());
    g.no_base = NoBasePolicy::DefaultBase;
    g.given_base = Some(dec("100"));
    let line = one_line(on(&g), &sales);
    assert_eq!((line.amount.number().as_str(), line.trace.steps[0].name.as_str()), ("3.00", "no base"));
    // A base of facts goes before the given one.
    assert_eq!(amount(&g, "160", "200"), "1.20");
}

#[test]
fn a_base_of_zero_or_below_is_a_base() {
    let mut g = standard();
    for base in ["0", "-50"] {
        let line = one_line(on(&g), &[sale("1", "2011-09-30", base), sale("2", "2012-07-01", "200")]);
        assert_eq!((line.amount.number().as_str(), line.trace.steps.len()), ("0.00", 1));
        assert_eq!((line.trace.growth, line.trace.next_tier), (None, None));
    }
    g.non_positive_base = NonPositiveBasePolicy::TopTier;
    assert_eq!(amount(&g, "0", "200"), "6.00");
    assert_eq!(amount(&g, "-50", "200"), "7.50");
    // A measure below 0 never earns, even above a base that is further below.
    assert_eq!(amount(&g, "-50", "-20"), "-0.20");
    assert_eq!(amount(&g, "0", "-20"), "-0.20");
}

#[test]
fn a_measure_below_zero_gives_back_the_first_rate_of_itself_and_no_share_of_the_base() {
    let g = standard();
    assert_eq!(amount(&g, "1000", "-100"), "-1.00");
    assert_eq!(amount(&g, "1000000", "-0.01"), "0.00");
    let whole = Growth { on: GrowthOn::Whole, ..standard() };
    assert_eq!(amount(&whole, "1000", "-100"), "-1.00");
    let zero = Rule { negative_measure: NegativeMeasure::Zero, ..on(&g) };
    let line = one_line(zero, &[sale("1", "2011-09-30", "1000"), sale("2", "2012-07-01", "-100")]);
    assert_eq!(line.amount.number(), "0.00");
}
