//! `tributary territory`.

mod file;
mod find;
mod proposal;
mod regions;
mod rights;

use clap::Subcommand;

use self::{
    find::FindArgs,
    proposal::ProposalArgs,
    regions::RegionsCommand,
    rights::{EndArgs, GrantArgs, RightsArgs},
};
use super::{ConnectArgs, Connection, Done, Failure, Keyed, MAX_ANSWER, look};
use tributary_proto::tributary::partner::v1::territory_service_client::TerritoryServiceClient;

const EXAMPLES: &str = "\
Examples:
  tributary territory regions import china.csv
  tributary territory regions list 340000
  tributary territory rights check --region 340100 --line mountain-bikes --from 2026-01-01 --exclusive
  tributary territory rights grant alpine --region 340100 --from 2026-01-01 --to 2027-01-01 --exclusive --reason V-17
  tributary territory rights grant li.na --circle 31.8206,117.2272,3000 --in 340111 --from 2026-01-01 --reason V-18
  tributary territory rights list --region 340000 --on 2026-06-30
  tributary territory rights end hefei-2026 2026-07-01 --reason 'contract terminated'
  tributary territory find --region 340111 --line mountain-bikes

A region is named by its code (340100, US-CA, CN) or by the id of a custom district.";

/// Commands about territories.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum TerritoryCommand {
    /// Import and list regions
    #[command(subcommand)]
    Regions(RegionsCommand),
    /// Check, grant, list and end rights
    #[command(subcommand)]
    Rights(RightsCommand),
    /// Show who holds a region or a point
    Find(FindArgs),
}

/// Commands about rights.
#[derive(Debug, Subcommand)]
pub enum RightsCommand {
    /// Show what a right would conflict with, without recording it; exit code 1 when something stands in its way
    Check(ProposalArgs),
    /// Record a right
    Grant(GrantArgs),
    /// List rights
    List(RightsArgs),
    /// End a right early, or take it back
    End(EndArgs),
}

type Client = TerritoryServiceClient<Keyed>;

/// Does one of the territory commands.
pub(super) async fn run(command: TerritoryCommand, connect: &ConnectArgs) -> Result<Done, Failure> {
    look::with(connect, async |connection| {
        let client = TerritoryServiceClient::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
        match command {
            TerritoryCommand::Regions(RegionsCommand::Import(args)) => regions::import(client, &args).await,
            TerritoryCommand::Regions(RegionsCommand::List(args)) => regions::list(client, &args).await,
            TerritoryCommand::Rights(RightsCommand::Check(args)) => rights::check(connection, client, args).await,
            TerritoryCommand::Rights(RightsCommand::Grant(args)) => rights::grant(connection, client, args).await,
            TerritoryCommand::Rights(RightsCommand::List(args)) => rights::list(connection, client, &args).await,
            TerritoryCommand::Rights(RightsCommand::End(args)) => rights::end(client, args).await,
            TerritoryCommand::Find(args) => find::run(client, args).await,
        }
    })
    .await
}

/// The resource name of the region that is meant. Examples: "regions/cn-340100" of "340100", "regions/us-ca" of "US-CA".
fn region_name(text: &str) -> String {
    let own = text.trim_start_matches("regions/").to_lowercase();
    let china = own.len() == 6 && own.bytes().all(|b| b.is_ascii_digit());
    format!("regions/{}{own}", if china { "cn-" } else { "" })
}

/// The resource name of the partner that is meant.
async fn partner_name(connection: &Connection, text: Option<&str>) -> Result<String, Failure> {
    super::partners::resource_name(connection, text).await
}

#[cfg(test)]
mod tests {
    use super::region_name;

    #[test]
    fn regions_are_named_by_code_or_id() {
        for (text, name) in [
            ("340100", "regions/cn-340100"),
            ("US-CA", "regions/us-ca"),
            ("CN", "regions/cn"),
            ("regions/east-china", "regions/east-china"),
        ] {
            assert_eq!(region_name(text), name);
        }
    }
}
