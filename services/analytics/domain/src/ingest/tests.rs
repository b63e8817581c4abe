//! Rows checked and compared; keys as notes keep them.

use tributary_core::{Currency, Date, FactAmount, Fault, ResourceId, Timestamp, Violations, Zone, pseudonym::Personal};

use super::{Row as _, RowKey, RowType, personal_data, personal_field};
use crate::{
    cost::{Cost, CostDraft},
    journey::{Journey, Touch},
    touchpoint::{Touchpoint, TouchpointDraft, TouchpointKind},
};

fn key(system: &str, id: &str) -> RowKey {
    RowKey { source_system: system.to_owned(), source_id: id.to_owned() }
}

fn amount(value: i64) -> FactAmount {
    FactAmount { currency: Currency::parse("CNY").expect("known"), value }
}

fn partner(id: &str) -> Option<ResourceId> {
    Some(ResourceId::parse(id).expect("id"))
}

fn bought() -> TouchpointDraft {
    TouchpointDraft {
        key: key("web", "17"),
        customer_key: "k-1".to_owned(),
        kind: Some(TouchpointKind::Conversion),
        channel: "tmall".to_owned(),
        channel_class: "ONLINE".to_owned(),
        partner: partner("north"),
        region: "CN/GD".to_owned(),
        // 2012-06-30T16:30:00Z, half past midnight of the next day in Shanghai.
        occurred_at: Some(Timestamp(1_341_073_800_000_000)),
        value: Some(amount(5)),
        order_id: "SO1".to_owned(),
    }
}

fn checked(draft: TouchpointDraft) -> Result<Touchpoint, Vec<String>> {
    fields(draft.checked(Violations::new(), &Zone::shanghai()))
}

fn cost() -> CostDraft {
    CostDraft {
        key: key("erp", "9"),
        cost_type: "media".to_owned(),
        occurred_on: Some(Date::parse("2012-07-01").expect("date")),
        amount: Some(amount(-7)),
        channel: "ONLINE".to_owned(),
        sub_channel: "tmall".to_owned(),
        partner: partner("north"),
        region: "CN/GD".to_owned(),
        product_line: "bikes".to_owned(),
    }
}

fn fields<T>(result: Result<T, Violations>) -> Result<T, Vec<String>> {
    result.map_err(|v| v.into_vec().into_iter().map(|v| v.field).collect())
}

fn named(fault: Option<Fault>) -> String {
    fault.map_or_else(String::new, |f| f.metadata().get("fields").cloned().unwrap_or_default())
}

#[test]
fn a_touchpoint_is_of_the_day_in_the_zone() {
    let read = checked(bought()).expect("right");
    assert_eq!((read.occurred_on.to_string().as_str(), read.kind.number()), ("2012-07-01", 5));
    let utc = bought().checked(Violations::new(), &Zone::parse("UTC").expect("zone")).expect("right");
    assert_eq!(utc.occurred_on.to_string(), "2012-06-30");
    assert_eq!(read.differs(&utc), None, "the day is no content");
    assert_eq!(
        TouchpointKind::ALL.map(|k| TouchpointKind::from_number(k.number().into())),
        TouchpointKind::ALL.map(Some)
    );
    assert_eq!(TouchpointKind::from_number(0), None);
}

#[test]
fn every_violation_of_a_touchpoint_comes_at_once() {
    let bare = ["source_system", "source_id", "channel", "kind", "occurred_at"].map(str::to_owned).to_vec();
    assert_eq!(checked(TouchpointDraft::default()), Err(bare));
    let wrong = TouchpointDraft {
        key: key("web\u{7}", &"1".repeat(201)),
        customer_key: " k".to_owned(),
        channel_class: "online".to_owned(),
        region: "r".repeat(201),
        order_id: "o".repeat(201),
        value: Some(amount(-1)),
        occurred_at: Some(Timestamp(-1)),
        ..bought()
    };
    // 1969-12-31T23:59:59.999999Z is 1970 in Shanghai.
    let all = ["source_system", "source_id", "channel_class", "region", "customer_key", "order_id", "value"];
    assert_eq!(checked(wrong), Err(all.map(str::to_owned).to_vec()));
    let old = TouchpointDraft { occurred_at: Some(Timestamp(-86_400_000_000)), ..bought() };
    assert_eq!(checked(old), Err(vec!["occurred_at".to_owned()]));
    let visit = TouchpointDraft { kind: Some(TouchpointKind::Visit), ..bought() };
    assert_eq!(checked(visit), Err(vec!["value".to_owned(), "order_id".to_owned()]));
    // What could not be read is not said to be missing on top.
    let mut unread = Violations::new();
    unread.add("occurred_at", "is not an instant");
    let found = TouchpointDraft { occurred_at: None, kind: None, ..bought() }.checked(unread, &Zone::shanghai());
    let found = found.expect_err("two").into_vec();
    assert_eq!(found.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["occurred_at", "kind"]);
    assert_eq!(found[0].description, "is not an instant");
}

