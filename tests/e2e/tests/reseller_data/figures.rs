//! The figures of the metric layer over the same facts: every number of `expected_*.json` that the layer has a metric
//! for, in total and by year, quarter, month and currency.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use e2e_tests::{
    Place,
    calls::explained,
    data::found,
    exact::{decimal, of_decimal, of_money},
};
use num_rational::BigRational;
use serde_json::Value;
use tributary_core::Date;
use tributary_proto::tributary::analytics::v1::{
    MetricDimension, MetricGrain, MetricRow, QueryMetricsRequest, metric_service_client::MetricServiceClient,
    metric_value,
};
use tributary_rpc::convert::date_to_proto;

/// Lists of the expected file that are split by time or not at all, with the grain that gives them.
const BY_TIME: [(&str, MetricGrain); 4] = [
    ("total", MetricGrain::Unspecified),
    ("by_year", MetricGrain::Year),
    ("by_quarter", MetricGrain::Quarter),
    ("by_month", MetricGrain::Month),
];
/// Names of counts in the expected file, and the metric of each.
const COUNTS: [(&str, &str); 4] =
    [("lines", "lines"), ("orders", "orders"), ("partners", "partners"), ("qty", "quantity")];
/// Amounts in the expected file, and the metric of each. Those there add all currencies; here they are added by the test.
const AMOUNTS: [(&str, &str); 2] = [("net", "net_sales"), ("gross", "gmv")];
/// How long events may take from the last answered batch to the figures.
const PATIENCE: Duration = Duration::from_secs(60);

/// (period or currency, metric) → value.
type Figures = BTreeMap<(String, &'static str), BigRational>;

/// The days that a file of expected figures covers, the last one excluded.
type Range = (Date, Date);

/// Compares everything; returns how many numbers were equal. A folder may come without such files.
pub(super) async fn compare(place: &Place, folder: &Path) -> anyhow::Result<usize> {
    let mut compared = 0;
    for path in found(folder, "expected_", ".json")? {
        let expected: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        if expected.get("by_currency").is_none() {
            // Another file of expected results, compared elsewhere.
            continue;
        }
        let range = months(&expected).with_context(|| format!("{} has no months", path.display()))?;
        let lines = expected.pointer("/total/0/lines").and_then(Value::as_str).context("no total of lines")?;
        arrived(place, range, lines).await?;
        for (list, grain) in BY_TIME {
            let counts = figures(place, range, &COUNTS.map(|(_, metric)| metric), &[], grain).await?;
            let amounts = figures(place, range, &AMOUNTS.map(|(_, metric)| metric), &[], grain).await?;
            compared += equal(&expected, list, &counts, &COUNTS)? + equal(&expected, list, &amounts, &AMOUNTS)?;
        }
        let by_currency = [MetricDimension::Currency];
        let found = figures(place, range, &["lines", "net_sales"], &by_currency, MetricGrain::Unspecified).await?;
        compared += equal(&expected, "by_currency", &found, &[COUNTS[0], AMOUNTS[0]])?;
    }
    Ok(compared)
}

/// From the first of the expected months to the last: facts of other files lie beside them.
fn months(expected: &Value) -> Option<Range> {
    let rows = expected.get("by_month")?.as_array()?;
    let mut all: Vec<&str> = rows.iter().filter_map(|row| row.get("m")?.as_str()).collect();
    all.sort_unstable();
    let first_day = |month: &str| Date::parse(&format!("{month}-01")).ok();
    Some((first_day(all.first()?)?, first_day(all.last()?)?.plus_months(1)))
}

/// Waits until the events of all batches have been taken in.
async fn arrived(place: &Place, range: Range, lines: &str) -> anyhow::Result<()> {
    let (wanted, deadline) = (decimal(lines)?, Instant::now() + PATIENCE);
    loop {
        let found = figures(place, range, &["lines"], &[], MetricGrain::Unspecified).await?;
        match found.get(&(String::new(), "lines")) {
            Some(lines) if *lines == wanted => return Ok(()),
            found if Instant::now() > deadline => bail!("{found:?} of {wanted} lines after {PATIENCE:?}"),
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// All rows of a query; amounts of several currencies are added where the currency was not asked for.
async fn figures(
    place: &Place,
    (from, to): Range,
    metrics: &[&'static str],
    dimensions: &[MetricDimension],
    grain: MetricGrain,
) -> anyhow::Result<Figures> {
    let mut client = MetricServiceClient::new(place.gateway.keyed(&place.api_key)?);
    let mut request = QueryMetricsRequest {
        metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
        dimensions: dimensions.iter().map(|d| i32::from(*d)).collect(),
        grain: grain.into(),
        from: Some(date_to_proto(from)),
        to: Some(date_to_proto(to)),
        page_size: 7,
        ..QueryMetricsRequest::default()
    };
    let mut found = Figures::new();
    loop {
        let page = client.query_metrics(request.clone()).await.map_err(explained)?.into_inner();
        for row in &page.rows {
            add(&mut found, row, metrics, dimensions.is_empty())?;
        }
        if page.next_page_token.is_empty() {
            return Ok(found);
        }
        request.page_token = page.next_page_token;
    }
}

fn add(found: &mut Figures, row: &MetricRow, metrics: &[&'static str], by_time: bool) -> anyhow::Result<()> {
    let key = if by_time { &row.period } else { &row.currency_code };
    ensure!(row.values.len() == metrics.len(), "{} values for {metrics:?}", row.values.len());
    for (value, metric) in row.values.iter().zip(metrics) {
        ensure!(value.metric == *metric, "{} where {metric} was asked for", value.metric);
        let value = match value.value.as_ref().with_context(|| format!("{metric} of {key:?} has no value"))? {
            metric_value::Value::Amount(money) => {
                ensure!(money.currency_code == row.currency_code, "{money:?} in a row of {}", row.currency_code);
                of_money(Some(money))?
            }
            metric_value::Value::Number(number) => of_decimal(Some(number))?,
        };
        *found.entry((key.clone(), metric)).or_insert_with(|| decimal("0").unwrap_or_default()) += value;
    }
    Ok(())
}

/// Every number of a list, and no more rows than it has.
fn equal(expected: &Value, list: &str, found: &Figures, names: &[(&str, &'static str)]) -> anyhow::Result<usize> {
    let rows = expected.get(list).and_then(Value::as_array).with_context(|| format!("no list {list}"))?;
    let mut compared = 0;
    for (name, metric) in names {
        if rows.iter().all(|row| row.get(*name).is_none()) {
            continue;
        }
        for row in rows {
            let text = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default();
            let key = match list {
                "by_quarter" => format!("{}-Q{}", text("y"), text("q")),
                _ => [text("y"), text("m"), text("currency")].concat(),
            };
            let value =
                found.get(&(key.clone(), *metric)).with_context(|| format!("{list}: no {metric} of {key:?}"))?;
            let wanted = decimal(text(name))?;
            ensure!(*value == wanted, "{list}: {metric} of {key:?} is {value}, not {wanted}");
            compared += 1;
        }
        let all = found.keys().filter(|(_, m)| m == metric).count();
        ensure!(all == rows.len(), "{list}: {all} rows of {metric}, not {}", rows.len());
    }
    Ok(compared)
}
