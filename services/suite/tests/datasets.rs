//! The ready-made mappings against real files, as far as no server is needed: every row goes through, and the sums are
//! those that were computed independently (see the manifest beside the data). Skips where the data is absent.

#![cfg(test)]

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use tributary::{
    import::{Batches, SourceFile},
    mapping::{load, parse},
};
use tributary_core::{Currency, FactAmount};
use tributary_proto::{
    google::r#type::Money,
    tributary::{
        analytics::v1::Journey,
        incentive::v1::{FactKind, SalesFact},
    },
};

fn data(file: &str) -> Option<SourceFile> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(SourceFile::open(&path).expect("opened"))
}

fn facts(file: &SourceFile, mapping: &str) -> Vec<SalesFact> {
    let mapping = load(mapping).expect("mapping");
    let mut all = Vec::new();
    for batch in Batches::open(file, &mapping, 500, 0, Arc::default()).expect("opened") {
        let batch = batch.expect("batch");
        assert!(batch.rejects.is_empty(), "{:?}", batch.rejects);
        all.extend(batch.facts);
    }
    all
}

/// Net in units of 10⁻⁶.
fn net(fact: &SalesFact) -> i64 {
    amount(fact.net.as_ref().expect("net"))
}

/// In units of 10⁻⁶.
fn amount(money: &Money) -> i64 {
    let currency = Currency::parse(&money.currency_code).expect("currency");
    FactAmount::from_units_nanos(currency, money.units, money.nanos).expect("exact").value
}

/// How many orders the facts are of.
fn orders(facts: &[SalesFact]) -> usize {
    facts.iter().map(|f| f.order_id.as_str()).collect::<HashSet<_>>().len()
}

#[test]
fn order_lines_add_up() {
    let Some(file) = data("adventureworks/reseller_sales_2010_2012.csv.gz") else { return };
    let all = facts(&file, "order-lines");
    // MANIFEST: 32,315 lines of 2,088 orders, net 46,875,762.8251 over five currencies.
    assert_eq!((all.len(), orders(&all)), (32_315, 2_088));
    assert_eq!(all.iter().map(net).sum::<i64>(), 46_875_762_825_100);
}

#[test]
fn invoices_with_credit_notes_add_up() {
    let Some(file) = data("returns/online_retail_2010-12_2011-03.csv.gz") else { return };
    let all = facts(&file, "invoices-with-credit-notes");
    let mut sums: BTreeMap<FactKind, (usize, i64)> = BTreeMap::new();
    for fact in &all {
        let sum = sums.entry(fact.kind()).or_default();
        *sum = (sum.0 + 1, sum.1 + net(fact));
    }
    // MANIFEST: 96,947 lines, 2,450 of them returns; sales 2,184,797.04, returns −138,607.88.
    let expected = [(FactKind::SellIn, (94_497, 2_184_797_040_000)), (FactKind::Return, (2_450, -138_607_880_000))];
    assert_eq!(sums, BTreeMap::from(expected));
    let ids: HashSet<&str> = all.iter().map(|f| f.source_id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "equal lines are told apart");
    // Python: len({row["invoice_no"] for row in csv.DictReader(file)}) == 5765
    assert_eq!(orders(&all), 5_765);
}

#[test]
fn resellers_and_customers_are_all_there() {
    for (file, mapping, wanted) in [
        ("adventureworks/partners.csv.gz", "resellers", 701),
        ("returns/online_retail_2010-12_2011-03.csv.gz", "invoice-customers", 2_189),
    ] {
        let Some(file) = data(file) else { return };
        let mapping = load(mapping).expect("mapping");
        let batches = Batches::open(&file, &mapping, 500, 0, Arc::default()).expect("opened");
        let sent: usize = batches.map(|b| b.expect("batch").partners.len()).sum();
        assert_eq!(sent, wanted, "{}", mapping.name);
    }
}

/// The file has neither keys nor a currency.
const PATHS: &str = r#"
apiVersion: tributary/v1
kind: Mapping
target: journeys
source_id: "{total_conversions}-{total_null}-{ordinal(by: total_conversions, total_null)}"
fields:
  touches:
    - channel: {split: path, by: ">"}
  conversions: {from: total_conversions}
  nulls: {from: total_null}
  value: {amount: {from: total_conversion_value}, currency: {const: CNY}}
"#;

#[test]
fn paths_become_journeys() {
    let Some(file) = data("attribution/journeys_200k_12ch.csv.gz") else { return };
    let mapping = parse("paths.yaml", PATHS).expect("mapping");
    let mut ids = HashSet::new();
    let (mut conversions, mut nulls, mut touches, mut value) = (0_i64, 0_i64, 0_usize, 0_i64);
    for batch in Batches::open(&file, &mapping, 1000, 0, Arc::default()).expect("opened") {
        let batch = batch.expect("batch");
        assert!(batch.rejects.is_empty(), "{:?}", batch.rejects);
        for record in batch.records {
            let journey: Journey = record.transcode_to().expect("a journey");
            conversions += journey.conversions;
            nulls += journey.nulls;
            touches += journey.touches.len();
            value += journey.value.as_ref().map_or(0, amount);
            ids.insert(journey.journey_id);
        }
    }
    // MANIFEST: 11,087 conversions, value 1,008,341.24, 801,472 touches of 200,000 journeys.
    assert_eq!((ids.len(), conversions, nulls), (200_000, 11_087, 188_913));
    assert_eq!((touches, value), (801_472, 1_008_341_240_000));
}
