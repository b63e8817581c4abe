//! Ready-made mappings by hand, with messages as JSON: what their rows become.

use std::sync::Arc;

use serde_json::{Value, json};

use super::load;
use crate::mapping::{Header, Mapped, Mapper, Row, Target};

/// The message of a row; `None` where this build does not have the target.
fn message(name: &str, columns: &str, cells: &str) -> Option<Result<Value, Vec<String>>> {
    if Target::by_name(name).is_none() {
        println!("skipped: {name} is no target of this build");
        return None;
    }
    let mapping = load(name).unwrap_or_else(|e| panic!("{e}"));
    let header = Arc::new(Header::new(columns.split(',').map(str::to_owned).collect()));
    let row = Row::new(2, header, cells.split(',').map(str::to_owned).collect());
    Some(match Mapper::new(&mapping).map(&row).0 {
        Ok(Mapped::Record(message)) => Ok(serde_json::to_value(&*message).expect("JSON")),
        Ok(other) => panic!("{other:?}"),
        Err(faults) => Err(faults.into_iter().map(|fault| format!("{}: {}", fault.field, fault.reason)).collect()),
    })
}

#[test]
fn an_event_becomes_a_touchpoint() {
    let columns = "event_id,visitor_hash,event,channel_class,channel,region,occurred_at,value,currency,order_no";
    let order = "e-1,c-9f86,order,ONLINE,tmall,CN/GD,2026-11-11T00:00:01,129.90,CNY,SO-7";
    let Some(found) = message("touchpoints", columns, order) else { return };
    let wanted = json!({
        "sourceSystem": "web",
        "sourceId": "e-1",
        "customerKey": "c-9f86",
        "kind": "TOUCHPOINT_KIND_CONVERSION",
        "channel": "tmall",
        "channelClass": "ONLINE",
        "region": "CN/GD",
        // Midnight in Shanghai is 16:00 of the day before in UTC.
        "occurredAt": "2026-11-10T16:00:01Z",
        "value": { "currencyCode": "CNY", "units": "129", "nanos": 900_000_000 },
        "orderId": "SO-7",
    });
    assert_eq!(found, Ok(wanted));
    let click = message("touchpoints", columns, "e-2,,click,,search,,2026-11-11T00:00:01Z,,,").expect("there");
    let wanted = json!({
        "sourceSystem": "web", "sourceId": "e-2", "kind": "TOUCHPOINT_KIND_CLICK", "channel": "search",
        "occurredAt": "2026-11-11T00:00:01Z",
    });
    assert_eq!(click, Ok(wanted));
    let bad = message("touchpoints", columns, ",,like,,,,2026-11-11,,,").expect("there");
    let told = [
        "source_id: column event_id is empty, but the source id is made of it",
        "kind: the mapping knows only click, order, signup, view, visit here",
        "channel: channel is empty",
        "occurred_at: \"2026-11-11\" is not a date with a time",
    ];
    assert_eq!(bad, Err(told.map(str::to_owned).to_vec()));
}

#[test]
fn a_posting_becomes_a_cost() {
    let columns = "posting_no,cost_type,day,amount,currency,channel,sub_channel,region,product_line";
    let cells = "P-1,media,2026-11-11,-5000.25,CNY,ONLINE,tmall,CN,helmets";
    let Some(found) = message("costs", columns, cells) else { return };
    let wanted = json!({
        "sourceSystem": "erp",
        "sourceId": "P-1",
        "costType": "media",
        "occurredOn": { "year": 2026, "month": 11, "day": 11 },
        "amount": { "currencyCode": "CNY", "units": "-5000", "nanos": -250_000_000 },
        "channel": "ONLINE",
        "subChannel": "tmall",
        "region": "CN",
        "productLine": "helmets",
    });
    assert_eq!(found, Ok(wanted));
    let bad = message("costs", columns, "P-2,,,,CNY,,,,").expect("there");
    let told = ["cost_type", "occurred_on", "amount"].map(|field| format!("{field}: {field} is empty"));
    assert_eq!(bad, Err(told.to_vec()));
}

#[test]
fn two_quotas_of_a_labelled_quarter_are_two_figures() {
    let columns = "rep_id,quota_date,calendar_year,calendar_quarter,quota_amount";
    let figure = |day: &str, amount: &str| {
        json!({
            "sourceSystem": "hr",
            "sourceId": format!("276/{day}"),
            "partnerExternalRef": { "system": "hr", "id": "276" },
            "figure": "quota",
            "period": "2011-Q3",
            "value": { "value": amount },
        })
    };
    for (day, amount, kept) in [("2011-06-30", "637000.0000", "637000"), ("2011-09-30", "849000.5", "849000.5")] {
        let Some(found) = message("rep-quotas", columns, &format!("276,{day},2011,3,{amount}")) else { return };
        assert_eq!(found, Ok(figure(day, kept)));
    }
    let bad = message("rep-quotas", columns, ",,2011,3,").expect("there").expect_err("faults");
    assert!(bad.iter().any(|fault| fault.starts_with("source_id: ")), "{bad:?}");
    assert!(bad.iter().any(|fault| fault.starts_with("value: ")), "{bad:?}");
}

#[test]
fn rates_stated_lines_and_foreign_statements_follow_their_messages() {
    let columns = "currency,rate_date,average_usd_per_unit,end_of_day_usd_per_unit";
    let Some(found) = message("fx-rates", columns, "AUD,2010-12-29,0.6,0.645161290322581") else { return };
    let wanted = json!({
        "rateTable": "rateTables/usd", "fromCurrency": "AUD", "intoCurrency": "USD",
        "day": { "year": 2010, "month": 12, "day": 29 }, "rate": { "value": "0.645161290322581" },
    });
    assert_eq!(found, Ok(wanted));
    let columns = "line_id,programme,slot,rule,part,partner_id,period,amount,currency,carried";
    let found = message("stated", columns, "L-1,dealers,bonus,year,advance,AW1,2026-03,-12.5,CNY,3").expect("there");
    let wanted = json!({
        "sourceSystem": "old-system", "sourceId": "L-1",
        "programme": "programmes/dealers", "slot": "bonus", "rule": "year", "part": "advance",
        "partnerExternalRef": { "system": "erp", "id": "AW1" }, "period": "2026-03",
        "amount": { "currencyCode": "CNY", "units": "-12", "nanos": -500_000_000 }, "carried": { "value": "3" },
    });
    assert_eq!(found, Ok(wanted));
    let found = message("statements", "partner_id,label,amount,currency,measure", "AW1,year,7,CNY,").expect("there");
    let wanted = json!({
        "partnerExternalRef": { "system": "erp", "id": "AW1" }, "label": "year",
        "amount": { "currencyCode": "CNY", "units": "7" },
    });
    assert_eq!(found, Ok(wanted));
    let found = message("quotas", "partner_id,figure,period,value,currency", "AW1,,2026-Q1,0.95,").expect("there");
    assert!(found.is_err(), "the key is made of the figure: {found:?}");
}
