//! What can change lines between two snapshots, and facts with no more than an engine measures.

use std::collections::BTreeSet;

use incentive_calculation_domain::{engine::Fields, fact::Fact};
use incentive_calculation_server::ports::{FactQuery, LinkCopy, StoredFact, TierCopy};
use tributary_core::Timestamp;
use uuid::Uuid;

use crate::{
    stated::state,
    support::{day, fact, other_tenant, partner, stores, tenant},
};

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn partners_of_whom_something_arrived_are_told() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let mut tx = store.begin().await.expect("begin");
        for id in ["a", "b", "c"] {
            tx.keep_partner(&tenant(), &partner(id, 1, "2012-01-01", &[])).await.expect("kept");
        }
        let tier = TierCopy {
            partner_id: "a".to_owned(),
            tier: "gold".to_owned(),
            effective_from: day("2012-03-01"),
            effective_to: None,
            record_time: Timestamp(50),
        };
        tx.keep_tier(&tenant(), Uuid::from_u128(9), &tier).await.expect("kept");
        let link = LinkCopy {
            partner_id: "b".to_owned(),
            parent_id: Some("c".to_owned()),
            effective_from: day("2012-03-01"),
            record_time: Timestamp(50),
        };
        tx.keep_link(&tenant(), Uuid::from_u128(10), &link).await.expect("kept");
        // It will hold one day.
        tx.keep_partner(&tenant(), &partner("c", 2, "2099-01-01", &[])).await.expect("kept");
        tx.commit().await.expect("commit");
        let arrived = async |since, up_to| store.partners_arrived(&tenant(), since, up_to).await.expect("read");
        assert_eq!(arrived(0, 6).await, set(&["a", "b", "c"]));
        assert_eq!(arrived(3, 5).await, set(&["a", "b"]));
        assert_eq!(arrived(5, 6).await, set(&["c"]));
        assert_eq!(arrived(6, 9).await, set(&[]));
        assert_eq!(store.partners_arrived(&other_tenant(), 0, 9).await.expect("read"), set(&[]));
    }
}

#[tokio::test]
async fn runs_that_state_are_told() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        // The first number of the tenant's counter.
        state(store, "r1", "2026-02", Vec::new()).await;
        let stated =
            async |programme, since, up_to| store.runs_stated(&tenant(), programme, since, up_to).await.expect("read");
        assert_eq!(stated("g", 0, 1).await, set(&["r1"]));
        assert_eq!(stated("g", 1, 9).await, set(&[]));
        assert_eq!(stated("h", 0, 9).await, set(&[]));
    }
}

/// What is left of a fact whose other fields are not looked at.
fn bare(stored: &StoredFact) -> StoredFact {
    let fact = &stored.fact;
    StoredFact {
        fact: Fact {
            gross: None,
            cost: None,
            quantity: None,
            sku: String::new(),
            product_line: String::new(),
            region: String::new(),
            channel: None,
            order_id: String::new(),
            customer_key: String::new(),
            labels: Default::default(),
            ..fact.clone()
        },
        record_time: Timestamp(0),
        ..stored.clone()
    }
}

#[tokio::test]
async fn facts_come_with_the_fields_that_are_looked_at() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let rows = [fact("1", "2012-07-01", 1, 1), fact("2", "2012-07-02", 2, 1)];
        let mut tx = store.begin().await.expect("begin");
        tx.insert_facts(&tenant(), &rows).await.expect("insert");
        tx.commit().await.expect("commit");
        let read = async |as_counted, fields| {
            let query = FactQuery { as_counted, limit: 9, ..FactQuery::default() };
            store.measured_facts(&tenant(), &query, fields).await.expect("facts")
        };
        let whole: Vec<StoredFact> = rows
            .iter()
            .map(|row| {
                let fact = Fact { labels: Default::default(), ..row.fact.clone() };
                StoredFact { fact, record_time: Timestamp(0), ..row.clone() }
            })
            .collect();
        assert_eq!(read(true, Fields::ALL).await, whole);
        assert_eq!(read(false, Fields::ALL).await, whole);
        let least: Vec<StoredFact> = rows.iter().map(bare).collect();
        assert_eq!(read(true, Fields::default()).await, least);
        // One field each, beside what always comes.
        let some = read(true, Fields { cost: true, order: true, ..Fields::default() }).await;
        let expected: Vec<StoredFact> = rows
            .iter()
            .map(|row| {
                let fact = Fact { cost: Some(7), order_id: "SO1".to_owned(), ..bare(row).fact };
                StoredFact { fact, ..bare(row) }
            })
            .collect();
        assert_eq!(some, expected);
    }
}
