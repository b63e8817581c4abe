//! Periods, links between returns and sales, and what changed since a snapshot.

use incentive_calculation_domain::{
    close::{Lock, PayeeChanges, ProgrammePeriod, Seen},
    fact::FactKind,
};
use incentive_calculation_server::ports::{Arrived, FactQuery, IncentiveStore, StoredFact, TierCopy};
use tributary_core::{ResourceId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use crate::support::{day, fact, other_tenant, partner, stores, tenant};

fn period(period: &str, from: &str, to: &str) -> ProgrammePeriod {
    ProgrammePeriod {
        programme: ResourceId::parse("g").expect("id"),
        period: period.to_owned(),
        from: day(from),
        to: day(to),
        lockable_from: day(to),
        newest_run: String::new(),
        newest_version: 0,
        lock: None,
        revision: 1,
        named: None,
        year: None,
    }
}

#[tokio::test]
async fn periods_are_kept_changed_by_revision_and_listed() {
    for opened in stores().await {
        let store = &opened.store;
        let (july, quarter) =
            (period("2012-07", "2012-07-01", "2012-08-01"), period("2012-Q3", "2012-07-01", "2012-10-01"));
        let mut tx = store.begin().await.expect("begin");
        for one in [&quarter, &july] {
            tx.insert_period(&tenant(), one).await.expect("insert");
        }
        let twice = tx.all_periods(&tenant(), "g").await.expect("all");
        assert_eq!(twice, [july.clone(), quarter.clone()]);
        tx.commit().await.expect("commit");
        let mut tx = store.begin().await.expect("begin");
        assert!(matches!(tx.insert_period(&tenant(), &july).await, Err(StoreError::AlreadyExists(_))));
        drop(tx);
        let lock = Lock {
            run: "r1".to_owned(),
            version: 1,
            actor: "ada".to_owned(),
            time: Timestamp(5),
            reason: String::new(),
            newer_facts: 0,
            locked: Seen::default(),
            seen: Seen { batch: 3, arrival: 4, plan_versions: vec!["plans/p/versions/1".to_owned()] },
        };
        let locked = ProgrammePeriod { lock: Some(lock), revision: 2, ..july.clone() };
        let mut tx = store.begin().await.expect("begin");
        assert_eq!(tx.lock_period(&tenant(), "g", "2012-07").await.expect("read"), Some(july));
        tx.update_period(&tenant(), &locked).await.expect("update");
        assert!(matches!(tx.update_period(&tenant(), &locked).await, Err(StoreError::Conflict)));
        tx.commit().await.expect("commit");
        assert_eq!(store.period(&tenant(), "g", "2012-07").await.expect("read"), Some(locked.clone()));
        assert_eq!(store.period(&other_tenant(), "g", "2012-07").await.expect("read"), None);
        let first = store.periods(&tenant(), "g", None, 1).await.expect("page");
        assert_eq!(first, std::slice::from_ref(&quarter));
        let after = (quarter.to, quarter.from, quarter.period.as_str());
        assert_eq!(store.periods(&tenant(), "g", Some(after), 9).await.expect("page"), [locked]);
    }
}

/// A fact of a kind, of a partner, that belongs to a sale.
fn row(id: &str, on: &str, kind: FactKind, of: &str, batch: i64) -> StoredFact {
    let mut stored = fact(id, on, 1, batch);
    (stored.fact.kind, stored.fact.original_source_id) = (kind, of.to_owned());
    stored
}

async fn record(store: &dyn IncentiveStore, batch: i64, time: i64, rows: &[StoredFact]) {
    let mut tx = store.begin().await.expect("begin");
    assert_eq!(tx.insert_facts(&tenant(), rows).await.expect("insert").len(), rows.len());
    let refs: Vec<&StoredFact> = rows.iter().collect();
    tx.note_batch(&tenant(), batch, Timestamp(time), &refs).await.expect("noted");
    tx.commit().await.expect("commit");
}

#[tokio::test]
async fn a_return_counts_on_its_sales_day_from_the_batch_on_with_which_both_are_known() {
    use FactKind::{Adjustment, Return, SellIn};
    for opened in stores().await {
        let store = opened.store.as_ref();
        let first = [row("s1", "2012-07-05", SellIn, "", 1), row("r1", "2012-08-05", Return, "s1", 1)];
        record(store, 1, 100, &first).await;
        // Belongs to a sale that nobody has heard of; to a return; and a sale that names another counts on its own day.
        let second = [
            row("r2", "2012-08-06", Return, "s2", 2),
            row("a1", "2012-08-07", Adjustment, "r1", 2),
            row("s3", "2012-08-08", SellIn, "s1", 2),
        ];
        record(store, 2, 200, &second).await;
        record(store, 3, 300, &[row("s2", "2012-06-30", SellIn, "", 3)]).await;

        let july = (day("2012-07-01"), day("2012-08-01"));
        let august = (day("2012-08-01"), day("2012-09-01"));
        let june = (day("2012-06-01"), day("2012-07-01"));
        let ids = async |window, batch: i64, as_counted| {
            let query = FactQuery {
                windows: vec![window],
                up_to_batch: Some(batch),
                as_counted,
                limit: 10,
                ..FactQuery::default()
            };
            let found = store.facts(&tenant(), &query).await.expect("facts");
            found.into_iter().map(|f| f.fact.source_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(july, 3, true).await, ["r1", "s1"]);
        assert_eq!(ids(july, 3, false).await, ["s1"]);
        assert_eq!(ids(august, 3, true).await, ["a1", "s3"]);
        assert_eq!(ids(august, 2, true).await, ["a1", "r2", "s3"]);
        assert_eq!(ids(june, 2, true).await, Vec::<String>::new());
        assert_eq!(ids(june, 3, true).await, ["r2", "s2"]);

        let arrived =
            async |window, since, up_to| store.arrived(&tenant(), &[window], since, up_to).await.expect("arrived");
        assert_eq!(arrived(july, 0, 3).await, Arrived { facts: 2, moved: 0 });
        assert_eq!(arrived(july, 1, 3).await, Arrived::default());
        assert_eq!(arrived(august, 1, 2).await, Arrived { facts: 3, moved: 0 });
        assert_eq!(arrived(august, 2, 3).await, Arrived { facts: 0, moved: 1 });
        assert_eq!(arrived(june, 2, 3).await, Arrived { facts: 1, moved: 1 });
        // Facts on the days at the later batch less those at the earlier one, as listed above.
        let gained = async |windows: &[_], since, up_to| {
            store.facts_gained(&tenant(), windows, since, up_to).await.expect("gained")
        };
        assert_eq!(gained(&[july], 0, 3).await, 2);
        assert_eq!(gained(&[july], 1, 3).await, 0);
        assert_eq!(gained(&[august], 0, 2).await, 3);
        assert_eq!(gained(&[august], 0, 3).await, 2);
        assert_eq!(gained(&[august], 2, 3).await, -1);
        assert_eq!(gained(&[june], 2, 3).await, 2);
        assert_eq!(gained(&[june, august], 2, 3).await, 1);
        assert_eq!(gained(&[june], 3, 3).await, 0);
        assert_eq!(gained(&[], 0, 3).await, 0);
        let by_payee =
            async |window, since| store.arrived_by_payee(&tenant(), &[window], since, 3).await.expect("arrived");
        let of = |late_facts, linked_returns| {
            vec![("p".to_owned(), PayeeChanges { late_facts, linked_returns, ..PayeeChanges::default() })]
        };
        assert_eq!(by_payee(june, 2).await, of(1, 1));
        assert_eq!(by_payee(august, 2).await, of(0, 1));
        assert_eq!(by_payee(july, 0).await, of(1, 1));
        assert_eq!(by_payee(july, 1).await, []);
        for (time, batch) in [(99, 0), (100, 1), (299, 2), (300, 3)] {
            assert_eq!(store.batch_at(&tenant(), Timestamp(time)).await.expect("batch"), batch);
        }
        assert_eq!(store.batch_at(&other_tenant(), Timestamp(999)).await.expect("batch"), 0);
    }
}

#[tokio::test]
async fn arrivals_that_hold_in_a_period_are_counted_by_partner() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        tx.keep_partner(&tenant(), &partner("a", 1, "2012-01-01", &[])).await.expect("kept");
        tx.keep_partner(&tenant(), &partner("a", 2, "2012-07-31", &[])).await.expect("kept");
        tx.keep_partner(&tenant(), &partner("b", 1, "2012-08-01", &[])).await.expect("kept");
        let tier = TierCopy {
            partner_id: "a".to_owned(),
            tier: "gold".to_owned(),
            effective_from: day("2012-03-01"),
            effective_to: None,
            record_time: Timestamp(50),
        };
        tx.keep_tier(&tenant(), Uuid::from_u128(9), &tier).await.expect("kept");
        tx.commit().await.expect("commit");
        let arrived = async |since, up_to| {
            store.attributes_arrived(&tenant(), day("2012-08-01"), since, up_to).await.expect("arrived")
        };
        assert_eq!(arrived(0, 4).await, [("a".to_owned(), 3)]);
        assert_eq!(arrived(1, 3).await, [("a".to_owned(), 1)]);
        assert_eq!(arrived(2, 3).await, []);
        // Partners are recorded at their revision, in microseconds.
        for (time, arrival) in [(0, 0), (1, 3), (2, 3), (50, 4)] {
            let found = store.arrivals_at(&tenant(), Timestamp(time)).await.expect("arrivals");
            assert_eq!((found.partners, found.inputs), (arrival, 0), "{time}");
        }
    }
}
