//! A right as the command line says it.

use clap::Args;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::partner::v1::{GeoPoint, Territory, TerritoryCircle, TerritoryRegions, TerritoryTerms, territory::Area},
};

use super::{partner_name, region_name};
use crate::cli::{Connection, Failure, look::day};

/// What a right says.
#[derive(Debug, Args)]
pub struct TermsArgs {
    /// A region: 340100, US-CA, or the id of a district; more than one is fine
    #[arg(long, value_name = "REGION", required_unless_present = "circle", conflicts_with = "circle")]
    pub region: Vec<String>,
    /// A circle: latitude, longitude (WGS 84) and radius in metres, as in 31.8206,117.2272,3000
    #[arg(long, value_name = "LAT,LNG,METRES", value_parser = circle, allow_hyphen_values = true)]
    pub circle: Option<TerritoryCircle>,
    /// The region in which the point of the circle lies
    #[arg(long = "in", value_name = "REGION", requires = "circle")]
    pub within: Option<String>,
    /// A product line, as facts write it; more than one is fine [default: all]
    #[arg(long, value_name = "LINE")]
    pub line: Vec<String>,
    /// First day in force
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Date,
    /// First day no longer in force [default: open-ended]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<Date>,
    /// Nobody else may hold the same
    #[arg(long)]
    pub exclusive: bool,
}

/// Arguments of `tributary territory rights check`.
#[derive(Debug, Args)]
pub struct ProposalArgs {
    /// Whose right it would be: resource name, id, or SYSTEM:ID [default: somebody who is no partner yet]
    pub partner: Option<String>,
    /// What it would say.
    #[command(flatten)]
    pub terms: TermsArgs,
    /// Print each right in the way as one line of JSON
    #[arg(long)]
    pub json: bool,
}

impl TermsArgs {
    /// As the service takes it.
    pub(super) async fn terms(self, connection: &Connection, partner: Option<&str>) -> Result<TerritoryTerms, Failure> {
        let area = match self.circle {
            Some(circle) => {
                let region = self.within.as_deref().map(region_name).unwrap_or_default();
                Area::Circle(TerritoryCircle { region, ..circle })
            }
            None => {
                let regions = self.region.iter().map(|text| region_name(text)).collect();
                Area::Regions(TerritoryRegions { regions, covered: Vec::new() })
            }
        };
        Ok(TerritoryTerms {
            partner: partner_name(connection, partner).await?,
            product_lines: self.line,
            territory: Some(Territory { area: Some(area) }),
            effective_from: Some(self.from),
            effective_to: self.to,
            exclusive: self.exclusive,
        })
    }
}

fn circle(text: &str) -> Result<TerritoryCircle, String> {
    let form = || format!("{text:?} is no circle; write latitude, longitude and metres, as in 31.8206,117.2272,3000");
    let (place, metres) = text.rsplit_once(',').ok_or_else(form)?;
    let radius_meters = metres.trim().parse().map_err(|_| form())?;
    Ok(TerritoryCircle { centre: Some(point(place)?), radius_meters, region: String::new() })
}

/// Reads a point; the service says what degrees may be.
pub(super) fn point(text: &str) -> Result<GeoPoint, String> {
    let form = || format!("{text:?} is no point; write latitude and longitude, as in 31.8206,117.2272");
    let (north, east) = text.split_once(',').ok_or_else(form)?;
    let degrees = |text: &str| Some(Decimal { value: text.trim().to_owned() });
    Ok(GeoPoint { latitude: degrees(north), longitude: degrees(east) })
}

#[cfg(test)]
mod tests {
    use super::{circle, point};

    #[test]
    fn circles_and_points_are_read() {
        let read = circle("31.8206, 117.2272, 3000").expect("a circle");
        assert_eq!((read.radius_meters, read.centre), (3000, Some(point("31.8206,117.2272").expect("a point"))));
        for wrong in ["", "31.8,117.2", "31.8,117.2,far"] {
            assert!(circle(wrong).is_err(), "{wrong}");
        }
    }
}
