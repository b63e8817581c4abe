//! The journey data sets through the gateway, on both stores: every column of every expected file at 1e-9 relative.
//!
//! The folder is `TRIBUTARY_JOURNEY_DATA`, by default `../shared/data/attribution` beside the checkout. Each
//! `journeys_NAME.csv.gz` is streamed in and compared with its `expected_journeys_NAME_*.csv`, which were computed by
//! another program. An expected file or column that is not understood fails the test.

#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail, ensure};
use e2e_tests::{Place, calls::explained, exact::money};
use flate2::read::MultiGzDecoder;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::analytics::v1::{
        AttributeRequest, AttributionModel, AttributionModelKind as Kind, CreditedUnit, Journey, ModelResult,
        StreamJourneysRequest, Touch, TransitionTarget, UnitCredit,
        attribution_service_client::AttributionServiceClient,
    },
};
use tributary_testkit::engines;

const VARIABLE: &str = "TRIBUTARY_JOURNEY_DATA";
const DEFAULT: &str = "../shared/data/attribution";
/// Relative difference that is let pass.
const TOLERANCE: f64 = 1e-9;
/// Most journeys in a batch.
const MOST: usize = 1000;
/// Longest answer: a chain of high order has many steps.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// Rows of a file: column → value.
type Rows = Vec<BTreeMap<String, String>>;

