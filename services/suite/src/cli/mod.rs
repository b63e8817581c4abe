//! The commands. Data goes to stdout, progress and notes to stderr; exit code 0 done, 1 some rows were rejected,
//! 2 the request or a file is wrong, 3 the server is away or refused.

mod accruals;
mod alerts;
mod args;
mod attribute;
mod calculate;
mod compare;
mod compare_runs;
mod connect;
mod contracts;
mod deals;
mod demo;
mod deposits;
mod events;
mod evidence;
mod explain;
mod failure;
mod funds;
mod health;
mod import;
mod keys;
mod ledger;
mod lines;
mod look;
mod metrics;
mod migrate;
mod obligations;
mod openapi;
mod operation;
mod partners;
mod plan;
mod prices;
mod secure;
mod settlement;
mod simulate;
mod targets;
mod territory;
mod tiers;
mod training;
mod up;
mod verify;
mod webhooks;

pub use args::{Cli, Command};
use connect::MAX_ANSWER;
pub use connect::{ConnectArgs, Connection, FactClient, Keyed, PartnerClient, PlanClient, RunClient};
pub use failure::Failure;
pub(crate) use {
    calculate::{each_statement, statement_table},
    explain::{explain, trace},
    failure::connection_broke,
    operation::calculate as calculate_run,
    plan::{Verbs, programme as ensure_programme},
};

/// How a command ended when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// All of it.
    All,
    /// All but some rows, which are in the reject file: exit code 1.
    SomeRejected,
    /// All of it, and what was compared differs: exit code 1.
    Differs,
}

impl Done {
    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::All => 0,
            Self::SomeRejected | Self::Differs => 1,
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// What went wrong, in words, with the exit code it stands for.
pub async fn run(cli: Cli) -> Result<Done, Failure> {
    let connect = &cli.connect;
    match cli.command {
        Command::Up(args) => up::up(args, connect).await.map(|()| Done::All),
        Command::Serve(args) => up::serve(args, connect).await.map(|()| Done::All),
        Command::Migrate(args) => migrate::run(args, connect).await.map(|()| Done::All),
        Command::Health(args) => health::run(args, &cli.connect.tls).await.map(|()| Done::All),
        Command::CheckConfig(args) => up::check_config(&args, connect).map(|()| Done::All),
        Command::Openapi(args) => openapi::run(&args).map(|()| Done::All),
        Command::Version => {
            crate::output::line(&format!("tributary {}", env!("CARGO_PKG_VERSION")));
            Ok(Done::All)
        }
        Command::Import(args) => import::run(args, connect).await,
        Command::Calculate(args) => calculate::run(args, connect).await.map(|()| Done::All),
        Command::Accruals(args) => accruals::run(args, connect).await.map(|()| Done::All),
        Command::Simulate(args) => simulate::run(args, connect).await.map(|()| Done::All),
        Command::Compare(args) => compare::run(args, connect).await,
        Command::Ledger(command) => ledger::run(command, connect).await,
        Command::Evidence(command) => evidence::run(command, connect).await,
        Command::Verify(args) => verify::run(&args),
        Command::Funds(command) => funds::run(command, connect).await.map(|()| Done::All),
        Command::Prices(command) => prices::run(command, connect).await.map(|()| Done::All),
        Command::Deposits(command) => deposits::run(command, connect).await.map(|()| Done::All),
        Command::Settlement(command) => settlement::run(command, connect).await,
        Command::CompareRuns(args) => compare_runs::run(args, connect).await.map(|()| Done::All),
        Command::Plan(command) => plan::run(command, connect).await.map(|()| Done::All),
        Command::Explain(args) => explain::run(args, connect).await.map(|()| Done::All),
        Command::Partners(command) => partners::run(command, connect).await.map(|()| Done::All),
        Command::Contracts(command) => contracts::run(command, connect).await.map(|()| Done::All),
        Command::Obligations(command) => obligations::run(command, connect).await.map(|()| Done::All),
        Command::Alerts(command) => alerts::run(command, connect).await.map(|()| Done::All),
        Command::Metrics(command) => metrics::run(command, connect).await.map(|()| Done::All),
        Command::Targets(command) => targets::run(command, connect).await.map(|()| Done::All),
        Command::Tiers(command) => tiers::run(command, connect).await.map(|()| Done::All),
        Command::Territory(command) => territory::run(command, connect).await,
        Command::Deals(command) => deals::run(command, connect).await,
        Command::Training(command) => training::run(command, connect).await,
        Command::Attribute(args) => attribute::run(args, connect).await.map(|()| Done::All),
        Command::Events(command) => events::run(command, connect).await.map(|()| Done::All),
        Command::Webhooks(command) => webhooks::run(command, connect).await.map(|()| Done::All),
        Command::Keys(command) => keys::run(command, connect).await.map(|()| Done::All),
        Command::Demo(args) => demo::run(args, connect).await.map(|()| Done::All),
    }
}
