//! What is known of a span of partners; purchases add up; heads and versions guard concurrent writers.

use partner_registry_domain::{
    TierAssignment, TierOrigin,
    tier::{Decision, Figure, FigureValue, Held, Programme, Purchase, Usage, Version},
};
use partner_registry_server::ports::{Allowance, Decided, PurchaseCells, Span, Wanted};
use tributary_core::{Currency, MinorAmount, Timestamp};
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
        let by = |decided| Wanted { newest: Some(decided), assignments: true, ..Wanted::default() };
        for (decided, ordinal) in [(Decided::Ever, 2), (Decided::By(day("2026-01-31")), 1)] {
            let mut source = bench.store.tier_source();
            let known = source.known(&bench.tenant, &Span::of(&id("b")), &by(decided)).await.expect("read");
            let known = &known[&id("b")];
            assert_eq!(known.newest.as_ref().map(|d| d.ordinal), Some(ordinal));
            assert_eq!(known.assignments, [assignment(1, "basic"), assignment(2, "")]);
        }
    }
}

#[tokio::test]
async fn only_what_is_wanted_is_read_of_every_partner_of_a_span() {
    for bench in benches().await {
        bench.seed(&[&partner("b", draft("B")), &partner("c", draft("C"))]).await;
        let figure = Figure {
            partner: id("b"),
            ordinal: 1,
            figure: "contract-years".to_owned(),
            value: FigureValue::Flag(true),
            effective_from: day("2026-01-01"),
            effective_to: None,
            reason: "r".to_owned(),
            actor: "a".to_owned(),
            record_time: Timestamp(1),
        };
        let of_c = |ordinal, on| Decision { partner: id("c"), ..decision(ordinal, on, "basic") };
        let mut tx = bench.store.begin().await.expect("begun");
        tx.add_figure(&bench.tenant, &figure).await.expect("added");
        tx.add_tiers(&bench.tenant, &[assignment(1, "basic")]).await.expect("added");
        // Made anew for the same day, and one of a later day: the ordinal says which is the newest.
        let decisions = [
            decision(1, "2026-01-01", "basic"),
            decision(2, "2026-01-01", ""),
            of_c(1, "2026-01-01"),
            of_c(2, "2026-02-01"),
            of_c(3, "2026-03-01"),
        ];
        tx.add_decisions(&bench.tenant, &decisions).await.expect("added");
        tx.commit().await.expect("kept");

        let span = Span { first: id("a"), last: id("z") };
        let read = async |wanted: &Wanted| {
            let mut source = bench.store.tier_source();
            source.known(&bench.tenant, &span, wanted).await.expect("read")
        };
        assert!(read(&Wanted::default()).await.is_empty());
        let known = read(&Wanted { figures: true, ..Wanted::default() }).await;
        assert_eq!((known.len(), known[&id("b")].inputs.figures.len(), known[&id("b")].newest.is_none()), (1, 1, true));
        let known = read(&Wanted { assignments: true, ..Wanted::default() }).await;
        assert_eq!((known.len(), known[&id("b")].inputs.figures.len()), (1, 0));
        for (decided, newest) in [(Decided::Ever, [2, 3]), (Decided::By(day("2026-02-28")), [2, 2])] {
            let known = read(&Wanted { newest: Some(decided), ..Wanted::default() }).await;
            let ordinals: Vec<_> = known.values().map(|known| known.newest.as_ref().expect("one").ordinal).collect();
            assert_eq!(ordinals, newest);
        }
    }
}

#[tokio::test]
async fn what_is_used_is_used_in_a_currency() {
    for bench in benches().await {
        bench.seed(&[&partner("b", draft("B"))]).await;
        let dollars = Currency::parse("USD").expect("a currency");
        let usage = |number, currency, amount, used| Usage {
            partner: id("b"),
            benefit: "campaign".to_owned(),
            year: 2026,
            number,
            amount: MinorAmount { currency, value: amount },
            used: MinorAmount { currency, value: used },
            remaining: MinorAmount { currency, value: 0 },
            day: day("2026-07-01"),
            reason: "r".to_owned(),
            actor: "a".to_owned(),
            record_time: Timestamp(number),
        };
        let mut tx = bench.store.begin().await.expect("begun");
        for usage in [usage(1, cny(), 500, 500), usage(2, cny(), 100, 600), usage(3, dollars, 7, 7)] {
            tx.add_usage(&bench.tenant, &usage).await.expect("added");
        }
        tx.commit().await.expect("kept");
        let allowance = Allowance { partner: id("b"), benefit: "campaign".to_owned(), year: 2026 };
        let mut source = bench.store.tier_source();
        assert_eq!(source.used(&bench.tenant, &allowance, cny()).await, Ok(600));
        assert_eq!(source.used(&bench.tenant, &allowance, dollars).await, Ok(7));
        assert_eq!(source.used(&bench.tenant, &allowance, Currency::parse("EUR").expect("EUR")).await, Ok(0));
        let next = Allowance { year: 2027, ..allowance.clone() };
        assert_eq!(source.used(&bench.tenant, &next, cny()).await, Ok(0));
        // Numbered together, newest first.
        let all = source.usages(&bench.tenant, &allowance, None, 10).await.expect("read");
        assert_eq!(all.iter().map(|usage| usage.number).collect::<Vec<_>>(), [3, 2, 1]);
    }
}

#[tokio::test]
async fn a_version_is_activated_after_the_ones_that_are_in_force() {
    for bench in benches().await {
        let write = async |version: &Version| {
            let mut tx = bench.store.begin().await.expect("begun");
            tx.write_programme(&bench.tenant, version).await.expect("written");
            tx.commit().await.expect("kept");
        };
        let last = async || {
            let mut tx = bench.store.begin().await.expect("begun");
            tx.lock_programmes(&bench.tenant).await.expect("locked")
        };
        // The clock stood at 90 when the second one was activated, and is back at 20 when the third one is.
        let mut activated = Vec::new();
        for (number, clock) in [(1, 10), (2, 90), (3, 20)] {
            let version = Version::draft(number, Programme::default(), "anna".to_owned(), Timestamp(clock));
            write(&version).await;
            let version = version.approve("bo".to_owned(), Timestamp(clock)).expect("approved");
            write(&version).await;
            let version = version.activate(day("2026-01-01"), last().await, Timestamp(clock)).expect("active");
            write(&version).await;
            activated.push(version.update_time);
        }
        assert_eq!(activated, [Timestamp(10), Timestamp(90), Timestamp(91)]);
        assert_eq!(last().await, Some((day("2026-01-01"), Timestamp(91))));
        let mut source = bench.store.tier_source();
        let in_force = source.programme_on(&bench.tenant, day("2026-01-01")).await.expect("read");
        assert_eq!(in_force.map(|version| version.number), Some(3));
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