/// One data set.
struct Set {
    name: String,
    journeys: Vec<Journey>,
    /// What the file's name says after the set's name → rows.
    expected: BTreeMap<String, Rows>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_of_every_expected_file() -> anyhow::Result<()> {
    let Some(folder) = folder() else { return Ok(()) };
    for set in sets(&folder)? {
        for engine in engines() {
            // A suite per set: journeys of all sets would be counted together.
            let place = Place::start(engine).await?;
            compared(&place, &set).await.with_context(|| format!("{} on {engine:?}", set.name))?;
            place.stop().await?;
        }
    }
    Ok(())
}

async fn compared(place: &Place, set: &Set) -> anyhow::Result<()> {
    let mut client = AttributionServiceClient::new(place.gateway.keyed(&place.api_key)?);
    client = client.max_decoding_message_size(MAX_ANSWER);
    let started = Instant::now();
    let mut requests = Vec::new();
    for (chunk, position) in set.journeys.chunks(MOST).zip(1_i64..) {
        requests.push(StreamJourneysRequest { journeys: chunk.to_vec(), position });
    }
    let sent = requests.len();
    // The first batch comes twice: a repeat must not count.
    requests.extend(requests.first().cloned());
    let mut answers = client.stream_journeys(tokio_stream::iter(requests)).await.map_err(explained)?.into_inner();
    let (mut recorded, mut repeated, mut batches) = (0, 0, 0);
    while let Some(answer) = answers.message().await.map_err(explained)? {
        let batch = answer.batch.context("no batch in the answer")?;
        ensure!(batch.results.is_empty(), "not recorded: {:?}", batch.results.first());
        recorded += usize::try_from(batch.recorded_count)?;
        repeated += usize::try_from(batch.duplicate_count)?;
        batches += 1;
    }
    ensure!(batches == sent + 1, "{batches} answers for {} batches", sent + 1);
    ensure!(recorded == set.journeys.len(), "{recorded} of {} journeys recorded", set.journeys.len());
    ensure!(repeated == set.journeys.len().min(MOST), "{repeated} repeats");
    let loaded = started.elapsed();

    let wanted = wanted(&set.expected)?;
    let models = wanted.iter().map(|(_, model)| model.clone()).collect();
    let request = AttributeRequest { models, max_proof_items: 10_000, ..AttributeRequest::default() };
    let started = Instant::now();
    let answer = client.attribute(request).await.map_err(explained)?.into_inner();
    let computed = started.elapsed();
    let results: BTreeMap<&str, &ModelResult> = wanted.iter().map(|(n, _)| n.as_str()).zip(&answer.results).collect();
    ensure!(
        results.len() == wanted.len() && answer.results.iter().all(|r| !r.definition.is_empty()),
        "results missing"
    );

    let mut worst = (0.0_f64, String::new());
    let mut count = 0_usize;
    for (file, rows) in &set.expected {
        for difference in differences(file, rows, &results).with_context(|| format!("{}_{file}", set.name))? {
            count += 1;
            ensure!(difference.0 <= TOLERANCE, "{file}: {} differs by {:e}", difference.1, difference.0);
            if difference.0 > worst.0 {
                worst = difference;
            }
        }
    }
    ensure!(count > 0, "nothing was compared");
    println!(
        "{:?}, {}: {count} numbers of {} files equal, largest difference {:e} ({}); {recorded} journeys loaded in \
         {loaded:.1?}, {} models computed in {computed:.1?}",
        place.engine,
        set.name,
        set.expected.len(),
        worst.0,
        worst.1,
        wanted.len()
    );
    Ok(())
}

/// The models that the expected files speak of, by the name they have there.
fn wanted(expected: &BTreeMap<String, Rows>) -> anyhow::Result<Vec<(String, AttributionModel)>> {
    let mut names = BTreeSet::new();
    for (file, rows) in expected {
        if let Some((_, order)) = order_of(file)? {
            names.insert(format!("markov_o{order}"));
            continue;
        }
        for column in rows.first().context("an empty expected file")?.keys().filter(|c| *c != "channel") {
            let name = column.strip_suffix("_conv").or_else(|| column.strip_suffix("_value"));
            names.insert(name.with_context(|| format!("column {column} is not known"))?.to_owned());
        }
    }
    names.into_iter().map(|name| Ok((name.clone(), model(&name)?))).collect()
}

fn model(name: &str) -> anyhow::Result<AttributionModel> {
    let of = |kind: Kind| AttributionModel { kind: kind.into(), ..AttributionModel::default() };
    if let Some(half_life) = name.strip_prefix("time_decay_h") {
        return Ok(AttributionModel {
            half_life: Some(Decimal { value: half_life.to_owned() }),
            ..of(Kind::TimeDecay)
        });
    }
    if let Some(order) = name.strip_prefix("markov_o") {
        return Ok(AttributionModel { order: order.parse()?, ..of(Kind::Markov) });
    }
    Ok(of(match name {
        "first" => Kind::First,
        "last" => Kind::Last,
        "linear" => Kind::Linear,
        "u_shaped" => Kind::PositionBased,
        "shapley" => Kind::Shapley,
        other => bail!("model {other} is not known"),
    }))
}

/// "markov_o2" and "transitions_o1" as kind and order.
fn order_of(file: &str) -> anyhow::Result<Option<(&str, i32)>> {
    for kind in ["markov", "transitions"] {
        if let Some(order) = file.strip_prefix(kind).and_then(|rest| rest.strip_prefix("_o")) {
            return Ok(Some((kind, order.parse()?)));
        }
    }
    Ok(None)
}

/// Each number of a file with its relative difference.
fn differences(file: &str, rows: &Rows, results: &BTreeMap<&str, &ModelResult>) -> anyhow::Result<Vec<(f64, String)>> {
    let result = |name: &str| results.get(name).copied().with_context(|| format!("no result for {name}"));
    let mut all = Vec::new();
    match order_of(file)? {
        Some(("transitions", order)) => {
            let proof = result(&format!("markov_o{order}"))?.markov.as_ref().context("no proof")?;
            ensure!(
                usize::try_from(proof.transition_total_count)? == rows.len(),
                "{} steps",
                proof.transition_total_count
            );
            let mut steps = BTreeMap::new();
            for step in &proof.transitions {
                let to = match step.target() {
                    TransitionTarget::State => state(&step.to),
                    TransitionTarget::Conversion => "(conversion)".to_owned(),
                    TransitionTarget::Null | TransitionTarget::Unspecified => "(null)".to_owned(),
                };
                steps.insert((state(&step.from), to), step.probability.clone());
            }
            for row in rows {
                let ends = (get(row, "from")?.to_owned(), get(row, "to")?.to_owned());
                let found = steps.get(&ends).with_context(|| format!("no step {ends:?}"))?;
                all.push((difference(found.as_ref(), get(row, "p")?)?, format!("{ends:?}")));
            }
        }
        Some((_, order)) => {
            let credits = by_channel(result(&format!("markov_o{order}"))?, rows)?;
            for row in rows {
                let channel = get(row, "channel")?;
                let credit = credits.get(channel).context("checked above")?;
                for (column, found) in [
                    ("removal_effect_conv", &credit.removal_effect_conversions),
                    ("removal_effect_value", &credit.removal_effect_value),
                    ("total_conversions", &credit.conversions),
                    ("total_value", &credit.value),
                ] {
                    all.push((difference(found.as_ref(), get(row, column)?)?, format!("{channel} {column}")));
                }
            }
        }
        None => {
            for column in rows.first().context("an empty expected file")?.keys().filter(|c| *c != "channel") {
                let (name, of_value) = match (column.strip_suffix("_conv"), column.strip_suffix("_value")) {
                    (Some(name), _) => (name, false),
                    (_, Some(name)) => (name, true),
                    _ => bail!("column {column} is not known"),
                };
                let credits = by_channel(result(name)?, rows)?;
                for row in rows {
                    let channel = get(row, "channel")?;
                    let credit = credits.get(channel).context("checked above")?;
                    let found = if of_value { &credit.value } else { &credit.conversions };
                    all.push((difference(found.as_ref(), get(row, column)?)?, format!("{channel} {column}")));
                }
            }
        }
    }
    Ok(all)
}

/// The credits by channel: those of the rows and no other.
fn by_channel<'a>(result: &'a ModelResult, rows: &Rows) -> anyhow::Result<BTreeMap<&'a str, &'a UnitCredit>> {
    let channel = |c: &'a UnitCredit| Some((c.unit.as_ref()?.channel.as_str(), c));
    let credits: BTreeMap<_, _> = result.credits.iter().filter_map(channel).collect();
    let expected: BTreeSet<_> = rows.iter().filter_map(|r| r.get("channel")).map(String::as_str).collect();
    ensure!(credits.keys().copied().collect::<BTreeSet<_>>() == expected, "channels {:?}", credits.keys());
    Ok(credits)
}

