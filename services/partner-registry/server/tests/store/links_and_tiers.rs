//! Tier assignments and links: numbers and times in order, everything that was ever above or below.

use partner_registry_domain::{Link, TierAssignment, TierOrigin};
use tributary_core::Timestamp;

use crate::{Bench, benches, day, draft, id, partner};

async fn link(bench: &Bench, own: &str, parent: Option<&str>, from: &str) -> i64 {
    let mut tx = bench.store.begin().await.expect("begin");
    let (ordinal, record_time) = tx.next_link(&bench.tenant, Timestamp(50)).await.expect("number");
    let link = Link {
        partner: id(own),
        parent: parent.map(id),
        effective_from: day(from),
        reason: "r".to_owned(),
        actor: "t".to_owned(),
        record_time,
        ordinal,
    };
    tx.add_link(&bench.tenant, &link).await.expect("link");
    tx.commit().await.expect("commit");
    ordinal
}

fn ordinals(links: &[Link]) -> Vec<i64> {
    links.iter().map(|l| l.ordinal).collect()
}

#[tokio::test]
async fn links_of_everyone_ever_above_or_below_are_found() {
    for bench in benches().await {
        for own in ["a", "b", "c", "d", "e"] {
            bench.seed(&[&partner(own, draft(own))]).await;
        }
        // c under b under a; c once under d; d once under c: undated that is a ring. e stands alone.
        assert_eq!(link(&bench, "b", Some("a"), "2026-01-01").await, 1);
        assert_eq!(link(&bench, "c", Some("b"), "2026-01-01").await, 2);
        assert_eq!(link(&bench, "c", Some("d"), "2026-02-01").await, 3);
        assert_eq!(link(&bench, "c", None, "2026-03-01").await, 4);
        assert_eq!(link(&bench, "d", Some("c"), "2026-03-01").await, 5);
        assert_eq!(link(&bench, "e", None, "2026-03-01").await, 6);
        let above = bench.store.links_above(&bench.tenant, &id("c")).await.expect("above");
        assert_eq!(ordinals(&above), [1, 2, 3, 4, 5]);
        assert_eq!(above[3].parent, None);
        assert_eq!(above[3].effective_from, day("2026-03-01"));
        let below = bench.store.links_below(&bench.tenant, &id("b")).await.expect("below");
        assert_eq!(ordinals(&below), [1, 2, 3, 4, 5]);
        let below = bench.store.links_below(&bench.tenant, &id("e")).await.expect("below");
        assert_eq!(ordinals(&below), [6]);
        let mut tx = bench.store.begin().await.expect("begin");
        let around = tx.links_around(&bench.tenant, &id("e"), &id("b")).await.expect("around");
        assert_eq!(ordinals(&around), [1, 6]);
    }
}

#[tokio::test]
async fn numbers_and_times_only_go_up() {
    for bench in benches().await {
        bench.seed(&[&partner("a", draft("a")), &partner("b", draft("b"))]).await;
        let mut tx = bench.store.begin().await.expect("begin");
        for (now, expected) in [(100, (1, 100)), (100, (2, 101)), (90, (3, 102)), (200, (4, 200))] {
            let (number, time) = expected;
            let expected = (number, Timestamp(time));
            assert_eq!(tx.next_tier(&bench.tenant, &id("a"), Timestamp(now)).await, Ok(expected));
            assert_eq!(tx.next_link(&bench.tenant, Timestamp(now)).await, Ok(expected));
        }
        assert_eq!(tx.next_tier(&bench.tenant, &id("b"), Timestamp(7)).await, Ok((1, Timestamp(7))));
        tx.commit().await.expect("commit");
    }
}

#[tokio::test]
async fn assignments_come_back_newest_first() {
    for bench in benches().await {
        bench.seed(&[&partner("a", draft("a"))]).await;
        let mut all = Vec::new();
        for ordinal in 1..=3 {
            let assignment = TierAssignment {
                partner: id("a"),
                ordinal,
                tier: format!("t{ordinal}"),
                effective_from: day("2026-01-01"),
                effective_to: (ordinal == 2).then(|| day("2026-02-01")),
                reason: "因为\n二".to_owned(),
                actor: "t".to_owned(),
                record_time: Timestamp(ordinal),
                origin: TierOrigin::Manual,
            };
            let mut tx = bench.store.begin().await.expect("begin");
            tx.add_tier(&bench.tenant, &assignment).await.expect("add");
            tx.commit().await.expect("commit");
            all.insert(0, assignment);
        }
        let read = |before: Option<i64>, limit: Option<u32>| {
            let bench = &bench;
            async move { bench.store.tier_assignments(&bench.tenant, &id("a"), before, limit).await.expect("read") }
        };
        assert_eq!(read(None, None).await, all);
        assert_eq!(read(Some(3), Some(1)).await, all[1..2]);
    }
}
