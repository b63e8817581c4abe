//! `tributary up`, `serve` and `check-config`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{ConnectArgs, Failure};
use crate::{
    output,
    settings::{ServiceName, SuiteSettings},
    suite::{RunningSuite, serve_one},
};

/// Arguments of `tributary up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary up                                              SQLite files under ./data, gateway at 127.0.0.1:7420
  tributary up --data /var/lib/tributary --listen 0.0.0.0:7420
  tributary up --store postgres://tributary@db:5432/tributary")]
pub struct UpArgs {
    /// Where the services keep their data [default: SQLite files under the data directory]
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// Where the gateway listens [default: 127.0.0.1:7420]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `tributary serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// partner-registry, incentive-calculation, contract-risk, analytics or gateway
    pub service: ServiceName,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `tributary check-config`.
#[derive(Debug, Args)]
pub struct CheckConfigArgs {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Starts everything and serves until a signal comes.
pub(super) async fn up(args: UpArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let mut flags = Vec::new();
    if let Some(listen) = args.listen {
        flags.push(("listen".to_owned(), listen.to_string()));
    }
    if let Some(store) = args.store {
        flags.push(("store".to_owned(), store));
    }
    let settings = settings(args.config.as_deref(), connect, flags)?;
    let data = settings.data_dir.clone();
    let store = settings.store.clone();
    let suite = RunningSuite::start(settings).await?;
    output::line(&welcome(&suite, &data.display().to_string(), store.as_deref()));
    Ok(suite.until_stopped().await?)
}

/// What listens where, the key if it is new, and what to try.
pub(crate) fn welcome(suite: &RunningSuite, data: &str, store: Option<&str>) -> String {
    let endpoint = &suite.endpoint;
    let mut lines = vec![
        format!("gateway   {endpoint}  (gRPC, gRPC-Web, JSON; what there is: {endpoint}/reference)"),
        format!("services  {}", ServiceName::ALL.map(ServiceName::as_str).join(", ")),
        format!("data      {data}"),
    ];
    if let Some(store) = store {
        // A store URL may hold a password: only what follows it is shown.
        let shown = store.rsplit_once('@').map_or(store, |(_, host)| host);
        lines.push(format!("store     {shown}"));
    }
    if suite.api_key_is_new {
        lines.push(format!("API key   {}", suite.api_key));
        lines.push(format!("          role ADMIN, shown once; kept in {data}/bootstrap.key (mode 0600)"));
    } else {
        lines.push(format!("API key   as before, in {data}/bootstrap.key"));
    }
    let key = format!("$(cat {data}/bootstrap.key)");
    lines.extend([
        String::new(),
        "try next".to_owned(),
        format!("  export TRIBUTARY_ENDPOINT={endpoint} TRIBUTARY_API_KEY={key}"),
        "  tributary import partners resellers.csv --mapping resellers".to_owned(),
        "  tributary import facts orders.csv --mapping order-lines".to_owned(),
        "  tributary calculate --plan reseller-rebates --period 2012-Q3".to_owned(),
        format!(
            "  grpcurl -plaintext -H \"authorization: Bearer $TRIBUTARY_API_KEY\" {} {}",
            endpoint.split("://").last().unwrap_or(endpoint),
            "tributary.partner.v1.PartnerService/ListPartners",
        ),
        format!("  curl -H \"authorization: Bearer $TRIBUTARY_API_KEY\" {endpoint}/v1/partners"),
    ]);
    lines.join("\n")
}

/// Runs one service.
pub(super) async fn serve(args: ServeArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let settings = settings(args.config.as_deref(), connect, Vec::new())?;
    Ok(serve_one(args.service, settings).await?)
}

/// Prints the settings in force.
pub(super) fn check_config(args: &CheckConfigArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let settings = settings(args.config.as_deref(), connect, Vec::new())?;
    output::line(tributary_config::redacted(&settings).trim_end());
    Ok(())
}

/// The settings in force: defaults < file < environment < flags.
pub(super) fn settings(
    config: Option<&Path>,
    connect: &ConnectArgs,
    mut flags: Vec<(String, String)>,
) -> Result<SuiteSettings, Failure> {
    if let Some(data) = &connect.data {
        flags.push(("data_dir".to_owned(), data.display().to_string()));
    }
    SuiteSettings::load(config, flags).map_err(|e| Failure::usage(format!("{e:#}")))
}
