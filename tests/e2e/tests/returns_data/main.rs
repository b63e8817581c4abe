//! A retailer's invoices with credit notes, through the gateway, on both stores: streamed in, a plan published by two
//! people, a final run, and the statement of every partner beside what another program computed: net, sales, returns, and
//! a commission of 5 % that is owed back or floored where a partner returned more than it bought.
//!
//! The folder is `TRIBUTARY_RETURNS_DATA`, by default `../shared/data/returns` beside the checkout: every
//! `online_retail_*.csv.gz`, with `expected.json` and `expected_partner.csv.gz`. A return is not linked to its sale and
//! counts in its own period. Where the variable names the folder everything is sent and the sums of all and of each month
//! are compared, too; by default every fourth partner is enough.

#![cfg(test)]

use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{preview, statements},
    data::{Row, files, folder, load_facts, load_partners, mapped, rows},
    exact::{decimal, of_decimal, of_exact, of_money},
    on_every_store,
    people::{People, plan},
};
use num_bigint::BigInt;
use num_rational::BigRational;
use serde_json::Value;
use tributary_proto::tributary::{
    incentive::v1::{PlanSpec, SalesFact, Statement, StatementLine, sales_fact},
    partner::v1::PartnerUpsert,
};

const VARIABLE: &str = "TRIBUTARY_RETURNS_DATA";
const DEFAULT: &str = "../shared/data/returns";

/// What is sent, and what must come back.
struct Data {
    partners: Vec<PartnerUpsert>,
    facts: Vec<SalesFact>,
    expected: Value,
    by_partner: Vec<Row>,
    /// Whether it is the whole set.
    whole: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_partner_is_stated_what_it_earned_or_owes() -> anyhow::Result<()> {
    let Some(folder) = folder(VARIABLE, DEFAULT)? else { return Ok(()) };
    let data = read(&folder)?;
    let months = months(&data.expected)?;
    let (first, last) = (months.first().context("no month")?, months.last().context("no month")?);
    on_every_store(async |place| {
        let started = Instant::now();
        let people = People::of(place).await?;
        load_partners(place, &data.partners, 500).await?;
        load_facts(place, data.facts.clone(), || 1000).await?;
        let loaded = started.elapsed();

        people.programme(&["commission"]).await?;
        people.publish("commission", commission(&format!("window: {{since: {first}-01}}, "))?).await?;
        let run = people.calculate(last, "all").await?;
        let stated = statements(&place.gateway, &run.name).await?;
        every_partner(&data, &stated)?;
        if data.whole {
            every_month(place, &data.expected).await?;
        }
        let calculated = started.elapsed().saturating_sub(loaded);
        println!(
            "{:?}: {} partners and {} facts: net, sales, returns and both commissions equal; \
             loaded in {loaded:.1?}, calculated and read in {calculated:.1?}",
            place.engine,
            data.by_partner.len(),
            data.facts.len()
        );
        Ok(())
    })
    .await
}

/// 5 % of net, owed back or floored; and, to tell them apart, of sales and of returns.
fn commission(window: &str) -> anyhow::Result<PlanSpec> {
    let rule = |id: &str, kinds: &str, negative: &str| {
        format!(
            "  - id: {id}\n    measure: {{{window}field: NET, kinds: [{kinds}]}}\n    negativeMeasure: {negative}\n    \
             wholeVolume: {{table: {{tiers: [{{from: \"0\", rate: \"0.05\"}}]}}}}\n"
        )
    };
    let rules = [
        rule("signed", "SELL_IN, RETURN", "SIGNED"),
        rule("floored", "SELL_IN, RETURN", "ZERO"),
        rule("sales", "SELL_IN", "SIGNED"),
        rule("returns", "RETURN", "SIGNED"),
    ];
    plan(&format!("rules:\n{}", rules.concat()))
}

/// Measures and amounts of every partner, and the sums of all.
fn every_partner(data: &Data, stated: &[Statement]) -> anyhow::Result<()> {
    let mut found = BTreeMap::new();
    for statement in stated {
        let reference = statement.partner_external_refs.iter().find_map(|r| r.strip_prefix("invoices:"));
        let partner = reference.with_context(|| format!("{} has no reference", statement.name))?;
        ensure!(found.insert(partner, statement).is_none(), "two statements for {partner}");
    }
    ensure!(found.len() == data.by_partner.len(), "{} statements, not {}", found.len(), data.by_partner.len());
    let (zero, mut owed_in_all) = (decimal("0")?, BTreeMap::new());
    for row in &data.by_partner {
        let partner = row["partner_id"].as_str();
        let statement = found.get(partner).with_context(|| format!("{partner} has no statement"))?;
        for (column, rule) in [("net", "signed"), ("net", "floored"), ("sales", "sales"), ("returns", "returns")] {
            let (line, pence) = (line(statement, rule), decimal(&row[column])?);
            let measured = line.map_or_else(|| decimal("0"), |l| of_decimal(l.measure.as_ref()))?;
            // A floored measure is shown as it is and pays nothing.
            ensure!(measured == &pence / hundred(), "{rule} of {partner}: {measured}, not {pence} pence");
            let owed = if rule == "floored" { pence.max(zero.clone()) } else { pence };
            *owed_in_all.entry(rule).or_insert_with(|| zero.clone()) += half_away(&owed)?;
            if let Some(line) = line {
                let exact = of_exact(line.exact.as_ref())?;
                ensure!(exact == &owed / BigRational::from(BigInt::from(2000)), "{rule} of {partner}: exact {exact}");
                ensure!(of_money(line.amount.as_ref())? == half_away(&owed)?, "{rule} of {partner}: {line:?}");
            }
        }
    }
    let sum = |rule: &str| -> anyhow::Result<BigRational> {
        let lines = stated.iter().filter_map(|s| line(s, rule));
        lines.map(|l| of_money(l.amount.as_ref())).sum()
    };
    for (rule, field) in
        [("signed", "commission_5pct_half_up_pence_by_partner_sum"), ("floored", "commission_floor0_pence")]
    {
        let wanted = if data.whole { pounds(&data.expected[field])? } else { owed_in_all[rule].clone() };
        ensure!(sum(rule)? == wanted, "{rule}: {} in all, not {wanted}", sum(rule)?);
    }
    let negative = stated.iter().filter_map(|s| line(s, "signed")).filter(|l| is_negative(l)).count();
    let wanted = data.by_partner.iter().filter(|row| row["net"].starts_with('-')).count();
    ensure!(negative == wanted && negative > 0, "{negative} partners below zero, not {wanted}");
    ensure!(!data.whole || data.expected["partners_with_negative_net"] == negative, "{negative} partners below zero");
    Ok(())
}

/// Sums of each month, from a preview of that month.
async fn every_month(place: &Place, expected: &Value) -> anyhow::Result<()> {
    let plan = commission("")?;
    for month in expected["by_month"].as_array().context("no months")? {
        let name = month["month"].as_str().context("a month without a name")?;
        let run = preview(&place.gateway, &plan, name).await?;
        let stated = statements(&place.gateway, &run.name).await?;
        for (field, rule) in [("net_pence", "signed"), ("sales_pence", "sales"), ("returns_pence", "returns")] {
            let lines = stated.iter().filter_map(|s| line(s, rule));
            let sum: BigRational = lines.map(|l| of_decimal(l.measure.as_ref())).sum::<anyhow::Result<_>>()?;
            ensure!(sum == pounds(&month[field])?, "{field} of {name}: {sum}");
        }
        ensure!(month["partners"] == stated.len(), "{} partners in {name}", stated.len());
        ensure!(month["lines"] == run.fact_count, "{} facts in {name}", run.fact_count);
    }
    Ok(())
}

fn line<'a>(statement: &'a Statement, rule: &str) -> Option<&'a StatementLine> {
    statement.lines.iter().find(|l| l.rule == rule)
}

