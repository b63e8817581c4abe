//! Sums by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_core::{Currency, Date, ResourceId};

use crate::{CellKey, Dimension, Fact, Month, RowKey, SalesQuery, SalesTable, Sums, batch_sums};

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("known")
}

fn fact(partner: &str, on: &str, kind: &str, code: &str, net: i64, quantity: i64) -> Fact {
    Fact {
        partner: ResourceId::parse(partner).expect("id"),
        occurred_on: day(on),
        kind: kind.to_owned(),
        currency: currency(code),
        net,
        quantity,
    }
}

fn sums(facts: &[Fact]) -> BTreeMap<CellKey, Sums> {
    let mut sums = BTreeMap::new();
    batch_sums(&mut sums, facts.iter().cloned());
    sums
}

fn key(partner: &str, month: &str, kind: &str, code: &str) -> CellKey {
    let month = Month::of(day(&format!("{month}-01")));
    CellKey { partner: partner.to_owned(), month, kind: kind.to_owned(), currency: currency(code) }
}

#[test]
fn months_begin_on_their_first_day() {
    for (any, shown, first) in [
        ("2012-07-31", "2012-07", "2012-07-01"),
        ("2012-02-29", "2012-02", "2012-02-01"),
        ("1970-01-01", "1970-01", "1970-01-01"),
        ("2199-12-31", "2199-12", "2199-12-01"),
    ] {
        let month = Month::of(day(any));
        assert_eq!((month.to_string().as_str(), month.first_day()), (shown, day(first)));
        assert_eq!(Month::starting(day(first)), Ok(month));
    }
    let e = Month::starting(day("2012-07-02")).expect_err("not the first");
    assert_eq!(e, "2012-07-02 is not the first of a month; sums are kept by month, use 2012-07-01");
}

