//! A retailer's invoices with credit notes, through publishing and the engine: net per partner, and a commission of 5 %
//! that is owed back or floored where a partner returned more than it bought.
//!
//! The folder is `TRIBUTARY_RETURNS_DATA`, by default `../shared/data/returns` beside the checkout: every
//! `online_retail_*.csv.gz`, with `expected.json` and `expected_partner.csv.gz`, which another program computed. The source
//! has no line numbers, so a line is named by its place in the invoice; a return is not linked to its sale and counts in
//! its own period.

#![cfg(test)]

#[path = "../data/mod.rs"]
mod data;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};

use data::{Fact, decimal, files, folder, rows, run};
use incentive_calculation_domain::{
    engine::{Figures, LineResult},
    fact::FactKind,
    plan::{
        Measure, MeasureField, NegativeMeasure, PaidOn, PlanSpec, Reward, Rule, Tier, TierTable, WholeVolume, Window,
    },
};
use serde_json::Value;
use tributary_core::{Date, Decimal, Exact};

const VARIABLE: &str = "TRIBUTARY_RETURNS_DATA";
const DEFAULT: &str = "../shared/data/returns";
const CURRENCY: &str = "GBP";

#[test]
fn every_partner_and_both_variants_of_the_commission() {
    let Some(folder) = folder(VARIABLE, DEFAULT) else { return };
    let expected: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).expect("readable")).expect("JSON");
    let facts = read(&folder);
    let (first, last) = months(&expected);
    let lines = run(&commission(Window::Since(first)), &last, CURRENCY, &facts, no_figures);

    let found = by_partner(&lines);
    let (mut negative, mut partners) = (0_i64, 0_i64);
    for row in rows(&folder.join("expected_partner.csv.gz")) {
        let sums = found.get(row["partner_id"].as_str());
        for (column, rule) in [("net", "signed"), ("net", "floored"), ("sales", "sales"), ("returns", "returns")] {
            let paid = sums.and_then(|s| s.get(rule)).map(|line| line.measure).unwrap_or_default();
            assert_eq!(paid, pence(&row[column]), "{column} of {}", row["partner_id"]);
        }
        partners += 1;
        negative += i64::from(row["net"].starts_with('-'));
    }
    assert_eq!(i64::try_from(found.len()), Ok(partners), "partners with lines");
    assert_eq!(count(&expected, "/total/partners"), partners);
    assert_eq!(count(&expected, "/partners_with_negative_net"), negative);
    assert_eq!(count(&expected, "/total/lines"), i64::try_from(facts.len()).expect("a count"));

    let total = |rule: &str| lines.iter().filter(|l| l.rule == rule).map(|l| l.amount.value).sum::<i64>();
    assert_eq!(total("signed"), count(&expected, "/commission_5pct_half_up_pence_by_partner_sum"));
    assert_eq!(total("floored"), count(&expected, "/commission_floor0_pence"));
    by_month(&expected, &facts);
    println!("{partners} partners and {} facts: net, sales, returns and both commissions equal", facts.len());
}

/// Sums of each month, from a run of that month.
fn by_month(expected: &Value, facts: &[Fact]) {
    for month in expected["by_month"].as_array().expect("months") {
        let name = month["month"].as_str().expect("a month");
        let lines = run(&commission(Window::Period), name, CURRENCY, facts, no_figures);
        let sum = |rule: &str| lines.iter().filter(|l| l.rule == rule).map(|l| l.measure).sum::<Decimal>();
        for (field, rule) in [("net_pence", "signed"), ("sales_pence", "sales"), ("returns_pence", "returns")] {
            assert_eq!(sum(rule), pence(&month[field].to_string()), "{field} of {name}");
        }
        let partners: BTreeSet<&str> = lines.iter().map(|l| l.business_key.as_str()).collect();
        assert_eq!(i64::try_from(partners.len()), Ok(month["partners"].as_i64().expect("a count")), "{name}");
    }
}

/// 5 % of net, owed back or floored; and, to tell them apart, of sales and of returns.
fn commission(window: Window) -> PlanSpec {
    let rule = |id: &str, kinds: &[FactKind], negative| {
        let measure = Measure {
            field: MeasureField::Net,
            kinds: kinds.to_vec(),
            product_lines: Vec::new(),
            skus: Vec::new(),
            channels: Vec::new(),
            regions: Vec::new(),
            sub_channels: Vec::new(),
            window,
            figure: String::new(),
        };
        let tiers = vec![Tier { rate: Decimal::new(5, 2), ..Tier::default() }];
        let table = TierTable { tiers, ..TierTable::default() };
        Rule::new(id, Some(measure), negative, Reward::WholeVolume(WholeVolume { table, paid_on: PaidOn::Measure }))
    };
    let both = [FactKind::SellIn, FactKind::Return];
    let rules = vec![
        rule("signed", &both, NegativeMeasure::Signed),
        rule("floored", &both, NegativeMeasure::Zero),
        rule("sales", &[FactKind::SellIn], NegativeMeasure::Signed),
        rule("returns", &[FactKind::Return], NegativeMeasure::Signed),
    ];
    PlanSpec { rules, ..PlanSpec::default() }
}

fn by_partner(lines: &[LineResult]) -> BTreeMap<&str, BTreeMap<&str, &LineResult>> {
    let mut found: BTreeMap<&str, BTreeMap<&str, &LineResult>> = BTreeMap::new();
    for line in lines {
        let exact = Exact::from(line.measure) * Exact::from(Decimal::new(5, 2));
        assert!(line.exact == exact || line.rule == "floored" && line.exact.is_zero(), "{line:?}");
        found.entry(&line.business_key).or_default().insert(&line.rule, line);
    }
    found
}

fn read(folder: &Path) -> Vec<Fact> {
    let mut facts = Vec::new();
    for file in files(folder, "online_retail_", ".csv.gz") {
        let mut places: HashMap<String, usize> = HashMap::new();
        for row in rows(&file) {
            let place = places.entry(row["invoice_no"].clone()).or_default();
            *place += 1;
            let returned = row["is_return"] == "1";
            let net = decimal(&row["qty"]) * decimal(&row["unit_price"]);
            facts.push(Fact {
                source_id: format!("{}/{place}", row["invoice_no"]),
                payee: row["partner_id"].clone(),
                day: Date::parse(&row["ts"][..10]).expect("a day"),
                kind: if returned { FactKind::Return } else { FactKind::SellIn },
                // A credit note takes back, however its quantity is signed.
                net: if returned { -net.abs() } else { net },
            });
        }
    }
    facts
}

/// The first day of the first month, and the last month.
fn months(expected: &Value) -> (Date, String) {
    let mut months: Vec<&str> =
        expected["by_month"].as_array().expect("months").iter().filter_map(|m| m["month"].as_str()).collect();
    months.sort_unstable();
    let (first, last) = (months.first().expect("a month"), months.last().expect("a month"));
    (Date::parse(&format!("{first}-01")).expect("a day"), (*last).to_owned())
}

fn no_figures(_: &HashMap<&str, u32>) -> Figures {
    Figures::default()
}

fn count(expected: &Value, pointer: &str) -> i64 {
    expected.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("no number {pointer}"))
}

fn pence(text: &str) -> Decimal {
    decimal(text) / Decimal::ONE_HUNDRED
}
