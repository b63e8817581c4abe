//! Checking facts and the digest of their content.

use sha2::{Digest as _, Sha256};
use tributary_core::Date;

use super::support::day;
use crate::fact::{ChannelClass, Fact, FactDraft, FactKind, MoneyParts, check, content_hash, personal_data};

fn money(currency: &str, units: i64, nanos: i32) -> Option<MoneyParts> {
    Some(MoneyParts { currency: currency.to_owned(), units, nanos })
}

fn draft() -> FactDraft {
    FactDraft {
        source_system: "erp".to_owned(),
        source_id: "SO1/1".to_owned(),
        kind: Some(FactKind::SellIn),
        occurred_on: Some(day("2012-07-31")),
        sku: "BK".to_owned(),
        quantity: Some("1.50".to_owned()),
        net: money("CNY", 20_565, 620_600_000),
        ..FactDraft::default()
    }
}

fn told(draft: FactDraft) -> Vec<String> {
    let list = check(draft).expect_err("refused").into_vec();
    list.into_iter().map(|v| format!("{}: {}", v.field, v.description)).collect()
}

fn checked(draft: FactDraft) -> Fact {
    check(draft).expect("accepted")
}

#[test]
fn a_sound_fact_is_kept_at_its_scales() {
    let fact = checked(FactDraft { cost: money("CNY", 0, 1_000), quantity: Some(String::new()), ..draft() });
    assert_eq!((fact.net, fact.cost, fact.gross, fact.quantity), (20_565_620_600, Some(1), None, Some(0)));
    assert_eq!(checked(draft()).quantity, Some(1_500_000));
    assert_eq!(checked(FactDraft { quantity: None, ..draft() }).quantity, None);
}