fn is_negative(line: &StatementLine) -> bool {
    line.measure.as_ref().is_some_and(|m| m.value.starts_with('-'))
}

fn hundred() -> BigRational {
    BigRational::from(BigInt::from(100))
}

/// 5 % of pence in pounds, half a penny away from zero.
fn half_away(pence: &BigRational) -> anyhow::Result<BigRational> {
    // `round` of a ratio goes half away from zero.
    Ok((pence * decimal("0.05")?).round() / hundred())
}

fn pounds(pence: &Value) -> anyhow::Result<BigRational> {
    Ok(decimal(&pence.to_string())? / hundred())
}

/// The months that the set covers, in order.
fn months(expected: &Value) -> anyhow::Result<Vec<&str>> {
    let rows = expected["by_month"].as_array().context("no months")?;
    let mut months: Vec<&str> = rows.iter().filter_map(|row| row["month"].as_str()).collect();
    months.sort_unstable();
    Ok(months)
}

/// The files through the ready-made mappings of the import command.
fn read(folder: &Path) -> anyhow::Result<Data> {
    let expected = serde_json::from_str(&fs::read_to_string(folder.join("expected.json"))?)?;
    let by_partner = rows(&folder.join("expected_partner.csv.gz"))?;
    let whole = std::env::var_os(VARIABLE).is_some();
    let mut data = Data { partners: Vec::new(), facts: Vec::new(), expected, by_partner, whole };
    let mut known = std::collections::BTreeSet::new();
    for file in files(folder, "online_retail_", ".csv.gz")? {
        let partners = mapped(&file, "invoice-customers")?.into_iter().flat_map(|b| b.partners);
        // A customer may occur in several files.
        let new = |p: &PartnerUpsert| p.partner.as_ref().is_some_and(|p| known.insert(p.display_name.clone()));
        data.partners.extend(partners.filter(new));
        data.facts.extend(mapped(&file, "invoices-with-credit-notes")?.into_iter().flat_map(|b| b.facts));
    }
    ensure!(data.expected["total"]["lines"] == data.facts.len(), "{} facts", data.facts.len());
    if !whole {
        let taken = |id: &str| id.parse::<u64>().is_ok_and(|id| id % 4 == 0);
        data.by_partner.retain(|row| taken(&row["partner_id"]));
        data.partners.retain(|p| p.partner.iter().flat_map(|p| &p.external_refs).any(|r| taken(&r.id)));
        data.facts
            .retain(|f| matches!(&f.partner_ref, Some(sales_fact::PartnerRef::PartnerExternalRef(r)) if taken(&r.id)));
    }
    Ok(data)
}
