//! Territories: distances against values computed elsewhere, and the laws of overlaps and conflicts.
#![expect(
    clippy::expect_used,
    clippy::float_arithmetic,
    reason = "helpers of tests stop at the first surprise; distances are compared"
)]

use std::collections::{BTreeMap, BTreeSet};

use partner_registry_domain::territory::{
    Atlas, Circle, Ending, Overlap, Place, Point, Rect, Region, RegionCode, RegionDraft, RegionLevel, Relation, Right,
    Shape, Terms, Territory, overlap::overlap, region::RegionChange,
};
use proptest::prelude::*;
use tributary_core::{Date, Decimal, Fault, ResourceId, Timestamp};
use uuid::Uuid;

fn point(latitude: &str, longitude: &str) -> Point {
    let degrees = |text: &str| text.parse::<Decimal>().expect("degrees");
    Point::new(degrees(latitude), degrees(longitude)).expect("a point")
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn place(code: &str) -> Place {
    let code = RegionCode::parse(code).expect("a code");
    let parent = if code.nests() { format!("{}/", code.country().to_lowercase()) } else { String::new() };
    Place { path: code.path(&parent), id: code.id().expect("an id") }
}

fn regions(codes: &[&str]) -> Territory {
    Territory::Regions { named: Vec::new(), covered: codes.iter().map(|code| place(code)).collect() }
}

fn circle(centre: Point, radius: u32, within: Option<&str>) -> Territory {
    Territory::Circle(Circle { centre, radius, within: within.map(place) })
}

fn atlas(shapes: &[(&str, Shape)]) -> Atlas {
    Atlas::new(shapes.iter().map(|(code, shape)| (place(code).path, *shape)))
}

fn hefei() -> Point {
    point("31.8206", "117.2272")
}

/// Expected: great circles by the arctangent of cross and dot product, in another language, on 6,371,008.8 m.
#[test]
fn distances_are_those_computed_elsewhere() {
    for (from, to, metres) in [
        (("31.8206", "117.2272"), ("30.5429", "117.0635"), 142_924.812_556_837),
        (("39.9042", "116.4074"), ("31.2304", "121.4737"), 1_067_311.645_158_7),
        (("0", "179.99"), ("0", "-179.99"), 2_223.901_604_670_7),
        (("0", "0"), ("0", "180"), 20_015_114.442_035_9),
        (("90", "0"), ("-90", "0"), 20_015_114.442_035_9),
        (("-33.8688", "151.2093"), ("51.5074", "-0.1278"), 16_993_956.932_816_5),
        (("31.8206", "117.2272"), ("31.8476", "117.2272"), 3_002.267_166_305_4),
        (("31.8206", "117.2272"), ("31.8206", "117.2272"), 0.0),
    ] {
        let (from, to) = (point(from.0, from.1), point(to.0, to.1));
        let found = from.distance(to);
        assert!((found - metres).abs() <= 1e-6 + metres * 1e-9, "{from:?} {to:?}: {found}, not {metres}");
    }
    let close = hefei().distance(point("31.8206001", "117.2272001"));
    assert!((close - 0.014_59).abs() < 1e-4, "{close}");
}

#[test]
fn points_out_of_range_are_refused() {
    for (latitude, longitude, fields) in [
        ("90.0000001", "0", &["latitude"][..]),
        ("-91", "180.5", &["latitude", "longitude"]),
        ("0.00000001", "0", &["latitude"]),
    ] {
        let parse = |text: &str| text.parse::<Decimal>().expect("degrees");
        let wrong = Point::new(parse(latitude), parse(longitude)).expect_err("out of range");
        assert_eq!(wrong.as_slice().iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), fields);
    }
    let kept = point("-31.8206001", "180");
    assert_eq!((kept.latitude().to_string(), kept.longitude().to_string()), ("-31.8206001".into(), "180".into()));
}

