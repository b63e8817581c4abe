//! Regions and rights: what is written comes back, queries find exactly what they say.

use std::collections::{BTreeMap, BTreeSet};

use partner_registry_domain::territory::{
    Circle, Ending, Place, Point, Rect, Region, RegionCode, RegionLevel, Right, Shape, Terms, Territory,
};
use partner_registry_server::ports::{Reach, RegionQuery, RightQuery};
use tributary_core::{Decimal, IdSource as _, ResourceId, SystemIds, Timestamp};
use tributary_sql::StoreError;

use crate::{Bench, benches, day, draft, id, partner};

fn point(latitude: i64, longitude: i64) -> Point {
    Point::new(Decimal::new(latitude, 1), Decimal::new(longitude, 1)).expect("a point")
}

fn region(code: &str, parent: Option<&str>, level: RegionLevel) -> Region {
    let read = RegionCode::parse(code).expect("a code");
    Region {
        id: read.id().expect("an id"),
        code: code.to_owned(),
        level,
        path: read.path(""),
        parent: parent.map(id),
        display_name: "名 称".to_owned(),
        names: BTreeMap::from([("en".to_owned(), "Name".to_owned())]),
        members: vec![id("cn-110000")],
        shape: Shape {
            centre: Some(point(318, 1172)),
            radius: 7,
            bounds: Rect::new(point(-10, 1790), point(5, -1795)).ok(),
        },
        revision: 1,
        create_time: Timestamp(5),
        update_time: Timestamp(6),
    }
}

fn place(code: &str) -> Place {
    let read = RegionCode::parse(code).expect("a code");
    Place { path: read.path(""), id: read.id().expect("an id") }
}

fn right(own: &str, holder: &str, territory: Territory) -> Right {
    Right {
        id: id(own),
        uid: SystemIds.uuid(),
        terms: Terms {
            partner: Some(id(holder)),
            product_lines: BTreeSet::new(),
            territory,
            effective_from: day("2026-01-01"),
            effective_to: Some(day("2027-01-01")),
            exclusive: true,
        },
        reason: "因为\n二".to_owned(),
        actor: "t".to_owned(),
        record_time: Timestamp(10),
        ending: None,
        revision: 1,
    }
}

fn regions(codes: &[&str]) -> Territory {
    let covered: BTreeSet<Place> = codes.iter().map(|code| place(code)).collect();
    Territory::Regions { named: covered.iter().map(|place| place.id.clone()).collect(), covered }
}

fn circle(centre: Point, radius: u32, within: Option<&str>) -> Territory {
    Territory::Circle(Circle { centre, radius, within: within.map(place) })
}

async fn write(bench: &Bench, rights: &[Right]) -> Result<(), StoreError> {
    let mut tx = bench.store.begin().await?;
    for right in rights {
        tx.write_right(&bench.tenant, right).await?;
    }
    tx.commit().await
}

async fn found(bench: &Bench, query: RightQuery) -> Vec<String> {
    let rights = bench.store.territories().rights(&bench.tenant, &query).await.expect("read");
    rights.into_iter().map(|right| right.id.to_string()).collect()
}

