//! `tributary demo`.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use super::{ConnectArgs, Connection, Failure};
use crate::{demo, output};

/// Arguments of `tributary demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary demo                    a year with 50,000 facts on a temporary directory
  tributary demo --keep             the same, then keep serving, with commands to try
  tributary demo --html year.html   the same as a page with plots
  tributary demo --seed 7 --facts 5000 --json")]
pub struct DemoArgs {
    /// Another seed gives another year; the same one always the same
    #[arg(long, default_value_t = 2025)]
    pub seed: u64,
    /// About how many facts
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1_000..=5_000_000))]
    pub facts: u32,
    /// Keep serving afterwards
    #[arg(long)]
    pub keep: bool,
    /// Print the results as NDJSON
    #[arg(long)]
    pub json: bool,
    /// Write the results as a page with plots, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Where the services keep their data [default: SQLite files under a temporary directory, or under --data]
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
}

/// Plays the demo.
pub(super) async fn run(args: DemoArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    if connect.endpoint.is_some() {
        output::note("the demo starts a suite of its own; the endpoint is not used");
    }
    let temporary = match &connect.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("tributary-demo-").tempdir()?),
    };
    let data: PathBuf = match (&connect.data, &temporary) {
        (Some(data), _) => data.clone(),
        (None, Some(directory)) => directory.path().to_owned(),
        (None, None) => PathBuf::from(super::connect::DEFAULT_DATA),
    };
    let connection = Connection::embedded_at(&data, args.store.clone(), Arc::new(demo::evening())).await?;
    let options = demo::Options { seed: args.seed, facts: args.facts, json: args.json, html: args.html };
    let played = demo::play(&connection, &options).await;
    match (played, args.keep) {
        (Ok(line), true) => {
            output::line(&next_steps(&connection.endpoint, &data, line.as_deref()));
            connection.serve().await
        }
        (played, _) => {
            connection.close().await?;
            played.map(|_| ())
        }
    }
}

fn next_steps(endpoint: &str, data: &std::path::Path, line: Option<&str>) -> String {
    let data = data.display();
    let host = endpoint.split("://").last().unwrap_or(endpoint);
    let line = line.unwrap_or("LINE");
    format!(
        "
serving at {endpoint} until Ctrl-C; in another shell:
  export TRIBUTARY_ENDPOINT={endpoint} TRIBUTARY_API_KEY=$(cat {data}/bootstrap.key)
  tributary explain {line}
  tributary calculate --programme {programme} --period 2025-Q4 --top 5
  tributary calculate --plan growth-rebate --period 2025 --top 5
  tributary partners list --filter 'region:\"CN/GD\" AND tier = \"strategic\"'
  tributary plan list
  tributary metrics net_sales return_rate --by channel --period 2025 --grain quarter
  tributary alerts --filter 'severity = CRITICAL'
  tributary attribute --source touchpoints --model first,markov:2,shapley
  grpcurl -plaintext -H \"authorization: Bearer $TRIBUTARY_API_KEY\" -d '{{\"name\": \"{line}\"}}' \\
    {host} tributary.incentive.v1.RunService/ExplainLine",
        programme = demo::PROGRAMME,
    )
}