#[test]
fn boxes_meet_across_the_180th_meridian() {
    let rect = |south: &str, west: &str, north: &str, east: &str| {
        Rect::new(point(south, west), point(north, east)).expect("a box")
    };
    let (fiji, samoa) = (rect("-21", "176", "-12", "-178"), rect("-15", "-179", "-13", "-171"));
    assert!(fiji.overlaps(&samoa) && samoa.overlaps(&fiji));
    assert!(!fiji.overlaps(&rect("-21", "-177", "-12", "175")));
    assert!(rect("0", "170", "1", "180").overlaps(&rect("0", "-180", "1", "-170")), "180 is -180");
    assert!(Rect::new(point("1", "0"), point("0", "1")).is_err());
    // A circle at the pole goes all around.
    assert!(point("89.99", "0").around(5_000).contains(point("89.99", "179")));
    assert!(point("0", "179.99").around(5_000).contains(point("0", "-179.99")));
}

fn decided(a: &Territory, b: &Territory, atlas: &Atlas) -> &'static str {
    match overlap(a, b, atlas) {
        Overlap::No => "no",
        Overlap::Yes(_) => "yes",
        Overlap::Undecided(_) => "undecided",
    }
}

#[test]
fn regions_overlap_where_one_lies_in_the_other() {
    for (a, b, expected) in [
        (&["340100"][..], &["340111"][..], "yes"),
        (&["340100"], &["340800"], "no"),
        (&["CN"], &["340111"], "yes"),
        (&["340111"], &["340111"], "yes"),
        // 仙桃 lies in Hubei, though no city stands between.
        (&["429004"], &["420000"], "yes"),
        (&["340800", "340100"], &["310000", "340111"], "yes"),
        (&["US"], &["US-CA"], "yes"),
        (&["US-CA"], &["US-CO"], "no"),
        // A part of a code is no region around it.
        (&["340000"], &["330000"], "no"),
    ] {
        let (a, b) = (regions(a), regions(b));
        assert_eq!(decided(&a, &b, &Atlas::default()), expected, "{a:?} {b:?}");
    }
}

#[test]
fn circles_overlap_below_the_sum_of_their_radii() {
    // 3,002.267 m apart, computed elsewhere.
    let other = point("31.8476", "117.2272");
    for (own, others, expected) in [(1_000, 2_003, "yes"), (1_000, 2_002, "no"), (3_003, 0, "yes"), (0, 3_002, "no")] {
        let (a, b) = (circle(hefei(), own, None), circle(other, others, None));
        assert_eq!(decided(&a, &b, &Atlas::default()), expected, "{own} {others}");
    }
}