#[tokio::test]
async fn regions_come_back_and_a_new_city_takes_its_counties() {
    for bench in benches().await {
        let (cn, hubei) =
            (region("CN", None, RegionLevel::Country), region("420000", Some("cn"), RegionLevel::Province));
        let (xiantao, wuhan) = (
            region("429004", Some("cn-420000"), RegionLevel::County),
            region("420100", Some("cn-420000"), RegionLevel::City),
        );
        let mut tx = bench.store.begin().await.expect("begin");
        let all = [cn.clone(), hubei.clone(), xiantao.clone(), wuhan.clone()];
        tx.write_regions(&bench.tenant, &all).await.expect("written");
        tx.commit().await.expect("commit");
        let mut source = bench.store.territories();
        let ids: Vec<ResourceId> = ["cn", "cn-110000", "cn-420000"].map(id).to_vec();
        assert_eq!(source.regions(&bench.tenant, &ids).await, Ok(vec![cn, hubei.clone()]));
        let paths = ["cn/42/90/04/".to_owned(), "cn/42/".to_owned(), "cn/4/".to_owned()];
        assert_eq!(source.regions_at(&bench.tenant, &paths).await, Ok(vec![hubei.clone(), xiantao]));
        let page = |parent: &str, level, after: Option<&str>, limit| {
            let query = RegionQuery { parent: Some(id(parent)), level, after: after.map(id), limit };
            let bench = &bench;
            async move {
                let page = bench.store.list_regions(&bench.tenant, &query).await.expect("page");
                page.into_iter().map(|region| region.id.to_string()).collect::<Vec<_>>()
            }
        };
        assert_eq!(page("cn-420000", None, None, 9).await, ["cn-420100", "cn-429004"]);
        assert_eq!(page("cn-420000", None, None, 1).await, ["cn-420100"]);
        assert_eq!(page("cn-420000", None, Some("cn-420100"), 9).await, ["cn-429004"]);
        assert_eq!(page("cn-420000", Some(RegionLevel::City), None, 9).await, ["cn-420100"]);

        let city = Region { create_time: Timestamp(9), ..region("429000", Some("cn-420000"), RegionLevel::City) };
        let renamed = Region { display_name: "湖北".to_owned(), revision: 2, ..hubei };
        let mut tx = bench.store.begin().await.expect("begin");
        tx.write_regions(&bench.tenant, &[renamed.clone(), city]).await.expect("written");
        tx.commit().await.expect("commit");
        assert_eq!(page("cn-420000", None, None, 9).await, ["cn-420100", "cn-429000"]);
        assert_eq!(page("cn-429000", None, None, 9).await, ["cn-429004"]);
        let now = source.regions(&bench.tenant, &["cn-420000", "cn-429004"].map(id)).await.expect("read");
        assert_eq!((&now[0], now[1].revision, now[1].update_time), (&renamed, 2, Timestamp(9)));
    }
}

#[tokio::test]
async fn rights_come_back_as_known_at_a_moment() {
    for bench in benches().await {
        bench.seed(&[&partner("a", draft("a"))]).await;
        let mut first = right("r", "a", circle(point(318, 1172), 3000, Some("340111")));
        first.terms.product_lines = BTreeSet::from(["line".to_owned(), "线".to_owned()]);
        write(&bench, std::slice::from_ref(&first)).await.expect("written");
        let ending = |n: i64| Ending { actor: "u".to_owned(), reason: "why".to_owned(), record_time: Timestamp(n) };
        let second = first.end(day("2026-07-01"), ending(20)).expect("ends");
        let third = second.end(day("2026-01-01"), ending(30)).expect("ends");
        write(&bench, &[second.clone(), third.clone()]).await.expect("written");
        let known = |at: Option<i64>| {
            let query = RightQuery { id: Some(id("r")), known_at: at.map(Timestamp), ..RightQuery::default() };
            let bench = &bench;
            async move { bench.store.territories().rights(&bench.tenant, &query).await.expect("read").pop() }
        };
        assert_eq!(known(Some(9)).await, None);
        assert_eq!(known(Some(10)).await, Some(first.clone()));
        assert_eq!(known(Some(29)).await, Some(second.clone()));
        assert_eq!(known(None).await, Some(third));
        // The same revision, or the same id, is taken.
        assert!(matches!(write(&bench, &[second]).await, Err(StoreError::AlreadyExists(_))));
        assert!(matches!(write(&bench, &[first]).await, Err(StoreError::AlreadyExists(_))));
    }
}

