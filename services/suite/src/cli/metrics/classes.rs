//! Volume classes by cumulative share.

use std::cell::RefCell;

use clap::Args;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::analytics::v1::{
        ClassifyVolumesRequest, MetricDimension, SalesBasis, VolumeClass, VolumeClassRow, VolumeClassTotal,
    },
};

use super::{
    basis,
    definitions::{Definitions, dimension_name, shown},
};
use crate::{
    cli::{
        Connection, Failure,
        look::{self, ListArgs, RangeArgs},
    },
    output::{self, Align, grouped, message_json, name, per_cent},
};

/// What is classified.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tributary metrics classes --period 2026
  tributary metrics classes --by sku --metric quantity --filter 'channel = \"ONLINE\"' --top 100
  tributary metrics classes --a-share 0.7 --b-share 0.9

A member is in a class when the cumulative share with it is at most the bound; the others are C.
With --json the first lines are {\"total\": {...}}, the others {\"member\": {...}}, largest first.")]
pub struct ClassesArgs {
    /// partner, sku, product-line or region
    #[arg(long, value_name = "DIMENSION", default_value = "partner", value_parser = classified)]
    pub by: MetricDimension,
    /// net_sales, gmv or quantity
    #[arg(long, default_value = "net_sales")]
    pub metric: String,
    /// Currency of a volume in money [default: the only one there is]
    #[arg(long, value_name = "CODE", default_value = "")]
    pub currency: String,
    /// Filter over partner, region, product_line, sku, channel, sub_channel, kind and currency
    #[arg(long, default_value = "")]
    pub filter: String,
    /// Which days.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Which flow of goods: sell-in, sell-out or all [default: the one that there is]
    #[arg(long, value_parser = basis)]
    pub basis: Option<SalesBasis>,
    /// Upper bound of A [default: 0.80]
    #[arg(long, value_name = "SHARE", value_parser = look::decimal)]
    pub a_share: Option<Decimal>,
    /// Upper bound of B [default: 0.95]
    #[arg(long, value_name = "SHARE", value_parser = look::decimal)]
    pub b_share: Option<Decimal>,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

fn classified(text: &str) -> Result<MetricDimension, String> {
    let known = ["partner", "sku", "product-line", "region"];
    look::value_of(text, "dimension with classes", &known, "METRIC_DIMENSION_", MetricDimension::from_str_name)
}

/// Prints the classes and their members.
pub(super) async fn run(connection: &Connection, args: &ClassesArgs) -> Result<(), Failure> {
    let definitions = Definitions::read(connection).await?;
    let (from, to) = args.range.days();
    let totals = RefCell::new(Vec::new());
    let page = async |page_size, page_token| {
        let request = ClassifyVolumesRequest {
            by: args.by.into(),
            metric: args.metric.clone(),
            currency_code: args.currency.clone(),
            filter: args.filter.clone(),
            from,
            to,
            basis: args.basis.unwrap_or_default().into(),
            a_share: args.a_share.clone(),
            b_share: args.b_share.clone(),
            page_size,
            page_token,
        };
        let page = connection.metrics().classify_volumes(request).await?.into_inner();
        totals.replace(page.totals);
        Ok((page.rows, page.next_page_token))
    };
    let mut members = Vec::new();
    look::each(args.list.top, page, |member| members.push(member)).await?;
    let totals = totals.into_inner();
    if args.list.json {
        let line = |name: &str, value| output::json_line(&serde_json::json!({ name: value }));
        totals.iter().for_each(|total| line("total", message_json(total)));
        members.iter().for_each(|member| line("member", message_json(member)));
        return Ok(());
    }
    let currency = totals.first().map(|total| total.currency_code.clone()).unwrap_or_default();
    let volume = |number: Option<&Decimal>| {
        number.map(|n| shown(&n.value, definitions.unit(&args.metric), &currency)).unwrap_or_default()
    };
    let heading = format!("{} {currency}", args.metric);
    let heading = heading.trim_end();
    output::line(&classes(&totals, heading, volume));
    output::line("");
    output::line(&ranking(&dimension_name(args.by), &members, heading, volume));
    Ok(())
}

fn classes(totals: &[VolumeClassTotal], heading: &str, volume: impl Fn(Option<&Decimal>) -> String) -> String {
    let columns = [("class", Align::Left), ("members", Align::Right), (heading, Align::Right)];
    let row = |total: &VolumeClassTotal| {
        vec![letter(total.volume_class()), grouped(&total.member_count.to_string()), volume(total.volume.as_ref())]
    };
    output::table(&columns, &totals.iter().map(row).collect::<Vec<_>>())
}

fn ranking(by: &str, members: &[VolumeClassRow], heading: &str, volume: impl Fn(Option<&Decimal>) -> String) -> String {
    let columns = [
        ("rank", Align::Right),
        (by, Align::Left),
        (heading, Align::Right),
        ("share", Align::Right),
        ("cumulative", Align::Right),
        ("class", Align::Left),
    ];
    let ratio = |number: Option<&Decimal>| number.map_or_else(|| "–".to_owned(), |n| per_cent(&n.value));
    let row = |member: &VolumeClassRow| {
        vec![
            member.rank.to_string(),
            if member.member.is_empty() { "(not stated)".to_owned() } else { member.member.clone() },
            volume(member.volume.as_ref()),
            ratio(member.share.as_ref()),
            ratio(member.cumulative_share.as_ref()),
            letter(member.volume_class()),
        ]
    };
    output::table(&columns, &members.iter().map(row).collect::<Vec<_>>())
}

fn letter(class: VolumeClass) -> String {
    name(class.as_str_name(), "VOLUME_CLASS_")
}
