//! The wholesale customers through the gateway, on both stores: volume classes by cumulative share, and sums by channel,
//! region and product line, as another program computed them.
//!
//! The folder is `TRIBUTARY_WHOLESALE_DATA`, by default `../shared/data/wholesale` beside the checkout. A customer is a
//! partner; what it spent on a category is one fact.

#![cfg(test)]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::explained,
    exact::{decimal, money, of_decimal, of_money},
    on_every_store,
};
use flate2::read::MultiGzDecoder;
use num_rational::BigRational;
use serde_json::Value;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::{
        analytics::v1::{
            ClassifyVolumesRequest, MetricDimension, QueryMetricsRequest, QueryMetricsResponse, VolumeClass,
            VolumeClassRow, metric_service_client::MetricServiceClient, metric_value,
        },
        common::v1::ExternalRef,
        incentive::v1::{FactKind, SalesFact, StreamFactsRequest, sales_fact},
        partner::v1::{BatchUpsertPartnersRequest, Partner, PartnerKind, PartnerStatus, PartnerUpsert, UpsertOutcome},
    },
};

const VARIABLE: &str = "TRIBUTARY_WHOLESALE_DATA";
const DEFAULT: &str = "../shared/data/wholesale";
const CATEGORIES: [&str; 6] = ["fresh", "milk", "grocery", "frozen", "detergents_paper", "delicassen"];
/// The set states no currency; any one does.
const CURRENCY: &str = "CNY";
/// How long events may take from the last answered batch to the figures.
const PATIENCE: Duration = Duration::from_secs(60);

/// A row: column → value.
type Row = BTreeMap<String, String>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn volume_classes_and_sums() -> anyhow::Result<()> {
    let Some(folder) = folder() else { return Ok(()) };
    let expected: Value = serde_json::from_str(&fs::read_to_string(folder.join("expected.json"))?)?;
    let rows = rows(&folder.join("wholesale_customers.csv.gz"))?;
    on_every_store(async |place| {
        load(place, &rows).await?;
        arrived(place, rows.len() * CATEGORIES.len()).await?;
        classes(place, &expected, &rows).await?;
        sums(place, &expected).await?;
        println!("{:?}: {} customers classified, sums equal", place.engine, rows.len());
        Ok(())
    })
    .await
}

/// The expected counts of the classes; ranks and shares as they follow from the rows.
async fn classes(place: &Place, expected: &Value, rows: &[Row]) -> anyhow::Result<()> {
    let mut client = MetricServiceClient::new(place.gateway.keyed(&place.api_key)?);
    let mut request = ClassifyVolumesRequest { page_size: 100, ..ClassifyVolumesRequest::default() };
    let mut members = Vec::new();
    let totals = loop {
        let page = client.classify_volumes(request.clone()).await.map_err(explained)?.into_inner();
        members.extend(page.rows);
        if page.next_page_token.is_empty() {
            break page.totals;
        }
        request.page_token = page.next_page_token;
    };
    for (class, name) in [(VolumeClass::A, "A"), (VolumeClass::B, "B"), (VolumeClass::C, "C")] {
        let wanted = expected.pointer(&format!("/abc_counts/{name}")).and_then(Value::as_i64).context("no count")?;
        let total = totals.iter().find(|t| t.volume_class() == class).with_context(|| format!("no class {name}"))?;
        ensure!(total.member_count == wanted, "{name} has {} members, not {wanted}", total.member_count);
        let counted = members.iter().filter(|m| m.volume_class() == class).count();
        ensure!(i64::try_from(counted)? == wanted, "{counted} rows of {name}, not {wanted}");
    }
    ensure!(members.len() == rows.len(), "{} members, not {}", members.len(), rows.len());
    let whole = members.iter().map(|m| of_decimal(m.volume.as_ref())).sum::<anyhow::Result<BigRational>>()?;
    ensure!(whole == number(expected.get("total"))?, "{whole} in all");
    largest(&members, rows)
}

/// The first member is the customer that spends most; volumes, ranks and shares of all as they follow from the rows.
fn largest(members: &[VolumeClassRow], rows: &[Row]) -> anyhow::Result<()> {
    let mut spent: Vec<(i64, &str)> = Vec::new();
    for row in rows {
        let parts: Vec<i64> = CATEGORIES.iter().map(|c| Ok(row[*c].parse()?)).collect::<anyhow::Result<_>>()?;
        spent.push((parts.iter().sum(), row["partner_id"].as_str()));
    }
    spent.sort_by_key(|(sum, _)| std::cmp::Reverse(*sum));
    let (most, id) = spent.first().context("no rows")?;
    let first = members.first().context("no members")?;
    ensure!(first.member == format!("partners/customer-{id}"), "{} is first, not customer {id}", first.member);
    ensure!(of_decimal(first.volume.as_ref())? == decimal(&most.to_string())?, "{:?}, not {most}", first.volume);
    let whole: i64 = spent.iter().map(|(sum, _)| sum).sum();
    let (mut before, half) = (0_i64, decimal("0.0000005")?);
    for ((member, (sum, _)), rank) in members.iter().zip(&spent).zip(1..) {
        before += sum;
        ensure!(member.rank == rank, "{} has rank {}, not {rank}", member.member, member.rank);
        ensure!(of_decimal(member.volume.as_ref())? == decimal(&sum.to_string())?, "{member:?}, not {sum}");
        for (told, part) in [(&member.share, *sum), (&member.cumulative_share, before)] {
            let off = of_decimal(told.as_ref())? - BigRational::new(part.into(), whole.into());
            ensure!(off <= half && -off.clone() <= half, "{member:?}: not {part} of {whole}");
        }
    }
    Ok(())
}

