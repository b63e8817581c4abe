//! Data sets from other programs: where they lie, their rows, and their way in through the gateway.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::{Context as _, bail, ensure};
use flate2::read::MultiGzDecoder;
use tributary::{
    import::{Batch, Batches, SourceFile},
    mapping,
};
use tributary_proto::tributary::{
    incentive::v1::{SalesFact, StreamFactsRequest},
    partner::v1::{BatchUpsertPartnersRequest, PartnerUpsert, UpsertOutcome},
};

use crate::{Place, calls::explained};

/// Most rows in a batch.
const MOST: usize = 1000;

/// A row: column → value.
pub type Row = BTreeMap<String, String>;

/// The root of the checkout.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder that a variable names, or one beside the checkout; says so when there is none.
///
/// # Errors
/// When the variable names what is no folder.
pub fn folder(variable: &str, default: &str) -> anyhow::Result<Option<PathBuf>> {
    let root = root();
    let named = std::env::var_os(variable).map(PathBuf::from);
    let folder = root.join(named.clone().unwrap_or_else(|| PathBuf::from(default)));
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    if named.is_some() {
        bail!("{variable} names {}, which is no folder", folder.display());
    }
    println!("skipped: no data in {default}; set {variable} to the folder");
    Ok(None)
}

/// The files of a folder whose names begin and end like that, in order; at least one.
///
/// # Errors
/// When there is none.
pub fn files(folder: &Path, begin: &str, end: &str) -> anyhow::Result<Vec<PathBuf>> {
    let found = found(folder, begin, end)?;
    ensure!(!found.is_empty(), "no {begin}*{end} in {}", folder.display());
    Ok(found)
}

/// The same, where there may be none.
///
/// # Errors
/// When the folder cannot be read.
pub fn found(folder: &Path, begin: &str, end: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with(begin) && name.ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The rows of a compressed table with a header.
///
/// # Errors
/// When it is no such table.
pub fn rows(path: &Path) -> anyhow::Result<Vec<Row>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut table = csv::Reader::from_reader(MultiGzDecoder::new(file));
    let header = table.headers()?.clone();
    let named = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    table.records().map(|row| Ok(named(row?))).collect()
}

/// A file through a ready-made mapping of the import command.
///
/// # Errors
/// When a row does not fit.
pub fn mapped(path: &Path, mapping: &str) -> anyhow::Result<Vec<Batch>> {
    let mapping = mapping::load(mapping)?;
    let file = SourceFile::open(path).map_err(anyhow::Error::msg)?;
    let read = Arc::new(AtomicU64::new(0));
    let batches = Batches::open(&file, &mapping, MOST, 0, read).map_err(anyhow::Error::msg)?;
    let batches: Vec<_> = batches.collect::<Result<_, _>>()?;
    let rejects: usize = batches.iter().map(|b| b.rejects.len()).sum();
    ensure!(rejects == 0, "{rejects} rows of {} do not fit the mapping", path.display());
    Ok(batches)
}

/// Creates partners in batches of a size.
///
/// # Errors
/// When one is not new.
pub async fn load_partners(place: &Place, partners: &[PartnerUpsert], size: usize) -> anyhow::Result<()> {
    for items in partners.chunks(size) {
        let request = BatchUpsertPartnersRequest { items: items.to_vec() };
        let answer = place.gateway.partners().batch_upsert_partners(request).await.map_err(explained)?.into_inner();
        for result in &answer.results {
            ensure!(result.outcome() == UpsertOutcome::Created, "not created: {result:?}");
        }
        ensure!(answer.results.len() == items.len(), "{} answers for {} partners", answer.results.len(), items.len());
    }
    Ok(())
}

/// Streams facts in batches of any size; each batch must be answered in order and bring all of its facts.
///
/// # Errors
/// When a fact is refused, or an answer is missing.
pub async fn load_facts(
    place: &Place,
    mut facts: Vec<SalesFact>,
    mut size: impl FnMut() -> usize,
) -> anyhow::Result<()> {
    let mut requests = Vec::new();
    let mut position = 0;
    while !facts.is_empty() {
        let batch: Vec<_> = facts.drain(..size().min(facts.len())).collect();
        position += i64::try_from(batch.len())?;
        requests.push(StreamFactsRequest { facts: batch, position });
    }
    let sent: Vec<_> = requests.iter().map(|r| (r.position, r.facts.len())).collect();
    let mut client = place.gateway.facts();
    let mut answers = client.stream_facts(tokio_stream::iter(requests)).await.map_err(explained)?.into_inner();
    for (position, count) in sent {
        let answer = answers.message().await.map_err(explained)?.context("the stream ended early")?;
        let batch = answer.batch.context("no batch in the answer")?;
        ensure!(answer.position == position, "position {} instead of {position}", answer.position);
        // Files may overlap: what one has brought is a duplicate in the next.
        let known = batch.recorded_count + batch.duplicate_count;
        ensure!(usize::try_from(known)? == count, "{batch:?} for {count} facts");
    }
    ensure!(answers.message().await.map_err(explained)?.is_none(), "more answers than batches");
    Ok(())
}