#[test]
fn a_circle_and_a_region_are_decided_by_what_is_known() {
    let shape = |centre: Option<Point>, radius, bounds| Shape { centre, radius, bounds };
    let seat = point("31.8476", "117.2272");
    let far = Rect::new(point("30", "116"), point("31", "117")).expect("a box");
    let around = Rect::new(point("31", "116"), point("32", "118")).expect("a box");
    let own = |radius, within| circle(hefei(), radius, within);
    for (why, own, known, expected) in [
        ("nothing is known", own(3_000, None), vec![], "undecided"),
        ("the point lies in it", own(3_000, Some("340111")), vec![], "yes"),
        ("the point lies in a part of it", own(3_000, Some("340100")), vec![], "undecided"),
        ("the point lies elsewhere, the circle may not", own(3_000, Some("340800")), vec![], "undecided"),
        ("a point alone that lies elsewhere", own(0, Some("340800")), vec![], "no"),
        ("a point alone that lies around it", own(0, Some("340100")), vec![], "undecided"),
        ("its seat lies in the circle", own(3_003, None), vec![("340111", shape(Some(seat), 0, None))], "yes"),
        ("its seat lies outside", own(3_002, None), vec![("340111", shape(Some(seat), 0, None))], "undecided"),
        ("it ends before", own(1_000, None), vec![("340111", shape(Some(seat), 2_002, None))], "no"),
        ("it may reach", own(1_000, None), vec![("340111", shape(Some(seat), 2_003, None))], "undecided"),
        ("its box is far", own(3_000, None), vec![("340111", shape(None, 0, Some(far)))], "no"),
        ("its city is far", own(3_000, None), vec![("340100", shape(None, 0, Some(far)))], "no"),
        ("its box is here", own(3_000, None), vec![("340111", shape(None, 0, Some(around)))], "undecided"),
        (
            "a part is far, which says nothing",
            own(3_000, None),
            vec![("340112", shape(None, 0, Some(far)))],
            "undecided",
        ),
    ] {
        let region = regions(&["340111"]);
        assert_eq!(decided(&own, &region, &atlas(&known)), expected, "{why}");
        assert_eq!(decided(&region, &own, &atlas(&known)), expected, "{why}, the other way around");
    }
    // One of several is enough for a yes, all of them are needed for a no.
    let both = regions(&["340111", "340112"]);
    assert_eq!(decided(&both, &own(3_000, Some("340112")), &Atlas::default()), "yes");
    assert_eq!(decided(&both, &own(3_000, None), &atlas(&[("340112", shape(None, 0, Some(far)))])), "undecided");
    assert_eq!(decided(&both, &own(3_000, None), &atlas(&[("340100", shape(None, 0, Some(far)))])), "no");
}

fn terms(partner: &str, lines: &[&str], from: &str, to: Option<&str>, exclusive: bool) -> Terms {
    Terms {
        partner: Some(id(partner)),
        product_lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        territory: regions(&["340100"]),
        effective_from: day(from),
        effective_to: to.map(day),
        exclusive,
    }
}

#[test]
fn rights_conflict_when_one_is_exclusive_and_they_share_line_day_and_place() {
    let held = terms("a", &["bikes", "parts"], "2026-01-01", Some("2027-01-01"), true);
    let with = |other: &Terms| held.relation(other, &Atlas::default());
    let Relation::Conflict(clash) = with(&terms("b", &["bikes", "toys"], "2026-07-01", None, false)) else {
        panic!("a right beside an exclusive one conflicts, too")
    };
    assert_eq!(clash.product_lines, BTreeSet::from(["bikes".to_owned()]));
    assert_eq!((clash.from, clash.to), (day("2026-07-01"), Some(day("2027-01-01"))));
    assert_eq!(clash.explanation, "both name cn-340100");
    let Relation::Conflict(all) = with(&terms("b", &[], "2020-01-01", Some("2026-01-02"), true)) else {
        panic!("all lines are every line")
    };
    assert_eq!(all.product_lines.len(), 2);
    assert_eq!((all.from, all.to), (day("2026-01-01"), Some(day("2026-01-02"))));
    for free in [
        terms("a", &["bikes"], "2026-07-01", None, true),
        terms("b", &["toys"], "2026-07-01", None, true),
        terms("b", &["bikes"], "2027-01-01", None, true),
        terms("b", &["bikes"], "2025-01-01", Some("2026-01-01"), true),
    ] {
        assert_eq!(with(&free), Relation::Free, "{free:?}");
    }
    let shared = Terms { exclusive: false, ..held.clone() };
    assert_eq!(shared.relation(&terms("b", &[], "2026-01-01", None, false), &Atlas::default()), Relation::Free);
    let nobody = Terms { partner: None, ..held.clone() };
    assert!(matches!(nobody.relation(&nobody, &Atlas::default()), Relation::Conflict(_)), "nobody is not the same");
}

