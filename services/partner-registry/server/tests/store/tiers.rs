//! What is known of a span of partners; purchases add up; heads and versions guard concurrent writers.

use partner_registry_domain::{
    TierAssignment, TierOrigin,
    tier::{Decision, Held, Programme, Purchase, Version},
};
use partner_registry_server::ports::{PurchaseCells, Span, Wanted};
use tributary_core::{Currency, Timestamp};
use tributary_sql::StoreError;

use crate::{Bench, benches, day, draft, id, partner};

fn cny() -> Currency {
    Currency::parse("CNY").expect("a currency")
}

async fn bought(bench: &Bench, cells: &[(&str, &str, i128)]) {
    let cells: PurchaseCells = cells.iter().map(|(who, on, net)| ((id(who), day(on), cny()), *net)).collect();
    let mut tx = bench.store.begin().await.expect("begun");
    tx.add_purchases(&bench.tenant, &cells).await.expect("added");
    tx.commit().await.expect("kept");
}

fn decision(ordinal: i64, on: &str, tier: &str) -> Decision {
    Decision {
        partner: id("b"),
        ordinal,
        day: day(on),
        version: 1,
        before: Held::default(),
        after: Held { tier: tier.to_owned(), grace_until: None },
        earned: tier.to_owned(),
        ranks: (None, Some(0)),
        standings: Vec::new(),
        facts_batch: 0,
        actor: "a".to_owned(),
        record_time: Timestamp(ordinal),
    }
}

fn assignment(ordinal: i64, tier: &str) -> TierAssignment {
    TierAssignment {
        partner: id("b"),
        ordinal,
        tier: tier.to_owned(),
        effective_from: day("2026-01-01"),
        effective_to: None,
        reason: "r".to_owned(),
        actor: "a".to_owned(),
        record_time: Timestamp(ordinal * 10),
        origin: TierOrigin::Evaluation,
    }
}

#[tokio::test]
async fn purchases_add_up_and_are_read_by_span_and_days() {
    for bench in benches().await {
        let wide = i128::from(i64::MAX) * 3;
        bought(&bench, &[("a", "2026-01-31", 5), ("b", "2026-01-31", wide), ("b", "2026-02-01", 7)]).await;
        bought(&bench, &[("b", "2026-01-31", -wide + 2), ("b", "2026-02-02", 11), ("c", "2026-02-01", 13)]).await;
        let wanted = Wanted { purchases: Some((day("2026-01-31"), day("2026-02-01"))), ..Wanted::default() };
        let span = Span { first: id("b"), last: id("bz") };
        let known = bench.store.tier_source().known(&bench.tenant, &span, &wanted).await.expect("read");
        assert_eq!(known.len(), 1);
        let mut purchases = known[&id("b")].inputs.purchases.clone();
        purchases.sort_by_key(|p| p.day);
        let purchase = |on, net| Purchase { currency: cny(), day: day(on), net };
        assert_eq!(purchases, [purchase("2026-01-31", 2), purchase("2026-02-01", 7)]);
    }
}

#[tokio::test]
async fn decisions_and_assignments_follow_each_other() {
    for bench in benches().await {
        bench.seed(&[&partner("b", draft("B"))]).await;
        let mut tx = bench.store.begin().await.expect("begun");
        let heads = tx.lock_tiers(&bench.tenant, &[id("b")]).await.expect("locked");
        assert_eq!(heads[&id("b")], (0, Timestamp(0)));
        tx.add_tiers(&bench.tenant, &[assignment(1, "basic"), assignment(2, "")]).await.expect("added");
        let decisions = [decision(1, "2026-01-01", "basic"), decision(2, "2026-02-01", "")];
        tx.add_decisions(&bench.tenant, &decisions).await.expect("added");
        tx.commit().await.expect("kept");

        let mut tx = bench.store.begin().await.expect("begun");
        assert_eq!(tx.lock_tiers(&bench.tenant, &[id("b")]).await.expect("locked")[&id("b")], (2, Timestamp(20)));
        // A manual assignment goes on from there, later than the last one even when the clock stands still.
        assert_eq!(tx.next_tier(&bench.tenant, &id("b"), Timestamp(5)).await.expect("given"), (3, Timestamp(21)));
        drop(tx);
        let by = |decided_by| Wanted { decided_by, ..Wanted::default() };
        for (decided_by, ordinal) in [(None, 2), (Some(day("2026-01-31")), 1)] {
            let mut source = bench.store.tier_source();
            let known = source.known(&bench.tenant, &Span::of(&id("b")), &by(decided_by)).await.expect("read");
            let known = &known[&id("b")];
            assert_eq!(known.newest.as_ref().map(|d| d.ordinal), Some(ordinal));
            assert_eq!(known.assignments, [assignment(1, "basic"), assignment(2, "")]);
        }
    }
}

#[tokio::test]
async fn of_two_changes_of_a_version_one_wins() {
    for bench in benches().await {
        let write = async |version: &Version| {
            let mut tx = bench.store.begin().await.expect("begun");
            tx.write_programme(&bench.tenant, version).await?;
            tx.commit().await
        };
        let first = Version::draft(1, Programme::default(), "anna".to_owned(), Timestamp(1));
        write(&first).await.expect("written");
        assert!(matches!(write(&first).await, Err(StoreError::AlreadyExists(_))));
        let approved = first.approve("bo".to_owned(), Timestamp(2)).expect("approved");
        write(&approved).await.expect("written");
        assert!(matches!(write(&approved).await, Err(StoreError::Conflict)));
        let active = approved.activate(day("2026-01-01"), None, Timestamp(3)).expect("active");
        write(&active).await.expect("written");
        let mut source = bench.store.tier_source();
        assert_eq!(source.programme_on(&bench.tenant, day("2025-12-31")).await, Ok(None));
        assert_eq!(source.programme_on(&bench.tenant, day("2026-01-01")).await, Ok(Some(active)));
    }
}