#[test]
fn all_violations_come_at_once() {
    let bad = FactDraft {
        source_system: "a".repeat(64),
        source_id: "a\u{0}b".to_owned(),
        kind: None,
        occurred_on: Some(day("1969-12-31")),
        sku: "x".repeat(101),
        product_line: "x".repeat(101),
        region: "x".repeat(201),
        sub_channel: "x".repeat(101),
        original_source_id: "x".repeat(201),
        order_id: "x".repeat(201),
        customer_key: "x".repeat(201),
        quantity: Some("1.2345678".to_owned()),
        gross: money("USD", 1, 0),
        net: money("CNY", 0, 1),
        cost: money("ZZZ", 1, 0),
        channel: None,
        labels: (0..33).map(|n| (n.to_string(), String::new())).collect(),
    };
    let fields: Vec<String> = check(bad).expect_err("refused").into_vec().into_iter().map(|v| v.field).collect();
    let expected = "source_system source_id sku product_line region sub_channel original_source_id order_id \
                    customer_key labels kind occurred_on quantity net cost";
    assert_eq!(fields, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn each_violation_names_value_and_remedy() {
    let with = |change: &dyn Fn(&mut FactDraft)| {
        let mut draft = draft();
        change(&mut draft);
        told(draft).join("\n")
    };
    for (text, parts) in [
        (with(&|d| d.net = None), ["net: is missing", "state the value after discounts"]),
        (with(&|d| d.source_id.clear()), ["source_id: is missing", "names the fact"]),
        (with(&|d| d.net = money("RMB", 1, 0)), ["net: \"RMB\"", "use a code such as CNY"]),
        (with(&|d| d.net = money("JPY", 0, 10_000)), ["net: JPY 0.00001 has more than the 4 decimals", "rounded"]),
        (with(&|d| d.gross = money("USD", 1, 0)), ["gross: is in USD", "another amount is in CNY"]),
        (with(&|d| d.cost = money("USD", 1, 0)), ["cost: is in USD", "one currency"]),
        (with(&|d| d.occurred_on = Some(Date::from_days(84_006))), ["occurred_on: 2200-01-01", "2199-12-31"]),
        (with(&|d| d.occurred_on = None), ["occurred_on: is missing", "occurred_at"]),
        (with(&|d| d.quantity = Some("1e3".to_owned())), ["quantity: \"1e3\"", "written with a point"]),
        (with(&|d| d.quantity = Some("10000000000000".to_owned())), ["quantity: 10000000000000", "too large"]),
        (with(&|d| d.order_id = "SO1\n".to_owned()), ["order_id: \"SO1\\n\" has a control character", "remove it"]),
        (with(&|d| d.kind = Some(FactKind::Return)), ["net: CNY 20565.6206 is above 0 on a RETURN", "quantity: 1.50"]),
    ] {
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn a_return_brings_back_or_nothing() {
    let back = FactDraft {
        kind: Some(FactKind::Return),
        quantity: Some("-1".to_owned()),
        net: money("CNY", -10, 0),
        gross: money("CNY", 0, 0),
        cost: money("CNY", 0, 10_000),
        ..draft()
    };
    assert_eq!(told(back.clone()).len(), 1);
    assert_eq!(checked(FactDraft { cost: None, ..back }).net, -10_000_000);
    // Days at the bounds, lengths at the bounds counted in characters.
    for on in ["1970-01-01", "2199-12-31"] {
        let edge = FactDraft { occurred_on: Some(day(on)), source_id: "单".repeat(200), ..draft() };
        assert_eq!(checked(edge).occurred_on, day(on));
    }
}

#[test]
fn the_content_hash_is_that_of_the_documented_text() {
    let text = "tributary.fact.v1\nkind=7:SELL_IN\npartner=4:acme\noccurred_on=10:2012-07-31\ncurrency=3:CNY\n\
                net=10:20565.6206\ngross=-\ncost=-\nquantity=3:1.5\nsku=2:BK\nproduct_line=0:\nregion=0:\nchannel=-\n\
                sub_channel=0:\noriginal_source_id=0:\n";
    let fact = checked(draft());
    assert_eq!(content_hash(&fact, "acme"), <[u8; 32]>::from(Sha256::digest(text)));
    // Labels and the source key are no part of it, 1.50 is 1.5.
    let same = FactDraft {
        source_id: "other".to_owned(),
        quantity: Some("1.5".to_owned()),
        labels: [("a".to_owned(), "b".to_owned())].into(),
        ..draft()
    };
    assert_eq!(content_hash(&checked(same), "acme"), content_hash(&fact, "acme"));
}

/// Digests by Python: hashlib.sha256(text).hexdigest() over the documented text, with the lines at its end that
/// `later` names.
#[test]
fn order_and_customer_are_content_only_when_they_are_set() {
    let digest = |order_id: &str, customer_key: &str| {
        let stated = FactDraft { order_id: order_id.to_owned(), customer_key: customer_key.to_owned(), ..draft() };
        hex::encode(content_hash(&checked(stated), "acme"))
    };
    // later = "", the text of every fact recorded before there were orders and customers.
    assert_eq!(digest("", ""), "c0adb50cfe99e5118367897cb487613af86a190514e8db6178a0d5ac0236b15a");
    // later = "order_id=7:SO43659\n"
    let order = "25c5bc087f0421906e9c14eaebb627234d504d8bb203100259d515c3096924f7";
    assert_eq!(digest("SO43659", ""), order);
    // later = "customer_key=18:c-9f86d081884c7d65\n"
    let customer = "6c37ef3e9cfdd34800d157c4c0eaac79993e06d755a6bb42b9214e3020811e70";
    assert_eq!(digest("", "c-9f86d081884c7d65"), customer);
    // later = "order_id=7:SO43659\ncustomer_key=18:c-9f86d081884c7d65\n"
    let both = "db5f5da2d99355c000a73bd2d1cf5c1cdc92eef8308528ede793ca54759e8915";
    assert_eq!(digest("SO43659", "c-9f86d081884c7d65"), both);
}

#[test]
fn a_customer_key_is_a_pseudonym_and_is_never_told() {
    for (key, what) in [
        ("13800138000", "a phone number"),
        ("110101199003078515", "a national id"),
        ("li.wei@example.com", "an e-mail address"),
        ("138-0013-8000\n", "a phone number"),
    ] {
        let keyed = FactDraft { customer_key: key.to_owned(), net: None, ..draft() };
        let fault = personal_data(&keyed).expect("personal data");
        assert_eq!(
            (fault.reason().code, fault.metadata().get("looks_like")),
            ("PERSONAL_DATA", Some(&what.to_owned()))
        );
        let said = format!("customer_key looks like {what}; send a pseudonym such as a keyed hash instead");
        assert_eq!(fault.message(), said);
        let violations = told(keyed);
        assert!(violations.contains(&said.replacen(' ', ": ", 1)), "{violations:?}");
        assert!(violations.iter().any(|v| v.starts_with("net: is missing")), "all come at once: {violations:?}");
        let all = format!("{fault:?} {violations:?}");
        assert!(!all.contains(key.trim()), "{all}");
    }
    for key in ["", "c-9f86d081884c7d65", "顾客-42"] {
        let keyed = FactDraft { customer_key: key.to_owned(), ..draft() };
        assert_eq!(personal_data(&keyed), None);
        assert_eq!(checked(keyed).customer_key, key);
    }
}

#[test]
fn different_contents_have_different_hashes() {
    let changes: [fn(&mut FactDraft); 16] = [
        |_| {},
        |d| d.kind = Some(FactKind::SellOut),
        |d| d.occurred_on = Some(day("2012-07-30")),
        |d| d.net = money("CNY", 20_565, 620_700_000),
        |d| d.net = money("USD", 20_565, 620_600_000),
        |d| d.gross = money("CNY", 0, 0),
        |d| d.cost = money("CNY", 0, 0),
        |d| d.quantity = None,
        |d| d.quantity = Some("0".to_owned()),
        |d| d.product_line = std::mem::take(&mut d.sku),
        |d| d.region = "BK\nproduct_line=0:".to_owned(),
        |d| d.channel = Some(ChannelClass::Online),
        |d| d.original_source_id = "SO1/1".to_owned(),
        |d| d.order_id = "SO1/1".to_owned(),
        |d| d.customer_key = "SO1/1".to_owned(),
        |d| d.order_id = "customer_key=5:SO1/1".to_owned(),
    ];
    let mut seen = std::collections::HashSet::new();
    for (i, change) in changes.iter().enumerate() {
        let mut draft = draft();
        change(&mut draft);
        draft.region = draft.region.replace('\n', " ");
        assert!(seen.insert(content_hash(&checked(draft), "acme")), "change {i}");
    }
    assert!(seen.insert(content_hash(&checked(draft()), "acme2")));
}

#[test]
fn kinds_and_channels_keep_their_numbers() {
    for kind in FactKind::ALL {
        assert_eq!(FactKind::from_number(i64::from(kind.number())), Some(kind));
    }
    for channel in ChannelClass::ALL {
        assert_eq!(ChannelClass::from_number(i64::from(channel.number())), Some(channel));
    }
    assert_eq!((FactKind::from_number(0), FactKind::from_number(5)), (None, None));
    assert_eq!((FactKind::Return.number(), ChannelClass::Emerging.number()), (3, 3));
}
