//! `tributary territory rights`.

use clap::Args;
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::{
    google::r#type::Date,
    tributary::partner::v1::{
        CheckTerritoryRequest, EndTerritoryRightRequest, ListTerritoryRightsRequest, RecordTerritoryRightRequest,
        RegionMatch, TerritoryConflict, TerritoryRight, TerritoryTerms, territory::Area,
    },
};

use super::{
    Client, partner_name,
    proposal::{ProposalArgs, TermsArgs},
    region_name,
};
use crate::{
    cli::{
        Connection, Done, Failure,
        look::{self, ListArgs, day, left, value_of},
    },
    output::{self, date_text, message_json},
};

/// Arguments of `tributary territory rights grant`.
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// Whose right it is: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// What it says.
    #[command(flatten)]
    pub terms: TermsArgs,
    /// Why, as in "contract V-2026-017, clause 4"
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Id of the right [default: one is made]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Refuse also when an overlap cannot be decided
    #[arg(long)]
    pub refuse_undecided: bool,
    /// Print the right and its warnings as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary territory rights list`.
#[derive(Debug, Args)]
pub struct RightsArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only what has to do with this region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// How it has to do with the region: covers, within [default: either]
    #[arg(long = "match", value_name = "HOW", requires = "region", value_parser = how)]
    pub how: Option<RegionMatch>,
    /// Only to this product line
    #[arg(long, value_name = "LINE", default_value = "")]
    pub line: String,
    /// Only what is in force on this day
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary territory rights end`.
#[derive(Debug, Args)]
pub struct EndArgs {
    /// The right
    pub right: String,
    /// First day no longer in force; the first day of the right takes it back
    #[arg(value_parser = day)]
    pub day: Date,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Print the right as JSON
    #[arg(long)]
    pub json: bool,
}

fn how(text: &str) -> Result<RegionMatch, String> {
    value_of(text, "match", &["covers", "within"], "REGION_MATCH_", RegionMatch::from_str_name)
}

/// What a right would conflict with.
pub(super) async fn check(connection: &Connection, mut client: Client, args: ProposalArgs) -> Result<Done, Failure> {
    let terms = args.terms.terms(connection, args.partner.as_deref()).await?;
    let answer = client.check_territory(CheckTerritoryRequest { terms: Some(terms) }).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        told("in the way", &answer.conflicts, answer.conflict_count);
        told("cannot be decided", &answer.undecided, answer.undecided_count);
        if answer.conflict_count == 0 && answer.undecided_count == 0 {
            output::line("nothing stands in the way");
        }
    }
    Ok(if answer.conflict_count > 0 { Done::Differs } else { Done::All })
}

/// Records a right.
pub(super) async fn grant(connection: &Connection, mut client: Client, args: GrantArgs) -> Result<Done, Failure> {
    let request = RecordTerritoryRightRequest {
        terms: Some(args.terms.terms(connection, Some(&args.partner)).await?),
        territory_right_id: args.id.unwrap_or_default(),
        reason: args.reason,
        refuse_undecided: args.refuse_undecided,
        request_id: SystemIds.uuid().to_string(),
    };
    let answer = client.record_territory_right(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        output::line(&format!("{} recorded", answer.right.unwrap_or_default().name));
        told("cannot be decided", &answer.undecided, answer.undecided_count);
    }
    Ok(Done::All)
}

/// Lists rights.
pub(super) async fn list(connection: &Connection, client: Client, args: &RightsArgs) -> Result<Done, Failure> {
    let request = ListTerritoryRightsRequest {
        partner: partner_name(connection, args.partner.as_deref()).await?,
        region: args.region.as_deref().map(region_name).unwrap_or_default(),
        region_match: args.how.unwrap_or_default().into(),
        product_line: args.line.clone(),
        date: args.on,
        ..ListTerritoryRightsRequest::default()
    };
    let page = async |page_size, page_token| {
        let request = ListTerritoryRightsRequest { page_size, page_token, ..request.clone() };
        let page = client.clone().list_territory_rights(request).await?.into_inner();
        Ok((page.territory_rights, page.next_page_token))
    };
    let columns = left(["name", "partner", "territory", "product lines", "from", "to", "exclusive"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Ends a right.
pub(super) async fn end(mut client: Client, args: EndArgs) -> Result<Done, Failure> {
    let request = EndTerritoryRightRequest {
        name: format!("territoryRights/{}", args.right.trim_start_matches("territoryRights/")),
        effective_to: Some(args.day),
        reason: args.reason,
        etag: String::new(),
        request_id: SystemIds.uuid().to_string(),
    };
    let right = client.end_territory_right(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&right));
    } else {
        output::line(&format!("{} ends, first day without it: {}", right.name, date_text(&args.day)));
    }
    Ok(Done::All)
}

/// One line per right in the way.
fn told(how: &str, rights: &[TerritoryConflict], count: i64) {
    if rights.is_empty() {
        return;
    }
    output::line(&format!("{how}: {count}"));
    let rows: Vec<Vec<String>> = rights
        .iter()
        .map(|conflict| {
            let right = conflict.right.clone().unwrap_or_default();
            let terms = right.terms.unwrap_or_default();
            vec![
                right.name,
                terms.partner,
                lines(&conflict.product_lines),
                conflict.effective_from.as_ref().map(date_text).unwrap_or_default(),
                conflict.effective_to.as_ref().map_or_else(|| "open".to_owned(), date_text),
                conflict.explanation.clone(),
            ]
        })
        .collect();
    output::line(&output::table(&left(["name", "partner", "product lines", "from", "to", "why"]), &rows));
}

fn row(right: &TerritoryRight) -> Vec<String> {
    let terms = right.terms.clone().unwrap_or_default();
    vec![
        right.name.clone(),
        terms.partner.clone(),
        territory(&terms),
        lines(&terms.product_lines),
        terms.effective_from.as_ref().map(date_text).unwrap_or_default(),
        terms.effective_to.as_ref().map_or_else(|| "open".to_owned(), date_text),
        if terms.exclusive { "yes" } else { "no" }.to_owned(),
    ]
}

/// Where, in words. Example: "3000 m around 31.8206,117.2272".
pub(super) fn territory(terms: &TerritoryTerms) -> String {
    match terms.territory.as_ref().and_then(|territory| territory.area.as_ref()) {
        None => String::new(),
        Some(Area::Regions(regions)) => {
            let names = regions.regions.iter().map(|name| name.trim_start_matches("regions/"));
            names.collect::<Vec<_>>().join(", ")
        }
        Some(Area::Circle(circle)) => {
            let centre = circle.centre.clone().unwrap_or_default();
            let degrees = |value: Option<tributary_proto::google::r#type::Decimal>| value.unwrap_or_default().value;
            let (north, east) = (degrees(centre.latitude), degrees(centre.longitude));
            format!("{} m around {north},{east}", circle.radius_meters)
        }
    }
}

fn lines(product_lines: &[String]) -> String {
    if product_lines.is_empty() { "all".to_owned() } else { product_lines.join(", ") }
}
