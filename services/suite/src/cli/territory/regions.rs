//! `tributary territory regions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use tonic::Code;
use tributary_proto::tributary::partner::v1::{
    GetRegionRequest, ImportRegionsRequest, ListRegionsRequest, Region, RegionImport, RegionLevel, UpsertOutcome,
};
use tributary_rpc::status::{describe, to_tonic};

use super::{
    Client,
    file::{self, RegionRow},
    region_name,
};
use crate::{
    cli::{
        Done, Failure,
        look::{self, ListArgs, value_of},
    },
    output::{self, Progress, name},
};

/// Rows of a batch, as many as a call takes.
const BATCH: usize = 1000;

/// Commands about regions.
#[derive(Debug, Subcommand)]
pub enum RegionsCommand {
    /// Import regions from CSV: code,name of the official list, or more columns with a header
    Import(ImportArgs),
    /// List regions: all, or those directly below one
    List(RegionsArgs),
}

/// Which file.
#[derive(Debug, Args)]
#[command(after_help = "\
Columns: code, name, name:LANGUAGE, parent (ISO 3166-2 only), latitude and longitude of a point inside, radius in
metres, south, west, north, east; district and members (codes with spaces between) for a custom district. What stands
above a region of China follows from its digits. Importing a file again changes nothing; a row that is wrong costs no
other. Example:
  tributary territory regions import deploy/regions/china-sample.csv")]
pub struct ImportArgs {
    /// CSV file, plain or gzipped
    pub file: PathBuf,
    /// Print refused rows and the summary as NDJSON
    #[arg(long)]
    pub json: bool,
}

/// Which regions.
#[derive(Debug, Args)]
pub struct RegionsArgs {
    /// Directly below this region, or in this district: 340000, US, east-china [default: all]
    pub parent: Option<String>,
    /// Only of a level: country, province, city, county, district
    #[arg(long, value_parser = level)]
    pub level: Option<RegionLevel>,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

fn level(text: &str) -> Result<RegionLevel, String> {
    let known = ["country", "province", "city", "county", "district"];
    value_of(text, "level", &known, "REGION_LEVEL_", RegionLevel::from_str_name)
}

/// Imports a file, batch by batch.
pub(super) async fn import(mut client: Client, args: &ImportArgs) -> Result<Done, Failure> {
    let mut rows = file::read(&args.file)?;
    if needs_china(&mut client, &rows).await? {
        output::note("China is not there yet and is made: CN");
        let names = [("zh", "中国"), ("en", "China")].map(|(l, n)| (l.to_owned(), n.to_owned())).into();
        let item =
            RegionImport { code: "CN".to_owned(), display_name: "中国".to_owned(), names, ..Default::default() };
        rows.insert(0, RegionRow { line: 0, item });
    }
    let mut progress = Progress::counted("importing regions", u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let (mut counts, mut done) = ([0_u64; 4], 0);
    for batch in rows.chunks(BATCH) {
        let items = batch.iter().map(|row| row.item.clone()).collect();
        let results = client.import_regions(ImportRegionsRequest { items }).await?.into_inner().results;
        for (row, result) in batch.iter().zip(results) {
            let place = match result.outcome() {
                UpsertOutcome::Created => 0,
                UpsertOutcome::Updated => 1,
                UpsertOutcome::Unchanged => 2,
                UpsertOutcome::Refused | UpsertOutcome::Unspecified => 3,
            };
            if let Some(count) = counts.get_mut(place) {
                *count = count.saturating_add(1);
            }
            if let Some(error) = &result.error {
                refused(row, error, args.json);
            }
        }
        done = u64::try_from(batch.len()).unwrap_or(u64::MAX).saturating_add(done);
        progress.rows(done);
    }
    progress.finish();
    let [created, updated, unchanged, refused] = counts;
    if args.json {
        let counted = json!({ "created": created, "updated": updated, "unchanged": unchanged, "refused": refused });
        output::json_line(&json!({ "summary": counted }));
    } else {
        output::line(&format!("{created} created, {updated} updated, {unchanged} unchanged, {refused} refused"));
    }
    Ok(if refused > 0 { Done::SomeRejected } else { Done::All })
}

/// Whether there are regions of China, and no China: neither in the file nor on the server.
async fn needs_china(client: &mut Client, rows: &[RegionRow]) -> Result<bool, Failure> {
    let digits = |row: &RegionRow| row.item.code.len() == 6 && row.item.code.bytes().all(|b| b.is_ascii_digit());
    if !rows.iter().any(digits) || rows.iter().any(|row| row.item.code == "CN") {
        return Ok(false);
    }
    match client.get_region(GetRegionRequest { name: "regions/cn".to_owned() }).await {
        Ok(_) => Ok(false),
        Err(status) if status.code() == Code::NotFound => Ok(true),
        Err(status) => Err(status.into()),
    }
}

/// Says why a row was refused, with every violation.
fn refused(row: &RegionRow, error: &tributary_proto::google::rpc::Status, json: bool) {
    let described = describe(&to_tonic(error));
    let own = if row.item.code.is_empty() { &row.item.district_id } else { &row.item.code };
    if json {
        let violations: Vec<_> =
            described.violations.iter().map(|v| json!({ "field": v.field, "description": v.description })).collect();
        output::json_line(&json!({ "rejected": {
            "line": row.line, "region": own, "reason": described.reason, "message": described.message,
            "violations": violations,
        }}));
        return;
    }
    output::note(&format!("line {}, {own}: {}: {}", row.line, described.reason, described.message));
    for violation in described.violations.iter().filter(|v| !described.message.contains(&v.description)) {
        output::note(&format!("  {}: {}", violation.field, violation.description));
    }
}

/// Lists regions.
pub(super) async fn list(client: Client, args: &RegionsArgs) -> Result<Done, Failure> {
    let parent = args.parent.as_deref().map(region_name).unwrap_or_default();
    let page = async |page_size, page_token| {
        let level = args.level.unwrap_or_default().into();
        let request = ListRegionsRequest { parent: parent.clone(), level, page_size, page_token };
        let page = client.clone().list_regions(request).await?.into_inner();
        Ok((page.regions, page.next_page_token))
    };
    let columns = ["name", "code", "level", "display name", "parent", "place"];
    look::print((args.list.top, args.list.json), &look::left(columns), row, page).await.map(|()| Done::All)
}

fn row(region: &Region) -> Vec<String> {
    let shape = region.shape.clone().unwrap_or_default();
    let known =
        [(shape.centre.is_some(), "point"), (shape.radius_meters > 0, "radius"), (shape.r#box.is_some(), "box")];
    vec![
        region.name.clone(),
        region.code.clone(),
        name(region.level().as_str_name(), "REGION_LEVEL_"),
        region.display_name.clone(),
        region.parent.clone(),
        known.into_iter().filter(|(there, _)| *there).map(|(_, what)| what).collect::<Vec<_>>().join(", "),
    ]
}
