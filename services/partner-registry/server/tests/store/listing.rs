//! Pages of partners under conditions.

use partner_registry_domain::{Draft, PartnerKind, PartnerStatus, TierAssignment, TierOrigin};
use partner_registry_server::ports::{Condition as C, ListQuery, PartnerTest as T};
use tributary_core::{Date, Timestamp};

use crate::{Bench, benches, day, draft, id, labels, partner};

async fn seeded() -> Vec<Bench> {
    let benches = benches().await;
    for bench in &benches {
        let in_region = |name: &str, region: &str| Draft { region: region.to_owned(), ..draft(name) };
        let a = partner("a", Draft { labels: labels(&[("k", "1")]), ..in_region("Progressive Sports", "US/WA") });
        let b = partner("b", in_region("广州晨光商贸", "CN/GD/Guangzhou"));
        let c = partner("c", Draft { labels: labels(&[("k", "")]), ..in_region("100%_SPORT", "CN/GDX") });
        let d = partner("d", Draft { kind: Some(PartnerKind::Mcn), ..in_region("ÉCLAIR", "CN/GD") });
        bench.seed(&[&d, &b, &c, &a]).await;
        for (ordinal, tier, from, to) in
            [(1, "basic", "2026-01-01", None), (2, "advanced", "2026-04-01", Some("2026-07-01"))]
        {
            let mut tx = bench.store.begin().await.expect("begin");
            let assignment = TierAssignment {
                partner: id("b"),
                ordinal,
                tier: tier.to_owned(),
                effective_from: day(from),
                effective_to: to.map(day),
                reason: "r".to_owned(),
                actor: "t".to_owned(),
                record_time: Timestamp(ordinal),
                origin: TierOrigin::Manual,
            };
            tx.add_tier(&bench.tenant, &assignment).await.expect("tier");
            tx.commit().await.expect("commit");
        }
    }
    benches
}

async fn list(bench: &Bench, condition: C<T>, today: Date) -> String {
    let query = ListQuery { condition: Some(condition), after: None, limit: 10, today };
    let found = bench.store.list_partners(&bench.tenant, &query).await.expect("list");
    found.into_iter().map(|v| v.partner.id.to_string()).collect::<Vec<_>>().join("")
}

#[tokio::test]
async fn conditions_select_the_same_on_both_engines() {
    let text = |t: &str| t.to_owned();
    let not = |c: C<T>| C::Not(Box::new(c));
    for bench in seeded().await {
        for (condition, expected) in [
            (C::Is(T::NameContains(text("sport"))), "ac"),
            (C::Is(T::NameContains(text("SPORT"))), "ac"),
            (C::Is(T::NameContains(text("晨光"))), "b"),
            (C::Is(T::NameContains(text("éclair"))), "d"),
            (C::Is(T::NameContains(text("%"))), "c"),
            (C::Is(T::NameContains(text("0%_s"))), "c"),
            (C::Is(T::NameContains(text("_"))), "c"),
            (C::Is(T::NameContains(text("\\"))), ""),
            (C::Is(T::NameContains(text(""))), "abcd"),
            (C::Is(T::Name(text("ÉCLAIR"))), "d"),
            (C::Is(T::Name(text("éclair"))), ""),
            (C::Is(T::Kind(PartnerKind::Mcn)), "d"),
            (not(C::Is(T::Kind(PartnerKind::Mcn))), "abc"),
            (C::Is(T::Status(PartnerStatus::Active)), "abcd"),
            (C::Is(T::Region(text("CN/GD"))), "d"),
            (C::Is(T::RegionWithin(text("CN/GD"))), "bd"),
            (C::Is(T::RegionWithin(text("CN"))), "bcd"),
            (C::Is(T::RegionWithin(text("CN/G"))), ""),
            (C::Is(T::Label(text("k"), text("1"))), "a"),
            (C::Is(T::Label(text("k"), text(""))), "c"),
            (not(C::Is(T::Label(text("k"), text("1")))), "bcd"),
            (C::Is(T::LabelExists(text("k"))), "ac"),
            (C::Is(T::Tier(text("advanced"))), "b"),
            (C::Is(T::Tier(text(""))), "acd"),
            (not(C::Is(T::Tier(text("advanced")))), "acd"),
            (C::All(vec![C::Is(T::RegionWithin(text("CN"))), not(C::Is(T::Kind(PartnerKind::Mcn)))]), "bc"),
            (C::Any(vec![C::Is(T::Region(text("US/WA"))), C::All(vec![C::Is(T::Tier(text("advanced")))])]), "ab"),
            (C::All(Vec::new()), "abcd"),
            (C::Any(Vec::new()), ""),
        ] {
            assert_eq!(list(&bench, condition.clone(), day("2026-06-30")).await, expected, "{condition:?}");
        }
    }
}

#[tokio::test]
async fn the_tier_of_a_list_is_the_one_the_domain_tells() {
    for bench in seeded().await {
        let all = bench.store.tier_assignments(&bench.tenant, &id("b"), None, None).await.expect("read");
        for on in ["2025-12-31", "2026-01-01", "2026-03-31", "2026-04-01", "2026-06-30", "2026-07-01"] {
            let told = partner_registry_domain::tier::assignment::in_force(&all, day(on), None)
                .map_or("", |a| a.tier.as_str());
            let found = bench.store.partners(&bench.tenant, &[id("b")], &[], day(on)).await.expect("read");
            assert_eq!(found[0].tier, told, "{on}");
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_by_id() {
    for bench in seeded().await {
        let query = |after: Option<&str>| ListQuery {
            condition: None,
            after: after.map(str::to_owned),
            limit: 3,
            today: day("2026-06-30"),
        };
        let ids = |found: Vec<partner_registry_server::ports::PartnerView>| {
            found.into_iter().map(|v| v.partner.id.to_string()).collect::<Vec<_>>()
        };
        let first = bench.store.list_partners(&bench.tenant, &query(None)).await.expect("list");
        assert_eq!(ids(first), ["a", "b", "c"]);
        let second = bench.store.list_partners(&bench.tenant, &query(Some("c"))).await.expect("list");
        assert_eq!(ids(second), ["d"]);
    }
}

#[tokio::test]
async fn names_are_read_by_area_and_by_id() {
    for bench in seeded().await {
        let area = bench.store.names_in_area(&bench.tenant, "CN/GD").await.expect("read");
        let area: Vec<_> = area.into_iter().map(|n| format!("{} {}", n.id, n.display_name)).collect();
        assert_eq!(area, ["b 广州晨光商贸", "d ÉCLAIR"]);
        let names = bench.store.names(&bench.tenant, &[id("a"), id("nobody")]).await.expect("read");
        assert_eq!(names.len(), 1);
    }
}
