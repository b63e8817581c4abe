//! `tributary targets`.

use std::cell::RefCell;

use clap::{Args, Subcommand};
use tributary_core::Period;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::analytics::v1::{ListTargetProgressRequest, ListTargetsRequest, MetricUnit, Target, TargetProgress},
};

use super::{
    ConnectArgs, Connection, Failure,
    look::{self, ListArgs},
    metrics::{Definitions, shown},
};
use crate::output::{self, Align, exact_per_cent, per_cent, words};

const EXAMPLES: &str = "\
Examples:
  tributary targets                         how far all of them have got
  tributary targets --period 2026-Q3 --as-of 2026-08-31
  tributary targets list --filter 'owner = \"li.wei\"'

The end lies between low and high with the probability of --confidence. Sums are forecast by run
rate, ratios as they are now.";

/// Targets.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct TargetsCommand {
    /// What else.
    #[command(subcommand)]
    pub command: Option<TargetsSubcommand>,
    /// How far they have got.
    #[command(flatten)]
    pub progress: ProgressArgs,
}

/// The commands for targets.
#[derive(Debug, Subcommand)]
pub enum TargetsSubcommand {
    /// Attainment, forecast with its interval, and status; also without a word
    Progress(ProgressArgs),
    /// What is to be reached
    List(TargetArgs),
}

/// Of which targets, as of when.
#[derive(Debug, Args)]
pub struct ProgressArgs {
    /// Only targets of this period: 2026, 2026-Q1, 2026-03 or 2026-W10
    #[arg(long, value_parser = str::parse::<Period>)]
    pub period: Option<Period>,
    /// Day up to and with which facts count [default: today]
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub as_of: Option<Date>,
    /// Probability of the interval [default: 0.8]
    #[arg(long, value_name = "PART", value_parser = look::decimal)]
    pub confidence: Option<Decimal>,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Which targets.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Filter over metric, period and owner
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Does one of the target commands.
pub(super) async fn run(command: TargetsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| {
        let definitions = Definitions::read(connection).await?;
        match command.command.unwrap_or(TargetsSubcommand::Progress(command.progress)) {
            TargetsSubcommand::Progress(args) => progress(connection, &definitions, &args).await,
            TargetsSubcommand::List(args) => list(connection, &definitions, &args).await,
        }
    })
    .await
}

async fn list(connection: &Connection, definitions: &Definitions, args: &TargetArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let request = ListTargetsRequest { page_size, page_token, filter: args.filter.clone() };
        let page = connection.targets().list_targets(request).await?.into_inner();
        Ok((page.targets, page.next_page_token))
    };
    let columns = [
        ("name", Align::Left),
        ("title", Align::Left),
        ("metric", Align::Left),
        ("of", Align::Left),
        ("period", Align::Left),
        ("currency", Align::Left),
        ("to reach", Align::Right),
        ("owner", Align::Left),
    ];
    let row = |target: &Target| {
        vec![
            target.name.clone(),
            target.title.clone(),
            target.metric.clone(),
            target.filter.clone(),
            target.period.clone(),
            target.currency_code.clone(),
            to_reach(target, definitions.unit(&target.metric)),
            target.owner.clone(),
        ]
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

fn to_reach(target: &Target, unit: MetricUnit) -> String {
    let most = if target.lower_is_better { "at most " } else { "" };
    match (&target.value, &target.growth) {
        (Some(value), _) if unit == MetricUnit::Ratio => format!("{most}{}", exact_per_cent(&value.value)),
        (Some(value), _) => format!("{most}{}", shown(&value.value, unit, &target.currency_code)),
        (None, Some(growth)) => {
            let sign = if growth.value.starts_with('-') { "" } else { "+" };
            format!("{most}{sign}{}", exact_per_cent(&growth.value))
        }
        (None, None) => String::new(),
    }
}

async fn progress(connection: &Connection, definitions: &Definitions, args: &ProgressArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let request = ListTargetProgressRequest {
            period: args.period.map(|period| period.to_string()).unwrap_or_default(),
            as_of: args.as_of,
            confidence: args.confidence.clone(),
            page_size,
            page_token,
        };
        let page = connection.targets().list_target_progress(request).await?.into_inner();
        Ok((page.progress, page.next_page_token))
    };
    let columns = [
        ("target", Align::Left),
        ("metric", Align::Left),
        ("period", Align::Left),
        ("currency", Align::Left),
        ("to reach", Align::Right),
        ("reached", Align::Right),
        ("attained", Align::Right),
        ("elapsed", Align::Right),
        ("forecast", Align::Right),
        ("low", Align::Right),
        ("high", Align::Right),
        ("status", Align::Left),
    ];
    let refused = RefCell::new(Vec::new());
    let row = |progress: &TargetProgress| {
        let name = progress.target.as_ref().map(|t| t.name.as_str()).unwrap_or_default();
        refused.borrow_mut().extend(progress.error.as_ref().map(|e| format!("{name}: {}", e.message)));
        progress_row(progress, definitions)
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await?;
    refused.into_inner().iter().for_each(|why| output::note(why));
    Ok(())
}

fn progress_row(progress: &TargetProgress, definitions: &Definitions) -> Vec<String> {
    let target = progress.target.clone().unwrap_or_default();
    let unit = definitions.unit(&target.metric);
    let value = |number: Option<&Decimal>| {
        number.map_or_else(|| "–".to_owned(), |n| shown(&n.value, unit, &target.currency_code))
    };
    let ratio = |number: Option<&Decimal>| number.map_or_else(|| "–".to_owned(), |n| per_cent(&n.value));
    let forecast = progress.forecast.as_ref();
    vec![
        target.name.clone(),
        target.metric.clone(),
        target.period.clone(),
        target.currency_code.clone(),
        value(progress.target_value.as_ref()),
        value(progress.actual.as_ref()),
        ratio(progress.attainment.as_ref()),
        ratio(progress.elapsed.as_ref()),
        value(forecast.and_then(|f| f.expected.as_ref())),
        value(forecast.and_then(|f| f.low.as_ref())),
        value(forecast.and_then(|f| f.high.as_ref())),
        words(progress.status().as_str_name(), "TARGET_STATUS_"),
    ]
}
