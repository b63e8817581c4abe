//! `tributary migrate`: brings stores to the newest version before the services of that version start.

use std::path::PathBuf;

use clap::Args;

use super::{ConnectArgs, Failure, up};
use crate::{output, settings::ServiceName, suite};

/// Arguments of `tributary migrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary migrate --config tributary.toml                 every service and the gateway
  tributary migrate partner-registry analytics              two of them

A service does the same when it starts. Doing it before keeps the first start short, and says in one place what fails.
It may run any number of times, and several at once.")]
pub struct MigrateArgs {
    /// Which stores [default: all]
    pub services: Vec<ServiceName>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Makes stores that are missing and migrates all that were named.
pub(super) async fn run(args: MigrateArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let settings = up::settings(args.config.as_deref(), connect, Vec::new())?;
    let services = if args.services.is_empty() { ServiceName::ALL.to_vec() } else { args.services };
    for service in services {
        suite::migrate(service, &settings).await?;
        output::line(&format!("{service} is up to date"));
    }
    Ok(())
}