fn state(units: &[CreditedUnit]) -> String {
    if units.is_empty() {
        return "(start)".to_owned();
    }
    units.iter().map(|u| u.channel.as_str()).collect::<Vec<_>>().join(" > ")
}

#[expect(clippy::float_arithmetic, reason = "a relative difference of shares")]
fn difference(found: Option<&Decimal>, expected: &str) -> anyhow::Result<f64> {
    let found: f64 = found.context("no number")?.value.parse()?;
    let expected: f64 = expected.parse()?;
    ensure!(found.is_finite(), "{found} instead of {expected}");
    Ok(if found == expected { 0.0 } else { (found - expected).abs() / expected.abs() })
}

fn get<'a>(row: &'a BTreeMap<String, String>, column: &str) -> anyhow::Result<&'a str> {
    row.get(column).map(String::as_str).with_context(|| format!("no column {column}"))
}

/// The folder with the data; says so when there is none.
fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let folder = root.join(named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT)));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(named.is_none(), "{VARIABLE} names {}, which is no folder", folder.display());
    println!("skipped: no data in {DEFAULT}; set {VARIABLE} to the folder of the journey data sets");
    None
}

/// Every data set of the folder, at least one.
fn sets(folder: &Path) -> anyhow::Result<Vec<Set>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut sets = Vec::new();
    for file in &names {
        let Some(name) = file.strip_prefix("journeys_").and_then(|rest| rest.strip_suffix(".csv.gz")) else { continue };
        let mut expected = BTreeMap::new();
        let begin = format!("expected_journeys_{name}_");
        for other in &names {
            if let Some(what) = other.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(".csv")) {
                expected.insert(what.to_owned(), rows(csv::Reader::from_path(folder.join(other))?)?);
            }
        }
        ensure!(!expected.is_empty(), "{file} has no {begin}*.csv");
        let read = rows(csv::Reader::from_reader(MultiGzDecoder::new(File::open(folder.join(file))?)))?;
        let journeys = read.iter().enumerate().map(|(i, row)| journey(name, i, row)).collect::<anyhow::Result<_>>()?;
        sets.push(Set { name: name.to_owned(), journeys, expected });
    }
    ensure!(!sets.is_empty(), "no journeys_*.csv.gz in {}", folder.display());
    Ok(sets)
}

fn rows<R: std::io::Read>(mut reader: csv::Reader<R>) -> anyhow::Result<Rows> {
    let header = reader.headers()?.clone();
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        Ok(header.iter().map(str::to_owned).zip(row?.iter().map(str::to_owned)).collect())
    };
    reader.records().map(row).collect()
}

/// The data set states no currency; any one will do.
fn journey(name: &str, index: usize, row: &BTreeMap<String, String>) -> anyhow::Result<Journey> {
    let touch = |channel: &str| Touch { channel: channel.to_owned(), ..Touch::default() };
    let value = money(get(row, "total_conversion_value")?, "CNY")?;
    Ok(Journey {
        journey_id: format!("{name}-{index}"),
        touches: get(row, "path")?.split(" > ").map(touch).collect(),
        conversions: get(row, "total_conversions")?.parse()?,
        nulls: get(row, "total_null")?.parse()?,
        value: (value.units > 0 || value.nanos > 0).then_some(value),
        ..Journey::default()
    })
}
