//! What stands in the way of a right, before it is signed and when it is recorded.

use tributary_core::TenantId;
use tributary_proto::tributary::partner::v1 as pb;

use super::{circle, hefei, ids, item, point, record, regions, terms};
use crate::harness::{Suite, answer, date, dealer, refused, suites};

async fn partners(suite: &Suite, ids: &[&str]) {
    for id in ids {
        suite.create(id, dealer(id)).await.expect("created");
    }
}

#[tokio::test]
async fn every_right_in_the_way_is_named() {
    for suite in suites().await {
        suite.anhui().await;
        partners(&suite, &["a", "b", "c"]).await;
        suite.record("baohe", terms("a", regions(&["cn-340111"]))).await.expect("recorded");
        suite.record("anqing", terms("b", regions(&["cn-340800"]))).await.expect("recorded");
        suite.record("shanghai", terms("b", regions(&["cn-310000"]))).await.expect("recorded");
        // A right of the same partner around its own one is in nobody's way but the other's.
        let (reason, _, metadata) = refused(suite.record("anhui", terms("a", regions(&["cn-340000"]))).await);
        assert_eq!((reason.as_str(), metadata["rights"].as_str()), ("TERRITORY_CONFLICT", "territoryRights/anqing"));
        let anhui = terms("c", regions(&["cn-340000"]));
        let described = suite.record("anhui", anhui.clone()).await.expect_err("refused");
        assert_eq!(described.metadata["rights"], "territoryRights/anqing, territoryRights/baohe");
        assert_eq!(described.metadata["count"], "2");
        assert!(described.message.contains("cn-340111 lies in cn-340000"), "{}", described.message);

        let checked = suite.check(anhui.clone()).await;
        assert_eq!(
            (ids(&checked.conflicts), checked.conflict_count),
            (vec!["anqing".to_owned(), "baohe".to_owned()], 2)
        );
        let anqing = &checked.conflicts[0];
        assert_eq!((anqing.effective_from, anqing.effective_to), (date(2026, 1, 1), date(2027, 1, 1)));
        assert_eq!(anqing.explanation, "cn-340800 lies in cn-340000");
        // Not exclusive itself: the others still are.
        let shared = pb::TerritoryTerms { exclusive: false, ..anhui.clone() };
        assert_eq!(suite.check(shared).await.conflict_count, 2);
        let somebody = pb::TerritoryTerms { partner: String::new(), ..terms("c", regions(&["cn-340104"])) };
        assert_eq!(suite.check(somebody).await, pb::CheckTerritoryResponse::default());
        // Once the others have ended, it goes in; checking wrote nothing.
        suite.end("baohe", 2026, 1, 1).await.expect("taken back");
        suite.end("anqing", 2026, 7, 1).await.expect("ended");
        let later = pb::TerritoryTerms { effective_from: date(2026, 7, 1), ..anhui };
        suite.record("anhui", later).await.expect("recorded");
    }
}

#[tokio::test]
async fn more_rights_in_the_way_than_fit_are_named_whole_and_counted() {
    for suite in suites().await {
        suite.anhui().await;
        partners(&suite, &["a", "b"]).await;
        for n in 0..12 {
            let shared = pb::TerritoryTerms { exclusive: false, ..terms("a", regions(&["cn-340111"])) };
            suite.record(&format!("right-with-a-long-name-that-is-number-{n}"), shared).await.expect("recorded");
        }
        let described = suite.record("x", terms("b", regions(&["cn-340100"]))).await.expect_err("refused");
        assert_eq!(described.metadata["count"], "12");
        let named: Vec<&str> = described.metadata["rights"].split(", ").collect();
        let checked = ids(&suite.check(terms("b", regions(&["cn-340100"]))).await.conflicts);
        let first: Vec<String> = checked.iter().take(7).map(|id| format!("territoryRights/{id}")).collect();
        assert_eq!(named, first, "as many as fit into 400 bytes");
        assert!(described.message.contains("12 (CheckTerritory explains each)"), "{}", described.message);
    }
}

#[tokio::test]
async fn lines_days_and_districts_decide() {
    for suite in suites().await {
        suite.anhui().await;
        partners(&suite, &["a", "b"]).await;
        let district = |members: &[&str]| pb::RegionImport {
            district_id: "east".to_owned(),
            member_codes: members.iter().map(|code| (*code).to_owned()).collect(),
            ..item("", "华东")
        };
        suite.import(vec![district(&["340100", "310000"])]).await;
        let lines = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let held = pb::TerritoryTerms { product_lines: lines(&["bikes", "parts"]), ..terms("a", regions(&["east"])) };
        let right = suite.record("east", held).await.expect("recorded").right.expect("a right");
        let area = right.terms.expect("terms").territory.expect("a territory").area.expect("an area");
        let expected = pb::TerritoryRegions {
            regions: vec!["regions/east".to_owned()],
            covered: vec!["regions/cn-310000".to_owned(), "regions/cn-340100".to_owned()],
        };
        assert_eq!(area, pb::territory::Area::Regions(expected));
        let of = |names: &[&str], region: &str| pb::TerritoryTerms {
            product_lines: lines(names),
            ..terms("b", regions(&[region]))
        };
        assert_eq!(suite.check(of(&["toys"], "cn-340111")).await.conflict_count, 0);
        assert_eq!(suite.check(of(&["bikes", "toys"], "cn-340111")).await.conflicts[0].product_lines, ["bikes"]);
        assert_eq!(suite.check(of(&[], "cn-340111")).await.conflicts[0].product_lines, ["bikes", "parts"]);
        assert_eq!(suite.check(of(&[], "cn-340800")).await.conflict_count, 0);
        let next = pb::TerritoryTerms { effective_from: date(2027, 1, 1), effective_to: None, ..of(&[], "cn-340111") };
        assert_eq!(suite.check(next).await.conflict_count, 0);
        let ends = pb::TerritoryTerms {
            effective_from: date(2020, 1, 1),
            effective_to: date(2026, 1, 1),
            ..of(&[], "cn-340111")
        };
        assert_eq!(suite.check(ends).await.conflict_count, 0);
        // Grouping otherwise changes no right.
        suite.import(vec![district(&["340800"])]).await;
        assert_eq!(suite.check(of(&[], "cn-340111")).await.conflict_count, 1);
        assert_eq!(suite.check(of(&[], "cn-340800")).await.conflict_count, 0);
    }
}

