//! Expected values are worked out by hand: a fact amount of a currency with n minor digits is an integer of 10^-(n+4).

use tributary_core::{Currency, Date, FactAmount, Fault, ResourceId};
use tributary_proto::google::r#type as ty;
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    incentive::v1::{
        self as pb,
        sales_fact::{Occurred, PartnerRef},
    },
};

use crate::{ChannelClass, FactKind, FeedFact};

fn money(code: &str, units: i64, nanos: i32) -> Option<ty::Money> {
    Some(ty::Money { currency_code: code.to_owned(), units, nanos })
}

fn amount(code: &str, value: i64) -> FactAmount {
    FactAmount { currency: Currency::parse(code).expect("known"), value }
}

fn least() -> pb::SalesFact {
    pb::SalesFact {
        source_system: "erp".to_owned(),
        source_id: "SO1/1".to_owned(),
        partner_ref: Some(PartnerRef::Partner("partners/north".to_owned())),
        kind: pb::FactKind::SellIn.into(),
        occurred: Some(Occurred::OccurredOn(ty::Date { year: 1970, month: 1, day: 2 })),
        net: money("CNY", 1, 0),
        ..pb::SalesFact::default()
    }
}

fn full() -> pb::SalesFact {
    pb::SalesFact {
        kind: pb::FactKind::Return.into(),
        order_id: "SO1".to_owned(),
        customer_key: "c-9f86d081884c7d65".to_owned(),
        sku: "BK-M82B-42".to_owned(),
        product_line: "mountain-bikes".to_owned(),
        region: "US/WA".to_owned(),
        channel: pb::ChannelClass::Emerging.into(),
        sub_channel: "tmall".to_owned(),
        quantity: Some(ty::Decimal { value: "-2.5".to_owned() }),
        net: money("CNY", -20, -565_620_000),
        gross: money("CNY", -25, 0),
        cost: money("CNY", 0, -1_000),
        ..least()
    }
}

/// The fields of the violations and what is said of them.
fn said(fault: &Fault) -> Vec<(&str, &str)> {
    fault.violations().iter().map(|v| (v.field.as_str(), v.description.as_str())).collect()
}

#[test]
fn every_field_is_read() {
    let expected = FeedFact {
        source_system: "erp".to_owned(),
        source_id: "SO1/1".to_owned(),
        partner: ResourceId::parse("north").expect("an id"),
        kind: FactKind::Return,
        occurred_on: Date::from_days(1),
        order_id: "SO1".to_owned(),
        customer_key: "c-9f86d081884c7d65".to_owned(),
        sku: "BK-M82B-42".to_owned(),
        product_line: "mountain-bikes".to_owned(),
        region: "US/WA".to_owned(),
        channel: Some(ChannelClass::Emerging),
        sub_channel: "tmall".to_owned(),
        quantity: -2_500_000,
        net: amount("CNY", -20_565_620),
        gross: Some(amount("CNY", -25_000_000)),
        cost: Some(amount("CNY", -1)),
    };
    assert_eq!(FeedFact::try_from(full()), Ok(expected));
}

#[test]
fn what_is_not_set_is_empty() {
    let fact = FeedFact::try_from(least()).expect("a fact");
    assert_eq!((fact.kind, fact.net, fact.quantity), (FactKind::SellIn, amount("CNY", 1_000_000), 0));
    assert_eq!((fact.channel, fact.gross, fact.cost), (None, None, None));
    for text in [fact.order_id, fact.customer_key, fact.sku, fact.product_line, fact.region, fact.sub_channel] {
        assert_eq!(text, "");
    }
}

