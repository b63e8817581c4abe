//! Territories: regions, rights, conflicts, who holds what.

mod conflicts;
mod find;
mod narrowing;
mod regions;
mod rights;
mod together;

use tributary_proto::{
    google::r#type::Decimal,
    tributary::partner::v1::{self as pb, territory::Area},
};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, date, name};

pub(super) type Answer<T> = Result<T, Box<Described>>;

pub(super) fn point(latitude: &str, longitude: &str) -> pb::GeoPoint {
    let degrees = |text: &str| Some(Decimal { value: text.to_owned() });
    pb::GeoPoint { latitude: degrees(latitude), longitude: degrees(longitude) }
}

/// The seat of the tests: a point in Hefei.
pub(super) fn hefei() -> pb::GeoPoint {
    point("31.8206", "117.2272")
}

pub(super) fn regions(ids: &[&str]) -> Option<pb::Territory> {
    let regions = ids.iter().map(|id| format!("regions/{id}")).collect();
    Some(pb::Territory { area: Some(Area::Regions(pb::TerritoryRegions { regions, covered: Vec::new() })) })
}

pub(super) fn circle(centre: pb::GeoPoint, radius_meters: i64, region: &str) -> Option<pb::Territory> {
    let region = if region.is_empty() { String::new() } else { format!("regions/{region}") };
    Some(pb::Territory {
        area: Some(Area::Circle(pb::TerritoryCircle { centre: Some(centre), radius_meters, region })),
    })
}

/// Exclusive, to all product lines, through 2026.
pub(super) fn terms(partner: &str, territory: Option<pb::Territory>) -> pb::TerritoryTerms {
    pb::TerritoryTerms {
        partner: name(partner),
        product_lines: Vec::new(),
        territory,
        effective_from: date(2026, 1, 1),
        effective_to: date(2027, 1, 1),
        exclusive: true,
    }
}

pub(super) fn item(code: &str, display_name: &str) -> pb::RegionImport {
    pb::RegionImport { code: code.to_owned(), display_name: display_name.to_owned(), ..Default::default() }
}

pub(super) fn record(id: &str, terms: pb::TerritoryTerms) -> pb::RecordTerritoryRightRequest {
    pb::RecordTerritoryRightRequest {
        terms: Some(terms),
        territory_right_id: id.to_owned(),
        reason: "contract V-1".to_owned(),
        refuse_undecided: false,
        request_id: String::new(),
    }
}

impl Suite {
    pub(super) async fn import(&self, items: Vec<pb::RegionImport>) -> Vec<pb::RegionImportResult> {
        let request = pb::ImportRegionsRequest { items };
        answer(self.territories().import_regions(self.ask(request)).await).expect("imported").results
    }

    /// China, Anhui with Hefei (two counties) and Anqing (one), Shanghai.
    pub(super) async fn anhui(&self) {
        let items = [
            ("340111", "包河区"),
            ("340104", "蜀山区"),
            ("340800", "安庆市"),
            ("340803", "大观区"),
            ("340100", "合肥市"),
            ("310000", "上海市"),
            ("340000", "安徽省"),
            ("CN", "中国"),
        ];
        let results = self.import(items.map(|(code, name)| item(code, name)).to_vec()).await;
        assert!(results.iter().all(|r| r.outcome() == pb::UpsertOutcome::Created), "{results:?}");
    }

    pub(super) async fn record(&self, id: &str, terms: pb::TerritoryTerms) -> Answer<pb::RecordTerritoryRightResponse> {
        answer(self.territories().record_territory_right(self.ask(record(id, terms))).await)
    }

    pub(super) async fn end(&self, id: &str, year: i32, month: i32, day: i32) -> Answer<pb::TerritoryRight> {
        let request = pb::EndTerritoryRightRequest {
            name: format!("territoryRights/{id}"),
            effective_to: date(year, month, day),
            reason: "breach".to_owned(),
            etag: String::new(),
            request_id: String::new(),
        };
        answer(self.territories().end_territory_right(self.ask(request)).await)
    }

    pub(super) async fn check(&self, terms: pb::TerritoryTerms) -> pb::CheckTerritoryResponse {
        let request = pb::CheckTerritoryRequest { terms: Some(terms) };
        answer(self.territories().check_territory(self.ask(request)).await).expect("checked")
    }
}

/// The ids of the rights in the way.
pub(super) fn ids(conflicts: &[pb::TerritoryConflict]) -> Vec<String> {
    let names = conflicts.iter().map(|c| c.right.clone().expect("a right").name);
    names.map(|name| name.trim_start_matches("territoryRights/").to_owned()).collect()
}
