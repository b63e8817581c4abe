//! `tributary territory find`.

use clap::Args;
use tributary_proto::{
    google::r#type::Date,
    tributary::partner::v1::{FindTerritoryRequest, GeoPoint, TerritoryHolder},
};

use super::{Client, proposal::point, region_name, rights::territory};
use crate::{
    cli::{
        Done, Failure,
        look::{day, left},
    },
    output::{self, message_json},
};

/// Which place.
#[derive(Debug, Args)]
pub struct FindArgs {
    /// The region, or the one in which the point lies
    #[arg(long, value_name = "REGION", required_unless_present = "point")]
    pub region: Option<String>,
    /// A point: latitude and longitude (WGS 84), as in 31.8206,117.2272
    #[arg(long, value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
    pub point: Option<GeoPoint>,
    /// Only rights to this product line
    #[arg(long, value_name = "LINE", default_value = "")]
    pub line: String,
    /// The day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows who holds a place.
pub(super) async fn run(mut client: Client, args: FindArgs) -> Result<Done, Failure> {
    let request = FindTerritoryRequest {
        region: args.region.as_deref().map(region_name).unwrap_or_default(),
        point: args.point,
        product_line: args.line,
        date: args.on,
    };
    let answer = client.find_territory(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
        return Ok(Done::All);
    }
    let columns = left(["partner", "right", "territory", "exclusive", "holds", "why"]);
    let rows: Vec<Vec<String>> = answer.holders.iter().map(|holder| row(holder, true)).collect();
    let undecided: Vec<Vec<String>> = answer.undecided.iter().map(|holder| row(holder, false)).collect();
    if rows.is_empty() && undecided.is_empty() {
        output::line("nobody holds a right here");
    }
    if !rows.is_empty() {
        output::line(&output::table(&columns, &rows));
    }
    if !undecided.is_empty() {
        output::line(&format!("cannot be decided: {}", answer.undecided_count));
        output::line(&output::table(&columns, &undecided));
    }
    Ok(Done::All)
}

fn row(holder: &TerritoryHolder, is_certain: bool) -> Vec<String> {
    let right = holder.right.clone().unwrap_or_default();
    let terms = right.terms.unwrap_or_default();
    let holds = match (is_certain, holder.whole) {
        (false, _) => "?",
        (true, true) => "all",
        (true, false) => "a part",
    };
    vec![
        terms.partner.clone(),
        right.name,
        territory(&terms),
        if terms.exclusive { "yes" } else { "no" }.to_owned(),
        holds.to_owned(),
        holder.explanation.clone(),
    ]
}