#[test]
fn a_right_ends_earlier_or_not_at_all() {
    let right = Right {
        id: id("r"),
        uid: Uuid::nil(),
        terms: terms("a", &[], "2026-01-01", Some("2027-01-01"), true),
        reason: "contract".to_owned(),
        actor: "li.wei".to_owned(),
        record_time: Timestamp(1),
        ending: None,
        revision: 1,
    };
    let ending = || Ending { actor: "li.wei".to_owned(), reason: "breach".to_owned(), record_time: Timestamp(2) };
    let ended = right.end(day("2026-07-01"), ending()).expect("ends");
    assert_eq!((ended.terms.effective_to, ended.revision), (Some(day("2026-07-01")), 2));
    assert!(!ended.terms.covers(day("2026-07-01")) && ended.terms.covers(day("2026-06-30")));
    let taken_back = ended.end(day("2026-01-01"), ending()).expect("taken back");
    assert!(!taken_back.terms.covers(day("2026-01-01")));
    let code = |result: Result<Right, Fault>| result.expect_err("refused").reason().code;
    assert_eq!(code(ended.end(day("2026-07-01"), ending())), "TERRITORY_RIGHT_END_REFUSED");
    assert_eq!(code(right.end(day("2025-12-31"), ending())), "INVALID_REQUEST");
    assert_eq!(code(right.end(day("2026-07-01"), Ending { reason: " ".to_owned(), ..ending() })), "INVALID_REQUEST");
}

fn draft(code: &str, name: &str) -> RegionDraft {
    RegionDraft { code: code.to_owned(), display_name: name.to_owned(), ..RegionDraft::default() }
}

fn apply(known: &mut BTreeMap<ResourceId, Region>, draft: RegionDraft) -> Result<&'static str, Fault> {
    let item = draft.check().map_err(Fault::invalid)?;
    Ok(match item.apply(known, Timestamp(7))? {
        RegionChange::Unchanged => "unchanged",
        RegionChange::Created(region) => known.insert(region.id.clone(), region).map_or("created", |_| "twice"),
        RegionChange::Updated(region) => known.insert(region.id.clone(), region).map_or("lost", |_| "updated"),
    })
}

#[test]
fn regions_are_created_changed_where_something_is_given_and_left_alone_otherwise() {
    let mut known = BTreeMap::new();
    let missing = apply(&mut known, draft("340000", "安徽省")).expect_err("no China");
    assert_eq!(missing.reason().code, "REGION_PARENT_MISSING");
    for (code, name) in [("CN", "中国"), ("340000", "安徽省"), ("340111", "包河区"), ("US", "United States")] {
        assert_eq!(apply(&mut known, draft(code, name)).expect("imported"), "created");
        assert_eq!(apply(&mut known, draft(code, name)).expect("imported"), "unchanged");
    }
    let county = &known[&id("cn-340111")];
    assert_eq!((county.parent.as_ref(), county.level), (Some(&id("cn-340000")), RegionLevel::County));
    let names = BTreeMap::from([("en".to_owned(), "Baohe".to_owned())]);
    let shape = Shape { centre: Some(hefei()), radius: 30_000, bounds: None };
    let more = RegionDraft { names, shape, ..draft("340111", "") };
    assert_eq!(apply(&mut known, more).expect("imported"), "updated");
    assert_eq!(apply(&mut known, draft("340111", "包河区")).expect("imported"), "unchanged", "nothing is lost");
    assert_eq!(known[&id("cn-340111")].shape, shape);
    let elsewhere = Shape { centre: Some(point("31", "117")), ..Shape::default() };
    apply(&mut known, RegionDraft { shape: elsewhere, ..draft("340111", "") }).expect("imported");
    assert_eq!(known[&id("cn-340111")].shape, elsewhere, "the radius was about another point");

    let district = |members: &[&str]| RegionDraft {
        district_id: "east".to_owned(),
        member_codes: members.iter().map(|code| (*code).to_owned()).collect(),
        ..draft("", "华东")
    };
    assert_eq!(apply(&mut known, district(&["310000"])).expect_err("no member").reason().code, "REGION_NOT_FOUND");
    assert_eq!(apply(&mut known, district(&[])).expect_err("none").violations()[0].field, "member_codes");
    assert_eq!(apply(&mut known, district(&["340000"])).expect("imported"), "created");
    let etag = RegionDraft { etag: "r9".to_owned(), ..draft("340111", "x") };
    assert_eq!(apply(&mut known, etag).expect_err("stale").reason().code, "ETAG_MISMATCH");
}

