//! The commissions of sales representatives: 2 % up to the quota, 3 % of the band from 100 % to 125 %, 5 % above, nothing
//! below half the quota. A representative is a payee, its quotas are figures.
//!
//! The folder is `TRIBUTARY_RESELLER_DATA`, by default `../shared/data/adventureworks` beside the checkout; the expected
//! amounts were computed by another program. That program adds a representative's currencies as they stand, so the lines
//! are taken as amounts of one currency. Quotas that the source labels with the same quarter add up.

#![cfg(test)]

#[path = "../data/mod.rs"]
mod data;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use data::{Fact, Row, decimal, files, folder, rows, run};
use incentive_calculation_domain::{
    engine::{Figure, Figures},
    fact::FactKind,
    plan::{
        Condition, EdgeScale, Gate, Indicator, IndicatorCondition, Marginal, Measure, MeasureField, MissingTarget,
        NegativeMeasure, PlanSpec, Reward, Rule, Target, TargetOf, Tier, TierTable, Window,
    },
};
use tributary_core::{Date, Decimal, Exact, Period};

const VARIABLE: &str = "TRIBUTARY_RESELLER_DATA";
const DEFAULT: &str = "../shared/data/adventureworks";

#[test]
fn every_representative_and_quarter() {
    let Some(folder) = folder(VARIABLE, DEFAULT) else { return };
    let quotas = all(&folder, "rep_quota_");
    let facts: Vec<Fact> = all(&folder, "reseller_sales_").iter().map(fact).collect();
    let expected = all_named(&folder, "expected_", "_rep_commissions.csv.gz");
    let mut quarters: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in &expected {
        quarters.entry(format!("{}-Q{}", row["year"], row["quarter"])).or_default().push(row);
    }
    let (spec, mut without_sales) = (commission(), 0_usize);
    for (quarter, wanted) in &quarters {
        let lines = run(&spec, quarter, "USD", &facts, |numbers| figures(&quotas, numbers));
        let found: BTreeMap<&str, _> = lines.iter().map(|line| (line.business_key.as_str(), line)).collect();
        let mut paid = BTreeSet::new();
        for row in wanted {
            let rep = row["rep_id"].as_str();
            let Some(line) = found.get(rep) else {
                // No fact, no line.
                assert!(decimal(&row["actual"]).is_zero(), "{quarter}: {rep} has no line");
                without_sales += 1;
                continue;
            };
            assert_eq!(line.measure, decimal(&row["actual"]), "{quarter}: sales of {rep}");
            assert_eq!(
                line.exact,
                Exact::from(decimal(&row["commission_raw"])),
                "{quarter}: exact commission of {rep}"
            );
            assert_eq!(decimal(&line.amount.number()), decimal(&row["commission_half_up"]), "{quarter}: line of {rep}");
            let target = line.trace.target.expect("a target");
            assert_eq!(target, decimal(&row["quota"]), "{quarter}: quota of {rep}");
            paid.insert(rep);
        }
        // Who has no quota has no line.
        assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), paid, "{quarter}");
    }
    println!("{} rep-quarters equal, {without_sales} of them without a sale", expected.len());
}

fn all(folder: &std::path::Path, begin: &str) -> Vec<Row> {
    all_named(folder, begin, ".csv.gz")
}

fn all_named(folder: &std::path::Path, begin: &str, end: &str) -> Vec<Row> {
    files(folder, begin, end).iter().flat_map(|file| rows(file)).collect()
}

fn fact(row: &Row) -> Fact {
    Fact {
        source_id: format!("{}/{}", row["order_no"], row["line_no"]),
        payee: row["rep_id"].clone(),
        day: Date::parse(&row["order_date"]).expect("a day"),
        kind: FactKind::SellIn,
        net: decimal(&row["net_amount"]),
    }
}

/// Every quota stands for the quarter that the source labels it with.
fn figures(quotas: &[Row], numbers: &HashMap<&str, u32>) -> Figures {
    let mut figures = Figures::default();
    for row in quotas {
        let Some(payee) = numbers.get(row["rep_id"].as_str()) else { continue };
        let quarter = format!("{}-Q{}", row["calendar_year"], row["calendar_quarter"]);
        let period: Period = quarter.parse().expect("a quarter");
        figures.0.entry((*payee, "quota".to_owned())).or_default().push(Figure {
            from: period.from(),
            to: period.to(),
            currency: None,
            value: decimal(&row["quota_amount"]),
            source: format!("quota of {}", row["quota_date"]),
        });
    }
    figures
}

fn commission() -> PlanSpec {
    let tier = |from: &str, rate: &str| Tier { from: decimal(from), rate: decimal(rate), ..Tier::default() };
    let table = TierTable {
        tiers: vec![tier("0", "0.02"), tier("1", "0.03"), tier("1.25", "0.05")],
        edge_scale: EdgeScale::ShareOfTarget,
        ..TierTable::default()
    };
    let measure = Measure {
        field: MeasureField::Net,
        kinds: vec![FactKind::SellIn],
        product_lines: Vec::new(),
        skus: Vec::new(),
        channels: Vec::new(),
        regions: Vec::new(),
        sub_channels: Vec::new(),
        window: Window::Period,
        figure: String::new(),
    };
    let reached = IndicatorCondition { indicator: Indicator::Attainment, at_least: Some(decimal("0.5")), below: None };
    let gate =
        Gate { title: "half the quota".to_owned(), when: Condition::Indicator(reached), otherwise: Decimal::ZERO };
    let reward = Reward::Marginal(Marginal { table, first_flat_at_zero: false, retrospective: None });
    let rule = Rule {
        target: Some(Target { of: TargetOf::Figure("quota".to_owned()), missing: MissingTarget::Skip }),
        gates: vec![gate],
        ..Rule::new("commission", Some(measure), NegativeMeasure::Signed, reward)
    };
    PlanSpec { rules: vec![rule], ..PlanSpec::default() }
}
