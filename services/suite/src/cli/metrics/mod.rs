//! `tributary metrics`: what there is, values, volume classes.

mod classes;
mod definitions;
mod largest;
mod query;

use clap::{Args, Subcommand};
use tributary_proto::tributary::analytics::v1::{MetricDimension, SalesBasis};

use self::{classes::ClassesArgs, query::QueryArgs};
use super::{ConnectArgs, Failure, look};

pub(super) use definitions::{Definitions, shown};

const EXAMPLES: &str = "\
Examples:
  tributary metrics                         what there is: titles, formulas, units, dimensions
  tributary metrics gmv orders aov return_rate --period 2026 --grain quarter
  tributary metrics net_sales channel_share --by channel --grain month --from 2026-01-01
  tributary metrics net_sales --by partner --top 10 --filter 'region:\"CN/GD\"'
  tributary metrics classes --by sku --period 2026

Ratios are shown in per cent; --json has them exactly. Money is never added over currencies.";

/// Metrics, or their classes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct MetricsCommand {
    /// Instead of values.
    #[command(subcommand)]
    pub command: Option<MetricsSubcommand>,
    /// Values.
    #[command(flatten)]
    pub query: QueryArgs,
}

/// What else there is.
#[derive(Debug, Subcommand)]
pub enum MetricsSubcommand {
    /// Volume classes A, B and C by cumulative share
    Classes(ClassesArgs),
}

/// Does one of the metric commands.
pub(super) async fn run(command: MetricsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| match &command.command {
        Some(MetricsSubcommand::Classes(args)) => classes::run(connection, args).await,
        None if command.query.metrics.is_empty() => definitions::print(connection, command.query.json).await,
        None => query::run(connection, &command.query).await,
    })
    .await
}

const DIMENSIONS: [&str; 8] =
    ["partner", "region", "product-line", "sku", "channel", "sub-channel", "currency", "kind"];

fn dimension(text: &str) -> Result<MetricDimension, String> {
    look::value_of(text, "dimension", &DIMENSIONS, "METRIC_DIMENSION_", MetricDimension::from_str_name)
}

fn basis(text: &str) -> Result<SalesBasis, String> {
    look::value_of(text, "basis", &["sell-in", "sell-out", "all"], "SALES_BASIS_", SalesBasis::from_str_name)
}
