//! The reseller data set, through the gateway, on both stores: imported by the command people use, every row of the
//! expected rebates, digests that are equal whatever the store, the order of the facts and the size of the batches, and
//! every figure of the metric layer; and the commissions of the representatives by their quotas.
//!
//! The folder is `TRIBUTARY_RESELLER_DATA`, by default `../shared/data/adventureworks` beside the checkout. The expected
//! amounts in it were computed by another program.

#![cfg(test)]

mod commissions;
mod figures;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use clap::Parser as _;
use e2e_tests::{
    Place,
    calls::{preview, statements},
    data::{files, folder, load_facts, load_partners, mapped, root, rows},
    exact::{decimal, of_decimal, of_money},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tributary::{
    cli::{self, Cli, Done},
    planfile,
};
use tributary_proto::tributary::{
    incentive::v1::{PlanSpec, SalesFact, Statement},
    partner::v1::PartnerUpsert,
};
use tributary_testkit::{Engine, engines};

const VARIABLE: &str = "TRIBUTARY_RESELLER_DATA";
const DEFAULT: &str = "../shared/data/adventureworks";
const PLAN: &str = "reseller-rebates";
/// Where shuffling starts; any number does, a fixed one makes a failure come again.
const SEED: u64 = 20_261_121;
/// Most facts in a batch.
const MOST: usize = 1000;

/// A row of the expected rebates.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rebates {
    base: String,
    marginal: String,
    retroactive: String,
    prior: Option<String>,
    growth: Option<String>,
}

/// Period → (partner, currency) → rebates.
type Expected = BTreeMap<String, BTreeMap<(String, String), Rebates>>;

/// What is sent, and the files it is from.
struct Data {
    partner_files: Vec<PathBuf>,
    fact_files: Vec<PathBuf>,
    partners: Vec<PartnerUpsert>,
    facts: Vec<SalesFact>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_and_every_digest() -> anyhow::Result<()> {
    let Some(folder) = folder(VARIABLE, DEFAULT)? else { return Ok(()) };
    let expected = expected(&folder)?;
    let plan = planfile::load(PLAN)?;
    let data = read(&folder)?;
    println!("{} partners, {} facts, {} periods", data.partners.len(), data.facts.len(), expected.len());

    let mut digests: Option<BTreeMap<String, String>> = None;
    for engine in engines() {
        for way in [Way::Imported, Way::Shuffled] {
            let got = round(engine, way, &folder, &data, &expected, &plan).await;
            let got = got.with_context(|| format!("on {engine:?}, {way:?}"))?;
            let first = digests.get_or_insert_with(|| got.clone());
            ensure!(*first == got, "digests differ on {engine:?}, {way:?}: {first:?} before, {got:?} now");
        }
    }
    Ok(())
}

/// How the data gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By `tributary import`, in the order of the files.
    Imported,
    /// By the API, in any order, in batches of any size.
    Shuffled,
}

/// Loads everything into empty stores, calculates every period and compares every row; returns the digests.
async fn round(
    engine: Engine,
    way: Way,
    folder: &Path,
    data: &Data,
    expected: &Expected,
    plan: &PlanSpec,
) -> anyhow::Result<BTreeMap<String, String>> {
    let place = Place::start(engine).await?;
    let started = Instant::now();
    match way {
        Way::Imported => import_all(&place, data).await?,
        Way::Shuffled => load_shuffled(&place, data).await?,
    }
    let loaded = started.elapsed();

    let mut digests = BTreeMap::new();
    let mut rows = 0;
    for (period, expected) in expected {
        let run = preview(&place.gateway, plan, period).await?;
        let statements = statements(&place.gateway, &run.name).await?;
        compare(&statements, expected).with_context(|| format!("in {period}"))?;
        rows += expected.len();
        digests.insert(period.clone(), run.digest);
    }
    let calculated = started.elapsed().saturating_sub(loaded);
    println!("{engine:?}, {way:?}: {rows} rows equal; loaded in {loaded:.1?}, calculated and read in {calculated:.1?}");
    let numbers = figures::compare(&place, folder).await?;
    ensure!(numbers > 0 || std::env::var_os(VARIABLE).is_some(), "no expected figures in {}", folder.display());
    println!("{engine:?}, {way:?}: {numbers} figures equal");

    if way == Way::Imported {
        // The same files again change nothing.
        import_all(&place, data).await?;
        let (period, digest) = digests.last_key_value().context("no period")?;
        let again = preview(&place.gateway, plan, period).await?;
        ensure!(again.digest == *digest, "{again:?} after a second import, {digest} before");
    }
    place.stop().await?;
    Ok(digests)
}

/// By the command, from copies of the files: it keeps its state beside them.
async fn import_all(place: &Place, data: &Data) -> anyhow::Result<()> {
    let copies = tempfile::tempdir()?;
    let partners = data.partner_files.iter().map(|f| ("partners", "resellers", f));
    let facts = data.fact_files.iter().map(|f| ("facts", "order-lines", f));
    for (what, mapping, file) in partners.chain(facts) {
        let copy = copies.path().join(file.file_name().context("a file has a name")?);
        fs::copy(file, &copy)?;
        let (endpoint, key) = (place.gateway.endpoint.as_str(), place.api_key.as_str());
        let mut arguments: Vec<OsString> = ["tributary", "import", what].map(OsString::from).to_vec();
        arguments.push(copy.into());
        arguments.extend(["--mapping", mapping, "--endpoint", endpoint, "--api-key", key].map(OsString::from));
        let done = cli::run(Cli::try_parse_from(arguments)?).await?;
        ensure!(done == Done::All, "rows of {} were rejected", file.display());
    }
    Ok(())
}

