//! `tributary keys`.

use clap::{Args, Subcommand};
use tributary_proto::tributary::{
    common::v1::Role,
    gateway::v1::{ApiKey, CreateApiKeyRequest, ListApiKeysRequest, RevokeApiKeyRequest},
};

use super::{
    ConnectArgs, Connection, Failure,
    calculate::resource,
    look::{self, left},
};
use crate::output::{self, message_json};

/// The roles that a key can have.
const ROLES: [&str; 7] = ["admin", "finance", "legal", "channel-manager", "analyst", "partner", "auditor"];

/// The commands for API keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Create a key; its secret is printed once
    Create(CreateArgs),
    /// List the keys, without secrets
    List(ListArgs),
    /// Revoke a key at once
    Revoke(RevokeArgs),
}

/// A new key.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tributary keys create li.wei --role finance --role analyst\n  tributary keys create portal-anqing --role partner --partner anqing"
)]
pub struct CreateArgs {
    /// Who acts with it
    pub subject: String,
    /// What it may do: admin, finance, legal, channel-manager, analyst, partner, auditor
    #[arg(long = "role", required = true)]
    pub roles: Vec<String>,
    /// The partner whose rows alone it sees, with the role partner; may be given several times. Example: anqing
    #[arg(long = "partner")]
    pub partners: Vec<String>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// How to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print each key as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Which key.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Its name or visible prefix. Example: apiKeys/k7f3q2
    pub name: String,
}

/// Does one of the key commands.
pub(super) async fn run(command: KeysCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    let connection = Connection::open(connect).await?;
    let result = match command {
        KeysCommand::Create(args) => create(&connection, args).await,
        KeysCommand::List(args) => list(&connection, args.json).await,
        KeysCommand::Revoke(args) => {
            let request = RevokeApiKeyRequest { name: resource("apiKeys", &args.name) };
            let answer = connection.keys().revoke_api_key(request).await;
            answer.map_err(Failure::from).map(|key| output::line(&format!("{} is revoked", key.into_inner().name)))
        }
    };
    connection.close().await?;
    result
}

async fn create(connection: &Connection, args: CreateArgs) -> Result<(), Failure> {
    let roles = args.roles.iter().map(|r| role(r).map(i32::from)).collect::<Result<_, _>>()?;
    let partners = args.partners.iter().map(|partner| resource("partners", partner)).collect();
    let request = CreateApiKeyRequest { subject: args.subject, roles, partners, ..Default::default() };
    let answer = connection.keys().create_api_key(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
        return Ok(());
    }
    output::line(&answer.secret);
    let name = answer.api_key.map(|k| k.name).unwrap_or_default();
    output::note(&format!("{name}: this is shown once and kept nowhere else"));
    Ok(())
}

fn role(name: &str) -> Result<Role, Failure> {
    look::value_of(name, "role", &ROLES, "ROLE_", Role::from_str_name).map_err(Failure::Usage)
}

async fn list(connection: &Connection, json: bool) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let page = connection.keys().list_api_keys(ListApiKeysRequest { page_size, page_token }).await?.into_inner();
        Ok((page.api_keys, page.next_page_token))
    };
    let columns = left(["key", "subject", "roles", "partners", "created", "revoked"]);
    look::print((u32::MAX, json), &columns, row, page).await
}

fn row(key: &ApiKey) -> Vec<String> {
    let roles: Vec<String> = key.roles().map(|r| r.as_str_name().trim_start_matches("ROLE_").to_lowercase()).collect();
    let time = |t: &Option<prost_types::Timestamp>| t.as_ref().map(ToString::to_string).unwrap_or_default();
    let partners: Vec<&str> = key.partners.iter().map(|name| name.trim_start_matches("partners/")).collect();
    vec![
        key.name.clone(),
        key.subject.clone(),
        roles.join(", "),
        partners.join(", "),
        time(&key.create_time),
        time(&key.revoke_time),
    ]
}