#[tokio::test]
async fn queries_find_what_they_say() {
    for bench in benches().await {
        bench.seed(&[&partner("a", draft("a")), &partner("b", draft("b"))]).await;
        let mut rights = vec![
            right("r1", "a", regions(&["340000"])),
            right("r2", "b", regions(&["340111", "310000"])),
            right("r3", "b", circle(point(318, 1172), 3000, Some("340104"))),
            right("r4", "a", circle(point(0, 1800), 3000, None)),
        ];
        rights[0].terms.product_lines = BTreeSet::from(["bikes".to_owned()]);
        rights[1].terms.exclusive = false;
        rights[1].terms.effective_to = None;
        // Taken back: never in force, but there.
        rights[3].terms.effective_to = Some(day("2026-01-01"));
        write(&bench, &rights).await.expect("written");
        let all = RightQuery::default;
        assert_eq!(found(&bench, all()).await, ["r1", "r2", "r3", "r4"]);
        assert_eq!(found(&bench, RightQuery { after: Some(id("r1")), limit: Some(2), ..all() }).await, ["r2", "r3"]);
        assert_eq!(found(&bench, RightQuery { partner: Some(id("a")), ..all() }).await, ["r1", "r4"]);
        assert_eq!(found(&bench, RightQuery { not_partner: Some(id("a")), ..all() }).await, ["r2", "r3"]);
        assert_eq!(found(&bench, RightQuery { exclusive: true, ..all() }).await, ["r1", "r3", "r4"]);
        let lines =
            |lines: &[&str]| RightQuery { product_lines: lines.iter().map(|l| (*l).to_owned()).collect(), ..all() };
        assert_eq!(found(&bench, lines(&["toys"])).await, ["r2", "r3", "r4"]);
        assert_eq!(found(&bench, lines(&["toys", "bikes"])).await, ["r1", "r2", "r3", "r4"]);
        for (from, to, expected) in [
            ("2025-01-01", Some("2026-01-01"), &[][..]),
            ("2025-01-01", Some("2026-01-02"), &["r1", "r2", "r3"]),
            ("2026-12-31", None, &["r1", "r2", "r3"]),
            ("2027-01-01", None, &["r2"]),
        ] {
            let days = Some((day(from), to.map(day)));
            assert_eq!(found(&bench, RightQuery { days, ..all() }).await, expected, "{from} {to:?}");
        }
        let reach = |reach: Reach| RightQuery { reach: Some(reach), ..all() };
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        assert_eq!(found(&bench, reach(Reach::default())).await, [""; 0]);
        let at = |wanted: &[&str]| reach(Reach { at: paths(wanted), ..Reach::default() });
        assert_eq!(found(&bench, at(&["cn/", "cn/34/", "cn/34/01/", "cn/34/01/04/"])).await, ["r1"]);
        assert_eq!(found(&bench, at(&["cn/31/"])).await, ["r2"]);
        let below = |wanted: &[&str]| reach(Reach { below: paths(wanted), ..Reach::default() });
        assert_eq!(found(&bench, below(&["cn/34/"])).await, ["r1", "r2", "r3"]);
        assert_eq!(found(&bench, below(&["cn/34/01/"])).await, ["r2", "r3"]);
        assert_eq!(found(&bench, below(&["cn/3/"])).await, [""; 0]);
        assert_eq!(found(&bench, reach(Reach { all_regions: true, ..Reach::default() })).await, ["r1", "r2"]);
        assert_eq!(found(&bench, reach(Reach { all_circles: true, ..Reach::default() })).await, ["r3", "r4"]);
        let near = |centre: Point| reach(Reach { circles: vec![centre.around(1000)], ..Reach::default() });
        assert_eq!(found(&bench, near(point(318, 1172))).await, ["r3"]);
        assert_eq!(found(&bench, near(point(318, 1180))).await, [""; 0]);
        assert_eq!(found(&bench, near(point(0, -1800))).await, ["r4"], "180 is -180");
    }
}

#[tokio::test]
async fn times_only_go_up() {
    for bench in benches().await {
        let mut tx = bench.store.begin().await.expect("begin");
        for (now, expected) in [(100, 100), (100, 101), (90, 102), (200, 200)] {
            assert_eq!(tx.next_territory(&bench.tenant, Timestamp(now)).await, Ok(Timestamp(expected)));
        }
        tx.commit().await.expect("commit");
    }
}
