//! Every metric over sales, computed by hand.

use tributary_core::Exact;

use super::support::{asked, counted, day, facts, line, rows};
use crate::metric::{Asked, Basis, Condition, Dimension, Grain, Value};

fn of(basis: Basis, metrics: &[&str]) -> Asked {
    Asked { basis: Some(basis), ..asked(metrics) }
}

fn found(asked: Asked) -> Vec<String> {
    rows(&counted(&facts(), asked).expect("counted"))
}

#[test]
fn money_is_added_up_by_month_and_currency() {
    let metrics = ["gmv", "net_sales", "returns", "gross_profit", "gross_margin", "aov", "return_rate"];
    let question = Asked { grain: Some(Grain::Month), ..of(Basis::SellIn, &metrics) };
    assert_eq!(
        found(question),
        [
            // gmv 120 + 50 (no gross, so net) + 220 + 330; net 100 + 50 + 200 + 300;
            // profit 40 + 50 + 60 of lines worth 100 + 200 + 300; orders A, B, C.
            "2012-07 CNY | 720 650 0 150 150÷600 720÷3 0÷650",
            // A return of 30 that had cost 20, and an adjustment of −5; no sale, so no order.
            "2012-08 CNY | 0 -35 30 -10 -10÷-30 0÷0 30÷0",
            // Nothing is known of its cost.
            "2012-08 USD | 10 9 0 - - 10÷1 0÷9",
            "2012-10 CNY | 80 80 0 40 40÷80 80÷1 0÷80",
        ]
    );
}

#[test]
fn things_are_counted_by_month() {
    let metrics = [
        "quantity",
        "lines",
        "orders",
        "partners",
        "active_partners",
        "customers",
        "new_customers",
        "repeat_customers",
        "repurchase_rate",
    ];
    let question = |grain| Asked { grain, ..of(Basis::SellIn, &metrics) };
    assert_eq!(
        found(question(Some(Grain::Month))),
        [
            // Customers are the partners p (orders A and C) and q (order B).
            "2012-07 | 10 4 3 2 2 2 2 1 1÷2",
            // A return, an adjustment and a sale in dollars.
            "2012-08 | 0 3 1 2 1 1 0 0 0÷1",
            "2012-10 | 1 1 1 1 1 1 0 0 0÷1",
        ]
    );
    // Counts of the whole are no sums of months: p has A, C and the line without an order, q has B and D.
    assert_eq!(found(question(None)), [" | 11 8 5 2 2 2 2 2 2÷2"]);
}

#[test]
fn the_flow_is_counted_that_was_asked_for() {
    let metrics = ["net_sales", "lines", "orders", "customers", "new_customers"];
    // Sell-out: S1 and S2 of c1, S3 of c2, S4 of nobody.
    assert_eq!(found(of(Basis::SellOut, &metrics)), ["CNY | 150 4 4 2 2"]);
    // 100 + 50 + 200 + 300 − 30 − 5 + 80
    assert_eq!(found(of(Basis::SellIn, &metrics)), ["CNY | 695 7 4 2 2", "USD | 9 1 1 1 0"]);
    // Customers are p and q, c1 and c2.
    assert_eq!(found(of(Basis::All, &metrics)), ["CNY | 845 11 8 4 4", "USD | 9 1 1 1 0"]);
}

#[test]
fn the_flow_that_the_facts_have_needs_no_word() {
    let refused = counted(&facts(), asked(&["lines"])).expect_err("two flows");
    assert_eq!(refused.reason().code, "BASIS_AMBIGUOUS");
    let kind = |kind: &str| Some(Condition::Is(Dimension::Kind, kind.to_owned()));
    let basis = |question: Asked| {
        let table = counted(&facts(), question).expect("counted");
        (table.basis(), rows(&table))
    };
    let of_kind = |name| Asked { condition: kind(name), ..asked(&["lines"]) };
    assert_eq!(basis(of_kind("SELL_OUT")), (Some(Basis::SellOut), vec![" | 4".to_owned()]));
    assert_eq!(basis(of_kind("RETURN")), (Some(Basis::SellIn), vec![" | 1".to_owned()]));
    let june = Asked { to: Some(day("2012-07-01")), ..asked(&["lines"]) };
    assert_eq!(basis(june), (None, Vec::new()));
    // Rows of a kind never add the flows.
    let split = Asked { dimensions: vec![Dimension::Kind], ..asked(&["lines", "new_customers"]) };
    let expected = ["ADJUSTMENT | 1 0", "RETURN | 1 0", "SELL_IN | 6 2", "SELL_OUT | 4 2"].map(str::to_owned);
    assert_eq!(basis(split), (Some(Basis::All), expected.to_vec()));
}

#[test]
fn a_late_fact_changes_who_was_new_when() {
    let question = || Asked { grain: Some(Grain::Month), ..of(Basis::SellOut, &["customers", "new_customers"]) };
    let before = counted(&facts(), question()).expect("counted");
    assert_eq!(rows(&before), ["2012-07 | 1 1", "2012-08 | 1 1"]);
    let mut all = facts();
    all.push(line("2012-06-30 p S0 c2 SELL_OUT CN/GD/SZ bikes B2 OFFLINE/store CNY - 10 - 1"));
    let after = counted(&all, question()).expect("counted");
    assert_eq!(rows(&after), ["2012-06 | 1 1", "2012-07 | 1 1", "2012-08 | 1 0"]);
    // The filter says where to look for the first order, not what it is.
    let online = Some(Condition::Is(Dimension::Channel, "ONLINE".to_owned()));
    let filtered = counted(&all, Asked { condition: online, ..question() }).expect("counted");
    assert_eq!(rows(&filtered), ["2012-08 | 1 0"]);
}

