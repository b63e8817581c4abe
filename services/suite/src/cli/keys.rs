//! `tributary keys`.

use clap::{Args, Subcommand};
use tributary_proto::tributary::{
    common::v1::Role,
    gateway::v1::{ApiKey, CreateApiKeyRequest, ListApiKeysRequest, RevokeApiKeyRequest},
};

use super::{ConnectArgs, Connection, Failure, calculate::resource};
use crate::{
    document::nearest,
    output::{self, Align, message_json},
};

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
#[command(after_help = "Example:\n  tributary keys create li.wei --role finance --role analyst")]
pub struct CreateArgs {
    /// Who acts with it
    pub subject: String,
    /// What it may do: admin, finance, legal, channel-manager, analyst, partner, auditor
    #[arg(long = "role", required = true)]
    pub roles: Vec<String>,
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
    let request = CreateApiKeyRequest { subject: args.subject, roles, ..Default::default() };
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
    let known = ROLES.contains(&name.to_lowercase().as_str());
    let found = Role::from_str_name(&format!("ROLE_{}", name.to_uppercase().replace('-', "_")));
    found.filter(|_| known).ok_or_else(|| Failure::usage(format!("{name:?} is no role; {}", nearest(name, ROLES))))
}

async fn list(connection: &Connection, json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut page_token = String::new();
    loop {
        let page =
            connection.keys().list_api_keys(ListApiKeysRequest { page_size: 200, page_token }).await?.into_inner();
        for key in page.api_keys {
            if json { output::json_line(&message_json(&key)) } else { rows.push(row(&key)) }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if !json {
        let columns = ["key", "subject", "roles", "created", "revoked"].map(|c| (c, Align::Left));
        output::line(&output::table(&columns, &rows));
    }
    Ok(())
}

fn row(key: &ApiKey) -> Vec<String> {
    let roles: Vec<String> = key.roles().map(|r| r.as_str_name().trim_start_matches("ROLE_").to_lowercase()).collect();
    let time = |t: &Option<prost_types::Timestamp>| t.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![key.name.clone(), key.subject.clone(), roles.join(", "), time(&key.create_time), time(&key.revoke_time)]
}
