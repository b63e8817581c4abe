//! The store narrows rights down before the domain decides: whatever is left out there could be signed against.

use std::collections::BTreeSet;

use partner_registry_domain::territory::{
    Atlas, Circle, Place, Point, Rect, RegionCode, Relation, Shape, Terms, Territory,
};
use tributary_core::{Date, Decimal, ResourceId};
use tributary_proto::tributary::partner::v1 as pb;

use super::{ids, item, record};
use crate::harness::{answer, date, dealer, name, suites};

const CODES: [&str; 8] = ["CN", "310000", "340000", "340100", "340104", "340111", "340800", "340803"];
const LINES: [&str; 3] = ["bikes", "parts", "toys"];

/// Numbers that look drawn and are the same in every run: Knuth, The Art of Computer Programming, 3.3.4 (MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn code(&mut self) -> &'static str {
        let at = usize::try_from(self.below(8)).expect("small");
        CODES.get(at).expect("one of eight")
    }

    /// Within some twenty kilometres of Hefei, or of the 180th meridian.
    fn point(&mut self) -> (i64, i64) {
        let (north, east) = (self.below(2_000_000), self.below(2_000_000));
        let (north, east) = (i64::try_from(north).expect("small"), i64::try_from(east).expect("small"));
        match self.below(3) {
            0 => (north, if east < 1_000_000 { 1_799_000_000 + east } else { -1_801_000_000 + east }),
            _ => (317_000_000 + north, 1_171_000_000 + east),
        }
    }

    fn territory(&mut self) -> (pb::territory::Area, Territory) {
        if self.below(2) == 0 {
            let codes: BTreeSet<&str> = (0..=self.below(2)).map(|_| self.code()).collect();
            let covered: BTreeSet<Place> = codes.iter().map(|code| place(code)).collect();
            let named: Vec<ResourceId> = covered.iter().map(|place| place.id.clone()).collect();
            let regions = named.iter().map(|id| format!("regions/{id}")).collect();
            let area = pb::TerritoryRegions { regions, covered: Vec::new() };
            return (pb::territory::Area::Regions(area), Territory::Regions { named, covered });
        }
        let (latitude, longitude) = self.point();
        let radius = u32::try_from(self.below(9_000) + 1).expect("small");
        let within = (self.below(3) == 0).then(|| place(self.code()));
        let area = pb::TerritoryCircle {
            centre: Some(super::point(&degrees(latitude).to_string(), &degrees(longitude).to_string())),
            radius_meters: radius.into(),
            region: within.as_ref().map(|place| format!("regions/{}", place.id)).unwrap_or_default(),
        };
        let circle = Circle { centre: point((latitude, longitude)), radius, within };
        (pb::territory::Area::Circle(area), Territory::Circle(circle))
    }

    /// The same right twice: as it is sent, and as the domain has it.
    fn terms(&mut self, partner: &str, exclusive: bool) -> (pb::TerritoryTerms, Terms) {
        let (area, territory) = self.territory();
        let product_lines: BTreeSet<String> =
            LINES.iter().filter(|_| self.below(3) == 0).map(|line| (*line).to_owned()).collect();
        let month = i32::try_from(self.below(9) + 1).expect("small");
        let until = (self.below(3) > 0).then_some(month + 2);
        let day = |month: i32| Date::parse(&format!("2026-{month:02}-01")).expect("a day");
        let sent = pb::TerritoryTerms {
            partner: name(partner),
            product_lines: product_lines.iter().cloned().collect(),
            territory: Some(pb::Territory { area: Some(area) }),
            effective_from: date(2026, month, 1),
            effective_to: until.and_then(|month| date(2026, month, 1)),
            exclusive,
        };
        let meant = Terms {
            partner: Some(ResourceId::parse(partner).expect("an id")),
            product_lines,
            territory,
            effective_from: day(month),
            effective_to: until.map(day),
            exclusive,
        };
        (sent, meant)
    }
}

fn place(code: &str) -> Place {
    let code = RegionCode::parse(code).expect("a code");
    Place { path: code.path(""), id: code.id().expect("an id") }
}

fn degrees(units: i64) -> Decimal {
    Decimal::new(units, 7).normalize()
}

fn point((latitude, longitude): (i64, i64)) -> Point {
    Point::new(degrees(latitude), degrees(longitude)).expect("a point")
}

#[tokio::test]
async fn no_right_in_the_way_is_left_out() {
    let corners = [(317_500_000, 1_171_500_000), (318_500_000, 1_173_000_000)];
    let seat = (318_206_000, 1_172_272_000);
    let known = [
        ("340111", Shape { bounds: Rect::new(point(corners[0]), point(corners[1])).ok(), ..Shape::default() }),
        ("340100", Shape { centre: Some(point(seat)), radius: 15_000, bounds: None }),
        ("340803", Shape { centre: Some(point((318_000_000, 1_172_000_000))), radius: 0, bounds: None }),
    ];
    let atlas = Atlas::new(known.iter().map(|(code, shape)| (place(code).path, *shape)));
    let wire = |(latitude, longitude): (i64, i64)| {
        super::point(&degrees(latitude).to_string(), &degrees(longitude).to_string())
    };
    for suite in suites().await {
        suite.anhui().await;
        let bounds = pb::GeoBox { south_west: Some(wire(corners[0])), north_east: Some(wire(corners[1])) };
        let shape = |centre, radius_meters, r#box| Some(pb::RegionShape { centre, radius_meters, r#box });
        for (code, shape) in [
            ("340111", shape(None, 0, Some(bounds))),
            ("340100", shape(Some(wire(seat)), 15_000, None)),
            ("340803", shape(Some(wire((318_000_000, 1_172_000_000))), 0, None)),
        ] {
            suite.import(vec![pb::RegionImport { shape, ..item(code, "") }]).await;
        }
        for partner in ["a", "b", "c"] {
            suite.create(partner, dealer(partner)).await.expect("created");
        }
        let mut numbers = Numbers(7);
        let mut held: Vec<(String, Terms)> = Vec::new();
        for n in 0..60 {
            // Not exclusive: they stand beside each other, and in the way of those that are.
            let (sent, meant) = numbers.terms(if n % 2 == 0 { "a" } else { "b" }, false);
            let id = format!("r{n:02}");
            answer(suite.territories().record_territory_right(suite.ask(record(&id, sent))).await).expect("recorded");
            held.push((id, meant));
        }
        let (mut conflicting, mut undecided) = (0, 0);
        for n in 0..60 {
            let (sent, meant) = numbers.terms(if n % 3 == 0 { "a" } else { "c" }, true);
            let expected = |wanted: fn(&Relation) -> bool| -> Vec<String> {
                held.iter()
                    .filter(|(_, terms)| wanted(&meant.relation(terms, &atlas)))
                    .map(|(id, _)| id.clone())
                    .collect()
            };
            let checked = suite.check(sent).await;
            let conflicts = expected(|relation| matches!(relation, Relation::Conflict(_)));
            let unclear = expected(|relation| matches!(relation, Relation::Undecided(_)));
            assert_eq!(ids(&checked.conflicts), conflicts, "{meant:?}");
            assert_eq!(ids(&checked.undecided), unclear, "{meant:?}");
            conflicting += conflicts.len();
            undecided += unclear.len();
        }
        assert!(conflicting > 100 && undecided > 50, "{conflicting} {undecided}: too few to tell");
    }
}
