//! `tributary partners`.

use clap::{Args, Subcommand};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{
        Document, GetPartnerRequest, ListDocumentsRequest, ListPartnersRequest, LookupPartnerRequest, Partner,
    },
};

use super::{ConnectArgs, Connection, Failure, calculate::resource};
use crate::output::{self, Align, message_json};

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
    let connection = Connection::open(connect).await?;
    let result = match command {
        PartnersCommand::List(args) => list(&connection, &args).await,
        PartnersCommand::Get(args) => get(&connection, &args.name).await,
        PartnersCommand::Documents(args) => documents(&connection, &args).await,
    };
    connection.close().await?;
    result
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

async fn list(connection: &Connection, args: &ListArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let request = ListPartnersRequest { page_size, page_token, filter: args.filter.clone() };
        let page = connection.partners().list_partners(request).await?.into_inner();
        Ok((page.partners, page.next_page_token))
    };
    let columns = ["name", "keys", "display name", "kind", "region", "tier", "status"];
    print(args.top, args.json, &columns, row, page).await
}

/// Prints up to `top` items of a list, page by page as JSON or as one table.
async fn print<M: prost::Message + prost::Name>(
    top: u32,
    json: bool,
    columns: &[&str],
    row: impl Fn(&M) -> Vec<String>,
    page: impl AsyncFn(i32, String) -> Result<(Vec<M>, String), Failure>,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut left = top;
    let mut page_token = String::new();
    while left > 0 {
        let page_size = i32::try_from(left.min(1000)).unwrap_or(1000);
        let (items, next) = page(page_size, page_token).await?;
        for item in items {
            left = left.saturating_sub(1);
            if json { output::json_line(&message_json(&item)) } else { rows.push(row(&item)) }
        }
        page_token = next;
        if page_token.is_empty() {
            break;
        }
    }
    if !json {
        let columns: Vec<_> = columns.iter().map(|name| (*name, Align::Left)).collect();
        output::line(&output::table(&columns, &rows));
    }
    Ok(())
}

fn row(partner: &Partner) -> Vec<String> {
    let keys: Vec<String> = partner.external_refs.iter().map(|r| format!("{}:{}", r.system, r.id)).collect();
    vec![
        partner.name.clone(),
        keys.join(", "),
        partner.display_name.clone(),
        partner.kind().as_str_name().trim_start_matches("PARTNER_KIND_").to_owned(),
        partner.region.clone(),
        partner.tier.clone(),
        partner.status().as_str_name().trim_start_matches("PARTNER_STATUS_").to_owned(),
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
    print(args.top, args.json, &columns, document_row, page).await
}

fn document_row(document: &Document) -> Vec<String> {
    vec![
        document.name.clone(),
        document.kind().as_str_name().trim_start_matches("DOCUMENT_KIND_").to_owned(),
        document.title.clone(),
        document.number.clone(),
        document.issuer.clone(),
        document.expires_on.as_ref().map_or_else(|| "never".to_owned(), output::date_text),
        document.state().as_str_name().trim_start_matches("DOCUMENT_STATE_").to_owned(),
        document.reviewer.clone(),
    ]
}
