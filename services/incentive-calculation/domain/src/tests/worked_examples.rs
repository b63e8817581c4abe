//! The worked examples of the rules, with their numbers.

use super::support::{growth, marginal, one_line, paid, rule, sale, table, whole};
use crate::{
    plan::{EdgeSide, Reward, TierTable},
    split::largest_remainder,
};

fn standard(side: EdgeSide) -> TierTable {
    table(&[("0", "0.15", "0"), ("1000000", "0.20", "0")], side)
}

fn pair(exact: &str, amount: &str) -> (String, String) {
    (exact.to_owned(), amount.to_owned())
}

#[test]
fn r01_pays_each_slice_at_its_own_rate() {
    for side in [EdgeSide::LowerInclusive, EdgeSide::UpperInclusive] {
        let pays = |net| paid(marginal(standard(side)), net);
        assert_eq!(pays("1600000.00"), pair("270000", "270000.00"));
        assert_eq!(pays("1000000.00"), pair("150000", "150000.00"));
        assert_eq!(pays("1000000.01"), pair("150000.002", "150000.00"));
    }
}

#[test]
fn r02_pays_the_reached_rate_on_the_whole() {
    let lower = |net| paid(whole(standard(EdgeSide::LowerInclusive)), net);
    assert_eq!(lower("999999.99"), pair("149999.9985", "150000.00"));
    assert_eq!(lower("1000000.00"), pair("200000", "200000.00"));
    assert_eq!(paid(whole(standard(EdgeSide::UpperInclusive)), "1000000.00"), pair("150000", "150000.00"));
}

#[test]
fn r01_recomputed_after_a_return() {
    let sales = [sale("1", "2012-07-05", "1600000"), sale("2", "2012-07-20", "-500000")];
    let line = one_line(rule("r", marginal(standard(EdgeSide::LowerInclusive))), &sales);
    assert_eq!((line.amount.number().as_str(), line.fact_count), ("170000.00", 2));
}

#[test]
fn r05_whole_rate_on_the_increment() {
    let tiers = table(&[("0", "0.01", "0"), ("0.20", "0.03", "0")], EdgeSide::LowerInclusive);
    let sales = [sale("1", "2011-08-01", "2000000"), sale("2", "2012-08-01", "2600000")];
    let line = one_line(rule("r", Reward::Growth(growth(tiers))), &sales);
    assert_eq!(line.amount.number(), "18000.00");
    assert_eq!(line.trace.growth.as_ref().map(|g| g.display()).as_deref(), Some("0.3"));
    assert_eq!(line.base.map(|b| b.to_string()).as_deref(), Some("2000000"));
}

#[test]
fn r14_parts_sum_to_the_whole() {
    assert_eq!(largest_remainder(10_000, &[1, 1, 1]), Ok(vec![3_334, 3_333, 3_333]));
    assert_eq!(largest_remainder(-10_000, &[1, 1, 1]), Ok(vec![-3_334, -3_333, -3_333]));
    assert_eq!(largest_remainder(1, &[70, 30]), Ok(vec![1, 0]));
}

#[test]
fn the_next_tier_is_told_with_what_it_pays() {
    let next = |reward| {
        let line = one_line(rule("r", reward), &[sale("1", "2012-08-01", "937700")]);
        let next = line.trace.next_tier.expect("there is a higher tier");
        (next.distance.to_string(), next.rate.to_string(), next.gain.display())
    };
    let expected = |gain: &str| ("62300".to_owned(), "0.20".to_owned(), gain.to_owned());
    assert_eq!(next(marginal(standard(EdgeSide::LowerInclusive))), expected("9345"));
    assert_eq!(next(whole(standard(EdgeSide::LowerInclusive))), expected("59345"));
}
