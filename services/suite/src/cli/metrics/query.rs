//! Values of metrics by dimensions and time.

use std::cell::Cell;

use clap::Args;
use tributary_proto::tributary::analytics::v1::{
    MetricDimension, MetricGrain, MetricRow, MetricValue, QueryMetricsRequest, SalesBasis, metric_value,
};

use super::{
    basis,
    definitions::{Definitions, dimension_name, shown},
    dimension,
    largest::largest,
};
use crate::{
    cli::{
        Connection, Failure,
        look::{self, RangeArgs},
    },
    output::{self, Align, decimal_text, grouped, message_json, words},
};

/// Which values.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// Ids of metrics; none: list what there is
    #[arg(value_name = "METRIC", value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// Split by: partner, region, product-line, sku, channel, sub-channel, currency, kind
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',', value_parser = dimension)]
    pub by: Vec<MetricDimension>,
    /// Split by day, week, month, quarter or year
    #[arg(long, value_parser = grain)]
    pub grain: Option<MetricGrain>,
    /// Which days.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Filter over partner, region, product_line, sku, channel, sub_channel, kind and currency
    #[arg(long, default_value = "")]
    pub filter: String,
    /// Which flow of goods: sell-in, sell-out or all [default: the one that there is]
    #[arg(long, value_parser = basis)]
    pub basis: Option<SalesBasis>,
    /// With --by region: keep so many parts of it; "CN/GD" has two
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub region_depth: i32,
    /// Only the N rows with the largest first metric, of each period and currency
    #[arg(long, value_name = "N")]
    pub top: Option<u32>,
    /// Print each row as one line of JSON
    #[arg(long)]
    pub json: bool,
}

fn grain(text: &str) -> Result<MetricGrain, String> {
    let known = ["day", "week", "month", "quarter", "year"];
    look::value_of(text, "grain", &known, "METRIC_GRAIN_", MetricGrain::from_str_name)
}

/// Prints the values.
pub(super) async fn run(connection: &Connection, args: &QueryArgs) -> Result<(), Failure> {
    let definitions = Definitions::read(connection).await?;
    definitions.check(&args.metrics)?;
    let (from, to) = args.range.days();
    let counted = Cell::new((SalesBasis::Unspecified, 0));
    let page = async |page_size, page_token| {
        let request = QueryMetricsRequest {
            metrics: args.metrics.clone(),
            dimensions: args.by.iter().map(|d| i32::from(*d)).collect(),
            filter: args.filter.clone(),
            grain: args.grain.unwrap_or_default().into(),
            from,
            to,
            basis: args.basis.unwrap_or_default().into(),
            region_depth: args.region_depth,
            page_size,
            page_token,
        };
        let page = connection.metrics().query_metrics(request).await?.into_inner();
        counted.set((page.basis(), page.through_batch));
        Ok((page.rows, page.next_page_token))
    };
    let mut rows = Vec::new();
    look::each(u32::MAX, page, |row| rows.push(row)).await?;
    let rows = match args.top {
        Some(top) => largest(rows, usize::try_from(top).unwrap_or(usize::MAX)),
        None => rows,
    };
    if args.json {
        rows.iter().for_each(|row| output::json_line(&message_json(row)));
        return Ok(());
    }
    output::line(&table(args, &definitions, &rows));
    let (basis, batch) = counted.get();
    let basis = words(basis.as_str_name(), "SALES_BASIS_").replace(' ', "-");
    output::note(&format!("basis {basis}; facts up to batch {batch}"));
    Ok(())
}

fn table(args: &QueryArgs, definitions: &Definitions, rows: &[MetricRow]) -> String {
    let by = || args.by.iter().filter(|dimension| **dimension != MetricDimension::Currency);
    let names: Vec<String> = by().map(|dimension| dimension_name(*dimension)).collect();
    let has_currency = rows.iter().any(|row| !row.currency_code.is_empty());
    let mut columns = Vec::new();
    columns.extend(args.grain.map(|_| ("period", Align::Left)));
    columns.extend(names.iter().map(|name| (name.as_str(), Align::Left)));
    columns.extend(has_currency.then_some(("currency", Align::Left)));
    columns.extend(args.metrics.iter().map(|metric| (metric.as_str(), Align::Right)));
    let cells = |row: &MetricRow| {
        let mut cells = Vec::new();
        cells.extend(args.grain.map(|_| row.period.clone()));
        cells.extend(by().map(|dimension| member(row, *dimension)));
        cells.extend(has_currency.then(|| row.currency_code.clone()));
        cells.extend(row.values.iter().map(|value| cell(value, definitions)));
        cells
    };
    output::table(&columns, &rows.iter().map(cells).collect::<Vec<_>>())
}

/// What a row is about; facts that do not state it are a row, too.
fn member(row: &MetricRow, dimension: MetricDimension) -> String {
    let text = match dimension {
        MetricDimension::Partner => &row.partner,
        MetricDimension::Region => &row.region,
        MetricDimension::ProductLine => &row.product_line,
        MetricDimension::Sku => &row.sku,
        MetricDimension::Channel => &row.channel,
        MetricDimension::SubChannel => &row.sub_channel,
        MetricDimension::Kind => &row.kind,
        MetricDimension::Currency | MetricDimension::Unspecified => &row.currency_code,
    };
    if text.is_empty() { "(not stated)".to_owned() } else { text.clone() }
}

fn cell(value: &MetricValue, definitions: &Definitions) -> String {
    match &value.value {
        Some(metric_value::Value::Amount(money)) => grouped(&decimal_text(money)),
        Some(metric_value::Value::Number(number)) => shown(&number.value, definitions.unit(&value.metric), ""),
        None => "–".to_owned(),
    }
}
