//! How partners stood over time, as the copy had it at a number of arrivals.

use incentive_calculation_domain::standing::Standing;
use incentive_calculation_server::ports::{FactKey, LinkCopy, TierCopy};
use tributary_core::Timestamp;
use uuid::Uuid;

use crate::support::{day, fact, other_tenant, partner, stores, tenant};

#[tokio::test]
async fn a_record_holds_what_had_arrived() {
    for opened in stores().await {
        let store = &opened.store;
        let mut frozen = partner("a", 2, "2026-02-01", &[]);
        frozen.status = "FROZEN".to_owned();
        let mut silent = partner("b", 1, "2026-01-01", &[]);
        silent.status = String::new();
        let tier = |tier: &str, from: &str, recorded| TierCopy {
            partner_id: "a".to_owned(),
            tier: tier.to_owned(),
            effective_from: day(from),
            effective_to: None,
            record_time: Timestamp(recorded),
        };
        let mut tx = store.begin().await.expect("begin");
        tx.keep_partner(&tenant(), &partner("a", 1, "2026-01-01", &[])).await.expect("keep");
        tx.keep_partner(&tenant(), &silent).await.expect("keep");
        tx.keep_partner(&tenant(), &frozen).await.expect("keep");
        // Recorded last, whatever came first.
        tx.keep_tier(&tenant(), Uuid::from_u128(2), &tier("advanced", "2026-03-01", 20)).await.expect("tier");
        tx.keep_tier(&tenant(), Uuid::from_u128(1), &tier("basic", "2026-01-01", 10)).await.expect("tier");
        tx.commit().await.expect("commit");

        let ids = ["a".to_owned(), "b".to_owned(), "unknown".to_owned()];
        let seen = async |arrival| store.records(&tenant(), &ids, arrival).await.expect("records");
        assert!(seen(0).await.is_empty());
        let first = seen(2).await;
        let standing = |n: usize, r: usize| first[n].1.revisions[r].standing;
        assert_eq!((first[0].0.as_str(), first[1].0.as_str(), first.len()), ("a", "b", 2));
        assert_eq!((standing(0, 0), standing(1, 0)), (Standing::Member, Standing::Unknown));
        let all = seen(9).await;
        let record = &all[0].1;
        let told: Vec<_> =
            record.revisions.iter().map(|r| (r.effective_on, r.standing, r.attributes.revision)).collect();
        let expected = [(day("2026-01-01"), Standing::Member, 1), (day("2026-02-01"), Standing::Frozen, 2)];
        assert_eq!(told, expected);
        let tiers: Vec<_> = record.tiers.iter().map(|t| t.tier.as_str()).collect();
        assert_eq!(tiers, ["basic", "advanced"]);
        assert_eq!(record.frozen(), [(day("2026-02-01"), day("9999-12-31"))]);
        assert!(store.records(&other_tenant(), &ids, 9).await.expect("records").is_empty());

        let page =
            async |arrival, after: &str, limit| store.partner_ids(&tenant(), arrival, after, limit).await.expect("ids");
        assert_eq!(page(1, "", 10).await, ["a"]);
        assert_eq!(page(2, "", 10).await, ["a", "b"]);
        assert_eq!(page(2, "", 1).await, ["a"]);
        assert_eq!(page(2, "a", 1).await, ["b"]);
    }
}

#[tokio::test]
async fn links_come_as_the_registry_recorded_them() {
    for opened in stores().await {
        let store = &opened.store;
        let link = |parent: Option<&str>, from: &str, recorded| LinkCopy {
            partner_id: "a".to_owned(),
            parent_id: parent.map(str::to_owned),
            effective_from: day(from),
            record_time: Timestamp(recorded),
        };
        let mut tx = store.begin().await.expect("begin");
        let kept = [link(None, "2026-05-01", 30), link(Some("p"), "2026-01-01", 10), link(Some("q"), "2026-03-01", 20)];
        for (n, copy) in (1..).zip(&kept) {
            tx.keep_link(&tenant(), Uuid::from_u128(n), copy).await.expect("link");
        }
        tx.commit().await.expect("commit");
        let seen = async |arrival| {
            let found = store.links(&tenant(), &["a".to_owned(), "p".to_owned()], arrival).await.expect("links");
            found
                .into_iter()
                .map(|(id, l)| (id, l.into_iter().map(|l| l.parent).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        let parents = |list: &[Option<&str>]| {
            vec![("a".to_owned(), list.iter().map(|p| p.map(str::to_owned)).collect::<Vec<_>>())]
        };
        assert_eq!(seen(3).await, parents(&[Some("p"), Some("q"), None]));
        assert_eq!(seen(2).await, parents(&[Some("p"), None]));
        assert!(seen(0).await.is_empty());
    }
}

#[tokio::test]
async fn facts_are_found_by_their_keys_up_to_a_batch() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        let facts = [fact("2", "2026-01-01", 1, 1), fact("1", "2026-01-01", 1, 1), fact("3", "2026-01-01", 1, 2)];
        tx.insert_facts(&tenant(), &facts).await.expect("insert");
        tx.commit().await.expect("commit");
        let keys: Vec<FactKey> =
            ["3", "2", "1", "0"].map(|id| FactKey { source_system: "erp".to_owned(), source_id: id.to_owned() }).into();
        let found = async |keys: &[FactKey], batch| {
            let found = store.facts_of(&tenant(), keys, batch).await.expect("facts");
            found.into_iter().map(|f| f.fact.source_id).collect::<Vec<_>>()
        };
        assert_eq!(found(&keys, 2).await, ["1", "2", "3"]);
        assert_eq!(found(&keys, 1).await, ["1", "2"]);
        assert_eq!(found(&keys[..1], 2).await, ["3"]);
        assert!(found(&[], 2).await.is_empty());
    }
}
