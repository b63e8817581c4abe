//! `tributary partners`.

use clap::{Args, Subcommand};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{
        Document, GetPartnerRequest, ListDocumentsRequest, ListPartnersRequest, LookupPartnerRequest, Partner,
    },
};

use super::{
    ConnectArgs, Connection, Failure,
    calculate::resource,
    look::{self, left},
};
use crate::output::{self, message_json, name};

/// The commands for partners.
#[derive(Debug, Subcommand)]
pub enum PartnersCommand {
    /// List partners
    List(ListArgs),
    /// Show one partner
    Get(GetArgs),
    /// List the documents of a partner, or of all
    Documents(DocumentsArgs),
}

/// Which partners.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tributary partners list --filter 'kind = DEALER AND region:\"CN/GD\"'")]
pub struct ListArgs {
    /// Filter over display_name, kind, region, tier, status and labels.KEY
    #[arg(long, default_value = "")]
    pub filter: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub top: u32,
    /// Print each partner as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Which partner.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// Resource name, id, or a key of another system as SYSTEM:ID
    pub name: String,
}

/// Which documents.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tributary partners documents progressive-sports\n  \
    tributary partners documents - --filter 'state = VERIFIED AND expires_on <= 2026-09-30'")]
pub struct DocumentsArgs {
    /// Resource name or id of the partner, a key of another system as SYSTEM:ID, or - for all partners
    pub name: String,
    /// Filter over kind, state and expires_on
    #[arg(long, default_value = "")]
    pub filter: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub top: u32,
    /// Print each document as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Does one of the partner commands.
pub(super) async fn run(command: PartnersCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| match &command {
        PartnersCommand::List(args) => list(connection, args).await,
        PartnersCommand::Get(args) => get(connection, &args.name).await,
        PartnersCommand::Documents(args) => documents(connection, args).await,
    })
    .await
}

async fn get(connection: &Connection, name: &str) -> Result<(), Failure> {
    let partner = find(connection, name).await?;
    let text = serde_json::to_string_pretty(&message_json(&partner)).unwrap_or_default();
    output::line(&text);
    Ok(())
}

async fn find(connection: &Connection, name: &str) -> Result<Partner, Failure> {
    let mut partners = connection.partners();
    let partner = match name.split_once(':') {
        Some((system, id)) => {
            let external_ref = Some(ExternalRef { system: system.to_owned(), id: id.to_owned() });
            partners.lookup_partner(LookupPartnerRequest { external_ref }).await?
        }
        None => partners.get_partner(GetPartnerRequest { name: resource("partners", name) }).await?,
    };
    Ok(partner.into_inner())
}

/// The resource name of the partner that is meant; empty for none.
pub(super) async fn resource_name(connection: &Connection, text: Option<&str>) -> Result<String, Failure> {
    match text {
        Some(key) if key.contains(':') => Ok(find(connection, key).await?.name),
        Some(id) => Ok(resource("partners", id)),
        None => Ok(String::new()),
    }
}

async fn list(connection: &Connection, args: &ListArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let request = ListPartnersRequest { page_size, page_token, filter: args.filter.clone() };
        let page = connection.partners().list_partners(request).await?.into_inner();
        Ok((page.partners, page.next_page_token))
    };
    let columns = ["name", "keys", "display name", "kind", "region", "tier", "status"];
    look::print((args.top, args.json), &left(columns), row, page).await
}

fn row(partner: &Partner) -> Vec<String> {
    let keys: Vec<String> = partner.external_refs.iter().map(|r| format!("{}:{}", r.system, r.id)).collect();
    vec![
        partner.name.clone(),
        keys.join(", "),
        partner.display_name.clone(),
        name(partner.kind().as_str_name(), "PARTNER_KIND_"),
        partner.region.clone(),
        partner.tier.clone(),
        name(partner.status().as_str_name(), "PARTNER_STATUS_"),
    ]
}

async fn documents(connection: &Connection, args: &DocumentsArgs) -> Result<(), Failure> {
    let parent = match args.name.as_str() {
        "-" => "partners/-".to_owned(),
        name => find(connection, name).await?.name,
    };
    let page = async |page_size, page_token| {
        let request =
            ListDocumentsRequest { parent: parent.clone(), page_size, page_token, filter: args.filter.clone() };
        let page = connection.documents().list_documents(request).await?.into_inner();
        Ok((page.documents, page.next_page_token))
    };
    let columns = ["name", "kind", "title", "number", "issuer", "expires on", "state", "reviewer"];
    look::print((args.top, args.json), &left(columns), document_row, page).await
}

fn document_row(document: &Document) -> Vec<String> {
    vec![
        document.name.clone(),
        name(document.kind().as_str_name(), "DOCUMENT_KIND_"),
        document.title.clone(),
        document.number.clone(),
        document.issuer.clone(),
        document.expires_on.as_ref().map_or_else(|| "never".to_owned(), output::date_text),
        name(document.state().as_str_name(), "DOCUMENT_STATE_"),
        document.reviewer.clone(),
    ]
}
