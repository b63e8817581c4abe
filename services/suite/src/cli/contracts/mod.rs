//! `tributary contracts`.

mod commitments;
mod compare;
mod history;
mod show;

use clap::{Args, Subcommand};
use tributary_proto::tributary::contract::v1::{Contract, GetContractRequest, ListContractsRequest};

use self::{commitments::CommitmentsArgs, compare::CompareArgs};
use super::{
    ConnectArgs, Connection, Failure,
    calculate::resource,
    look::{self, ListArgs, equals, left},
    partners,
};
use crate::output::{date_text, name};

/// The commands for contracts.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  tributary contracts list --filter 'state = ACTIVE AND effective_to < \"2027-01-01\"'
  tributary contracts show dealer-2026-gz
  tributary contracts compare erp:V-1001 --from 1 --to 3
  tributary contracts commitments --partner progressive-sports

A NAME is a resource name, an id, or a key of another system as SYSTEM:ID.")]
pub enum ContractsCommand {
    /// List contracts
    List(ContractsArgs),
    /// Show the terms of one, with its commitments, clauses and signatures
    Show(NameArgs),
    /// Show what happened to one: its states and its revisions
    History(NameArgs),
    /// Show the redline between two revisions of one
    Compare(CompareArgs),
    /// Show how far commitments have got: reached, target, pace
    Commitments(CommitmentsArgs),
}

/// Which contracts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary contracts list --partner progressive-sports
  tributary contracts list --filter 'state = EXPIRING' --top 200 --json")]
pub struct ContractsArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Filter over partner, state, model, owner, effective_from, effective_to and external_ref
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Which contract.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// Resource name, id, or a key of another system as SYSTEM:ID
    pub name: String,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Does one of the contract commands.
pub(super) async fn run(command: ContractsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| match &command {
        ContractsCommand::List(args) => list(connection, args).await,
        ContractsCommand::Show(args) => show::run(connection, args).await,
        ContractsCommand::History(args) => history::run(connection, args).await,
        ContractsCommand::Compare(args) => compare::run(connection, args).await,
        ContractsCommand::Commitments(args) => commitments::run(connection, args).await,
    })
    .await
}

/// The contract that is meant.
async fn find(connection: &Connection, text: &str) -> Result<Contract, Failure> {
    let mut contracts = connection.contracts();
    if !text.contains(':') {
        let request = GetContractRequest { name: resource("contracts", text) };
        return Ok(contracts.get_contract(request).await?.into_inner());
    }
    let filter = equals("external_ref", text);
    let request = ListContractsRequest { filter, page_size: 1, ..ListContractsRequest::default() };
    let mut found = contracts.list_contracts(request).await?.into_inner().contracts;
    found.pop().ok_or_else(|| Failure::server(format!("CONTRACT_NOT_FOUND: no contract has the key {text:?}")))
}

/// The resource name of the contract that is meant.
pub(super) async fn resource_name(connection: &Connection, text: &str) -> Result<String, Failure> {
    if text.contains(':') { Ok(find(connection, text).await?.name) } else { Ok(resource("contracts", text)) }
}

async fn list(connection: &Connection, args: &ContractsArgs) -> Result<(), Failure> {
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let page = async |page_size, page_token| {
        let filter = args.filter.clone();
        let request = ListContractsRequest { partner: partner.clone(), page_size, page_token, filter };
        let page = connection.contracts().list_contracts(request).await?.into_inner();
        Ok((page.contracts, page.next_page_token))
    };
    let columns = ["name", "partner", "title", "model", "effective from", "effective to", "state", "revision", "owner"];
    look::print((args.list.top, args.list.json), &left(columns), row, page).await
}

fn row(contract: &Contract) -> Vec<String> {
    vec![
        contract.name.clone(),
        contract.partner.clone(),
        contract.title.clone(),
        name(contract.model().as_str_name(), "COOPERATION_MODEL_"),
        contract.effective_from.as_ref().map(date_text).unwrap_or_default(),
        contract.effective_to.as_ref().map_or_else(|| "open-ended".to_owned(), date_text),
        name(contract.state().as_str_name(), "CONTRACT_STATE_"),
        contract.revision.to_string(),
        contract.owner.clone(),
    ]
}
