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