async fn load_shuffled(place: &Place, data: &Data) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(SEED);
    let (mut partners, mut facts) = (data.partners.clone(), data.facts.clone());
    partners.shuffle(&mut random);
    facts.shuffle(&mut random);
    load_partners(place, &partners, 97).await?;
    load_facts(place, facts, || random.random_range(1..=MOST)).await
}

/// Every row, and no other.
fn compare(statements: &[Statement], expected: &BTreeMap<(String, String), Rebates>) -> anyhow::Result<()> {
    let mut found = BTreeMap::new();
    for statement in statements {
        let reference = statement.partner_external_refs.iter().find_map(|r| r.strip_prefix("erp:"));
        let partner = reference.with_context(|| format!("{} has no erp reference", statement.name))?;
        let total = statement.total.as_ref().context("no total")?;
        let key = (partner.to_owned(), total.currency_code.clone());
        ensure!(found.insert(key, statement).is_none(), "two statements for {partner}");
    }
    let (want, have): (BTreeSet<_>, BTreeSet<_>) = (expected.keys().collect(), found.keys().collect());
    let missing: Vec<_> = want.difference(&have).take(5).collect();
    let extra: Vec<_> = have.difference(&want).take(5).collect();
    ensure!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, too many {extra:?}");

    let mut differences = Vec::new();
    for (key, rebates) in expected {
        let statement = found.get(key).context("found above")?;
        if let Err(e) = compare_one(statement, rebates) {
            differences.push(format!("{key:?}: {e:#}"));
        }
    }
    let first: Vec<_> = differences.iter().take(10).collect();
    ensure!(differences.is_empty(), "{} of {} rows differ: {first:#?}", differences.len(), expected.len());
    Ok(())
}

fn compare_one(statement: &Statement, rebates: &Rebates) -> anyhow::Result<()> {
    let rules: Vec<_> = statement.lines.iter().map(|l| l.rule.as_str()).collect();
    let mut wanted = vec![("marginal", &rebates.marginal), ("retroactive", &rebates.retroactive)];
    wanted.extend(rebates.growth.as_ref().map(|g| ("growth", g)));
    let names: Vec<_> = wanted.iter().map(|(rule, _)| *rule).collect();
    ensure!(rules == names, "lines {rules:?} instead of {names:?}");
    let mut sum = decimal("0")?;
    for (line, (rule, amount)) in statement.lines.iter().zip(wanted) {
        let paid = of_money(line.amount.as_ref())?;
        ensure!(paid == decimal(amount)?, "{rule}: {paid} instead of {amount}");
        ensure!(of_decimal(line.measure.as_ref())? == decimal(&rebates.base)?, "{rule}: measure {:?}", line.measure);
        if rule == "growth" {
            let prior = rebates.prior.as_deref().context("a growth without a base in the expected file")?;
            ensure!(of_decimal(line.base.as_ref())? == decimal(prior)?, "base {:?} instead of {prior}", line.base);
        }
        sum += paid;
    }
    ensure!(of_money(statement.total.as_ref())? == sum, "total {:?} instead of {sum}", statement.total);
    Ok(())
}

fn expected(folder: &Path) -> anyhow::Result<Expected> {
    let mut expected = Expected::new();
    for path in files(folder, "expected_", "_partner_currency_rebates.csv.gz")? {
        for row in rows(&path)? {
            let get = |column: &str| row.get(column).cloned().with_context(|| format!("no column {column}"));
            let some = |column: &str| Ok::<_, anyhow::Error>(Some(get(column)?).filter(|v| !v.is_empty()));
            let rebates = Rebates {
                base: get("base")?,
                marginal: get("marginal")?,
                retroactive: get("retroactive")?,
                prior: some("prior_year_quarter_base")?,
                growth: some("growth")?,
            };
            let period = format!("{}-Q{}", get("year")?, get("quarter")?);
            let rows = expected.entry(period).or_default();
            let earlier = rows.insert((get("partner_id")?, get("currency")?), rebates.clone());
            ensure!(
                earlier.is_none_or(|e| e == rebates),
                "a row of {} stands elsewhere with other values",
                path.display()
            );
        }
    }
    Ok(expected)
}

/// The files through the ready-made mappings of the import command.
fn read(folder: &Path) -> anyhow::Result<Data> {
    // Another year of sales may come without the register of partners, which is the same one.
    let own = folder.join("partners.csv.gz");
    let register = if own.is_file() { own } else { root().join(DEFAULT).join("partners.csv.gz") };
    let partner_files = vec![register];
    let fact_files = files(folder, "reseller_sales_", ".csv.gz")?;
    let mut data = Data { partner_files, fact_files, partners: Vec::new(), facts: Vec::new() };
    for path in &data.partner_files {
        data.partners.extend(mapped(path, "resellers")?.into_iter().flat_map(|b| b.partners));
    }
    for path in &data.fact_files {
        data.facts.extend(mapped(path, "order-lines")?.into_iter().flat_map(|b| b.facts));
    }
    Ok(data)
}