#[test]
fn divisions_of_other_countries_nest_and_stay_where_they_are() {
    let mut known = BTreeMap::new();
    let below = |code: &str, parent: &str| RegionDraft { parent_code: parent.to_owned(), ..draft(code, code) };
    for item in [draft("FR", "France"), draft("FR-IDF", "IDF"), below("FR-75C", "FR-IDF"), draft("FR-BRE", "Bretagne")]
    {
        assert_eq!(apply(&mut known, item).expect("imported"), "created");
    }
    let paris = &known[&id("fr-75c")];
    assert_eq!((paris.path.as_str(), paris.level), ("fr/idf/75c/", RegionLevel::City));
    assert_eq!(apply(&mut known, draft("FR-75C", "")).expect("imported"), "unchanged");
    assert_eq!(apply(&mut known, below("FR-75C", "FR-BRE")).expect_err("moved").reason().code, "REGION_PARENT_FIXED");
}

#[test]
fn every_violation_of_a_region_comes_at_once() {
    let wrong = RegionDraft {
        district_id: "east".to_owned(),
        parent_code: "nowhere".to_owned(),
        display_name: "a\u{7}".to_owned(),
        names: BTreeMap::from([("not a tag".to_owned(), " ".to_owned())]),
        member_codes: vec!["340000".to_owned(), "34".to_owned()],
        shape: Shape { centre: None, radius: 5, bounds: None },
        ..RegionDraft::default()
    };
    let fields: BTreeSet<String> =
        wrong.check().expect_err("wrong").as_slice().iter().map(|v| v.field.clone()).collect();
    let expected = ["display_name", "member_codes[1]", "names[\"not a tag\"]", "parent_code", "shape.radius_meters"];
    assert_eq!(fields.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    for (draft, field) in [
        (RegionDraft::default(), "code"),
        (RegionDraft { district_id: "us-ca".to_owned(), ..RegionDraft::default() }, "district_id"),
        (RegionDraft { district_id: "east".to_owned(), ..draft("340000", "x") }, "district_id"),
        (RegionDraft { parent_code: "CN".to_owned(), ..draft("340000", "x") }, "parent_code"),
        (RegionDraft { member_codes: vec!["CN".to_owned()], ..draft("340000", "x") }, "member_codes"),
    ] {
        assert_eq!(draft.check().expect_err("wrong").as_slice()[0].field, field);
    }
}

fn any_code() -> impl Strategy<Value = String> {
    (11_u8..14, 0_u8..3, 0_u8..3).prop_map(|(province, city, county)| match (city, county) {
        (0, _) => format!("{province}0000"),
        (city, county) => format!("{province}{city:02}{county:02}"),
    })
}

fn any_point() -> impl Strategy<Value = Point> {
    (-900_000_000_i64..=900_000_000, -1_800_000_000_i64..=1_800_000_000).prop_map(|(latitude, longitude)| {
        Point::new(Decimal::new(latitude, 7), Decimal::new(longitude, 7)).expect("in range")
    })
}

/// Points close enough to each other for circles of some kilometres to meet.
fn near_point() -> impl Strategy<Value = Point> {
    (317_000_000_i64..320_000_000, 1_171_000_000_i64..1_174_000_000).prop_map(|(latitude, longitude)| {
        Point::new(Decimal::new(latitude, 7), Decimal::new(longitude, 7)).expect("in range")
    })
}

fn any_territory() -> impl Strategy<Value = Territory> {
    prop_oneof![
        proptest::collection::vec(any_code(), 1..4)
            .prop_map(|codes| { regions(&codes.iter().map(String::as_str).collect::<Vec<_>>()) }),
        (near_point(), 1_u32..20_000, proptest::option::of(any_code())).prop_map(|(centre, radius, within)| circle(
            centre,
            radius,
            within.as_deref()
        )),
    ]
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let lines = proptest::collection::btree_set("[abc]", 0..3);
    (0_u8..3, lines, any_territory(), 0_i64..20, proptest::option::of(1_i64..20), any::<bool>()).prop_map(
        |(partner, product_lines, territory, from, length, exclusive)| Terms {
            partner: Some(id(&format!("p{partner}"))),
            product_lines,
            territory,
            effective_from: Date::from_days(from),
            effective_to: length.map(|length| Date::from_days(from + length)),
            exclusive,
        },
    )
}

fn any_shape() -> impl Strategy<Value = Shape> {
    (near_point(), 0_u32..30_000).prop_map(|(centre, radius)| Shape { centre: Some(centre), radius, bounds: None })
}

/// The digits of a code that mean something.
fn digits(code: &str) -> &str {
    code.strip_suffix("0000").or_else(|| code.strip_suffix("00")).unwrap_or(code)
}

proptest! {
    #[test]
    fn conflicts_are_mutual(
        a in any_terms(),
        b in any_terms(),
        shapes in proptest::collection::vec((any_code(), any_shape()), 0..4),
    ) {
        let atlas = Atlas::new(shapes.into_iter().map(|(code, shape)| (place(&code).path, shape)));
        let kind = |relation: Relation| match relation {
            Relation::Free => ("free", None),
            Relation::Conflict(c) => ("conflict", Some((c.product_lines, c.from, c.to))),
            Relation::Undecided(c) => ("undecided", Some((c.product_lines, c.from, c.to))),
        };
        prop_assert_eq!(kind(a.relation(&b, &atlas)), kind(b.relation(&a, &atlas)));
    }

    #[test]
    fn regions_overlap_exactly_when_the_digits_of_one_begin_the_other(a in any_code(), b in any_code()) {
        let (own, other) = (digits(&a), digits(&b));
        let expected = if own.starts_with(other) || other.starts_with(own) { "yes" } else { "no" };
        prop_assert_eq!(decided(&regions(&[&a]), &regions(&[&b]), &Atlas::default()), expected);
    }

    #[test]
    fn what_is_within_a_distance_is_in_the_box_around(centre in any_point(), other in any_point(), more in 1_u32..50_000) {
        // As whole metres above the distance, where that is no more than half a turn.
        let metres = (1_u32..25).map(|n| n * 1_000_000).find(|m| centre.distance(other) < f64::from(*m)).unwrap_or(21_000_000);
        prop_assert!(centre.around(metres.saturating_add(more)).contains(other));
    }

    #[test]
    fn distances_are_mutual_and_bounded(a in any_point(), b in any_point()) {
        prop_assert!((a.distance(b) - b.distance(a)).abs() < 1e-6);
        prop_assert!((0.0..=20_015_115.0).contains(&a.distance(b)));
        prop_assert!(a.distance(a) == 0.0);
    }

    /// A place that lies in the region and in the circle disproves a no, whatever is known of the region.
    #[test]
    fn a_common_place_is_never_taken_for_a_no(centre in near_point(), seat in near_point(), common in near_point()) {
        let above = |metres: f64| (0_u32..200).map(|n| n * 1_000).find(|m| metres < f64::from(*m)).expect("near");
        let shape = Shape { centre: Some(seat), radius: above(seat.distance(common)), bounds: None };
        let reaching = circle(centre, above(centre.distance(common)).max(1), None);
        prop_assert_ne!(decided(&reaching, &regions(&["340111"]), &atlas(&[("340111", shape)])), "no");
        let bounds = Shape { centre: None, radius: 0, bounds: Rect::new(common, common).ok() };
        prop_assert_ne!(decided(&reaching, &regions(&["340111"]), &atlas(&[("340100", bounds)])), "no");
    }
}