#[test]
fn facts_of_a_cell_are_added_and_currencies_are_not() {
    let found = sums(&[
        fact("a", "2012-07-01", "SELL_IN", "CNY", 20_565_620_600, 2_500_000),
        fact("a", "2012-07-31", "SELL_IN", "CNY", -565_620_600, -500_000),
        fact("a", "2012-07-31", "SELL_IN", "USD", 7, 0),
        fact("a", "2012-08-01", "SELL_IN", "CNY", 1, 0),
        fact("a", "2012-07-31", "RETURN", "CNY", -1, -1),
        fact("b", "2012-07-31", "SELL_IN", "CNY", 3, 0),
    ]);
    let of = |net, fact_count, quantity| Sums { net, fact_count, quantity };
    let expected = BTreeMap::from([
        (key("a", "2012-07", "SELL_IN", "CNY"), of(20_000_000_000, 2, 2_000_000)),
        (key("a", "2012-07", "SELL_IN", "USD"), of(7, 1, 0)),
        (key("a", "2012-08", "SELL_IN", "CNY"), of(1, 1, 0)),
        (key("a", "2012-07", "RETURN", "CNY"), of(-1, 1, -1)),
        (key("b", "2012-07", "SELL_IN", "CNY"), of(3, 1, 0)),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn sums_go_on_past_64_bits() {
    let large = |net, quantity| fact("a", "2012-07-01", "SELL_IN", "CNY", net, quantity);
    let found = sums(&[large(i64::MAX, i64::MIN), large(i64::MAX, i64::MIN), large(1, -1)]);
    // 2 × (2⁶³ − 1) + 1 and 2 × −2⁶³ − 1.
    let expected = Sums { net: 18_446_744_073_709_551_615, fact_count: 3, quantity: -18_446_744_073_709_551_617 };
    assert_eq!(found, BTreeMap::from([(key("a", "2012-07", "SELL_IN", "CNY"), expected)]));
}

#[test]
fn bounds_are_firsts_of_months_in_order() {
    let fields = |from: &str, to: &str| {
        let bound = |t: &str| (!t.is_empty()).then(|| day(t));
        match SalesQuery::new(Vec::new(), bound(from), bound(to)) {
            Ok(_) => Vec::new(),
            Err(v) => v.into_vec().into_iter().map(|v| v.field).collect(),
        }
    };
    assert!(fields("", "").is_empty());
    assert!(fields("2012-07-01", "2012-07-01").is_empty(), "an empty range is a range");
    assert_eq!(fields("2012-07-02", "2012-07-31"), ["from", "to"]);
    assert_eq!(fields("2012-08-01", "2012-07-01"), ["to"]);
}

fn table(dimensions: &[Dimension]) -> SalesTable {
    let query = SalesQuery::new(dimensions.to_vec(), None, None).expect("a query");
    let mut table = SalesTable::new(&query);
    for (partner, month, kind, code, net) in [
        ("a", "2012-07", "SELL_IN", "CNY", 10),
        ("a", "2012-07", "SELL_IN", "USD", 20),
        ("a", "2012-08", "RETURN", "CNY", -4),
        ("b", "2012-07", "SELL_OUT", "CNY", 100),
    ] {
        table.add(&key(partner, month, kind, code), Sums { net, fact_count: 1, quantity: 3 });
    }
    table
}

/// Rows as "values currency net count".
fn shown(rows: &[(RowKey, Sums)]) -> Vec<String> {
    rows.iter()
        .map(|(key, s)| format!("{} {} {} {}", key.values.join(","), key.currency, s.net, s.fact_count))
        .collect()
}

#[test]
fn tables_split_by_what_was_asked_and_always_by_currency() {
    use Dimension::{Kind, Month, Partner};
    let all = |dimensions: &[Dimension]| shown(&table(dimensions).page(None, 10));
    assert_eq!(all(&[]), [" CNY 106 3", " USD 20 1"]);
    assert_eq!(all(&[Partner]), ["a CNY 6 2", "a USD 20 1", "b CNY 100 1"]);
    assert_eq!(
        all(&[Month, Partner]),
        ["2012-07,a CNY 10 1", "2012-07,a USD 20 1", "2012-07,b CNY 100 1", "2012-08,a CNY -4 1"]
    );
    assert_eq!(all(&[Kind]), ["RETURN CNY -4 1", "SELL_IN CNY 10 1", "SELL_IN USD 20 1", "SELL_OUT CNY 100 1"]);
}

#[test]
fn pages_go_on_after_a_row() {
    let table = table(&[Dimension::Partner]);
    let first = table.page(None, 2);
    assert_eq!(shown(&first), ["a CNY 6 2", "a USD 20 1"]);
    let (last, _) = &first[1];
    assert_eq!(shown(&table.page(Some(last), 2)), ["b CNY 100 1"]);
    // A row that is gone is a place to go on from, too.
    let gone = RowKey { values: vec!["a".to_owned()], currency: currency("JPY") };
    assert_eq!(shown(&table.page(Some(&gone), 1)), ["a USD 20 1"]);
}

#[test]
fn rows_are_named_for_messages() {
    let row = |values: &[&str]| RowKey {
        values: values.iter().map(|v| (*v).to_owned()).collect(),
        currency: currency("IDR"),
    };
    assert_eq!(row(&[]).shown(), "all sales in IDR");
    assert_eq!(row(&["a", "2012-07"]).shown(), "a, 2012-07 in IDR");
}

proptest! {
    /// However facts come in batches, the cells are the same.
    #[test]
    fn batches_may_be_cut_anywhere(nets in prop::collection::vec(-1_000_000_i64..1_000_000, 0..40), cut in 0_usize..40) {
        let facts: Vec<Fact> =
            nets.iter().map(|net| fact(["a", "b"][usize::from(net % 2 == 0)], "2012-07-05", "SELL_IN", "CNY", *net, 1)).collect();
        let (left, right) = facts.split_at(cut.min(facts.len()));
        let mut kept: BTreeMap<CellKey, Sums> = BTreeMap::new();
        for batch in [right, left] {
            for (cell, batch) in sums(batch) {
                kept.entry(cell).or_default().add(batch);
            }
        }
        prop_assert_eq!(kept, sums(&facts));
        let sum: i128 = sums(&facts).values().map(|t| t.net).sum();
        prop_assert_eq!(sum, nets.iter().map(|n| i128::from(*n)).sum::<i128>());
    }
}
