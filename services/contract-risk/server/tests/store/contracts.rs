//! Contracts: kept as they were, ids and refs taken once per tenant, lists in key order.

use std::time::Duration;

use contract_risk_server::ports::Inserted;

use crate::support::{Opened, contract, other_tenant, reference, stores, tenant};

fn taken(system: &str, id: &str, holder: &str) -> Inserted {
    Inserted::RefTaken { reference: reference(system, id), holder: holder.to_owned() }
}

async fn ids(opened: &Opened, partner: Option<&str>, after: &str, limit: u32) -> Vec<String> {
    let list = opened.open.store.contracts(&tenant(), partner, after, limit).await.expect("list");
    list.iter().map(|c| c.id.to_string()).collect()
}

#[tokio::test]
async fn a_contract_comes_back_as_it_was() {
    for opened in stores().await {
        // Refs out of key order: their order is kept.
        let kept = contract("a", "p", &[("erp", "2"), ("crm", "2")]);
        assert_eq!(opened.insert(&tenant(), &kept).await, Inserted::Yes);
        let store = &opened.open.store;
        assert_eq!(store.contract(&tenant(), "a").await.expect("read"), Some(kept));
        assert_eq!(store.contract(&tenant(), "b").await.expect("read"), None);
        assert_eq!(store.contract(&other_tenant(), "a").await.expect("read"), None);
    }
}

#[tokio::test]
async fn ids_and_refs_are_taken_once_per_tenant() {
    for opened in stores().await {
        let first = contract("a", "p", &[("erp", "1")]);
        assert_eq!(opened.insert(&tenant(), &first).await, Inserted::Yes);
        assert_eq!(opened.insert(&tenant(), &contract("a", "q", &[])).await, Inserted::IdTaken);
        let clash = contract("b", "p", &[("pos", "9"), ("erp", "1")]);
        assert_eq!(opened.insert(&tenant(), &clash).await, taken("erp", "1", "a"));
        assert_eq!(ids(&opened, None, "", 10).await, ["a"], "what was refused left nothing");
        // The same key in another system, another case or another tenant is another key.
        assert_eq!(opened.insert(&tenant(), &contract("b", "p", &[("crm", "1"), ("erp", "A")])).await, Inserted::Yes);
        assert_eq!(opened.insert(&tenant(), &contract("c", "p", &[("erp", "a")])).await, Inserted::Yes);
        assert_eq!(opened.insert(&other_tenant(), &first).await, Inserted::Yes);
    }
}

#[tokio::test]
async fn a_concurrent_insert_waits_and_names_the_holder() {
    for opened in stores().await {
        let mut first = opened.begin().await;
        let kept = contract("a", "p", &[("erp", "1")]);
        assert_eq!(first.insert_contract(&tenant(), &kept).await.expect("insert"), Inserted::Yes);
        let clash = contract("b", "p", &[("erp", "1")]);
        let owner = tenant();
        let second = opened.insert(&owner, &clash);
        let commit = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            first.commit().await.expect("commit");
        };
        let (second, ()) = tokio::join!(second, commit);
        assert_eq!(second, taken("erp", "1", "a"));
    }
}

#[tokio::test]
async fn lists_go_by_id_and_partner() {
    for opened in stores().await {
        for (id, partner) in [("b2", "p"), ("b-1", "q"), ("a", "p"), ("c", "p")] {
            assert_eq!(opened.insert(&tenant(), &contract(id, partner, &[])).await, Inserted::Yes);
        }
        assert_eq!(opened.insert(&other_tenant(), &contract("d", "p", &[])).await, Inserted::Yes);
        // Bytes order: "-" comes before digits.
        assert_eq!(ids(&opened, None, "", 10).await, ["a", "b-1", "b2", "c"]);
        assert_eq!(ids(&opened, None, "a", 2).await, ["b-1", "b2"]);
        assert_eq!(ids(&opened, Some("p"), "", 2).await, ["a", "b2"]);
        assert_eq!(ids(&opened, Some("p"), "b2", 2).await, ["c"]);
        assert_eq!(ids(&opened, Some("r"), "", 2).await, Vec::<String>::new());
    }
}