#[tokio::test]
async fn circles_are_decided_by_distance() {
    for suite in suites().await {
        partners(&suite, &["a", "b"]).await;
        // 3,002.267 m to the north, computed elsewhere.
        let north = || point("31.8476", "117.2272");
        suite.record("north", terms("a", circle(north(), 2_000, ""))).await.expect("recorded");
        assert_eq!(suite.check(terms("b", circle(hefei(), 1_002, ""))).await, pb::CheckTerritoryResponse::default());
        let close = suite.check(terms("b", circle(hefei(), 1_003, ""))).await;
        assert_eq!(ids(&close.conflicts), ["north"]);
        assert_eq!(close.conflicts[0].explanation, "the points are 3002 m apart, the radii 3003 m together");
        // Across the 180th meridian: 2,223.9 m.
        suite.record("west", terms("a", circle(point("0", "179.99"), 2_000, ""))).await.expect("recorded");
        assert_eq!(suite.check(terms("b", circle(point("0", "-179.99"), 223, ""))).await.conflict_count, 0);
        assert_eq!(ids(&suite.check(terms("b", circle(point("0", "-179.99"), 224, ""))).await.conflicts), ["west"]);
    }
}

#[tokio::test]
async fn what_cannot_be_decided_is_said_and_never_passed_over() {
    for suite in suites().await {
        suite.anhui().await;
        partners(&suite, &["a", "b"]).await;
        suite.record("baohe", terms("a", regions(&["cn-340111"]))).await.expect("recorded");
        let unknown = || terms("b", circle(hefei(), 3_000, ""));
        let checked = suite.check(unknown()).await;
        assert_eq!((checked.conflict_count, ids(&checked.undecided)), (0, vec!["baohe".to_owned()]));
        assert!(checked.undecided[0].explanation.starts_with("no place of cn-340111 is known"), "{checked:?}");
        let strict = pb::RecordTerritoryRightRequest { refuse_undecided: true, ..record("circle", unknown()) };
        let refusal = answer(suite.territories().record_territory_right(suite.ask(strict)).await);
        let (reason, _, metadata) = refused(refusal);
        assert_eq!((reason.as_str(), metadata["rights"].as_str()), ("TERRITORY_UNDECIDED", "territoryRights/baohe"));
        // Said to lie there: certain.
        assert_eq!(
            refused(suite.record("circle", terms("b", circle(hefei(), 3_000, "cn-340111"))).await).0,
            "TERRITORY_CONFLICT"
        );
        let recorded = suite.record("circle", unknown()).await.expect("recorded with a warning");
        assert_eq!((recorded.undecided_count, ids(&recorded.undecided)), (1, vec!["baohe".to_owned()]));
        // The other way around: a region in a circle that is there.
        let other = suite.check(terms("a", regions(&["cn-340104"]))).await;
        assert_eq!(ids(&other.undecided), ["circle"]);
        // A box of the whole city that is far from the circle decides it, for the county too.
        let corner = |latitude, longitude| Some(point(latitude, longitude));
        let far = pb::GeoBox { south_west: corner("10", "100"), north_east: corner("11", "101") };
        let shape = pb::RegionShape { centre: None, radius_meters: 0, r#box: Some(far) };
        suite.import(vec![pb::RegionImport { shape: Some(shape), ..item("340100", "") }]).await;
        assert_eq!(suite.check(terms("a", regions(&["cn-340104"]))).await, pb::CheckTerritoryResponse::default());
        assert_eq!(suite.check(unknown()).await, pb::CheckTerritoryResponse::default());
    }
}

#[tokio::test]
async fn rights_of_other_tenants_are_in_nobodys_way_and_seen_by_nobody() {
    for mut suite in suites().await {
        suite.anhui().await;
        partners(&suite, &["a"]).await;
        suite.record("hefei", terms("a", regions(&["cn-340100"]))).await.expect("recorded");
        let own = std::mem::replace(&mut suite.context.tenant, TenantId::parse("other").expect("tenant"));
        let here = || regions(&["cn-340111"]);
        assert_eq!(refused(suite.record("hefei", terms("a", here())).await).0, "PARTNER_NOT_FOUND");
        partners(&suite, &["b"]).await;
        assert_eq!(refused(suite.record("hefei", terms("b", here())).await).0, "REGION_NOT_FOUND");
        suite.anhui().await;
        assert_eq!(refused(suite.end("hefei", 2026, 7, 1).await).0, "TERRITORY_RIGHT_NOT_FOUND");
        // The same id, the same place: each tenant has its own.
        suite.record("hefei", terms("b", here())).await.expect("recorded");
        for (tenant, partner) in [(suite.context.tenant.clone(), "partners/b"), (own, "partners/a")] {
            suite.context.tenant = tenant;
            let list = pb::ListTerritoryRightsRequest { region: "regions/cn".to_owned(), ..Default::default() };
            let page = answer(suite.territories().list_territory_rights(suite.ask(list)).await).expect("page");
            let holders = page.territory_rights.into_iter().map(|right| right.terms.expect("terms").partner);
            assert_eq!(holders.collect::<Vec<_>>(), [partner]);
        }
    }
}