/// Sums by channel and region, and by category.
async fn sums(place: &Place, expected: &Value) -> anyhow::Result<()> {
    let by = [MetricDimension::SubChannel, MetricDimension::Region];
    let found = query(place, &["net_sales", "partners"], &by).await?;
    let cells = expected.get("by_channel_region").and_then(Value::as_array).context("no cells")?;
    ensure!(found.rows.len() == cells.len(), "{} cells, not {}", found.rows.len(), cells.len());
    for cell in cells {
        let part = |name: &str| cell.get(name).map(ToString::to_string).unwrap_or_default();
        let (channel, region) = (part("channel"), part("region"));
        let row = found.rows.iter().find(|r| r.sub_channel == channel && r.region == region);
        let row = row.with_context(|| format!("no row of channel {channel} in region {region}"))?;
        ensure!(values(row)? == [number(cell.get("total"))?, number(cell.get("n"))?], "{row:?} for {cell}");
    }
    let found = query(place, &["net_sales"], &[MetricDimension::ProductLine]).await?;
    ensure!(found.rows.len() == CATEGORIES.len(), "{} product lines", found.rows.len());
    for row in &found.rows {
        let wanted = number(expected.pointer(&format!("/column_sums/{}", row.product_line)))?;
        ensure!(values(row)? == [wanted], "{row:?}");
    }
    Ok(())
}

async fn query(place: &Place, metrics: &[&str], by: &[MetricDimension]) -> anyhow::Result<QueryMetricsResponse> {
    let request = QueryMetricsRequest {
        metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
        dimensions: by.iter().map(|d| i32::from(*d)).collect(),
        ..QueryMetricsRequest::default()
    };
    let mut client = MetricServiceClient::new(place.gateway.keyed(&place.api_key)?);
    Ok(client.query_metrics(request).await.map_err(explained)?.into_inner())
}

fn values(row: &tributary_proto::tributary::analytics::v1::MetricRow) -> anyhow::Result<Vec<BigRational>> {
    let value = |v: &Option<metric_value::Value>| match v {
        Some(metric_value::Value::Amount(amount)) => of_money(Some(amount)),
        Some(metric_value::Value::Number(number)) => of_decimal(Some(number)),
        None => anyhow::bail!("a value is missing: {row:?}"),
    };
    row.values.iter().map(|v| value(&v.value)).collect()
}

fn number(value: Option<&Value>) -> anyhow::Result<BigRational> {
    decimal(&value.context("a number is missing")?.to_string())
}

async fn load(place: &Place, rows: &[Row]) -> anyhow::Result<()> {
    let upsert = |row: &Row| PartnerUpsert {
        partner: Some(Partner {
            display_name: format!("Customer {}", row["partner_id"]),
            kind: PartnerKind::Retailer.into(),
            external_refs: vec![ExternalRef { system: "wholesale".to_owned(), id: row["partner_id"].clone() }],
            ..Partner::default()
        }),
        partner_id: format!("customer-{}", row["partner_id"]),
        initial_status: PartnerStatus::Active.into(),
    };
    let items = rows.iter().map(upsert).collect();
    let answer = place.gateway.partners().batch_upsert_partners(BatchUpsertPartnersRequest { items }).await;
    for result in &answer.map_err(explained)?.into_inner().results {
        ensure!(result.outcome() == UpsertOutcome::Created, "not created: {result:?}");
    }
    let mut facts = Vec::new();
    for row in rows {
        for category in CATEGORIES {
            facts.push(fact(row, category)?);
        }
    }
    let requests: Vec<_> = facts.chunks(1_000).map(|f| StreamFactsRequest { facts: f.to_vec(), position: 0 }).collect();
    let mut client = place.gateway.facts();
    let mut answers = client.stream_facts(tokio_stream::iter(requests)).await.map_err(explained)?.into_inner();
    while let Some(answer) = answers.message().await.map_err(explained)? {
        let batch = answer.batch.context("no batch in the answer")?;
        ensure!(batch.results.is_empty(), "not recorded: {:?}", batch.results.first());
    }
    Ok(())
}

fn fact(row: &Row, category: &str) -> anyhow::Result<SalesFact> {
    let id = &row["partner_id"];
    Ok(SalesFact {
        source_system: "wholesale".to_owned(),
        source_id: format!("{id}/{category}"),
        partner_ref: Some(sales_fact::PartnerRef::PartnerExternalRef(ExternalRef {
            system: "wholesale".to_owned(),
            id: id.clone(),
        })),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2011, month: 6, day: 30 })),
        product_line: category.to_owned(),
        region: row["region"].clone(),
        sub_channel: row["channel"].clone(),
        quantity: Some(Decimal { value: "1".to_owned() }),
        net: Some(money(&row[category], CURRENCY)?),
        order_id: id.clone(),
        ..SalesFact::default()
    })
}

/// Waits until the events of all batches have been taken in.
async fn arrived(place: &Place, facts: usize) -> anyhow::Result<()> {
    let (wanted, deadline) = (decimal(&facts.to_string())?, Instant::now() + PATIENCE);
    loop {
        let found = query(place, &["lines"], &[]).await?;
        let lines = found.rows.first().map(values).transpose()?.unwrap_or_default();
        if lines == [wanted.clone()] {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{lines:?} of {facts} facts after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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
    println!("skipped: no data in {DEFAULT}; set {VARIABLE} to the folder of the wholesale data set");
    None
}

fn rows(path: &Path) -> anyhow::Result<Vec<Row>> {
    let mut file = csv::Reader::from_reader(MultiGzDecoder::new(File::open(path)?));
    let header = file.headers()?.clone();
    let named = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    Ok(file.records().map(|row| row.map(named)).collect::<Result<_, _>>()?)
}
