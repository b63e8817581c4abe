//! Changes, bands and scenarios against numbers worked out by hand.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, Decimal};

use super::{Band, Change, Scenario, Totals, bands, sentences, totals};
use crate::fact::{Fact, FactKind};

fn change(payee: &str, before: i64, after: i64) -> Change {
    Change { payee: payee.to_owned(), currency: Currency::parse("CNY").expect("currency"), before, after }
}

#[test]
fn a_change_falls_into_its_band() {
    let cases = [
        (0, 0, Band::Unchanged),
        (0, 5, Band::Gained),
        (0, -5, Band::DownOver20),
        (100, 0, Band::Lost),
        (100, 110, Band::UpTo10),
        (100, 111, Band::Up10To20),
        (100, 120, Band::Up10To20),
        (100, 121, Band::UpOver20),
        (100, 90, Band::DownTo10),
        (100, 89, Band::Down10To20),
        (100, 79, Band::DownOver20),
        (-100, -90, Band::UpTo10),
        (-100, 0, Band::UpOver20),
    ];
    for (before, after, band) in cases {
        assert_eq!(Band::of(&change("a", before, after)), band, "{before} to {after}");
    }
}

#[test]
fn an_unchanged_sum_is_said_so() {
    let rows = [change("a", 10_000, 12_500), change("b", 8_000, 5_500)];
    let sums = totals(&rows).expect("totals");
    assert_eq!(sentences(&sums, &rows, str::to_uppercase)[0], "CNY 180.00 as now.");
}

#[test]
fn totals_count_who_wins_and_who_loses() {
    let rows = [change("a", 10_000, 12_500), change("b", 8_000, 8_000), change("c", 5_000, 1_000)];
    let sums = totals(&rows).expect("totals");
    let currency = rows[0].currency;
    assert_eq!(sums, [Totals { currency, before: 23_000, after: 21_500, winners: 1, losers: 1, unchanged: 1 }]);
    assert_eq!(bands(&rows), [(currency, [0, 1, 0, 0, 1, 0, 0, 1, 0])]);
    // 1,500 of 23,000 minor units: 6.521739… %
    assert_eq!(
        sentences(&sums, &rows, str::to_uppercase),
        [
            "CNY 215.00 instead of CNY 230.00: CNY 15.00 less, 6.521739… % of what is paid now.",
            "More for 1 payee, less for 1 payee, the same for 1 payee.",
            "C loses CNY 40.00.",
            "A gains CNY 25.00.",
        ]
    );
}

fn fact(net: i64, gross: Option<i64>, cost: Option<i64>, quantity: Option<i64>) -> Fact {
    Fact {
        source_system: "s".to_owned(),
        source_id: "1".to_owned(),
        kind: FactKind::SellIn,
        occurred_on: Date::from_days(20_000),
        currency: Currency::parse("CNY").expect("currency"),
        net,
        gross,
        cost,
        quantity,
        sku: String::new(),
        product_line: String::new(),
        region: String::new(),
        channel: None,
        sub_channel: String::new(),
        original_source_id: String::new(),
        order_id: String::new(),
        customer_key: String::new(),
        labels: BTreeMap::new(),
    }
}

#[test]
fn prices_and_costs_move_each_amount_once() {
    let sold = fact(100_050_000, Some(120_000_000), Some(60_000_000), Some(3_000_000));
    let scenario = Scenario { price: Decimal::new(9, 1), cost: Decimal::new(95, 2), volume: Decimal::ONE };
    let mut moved = sold.clone();
    assert!(scenario.apply(&mut moved));
    // 100.05 × 0.9 = 90.045; 120 × 0.9 = 108; 60 × 0.95 = 57, at six decimals.
    assert_eq!(moved, fact(90_045_000, Some(108_000_000), Some(57_000_000), Some(3_000_000)));
    let mut moved = sold;
    assert!(Scenario { volume: Decimal::TWO, ..Scenario::default() }.apply(&mut moved));
    assert_eq!(moved, fact(200_100_000, Some(240_000_000), Some(120_000_000), Some(6_000_000)));
    let mut odd = fact(5, None, None, None);
    assert!(scenario.apply(&mut odd));
    // 0.000005 × 0.9 = 0.0000045, rounded half away from zero at six decimals; what is unset stays unset.
    assert_eq!(odd, fact(5, None, None, None));
    let mut huge = fact(i64::MAX, None, None, None);
    assert!(!Scenario { price: Decimal::TEN, ..Scenario::default() }.apply(&mut huge), "it no longer fits");
}
