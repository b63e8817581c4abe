//! Rows by hand: what they become, and what is wrong with them.

use std::sync::Arc;

use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        incentive::v1::{FactKind, SalesFact, sales_fact},
        partner::v1::{PartnerKind, PartnerStatus, PartnerUpsert},
    },
};

use super::{Mapped, Mapper};
use crate::mapping::{Header, Mapping, Row, RowFault, load, parse};

fn header(columns: &str) -> Arc<Header> {
    Arc::new(Header::new(columns.split(',').map(str::to_owned).collect()))
}

fn row(line: u64, header: &Arc<Header>, cells: &str) -> Row {
    Row::new(line, Arc::clone(header), cells.split(',').map(str::to_owned).collect())
}

fn facts(mapping: &Mapping, columns: &str, rows: &[&str]) -> Vec<Result<SalesFact, Vec<RowFault>>> {
    let header = header(columns);
    let mut mapper = Mapper::new(mapping);
    let mapped = rows.iter().map(|cells| match mapper.map(&row(2, &header, cells)).0 {
        Ok(Mapped::Fact(fact)) => Ok(*fact),
        Ok(_) => panic!("a fact"),
        Err(faults) => Err(faults),
    });
    mapped.collect()
}

fn money(currency: &str, units: i64, nanos: i32) -> Option<Money> {
    Some(Money { currency_code: currency.to_owned(), units, nanos })
}

const ORDER: &str = "order_no,line_no,order_date,partner_id,sku,currency,qty,gross_amount,cost_amount,net_amount";

#[test]
fn an_order_line_becomes_a_fact() {
    let mapping = load("order-lines").expect("mapping");
    let cells = "SO1,3,2012-07-31,P7,BK-1,USD,3,6074.9820,5694.2832,6074.9820";
    let fact = facts(&mapping, ORDER, &[cells]).remove(0).expect("fact");
    assert_eq!((fact.source_system.as_str(), fact.source_id.as_str()), ("erp", "SO1/3"));
    let Some(sales_fact::PartnerRef::PartnerExternalRef(partner)) = &fact.partner_ref else { panic!("external ref") };
    assert_eq!((partner.system.as_str(), partner.id.as_str()), ("erp", "P7"));
    assert_eq!(fact.occurred, Some(sales_fact::Occurred::OccurredOn(Date { year: 2012, month: 7, day: 31 })));
    assert_eq!(fact.kind(), FactKind::SellIn);
    assert_eq!((fact.order_id.as_str(), fact.customer_key.as_str()), ("SO1", ""));
    assert_eq!(fact.net, money("USD", 6_074, 982_000_000));
    assert_eq!(fact.cost, money("USD", 5_694, 283_200_000));
    assert_eq!(fact.quantity.map(|q| q.value).as_deref(), Some("3"));
}

#[test]
fn every_fault_of_a_row_comes_at_once() {
    let mapping = load("order-lines").expect("mapping");
    let cells = "SO1,,2012-02-30,NULL,BK-1,USD,three,1e3,,";
    let faults = facts(&mapping, ORDER, &[cells]).remove(0).expect_err("faults");
    let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
    let mut wanted = vec!["source_id", "partner_external_ref.id", "net", "occurred_on", "quantity", "gross"];
    wanted.sort_unstable();
    let mut found = fields.clone();
    found.sort_unstable();
    assert_eq!(found, wanted);
    let quantity = faults.iter().find(|f| f.field == "quantity").expect("quantity");
    assert_eq!((quantity.value.as_str(), quantity.reason.as_str()), ("three", "\"three\" is not a number"));
    assert!(faults.iter().all(|f| !f.remedy.is_empty()), "{faults:?}");
}