#[test]
fn a_share_is_one_of_all_channels() {
    let question = |condition, dimensions: &[Dimension]| Asked {
        dimensions: dimensions.to_vec(),
        condition,
        ..of(Basis::SellIn, &["channel_share"])
    };
    // ONLINE 100 + 50 − 30 + 80, OFFLINE 200 + 300, none −5; together 695.
    let all = [" CNY | -5÷695", "EMERGING USD | 9÷9", "OFFLINE CNY | 500÷695", "ONLINE CNY | 200÷695"];
    assert_eq!(found(question(None, &[Dimension::Channel])), all);
    let is = |dimension, text: &str| Condition::Is(dimension, text.to_owned());
    // A filter on channels leaves the whole as it is, with or without the dimension.
    let online = Some(is(Dimension::Channel, "ONLINE"));
    assert_eq!(found(question(online.clone(), &[Dimension::Channel])), all[3..]);
    assert_eq!(found(question(online, &[])), ["CNY | 200÷695"]);
    // One on something else cuts both: q sold 200 and 80 and adjusted −5.
    let of_q = Condition::All(vec![is(Dimension::Partner, "q"), is(Dimension::Channel, "OFFLINE")]);
    assert_eq!(found(question(Some(of_q), &[])), ["CNY | 200÷275"]);
    // A channel within the class is one of all channels, too.
    assert_eq!(
        found(question(None, &[Dimension::SubChannel, Dimension::Partner, Dimension::Channel])),
        [
            " p EMERGING USD | 9÷9",
            " q  CNY | -5÷275",
            "jd q ONLINE CNY | 80÷275",
            "store p OFFLINE CNY | 300÷420",
            "store q OFFLINE CNY | 200÷275",
            "tmall p ONLINE CNY | 120÷420",
        ]
    );
}

#[test]
fn regions_are_whole_parts() {
    let within = |region: &str| Some(Condition::Within(region.to_owned()));
    let net = |condition| found(Asked { condition, ..of(Basis::SellIn, &["net_sales"]) });
    // 100 + 50 + 300 − 30
    assert_eq!(net(within("CN/GD")), ["CNY | 420", "USD | 9"]);
    assert_eq!(net(within("CN/G")), Vec::<String>::new());
    assert_eq!(net(within("CN/GD/SZ")), ["CNY | 300"]);
    assert_eq!(net(Some(Condition::Not(Box::new(within("CN").expect("one"))))), ["CNY | -5"]);
    let split = |region_depth| {
        let question = of(Basis::SellOut, &["quantity"]);
        found(Asked { dimensions: vec![Dimension::Region], region_depth, ..question })
    };
    assert_eq!(split(0), ["CN/GD/GZ | 3", "CN/GD/SZ | 1", "CN/ZJ | 1"]);
    assert_eq!(split(3), split(0));
    assert_eq!(split(2), ["CN/GD | 4", "CN/ZJ | 1"]);
    assert_eq!(split(1), ["CN | 5"]);
}

#[test]
fn periods_are_those_of_the_calendar() {
    let lines = |grain| found(Asked { grain: Some(grain), ..of(Basis::All, &["lines"]) });
    // 1 July 2012 was a Sunday, the end of week 26.
    assert_eq!(
        lines(Grain::Week),
        [
            "2012-W26 | 2",
            "2012-W27 | 1",
            "2012-W28 | 1",
            "2012-W29 | 1",
            "2012-W31 | 3",
            "2012-W32 | 1",
            "2012-W33 | 1",
            "2012-W34 | 1",
            "2012-W40 | 1"
        ]
    );
    assert_eq!(lines(Grain::Quarter), ["2012-Q3 | 11", "2012-Q4 | 1"]);
    assert_eq!(lines(Grain::Year), ["2012 | 12"]);
    assert_eq!(lines(Grain::Day).first().map(String::as_str), Some("2012-07-01 | 2"));
    // Half open.
    let question = Asked { from: Some(day("2012-07-02")), to: Some(day("2012-07-31")), ..of(Basis::All, &["lines"]) };
    assert_eq!(found(question), [" | 3"]);
}

#[test]
fn sums_go_on_past_64_bits() {
    let mut large = line("2012-07-01 p A - SELL_IN - - - - CNY - 1 - 1");
    (large.net, large.quantity) = (i64::MAX, i64::MIN);
    let table = counted(&[large.clone(), large.clone(), large], asked(&["net_sales", "quantity"])).expect("counted");
    let values: Vec<_> = table.rows().flat_map(|row| row.values).flatten().collect();
    // 3 × (2⁶³ − 1) and 3 × −2⁶³.
    let [Value::Sum { value: net, digits: 6, .. }, Value::Sum { value: quantity, digits: 6, .. }] = values[..] else {
        panic!("{values:?}");
    };
    assert_eq!((net, quantity), (27_670_116_110_564_327_421, -27_670_116_110_564_327_424));
}

#[test]
fn parts_are_exact() {
    let table = counted(&facts(), of(Basis::SellIn, &["gross_margin", "return_rate", "lines"])).expect("counted");
    let row = table.rows().next().expect("a row");
    let value = |at: usize| row.values[at].as_ref().expect("a value");
    let fraction = |n: i64, d: i64| Exact::from(n).checked_div(&Exact::from(d));
    // Profit 150 − 10 + 40 of lines worth 600 − 30 + 80; 30 came back of 730 sold.
    assert_eq!(value(0).exact(), fraction(180, 650));
    assert_eq!(value(1).parts().value(), fraction(30, 730));
    assert_eq!(value(2).parts().value(), Some(Exact::from(7)));
}