#[test]
fn kinds_and_channels_are_those_of_the_contract() {
    // Numbers as in fact.proto.
    for (number, kind) in
        [(1, FactKind::SellIn), (2, FactKind::SellOut), (3, FactKind::Return), (4, FactKind::Adjustment)]
    {
        assert_eq!(FeedFact::try_from(pb::SalesFact { kind: number, ..least() }).map(|f| f.kind), Ok(kind));
    }
    for (number, channel) in [
        (0, None),
        (1, Some(ChannelClass::Online)),
        (2, Some(ChannelClass::Offline)),
        (3, Some(ChannelClass::Emerging)),
    ] {
        assert_eq!(FeedFact::try_from(pb::SalesFact { channel: number, ..least() }).map(|f| f.channel), Ok(channel));
    }
}

#[test]
fn every_violation_is_told_at_once() {
    let bad = pb::SalesFact { source_system: "erp".to_owned(), source_id: "7".to_owned(), ..pb::SalesFact::default() };
    let fault = FeedFact::try_from(pb::SalesFact { kind: 9, channel: 9, ..bad }).expect_err("not a fact");
    assert_eq!(fault.reason().code, "INVALID_REQUEST");
    assert_eq!(
        said(&fault),
        [
            ("facts[erp:7].kind", "9 is not a kind of fact known here; update this service"),
            ("facts[erp:7].channel", "9 is not a class of channels known here; update this service"),
            ("facts[erp:7].partner", "is not set; a recorded fact always has it"),
            ("facts[erp:7].occurred_on", "is not set; a recorded fact always has it"),
            ("facts[erp:7].net", "is not set; a recorded fact always has it"),
        ]
    );
}

#[test]
fn nothing_is_guessed() {
    let by_key = ExternalRef { system: "crm".to_owned(), id: "1".to_owned() };
    let decimal = |text: &str| Some(ty::Decimal { value: text.to_owned() });
    for (bad, field) in [
        (pb::SalesFact { kind: 0, ..least() }, "kind"),
        (pb::SalesFact { partner_ref: Some(PartnerRef::Partner("plans/x".to_owned())), ..least() }, "partner"),
        (pb::SalesFact { partner_ref: Some(PartnerRef::PartnerExternalRef(by_key)), ..least() }, "partner"),
        (pb::SalesFact { occurred: Some(Occurred::OccurredAt(Default::default())), ..least() }, "occurred_on"),
        // 2015 had no 29 February.
        (
            pb::SalesFact {
                occurred: Some(Occurred::OccurredOn(ty::Date { year: 2015, month: 2, day: 29 })),
                ..least()
            },
            "occurred_on",
        ),
        // CNY has six decimals here.
        (pb::SalesFact { net: money("CNY", 0, 100), ..least() }, "net"),
        (pb::SalesFact { net: money("ABC", 1, 0), ..least() }, "net"),
        (pb::SalesFact { gross: money("CNY", 1, -1_000), ..least() }, "gross"),
        (pb::SalesFact { gross: money("USD", 1, 0), ..least() }, "gross"),
        (pb::SalesFact { cost: money("USD", 1, 0), ..least() }, "cost"),
        (pb::SalesFact { quantity: decimal("0.0000001"), ..least() }, "quantity"),
        (pb::SalesFact { quantity: decimal("many"), ..least() }, "quantity"),
        // 2^63 − 1 at six decimals is 9,223,372,036,854.775807; one millionth more does not fit.
        (pb::SalesFact { quantity: decimal("9223372036854.775808"), ..least() }, "quantity"),
    ] {
        let fault = FeedFact::try_from(bad).expect_err(field);
        let fields: Vec<_> = said(&fault).into_iter().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(fields, [format!("facts[erp:SO1/1].{field}")]);
    }
}

#[test]
fn quantities_fill_64_bits() {
    for (text, expected) in [
        ("9223372036854.775807", i64::MAX),
        ("-9223372036854.775808", i64::MIN),
        ("0.000001", 1),
        ("10", 10_000_000),
        ("-0", 0),
    ] {
        let quantity = Some(ty::Decimal { value: text.to_owned() });
        assert_eq!(
            FeedFact::try_from(pb::SalesFact { quantity, ..least() }).map(|f| f.quantity),
            Ok(expected),
            "{text}"
        );
    }
}