#[test]
fn credit_notes_multiply_and_count_equal_lines_apart() {
    let mapping = load("invoices-with-credit-notes").expect("mapping");
    let columns = "invoice_no,is_return,ts,partner_id,country,sku,qty,unit_price";
    let rows = [
        "536365,0,2010-12-01T08:26:00,17850,United Kingdom,85123A,6,2.55",
        "536365,0,2010-12-01T08:26:00,17850,United Kingdom,85123A,6,2.55",
        "C536379,1,2010-12-01T09:41:00,14527,United Kingdom,D,-12,27.5",
        "C536380,1,2010-12-01T09:41:00,14527,United Kingdom,D,12,27.5",
    ];
    let all: Vec<SalesFact> = facts(&mapping, columns, &rows).into_iter().map(|f| f.expect("fact")).collect();
    let ids: Vec<&str> = all.iter().map(|f| f.source_id.as_str()).collect();
    assert_eq!(ids, ["536365/1", "536365/2", "C536379/1", "C536380/1"]);
    let orders: Vec<&str> = all.iter().map(|f| f.order_id.as_str()).collect();
    assert_eq!(orders, ["536365", "536365", "C536379", "C536380"]);
    // By hand: 6 × 2.55 = 15.30, 12 × 27.5 = 330.
    assert_eq!(all[0].net, money("GBP", 15, 300_000_000));
    assert_eq!(all[2].net, money("GBP", -330, 0));
    assert_eq!(all[3].net, money("GBP", -330, 0), "positive numbers of a return turn negative");
    assert_eq!(all[3].quantity.as_ref().map(|q| q.value.as_str()), Some("-12"));
    assert_eq!((all[0].kind(), all[2].kind()), (FactKind::SellIn, FactKind::Return));
    // Python: datetime(2010, 12, 1, 8, 26, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() == 1291163160
    let at = prost_types::Timestamp { seconds: 1_291_163_160, nanos: 0 };
    assert_eq!(all[0].occurred, Some(sales_fact::Occurred::OccurredAt(at)));
}

#[test]
fn a_corrected_reject_keeps_its_place_in_the_invoice() {
    let mapping = load("invoices-with-credit-notes").expect("mapping");
    let columns = "reject_source_id,invoice_no,is_return,ts,partner_id,country,sku,qty,unit_price";
    let rows = ["A/3,A,0,2010-12-01T08:26:00,1,UK,S,1,1", ",A,0,2010-12-01T08:26:00,1,UK,S,1,1"];
    let ids: Vec<String> = facts(&mapping, columns, &rows).into_iter().map(|f| f.expect("fact").source_id).collect();
    assert_eq!(ids, ["A/3", "A/1"]);
}

#[test]
fn tills_state_refunds_as_positive_numbers() {
    let mapping = load("pos-export").expect("mapping");
    let columns = "shop_id,ticket_no,item_no,sold_at,type,sku,category,quantity,list_price,amount,channel,original_ticket,original_item";
    let rows = [
        "S1,T1,1,2025-11-11 00:00:01,SALE,A,helmets,2,129.00,232.20,live,,",
        "S1,T9,1,2025-11-20 10:00:00,REFUND,A,helmets,1,129.00,116.10,shop,T1,1",
        "S1,T9,2,2025-11-20 10:00:00,VOID,A,helmets,1,129.00,116.10,shop,T1,1",
    ];
    let mut all = facts(&mapping, columns, &rows);
    let sale = all.remove(0).expect("sale");
    assert_eq!((sale.gross, sale.net), (money("CNY", 258, 0), money("CNY", 232, 200_000_000)));
    assert_eq!((sale.channel, sale.sub_channel.as_str(), sale.original_source_id.as_str()), (1, "live", ""));
    let refund = all.remove(0).expect("refund");
    assert_eq!((refund.gross, refund.net), (money("CNY", -129, 0), money("CNY", -116, -100_000_000)));
    assert_eq!(refund.original_source_id, "S1/T1/1");
    assert_eq!((sale.order_id.as_str(), refund.order_id.as_str()), ("S1/T1", "S1/T9"));
    let faults = all.remove(0).expect_err("VOID is not in the map");
    assert_eq!((faults.len(), faults[0].field.as_str(), faults[0].value.as_str()), (1, "kind", "VOID"));
    assert_eq!(faults[0].reason, "the mapping knows only REFUND, SALE here");
}

fn partner(mapping: &Mapping, columns: &str, cells: &str) -> Result<PartnerUpsert, Vec<RowFault>> {
    match Mapper::new(mapping).map(&row(2, &header(columns), cells)).0 {
        Ok(Mapped::Partner(partner)) => Ok(*partner),
        Ok(_) => panic!("a partner"),
        Err(faults) => Err(faults),
    }
}

const RESELLER: &str = "partner_id,name,business_type,city,state_code,state,country_code,postal_code,region,\
                        region_group,year_opened,order_frequency,product_line";

