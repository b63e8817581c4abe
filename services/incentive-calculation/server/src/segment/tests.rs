use incentive_calculation_domain::{
    engine::{Fields, MeasuredFact},
    fact::{ChannelClass, Fact, FactKind},
};
use proptest::prelude::*;
use tributary_core::{Currency, Date, Timestamp};

use super::*;
use crate::ports::{StoredFact, segments::StoredSegment};

const PARTNER: &str = "acme";

fn february() -> (String, i64) {
    (PARTNER.to_owned(), 2026 * 12 + 1)
}

fn fact(id: &str, day: &str, net: i64, batch: i64) -> StoredFact {
    StoredFact {
        fact: Fact {
            source_system: "sap".to_owned(),
            source_id: id.to_owned(),
            kind: FactKind::Return,
            occurred_on: Date::parse(day).unwrap(),
            currency: Currency::parse("CNY").unwrap(),
            net,
            gross: None,
            cost: None,
            quantity: None,
            sku: String::new(),
            product_line: String::new(),
            region: String::new(),
            channel: None,
            sub_channel: String::new(),
            original_source_id: String::new(),
            order_id: String::new(),
            customer_key: String::new(),
            labels: Default::default(),
        },
        partner_id: PARTNER.to_owned(),
        content_hash: [0xab; 32],
        batch,
        record_time: Timestamp(0),
        sale_day: None,
    }
}

/// The bytes that the documentation promises, put together by hand.
#[test]
fn format_1_is_what_is_documented() {
    let segment = merge(&february(), None, &[fact("r1", "2026-02-28", -3, 5)], 7).unwrap().unwrap();
    let mut core = vec![1, 1, 1];
    core.extend(b"CNY");
    // Day 27 after the first, kind 3; -3 is 5 in zigzag; lengths of "sap" and "r1".
    core.extend([27 | (3 << 5), 5, 3, 2]);
    core.extend(b"sap\0r1\0");
    core.extend([0xab; 32]);
    core.push(10);
    assert_eq!(segment.encoded.core, core);
    // Four columns of one zero each; six dictionaries of one empty text, whose number is 0.
    assert_eq!(segment.encoded.rest, [[1, 0].repeat(4), [3, 1, 0, 0].repeat(6)].concat());
    assert_eq!((segment.facts, segment.through_batch), (1, 7));
}

#[test]
fn rows_that_are_in_a_segment_do_not_come_in_twice() {
    let first = [fact("b", "2026-02-01", 1, 3), fact("d", "2026-02-02", 2, 4)];
    let before = merge(&february(), None, &first, 4).unwrap().unwrap();
    assert_eq!(merge(&february(), Some(&before), &first, 9).unwrap(), None);
    let later = [fact("d", "2026-02-02", 2, 4), fact("c", "2026-02-03", 3, 5), fact("a", "2026-02-04", 4, 6)];
    let after = merge(&february(), Some(&before), &later, 6).unwrap().unwrap();
    let columns = decoded(&after, Fields::default(), true).unwrap();
    let read: Vec<_> =
        (0..columns.len()).map(|row| (columns.fact(row, 0).unwrap(), columns.batch(row).unwrap())).collect();
    let told: Vec<_> = read.iter().map(|(fact, batch)| (fact.source_id, fact.net, *batch)).collect();
    assert_eq!(told, [("a", 4, 6), ("b", 1, 3), ("c", 3, 5), ("d", 2, 4)]);
}

#[test]
fn a_fact_of_another_month_is_refused() {
    assert!(merge(&february(), None, &[fact("r1", "2026-03-01", 1, 1)], 1).is_err());
    assert!(merge(&february(), None, &[fact("r1", "2026-01-31", 1, 1)], 1).is_err());
}

/// No prefix and no longer text is taken for a segment.
#[test]
fn broken_bytes_are_an_error_and_never_other_facts() {
    let rows = [fact("b", "2026-02-01", 1, 3), fact("d", "2026-02-02", i64::MIN, 4)];
    let segment = merge(&february(), None, &rows, 4).unwrap().unwrap();
    let with = |core: &[u8], rest: &[u8]| {
        let encoded = Encoded { core: core.to_vec(), rest: rest.to_vec() };
        decoded(&StoredSegment { encoded, ..segment.clone() }, Fields::ALL, true).is_ok()
    };
    let Encoded { core, rest } = &segment.encoded;
    assert!(with(core, rest));
    assert!((0..core.len()).all(|end| !with(&core[..end], rest)));
    assert!((0..rest.len()).all(|end| !with(core, &rest[..end])));
    assert!(!with(&[core.as_slice(), &[0]].concat(), rest));
    assert!(!with(core, &[rest.as_slice(), &[0]].concat()));
}

