//! `tributary partners`.

use clap::{Args, Subcommand};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{GetPartnerRequest, ListPartnersRequest, LookupPartnerRequest, Partner},
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

/// Does one of the partner commands.
pub(super) async fn run(command: PartnersCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    let connection = Connection::open(connect).await?;
    let result = match command {
        PartnersCommand::List(args) => list(&connection, &args).await,
        PartnersCommand::Get(args) => get(&connection, &args.name).await,
    };
    connection.close().await?;
    result
}

async fn get(connection: &Connection, name: &str) -> Result<(), Failure> {
    let mut partners = connection.partners();
    let partner = match name.split_once(':') {
        Some((system, id)) => {
            let external_ref = Some(ExternalRef { system: system.to_owned(), id: id.to_owned() });
            partners.lookup_partner(LookupPartnerRequest { external_ref }).await?
        }
        None => partners.get_partner(GetPartnerRequest { name: resource("partners", name) }).await?,
    };
    let text = serde_json::to_string_pretty(&message_json(&partner.into_inner())).unwrap_or_default();
    output::line(&text);
    Ok(())
}

async fn list(connection: &Connection, args: &ListArgs) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut left = args.top;
    let mut page_token = String::new();
    while left > 0 {
        let page_size = i32::try_from(left.min(1000)).unwrap_or(1000);
        let request = ListPartnersRequest { page_size, page_token, filter: args.filter.clone() };
        let page = connection.partners().list_partners(request).await?.into_inner();
        for partner in page.partners {
            left = left.saturating_sub(1);
            if args.json { output::json_line(&message_json(&partner)) } else { rows.push(row(&partner)) }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if !args.json {
        let columns = ["name", "keys", "display name", "kind", "region", "tier", "status"].map(|c| (c, Align::Left));
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
