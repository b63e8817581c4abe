//! Parallel runs: 15 % up to 1,000,000 and 20 % above, on the sales of each case; differences by hand.

use tributary_core::MinorAmount;

use crate::{
    parallel_run::{Cause, Comparison, ForeignLine, OwnLine, compare},
    plan::EdgeSide,
};

use super::support::{currency, dec, marginal, one_line, rule, sale, table};

/// Our line for one sale, payee `p`.
fn own(net: &str) -> OwnLine {
    let tiers = table(&[("0", "0.15", "0"), ("1000000", "0.20", "0")], EdgeSide::default());
    let line = one_line(rule("commission", marginal(tiers)), &[sale("1", "2012-08-01", net)]);
    OwnLine {
        name: "statements/s1/lines/slot.commission".to_owned(),
        partner: "partners/p".to_owned(),
        payee: "Partner".to_owned(),
        line: line.into(),
    }
}

fn theirs(cents: i64, label: &str, measure: Option<&str>) -> ForeignLine {
    ForeignLine {
        payee: "old:P".to_owned(),
        partner: Some("partners/p".to_owned()),
        label: label.to_owned(),
        amount: MinorAmount { currency: currency("CNY"), value: cents },
        measure: measure.map(dec),
    }
}

fn told(result: &Comparison) -> Vec<(Cause, i64)> {
    result.differences.iter().map(|d| (d.cause, d.difference.value)).collect()
}

fn one(net: &str, foreign: ForeignLine) -> (Cause, i64, String) {
    let result = compare(&[foreign], &[own(net)], false).expect("compares");
    assert_eq!((result.compared, result.differences.len()), (1, 1), "{result:?}");
    let difference = &result.differences[0];
    (difference.cause, difference.difference.value, difference.reason.clone())
}

#[test]
fn equal_amounts_are_equal_under_any_label() {
    for label in ["", "commission", "slot.commission"] {
        let result = compare(&[theirs(27_000_000, label, None)], &[own("1600000")], false).expect("compares");
        assert_eq!((result.compared, result.differences.len()), (1, 0), "{label}");
    }
    // Two foreign lines of one label are one amount.
    let parts = [theirs(20_000_000, "commission", None), theirs(7_000_000, "commission", None)];
    let result = compare(&parts, &[own("1600000")], false).expect("compares");
    assert_eq!((result.compared, result.differences.len()), (1, 0));
}

#[test]
fn a_difference_is_traced_to_its_cause() {
    // 15 % of 333.33 is 49.9995: 50.00 here, 49.99 where it is cut.
    let (cause, cents, why) = one("333.33", theirs(4_999, "commission", None));
    assert_eq!((cause, cents), (Cause::Rounding, 1), "{why}");
    assert!(why.contains("49.9995"), "{why}");
    // They lack a sale of 100,000.
    let (cause, cents, why) = one("1600000", theirs(25_000_000, "commission", Some("1500000")));
    assert_eq!((cause, cents), (Cause::Facts, 2_000_000));
    assert!(why.contains("they measured 1500000, we measured 1600000 from 1 fact"), "{why}");
    // 20 % on the whole: 320,000.
    let (cause, cents, why) = one("1600000", theirs(32_000_000, "commission", Some("1600000")));
    assert_eq!((cause, cents), (Cause::Tier, -5_000_000));
    assert!(why.contains("rate 0.2"), "{why}");
    // The rate of the next tier, 20 % of 900,000.
    assert_eq!(one("900000", theirs(18_000_000, "commission", None)).0, Cause::Tier);
    let (cause, _, why) = one("1600000", theirs(1_000, "commission", None));
    assert_eq!(cause, Cause::Amount);
    assert!(why.contains("state what they measured"), "{why}");
}

#[test]
fn what_stands_on_one_side_only_is_told() {
    let stranger = ForeignLine { payee: "old:X".to_owned(), partner: None, ..theirs(500, "", None) };
    let other =
        ForeignLine { payee: "old:Q".to_owned(), partner: Some("partners/q".to_owned()), ..theirs(900, "bonus", None) };
    let result = compare(&[stranger.clone(), other.clone()], &[own("1600000")], false).expect("compares");
    // The largest first.
    let expected = [(Cause::NotInTheirs, 27_000_000), (Cause::NotInOurs, -900), (Cause::PartnerUnknown, -500)];
    assert_eq!(told(&result), expected);
    assert_eq!(result.differences[0].line, "statements/s1/lines/slot.commission");
    assert!(result.differences[0].explanation.contains("20 %"), "{}", result.differences[0].explanation);
    let totals: Vec<_> = result.totals.iter().map(|t| (t.cause, t.count, t.theirs.value, t.ours.value)).collect();
    let expected =
        [(Cause::NotInTheirs, 1, 0, 27_000_000), (Cause::NotInOurs, 1, 900, 0), (Cause::PartnerUnknown, 1, 500, 0)];
    assert_eq!(totals, expected);
    let named = compare(&[stranger, other], &[own("1600000")], true).expect("compares");
    assert_eq!(told(&named), [(Cause::NotInOurs, -900), (Cause::PartnerUnknown, -500)]);
    // A line of 0.00 that they do not print is no difference.
    assert_eq!(compare(&[], &[own("0")], false).expect("compares"), Comparison::default());
}