fn rows() -> impl Strategy<Value = Vec<StoredFact>> {
    let text = || prop_oneof![Just(String::new()), "[a-c]{1,2}", "[一-龥]{1,2}"];
    let number = || prop_oneof![Just(None), any::<i64>().prop_map(Some)];
    let amounts = (any::<i64>(), number(), number(), number());
    let texts = (text(), text(), text(), text(), text(), text());
    let one =
        (0_i64..28, 1_i64..5, 0_i64..4, prop_oneof!["CNY", "USD", "JPY"], amounts, texts, any::<[u8; 32]>(), 1_i64..9);
    proptest::collection::vec(one, 1..40).prop_map(|list| {
        let list = list.into_iter().enumerate();
        list.map(|(n, (day, kind, channel, currency, amounts, texts, content_hash, batch))| {
            let (net, gross, cost, quantity) = amounts;
            let (sku, product_line, region, sub_channel, order_id, customer_key) = texts;
            let first = fact(&format!("id-{}", (n * 7) % 40), "2026-02-01", net, batch);
            let fact = Fact {
                source_system: format!("s{}", n % 2),
                kind: FactKind::from_number(kind).unwrap(),
                occurred_on: first.fact.occurred_on.plus_days(day),
                currency: Currency::parse(&currency).unwrap(),
                gross,
                cost,
                quantity,
                sku,
                product_line,
                region,
                channel: ChannelClass::from_number(channel),
                sub_channel,
                order_id,
                customer_key,
                ..first.fact
            };
            StoredFact { fact, content_hash, ..first }
        })
        .collect()
    })
}

fn told(fact: &MeasuredFact<'_>) -> String {
    format!("{fact:?}")
}

proptest! {
    /// What comes out is what rows give, in key order, in however many steps it came in.
    #[test]
    fn segments_give_back_the_facts(rows in rows(), cut in 1_i64..9) {
        let (first, second): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|row| row.batch <= cut);
        let before = merge(&february(), None, &first, cut).unwrap();
        let whole = merge(&february(), before.as_ref(), &second, 9).unwrap().or(before).unwrap();
        prop_assert_eq!(&merge(&february(), None, &rows, 9).unwrap().unwrap().encoded, &whole.encoded);
        let mut sorted: Vec<&StoredFact> = rows.iter().collect();
        sorted.sort_by_key(|row| row.key());
        let columns = decoded(&whole, Fields::ALL, true).unwrap();
        prop_assert_eq!(columns.len(), sorted.len());
        for (row, expected) in sorted.iter().enumerate() {
            prop_assert_eq!(told(&columns.fact(row, 3).unwrap()), told(&expected.measured(3)));
            prop_assert_eq!(columns.batch(row), Some(expected.batch));
            prop_assert_eq!(columns.day(row), Some(expected.fact.occurred_on.days()));
        }
        let identities: Vec<_> = (0..columns.len()).map(|row| columns.identity(row).unwrap()).collect();
        prop_assert!(identities.is_sorted());
    }

    /// A field that nobody asks for is empty, the others are as they were.
    #[test]
    fn only_wanted_fields_are_read(rows in rows()) {
        let whole = merge(&february(), None, &rows, 9).unwrap().unwrap();
        let fields = Fields { cost: true, region: true, ..Fields::default() };
        let (some, all) = (decoded(&whole, fields, false).unwrap(), decoded(&whole, Fields::ALL, false).unwrap());
        for row in 0..some.len() {
            let (some, all) = (some.fact(row, 1).unwrap(), all.fact(row, 1).unwrap());
            let bare = MeasuredFact {
                gross: 0, quantity: 0, sku: "", product_line: "", channel: None, sub_channel: "", order_id: "",
                customer_key: "", ..all
            };
            prop_assert_eq!(told(&some), told(&bare));
        }
        prop_assert_eq!(some.batch(0), None);
    }
}
