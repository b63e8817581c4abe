//! Orders, customers, and who was there first.

use tributary_core::ResourceId;

use super::support::{facts, line};
use crate::metric::{Basis, FactKind, customer, firsts, order_key};

#[test]
fn orders_of_two_systems_never_meet() {
    let keys = [
        order_key("erp", "SO1", "1"),
        order_key("pos", "SO1", "1"),
        order_key("erp", "", "SO1"),
        order_key("erp", "", "1"),
        order_key("erp", "SO2", "1"),
    ];
    for (i, key) in keys.iter().enumerate() {
        assert_eq!(keys.iter().position(|other| other == key), Some(i), "{key}");
    }
    assert_eq!(order_key("erp", "SO1", "1"), order_key("erp", "SO1", "2"), "lines of one order");
}

#[test]
fn a_customer_is_who_is_named_or_the_partner_who_bought() {
    let p = ResourceId::parse("p").expect("an id");
    assert_eq!(customer("c1", FactKind::SellOut, &p), "key:c1");
    assert_eq!(customer("c1", FactKind::SellIn, &p), "key:c1");
    assert_eq!(customer("", FactKind::SellIn, &p), "partner:p");
    // A key that looks like a partner is none.
    assert_eq!(customer("partner:p", FactKind::SellOut, &p), "key:partner:p");
    for kind in [FactKind::SellOut, FactKind::Return, FactKind::Adjustment] {
        assert_eq!(customer("", kind, &p), "");
    }
}

#[test]
fn kinds_belong_to_flows() {
    for (kind, flow, sale) in [
        (FactKind::SellIn, Basis::SellIn, true),
        (FactKind::SellOut, Basis::SellOut, true),
        (FactKind::Return, Basis::SellIn, false),
        (FactKind::Adjustment, Basis::SellIn, false),
    ] {
        assert_eq!((kind.flow(), kind.is_sale(), FactKind::parse(kind.name())), (flow, sale, Ok(kind)));
        assert!(flow.has(kind) && Basis::All.has(kind));
    }
    assert!(!Basis::SellIn.has(FactKind::SellOut) && !Basis::SellOut.has(FactKind::Return));
    assert!(FactKind::parse("FACT_KIND_SELL_IN").is_err());
}

#[test]
fn the_first_order_is_the_earliest_by_day_and_key() {
    let mut all = facts();
    // The same customer in both flows, and two orders on the first day.
    all.push(line("2012-07-09 p Z c1 SELL_IN - - - - CNY - 1 - 1"));
    all.push(line("2012-07-10 p S0 c1 SELL_OUT - - - - CNY - 1 - 1"));
    let shown: Vec<_> = firsts(&all)
        .into_iter()
        .map(|first| {
            format!("{} {} {} {}", first.customer, first.flow.name(), first.day, first.order.replace('\t', " "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "key:c1 SELL_IN 2012-07-09 erp order Z",
            "key:c1 SELL_OUT 2012-07-10 erp order S0",
            "key:c1 ALL 2012-07-09 erp order Z",
            "key:c2 SELL_OUT 2012-08-05 erp order S3",
            "key:c2 ALL 2012-08-05 erp order S3",
            "partner:p SELL_IN 2012-07-01 erp order A",
            "partner:p ALL 2012-07-01 erp order A",
            "partner:q SELL_IN 2012-07-02 erp order B",
            "partner:q ALL 2012-07-02 erp order B",
        ]
    );
}