#[test]
fn a_reseller_becomes_a_partner() {
    let mapping = load("resellers").expect("mapping");
    let cells = "AW1,A Bike Store,Warehouse,Seattle,WA,Washington,US,98104,Northwest,North America,1974,S,Road";
    let upsert = partner(&mapping, RESELLER, cells).expect("partner");
    assert_eq!(upsert.initial_status(), PartnerStatus::Active);
    let partner = upsert.partner.expect("partner");
    assert_eq!((partner.kind(), partner.founding_year), (PartnerKind::Distributor, 1974));
    assert_eq!((partner.display_name.as_str(), partner.region.as_str()), ("A Bike Store", "US/WA"));
    let refs: Vec<_> = partner.external_refs.iter().map(|r| (r.system.as_str(), r.id.as_str())).collect();
    assert_eq!(refs, [("erp", "AW1")]);
    assert_eq!(partner.labels.get("product-line").map(String::as_str), Some("Road"));
    let address = partner.addresses.first().expect("address");
    assert_eq!(
        (address.city.as_str(), address.country.as_str(), address.postal_code.as_str()),
        ("Seattle", "US", "98104")
    );
}

#[test]
fn a_partner_needs_its_key_and_a_year_that_is_one() {
    let mapping = load("resellers").expect("mapping");
    let cells = ",,Warehouse,,,,US,,,,MCMLXXIV,,";
    let faults = partner(&mapping, RESELLER, cells).expect_err("faults");
    let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["founding_year", "display_name", "external_refs[0].id"]);
}

#[test]
fn numbers_beyond_what_money_can_hold_are_faults() {
    let mapping = load("order-lines").expect("mapping");
    for (net, wanted) in [("0.0000001", "more than the 6 decimals that USD"), ("99999999999999999999", "too large")] {
        let cells = format!("SO1,1,2012-07-31,P7,BK-1,USD,1,,,{net}");
        let faults = facts(&mapping, ORDER, &[cells.as_str()]).remove(0).expect_err(net);
        assert!(faults[0].field == "net" && faults[0].reason.contains(wanted), "{faults:?}");
    }
}

#[test]
fn an_unknown_currency_is_one_fault() {
    let mapping = load("order-lines").expect("mapping");
    let faults = facts(&mapping, ORDER, &["SO1,1,2012-07-31,P7,BK-1,RMB,1,1,1,1"]).remove(0).expect_err("RMB");
    assert_eq!((faults.len(), faults[0].field.as_str(), faults[0].value.as_str()), (1, "currency", "RMB"));
    assert_eq!(faults[0].remedy, "use a code such as CNY or USD");
}

#[test]
fn a_fact_belongs_to_an_order_and_a_customer() {
    let text = r#"
apiVersion: tributary/v1
kind: Mapping
target: facts
source_id: "{id}"
nulls: ["n/a"]
fields:
  source_system: {const: shop}
  partner: {from: partner}
  kind: {const: SELL_OUT}
  occurred_on: {from: day}
  currency: {const: CNY}
  net: {from: amount}
  order_id: {template: "{shop}/{ticket}"}
  customer_key: {from: member}
"#;
    let mapping = parse("m.yaml", text).expect("mapping");
    let columns = "id,partner,day,amount,shop,ticket,member";
    let rows = ["1,partners/a,2025-11-11,1,S1,T1,c-9f86", "2,partners/a,2025-11-11,1,S1,n/a,n/a"];
    let all: Vec<SalesFact> = facts(&mapping, columns, &rows).into_iter().map(|f| f.expect("fact")).collect();
    let told: Vec<_> = all.iter().map(|f| (f.order_id.as_str(), f.customer_key.as_str())).collect();
    assert_eq!(told, [("S1/T1", "c-9f86"), ("", "")]);

    // A refused key stands in the row of the reject file, and nowhere else.
    let refused = row(2, &header(columns), "1,partners/a,2025-11-11,1,S1,T1,13800138000");
    assert_eq!(mapping.value_of("customer_key", &refused), "");
    assert_eq!(mapping.value_of("order_id", &refused), "S1 | T1");
}

#[test]
fn defaults_and_negation() {
    let text = r#"
apiVersion: tributary/v1
kind: Mapping
target: facts
source_id: "{id}"
nulls: ["n/a"]
fields:
  source_system: {const: erp}
  partner: {from: partner}
  kind: {const: return}
  occurred_on: {from: day, format: "%d.%m.%Y"}
  currency: {from: currency, default: CNY}
  net: {from: amount, sign: negate, default: "0"}
"#;
    let mapping = parse("m.yaml", text).expect("mapping");
    let rows = ["1,partners/a,31.07.2012,,12.50", "2,partners/a,01.08.2012,USD,n/a"];
    let all: Vec<SalesFact> =
        facts(&mapping, "id,partner,day,currency,amount", &rows).into_iter().map(|f| f.expect("fact")).collect();
    assert_eq!(all[0].net, money("CNY", -12, -500_000_000));
    assert_eq!(all[1].net, money("USD", 0, 0));
    assert_eq!(all[0].kind(), FactKind::Return);
}