#[test]
fn a_touchpoint_that_differs_says_in_what() {
    let kept = checked(bought()).expect("right");
    assert_eq!(kept.differs(&kept.clone()), None);
    let changes: [(&str, TouchpointDraft); 9] = [
        ("customer_key", TouchpointDraft { customer_key: String::new(), ..bought() }),
        (
            "kind, value, order_id",
            TouchpointDraft { kind: Some(TouchpointKind::Lead), value: None, order_id: String::new(), ..bought() },
        ),
        ("channel", TouchpointDraft { channel: "jd".to_owned(), ..bought() }),
        ("channel_class", TouchpointDraft { channel_class: String::new(), ..bought() }),
        ("partner", TouchpointDraft { partner: None, ..bought() }),
        ("region", TouchpointDraft { region: "CN".to_owned(), ..bought() }),
        ("occurred_at", TouchpointDraft { occurred_at: Some(Timestamp(1_341_073_800_000_001)), ..bought() }),
        ("value", TouchpointDraft { value: Some(amount(6)), ..bought() }),
        ("order_id", TouchpointDraft { order_id: "SO2".to_owned(), ..bought() }),
    ];
    for (expected, changed) in changes {
        let differs = checked(changed).expect("right").differs(&kept);
        assert_eq!(differs.as_ref().map(|f| f.reason().code), Some("ROW_CONTENT_DIFFERS"));
        assert_eq!(named(differs), expected);
    }
}

#[test]
fn a_cost_is_checked_and_compared() {
    let right = |draft: CostDraft| fields(draft.checked(Violations::new()));
    let kept: Cost = right(cost()).expect("right");
    assert_eq!(kept.differs(&kept.clone()), None);
    let bare = ["source_system", "source_id", "cost_type", "occurred_on", "amount"].map(str::to_owned).to_vec();
    assert_eq!(right(CostDraft::default()), Err(bare));
    let wrong = CostDraft {
        channel: "TMALL".to_owned(),
        sub_channel: "s".repeat(101),
        product_line: "p".repeat(101),
        occurred_on: Some(Date::parse("2200-01-01").expect("date")),
        ..cost()
    };
    let all = ["channel", "sub_channel", "product_line", "occurred_on"].map(str::to_owned).to_vec();
    assert_eq!(right(wrong), Err(all));
    for (expected, changed) in [
        ("cost_type", CostDraft { cost_type: "logistics".to_owned(), ..cost() }),
        ("occurred_on", CostDraft { occurred_on: Some(Date::parse("2012-07-02").expect("date")), ..cost() }),
        ("amount", CostDraft { amount: Some(amount(7)), ..cost() }),
        ("channel, sub_channel", CostDraft { channel: String::new(), sub_channel: String::new(), ..cost() }),
        ("partner", CostDraft { partner: partner("south"), ..cost() }),
        ("region", CostDraft { region: String::new(), ..cost() }),
        ("product_line", CostDraft { product_line: String::new(), ..cost() }),
    ] {
        assert_eq!(named(right(changed).expect("right").differs(&kept)), expected);
    }
}

#[test]
fn personal_data_is_found_in_keys_and_never_told() {
    let ids = |id: &'static str| [("source_id", id), ("order_id", "SO1")];
    assert_eq!(personal_field("k-1", &ids("17")), None);
    assert_eq!(personal_field("13800138000", &ids("17")), Some(("customer_key", Personal::Phone)));
    // A plain number is a row's id, a mobile number is not.
    assert_eq!(personal_field("", &ids("1000001")), None);
    assert_eq!(personal_field("", &ids("13800138000")), Some(("source_id", Personal::Phone)));
    assert_eq!(personal_field("k", &[("order_id", "li@example.com")]), Some(("order_id", Personal::Email)));
    let fault = personal_data("order_id", Personal::Email);
    assert_eq!(
        fault.to_string(),
        "PERSONAL_DATA: order_id looks like an e-mail address; send a pseudonym such as a keyed hash instead"
    );
}

#[test]
fn keys_are_shown_and_noted() {
    assert_eq!((key("web", "17").shown(), key("", "j-1").shown()), ("web/17".to_owned(), "j-1".to_owned()));
    assert_eq!(key("web", "17").noted(), key("web", "17"));
    assert_eq!(key("web", "13800138000").noted(), RowKey::default());
    assert_eq!(key("li@example.com", "17").noted(), RowKey::default());
    assert_eq!(key("a\u{0}b", &"x".repeat(300)).noted(), key("ab", &"x".repeat(200)));
    for of in RowType::ALL {
        assert_eq!(RowType::parse(of.name()), Ok(of));
    }
    assert!(RowType::parse("sale").is_err_and(|e| e.contains("sale") && e.contains("touchpoint")));
}

#[test]
fn a_journey_is_a_row_by_its_id() {
    let touches = vec![Touch { channel: "a".to_owned(), partner: None, at: None }];
    let one = Journey {
        id: "j".to_owned(),
        customer_key: String::new(),
        touches,
        conversions: 1,
        nulls: 0,
        value: None,
        ended_on: None,
    };
    assert_eq!((one.key(), one.differs(&one.clone())), (key("", "j"), None));
    let fault = Journey { nulls: 1, ..one.clone() }.differs(&one).expect("differs");
    assert_eq!(fault.reason().code, "JOURNEY_CONTENT_DIFFERS");
}
