//! Contracts: kept as they were, ids and refs taken once per tenant, written at the version they were read at, lists in
//! key order.

use std::{cmp::Ordering, time::Duration};

use contract_risk_domain::{Contract, ContractState as S, CooperationModel};
use contract_risk_server::ports::{ContractCondition as C, ContractQuery, ContractWrite};
use tributary_core::Date;
use tributary_sql::StoreError;

use crate::support::{Opened, contract, id, other_tenant, reference, stores, tenant, terms};

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

async fn ids(opened: &Opened, condition: Option<C>, after: &str, limit: u32) -> Vec<String> {
    let query = ContractQuery { condition, after: after.to_owned(), limit };
    let list = opened.open.store.contracts(&tenant(), &query).await.expect("list");
    list.iter().map(|c| c.id.to_string()).collect()
}

#[tokio::test]
async fn a_contract_comes_back_as_it_was() {
    for opened in stores().await {
        // Refs out of key order: their order is kept.
        let kept = contract("a", "p", &[("erp", "2"), ("crm", "2")]);
        opened.insert(&tenant(), &kept).await.expect("in");
        let store = &opened.open.store;
        assert_eq!(store.contract(&tenant(), "a").await.expect("read"), Some(kept.clone()));
        assert_eq!(store.contract(&tenant(), "b").await.expect("read"), None);
        assert_eq!(store.contract(&other_tenant(), "a").await.expect("read"), None);
        let by_ref = |tenant, system: &str| {
            let reference = reference(system, "2");
            async move { store.contract_by_ref(&tenant, &reference).await.expect("read") }
        };
        assert_eq!(by_ref(tenant(), "crm").await, Some(kept));
        assert_eq!((by_ref(tenant(), "pos").await, by_ref(other_tenant(), "crm").await), (None, None));
    }
}

#[tokio::test]
async fn ids_and_refs_are_taken_once_per_tenant() {
    for opened in stores().await {
        let first = contract("a", "p", &[("erp", "1")]);
        opened.insert(&tenant(), &first).await.expect("in");
        let taken = |result| matches!(result, Err(StoreError::AlreadyExists(_)));
        assert!(taken(opened.insert(&tenant(), &contract("a", "q", &[])).await), "the id");
        assert!(taken(opened.insert(&tenant(), &contract("b", "p", &[("pos", "9"), ("erp", "1")])).await), "the ref");
        assert_eq!(ids(&opened, None, "", 10).await, ["a"], "what was refused left nothing");
        // The same key in another system, another case or another tenant is another key.
        opened.insert(&tenant(), &contract("b", "p", &[("crm", "1"), ("erp", "A")])).await.expect("in");
        opened.insert(&tenant(), &contract("c", "p", &[("erp", "a")])).await.expect("in");
        opened.insert(&other_tenant(), &first).await.expect("in");

        let mut tx = opened.begin().await;
        let refs = [reference("erp", "1"), reference("erp", "a"), reference("erp", "z")];
        let holders = tx.contract_holders(&tenant(), &[id("b"), id("z")], &refs).await.expect("holders");
        assert_eq!(holders.ids, [id("b")].into());
        assert_eq!(holders.refs, [(refs[0].clone(), id("a")), (refs[1].clone(), id("c"))].into());
    }
}

#[tokio::test]
async fn a_concurrent_insert_waits_for_the_first_one() {
    for opened in stores().await {
        let mut first = opened.begin().await;
        let new = |after: Contract| [ContractWrite { before: None, after }];
        let kept = contract("a", "p", &[("erp", "1")]);
        first.write_contracts(&tenant(), &new(kept)).await.expect("insert");
        let clash = contract("b", "p", &[("erp", "1")]);
        let owner = tenant();
        let second = opened.insert(&owner, &clash);
        let commit = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            first.commit().await.expect("commit");
        };
        let (second, ()) = tokio::join!(second, commit);
        assert!(matches!(second, Err(StoreError::AlreadyExists(_))), "{second:?}");
    }
}

#[tokio::test]
async fn a_contract_is_written_at_the_version_it_was_read_at() {
    for opened in stores().await {
        let before = contract("a", "p", &[("erp", "1"), ("crm", "1")]);
        opened.insert(&tenant(), &before).await.expect("in");
        opened.insert(&tenant(), &contract("b", "p", &[("pos", "1")])).await.expect("in");

        // Refs wander between two contracts in one write.
        let mut tx = opened.begin().await;
        let locked = tx.lock_contracts(&tenant(), &[id("a"), id("b"), id("z")]).await.expect("lock");
        assert_eq!(locked.len(), 2, "what is not there is left out");
        let b = locked.into_iter().find(|c| c.id == id("b")).expect("b");
        let with = |contract: &Contract, refs: &[(&str, &str)]| {
            let mut next = Contract { version: contract.version + 1, state: S::Active, ..contract.clone() };
            next.terms.external_refs = refs.iter().map(|(system, id)| reference(system, id)).collect();
            ContractWrite { before: Some(contract.clone()), after: next }
        };
        let writes = [with(&before, &[("pos", "1")]), with(&b, &[("crm", "1")])];
        tx.write_contracts(&tenant(), &writes).await.expect("written");
        tx.commit().await.expect("commit");
        let store = &opened.open.store;
        let holder = async |system: &str| {
            let found = store.contract_by_ref(&tenant(), &reference(system, "1")).await.expect("read");
            found.map(|c| c.id.to_string())
        };
        assert_eq!(holder("pos").await.as_deref(), Some("a"));
        assert_eq!(holder("crm").await.as_deref(), Some("b"));
        assert_eq!(holder("erp").await, None, "given up");
        assert_eq!(store.contract(&tenant(), "a").await.expect("read"), Some(writes[0].after.clone()));

        // The same once more: the version is another one now.
        let mut tx = opened.begin().await;
        assert_eq!(tx.write_contracts(&tenant(), &writes[..1]).await, Err(StoreError::Conflict));
    }
}

#[tokio::test]
async fn a_lock_holds_until_the_end() {
    for opened in stores().await {
        let before = contract("a", "p", &[]);
        opened.insert(&tenant(), &before).await.expect("in");
        let mut first = opened.begin().await;
        first.lock_contracts(&tenant(), &[id("a")]).await.expect("lock");
        let second = async {
            let mut tx = opened.begin().await;
            tx.lock_contracts(&tenant(), &[id("a")]).await.expect("lock").remove(0).version
        };
        let write = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let after = Contract { version: 2, ..before.clone() };
            let write = ContractWrite { before: Some(before.clone()), after };
            first.write_contracts(&tenant(), &[write]).await.expect("written");
            first.commit().await.expect("commit");
        };
        let (seen, ()) = tokio::join!(second, write);
        assert_eq!(seen, 2, "the second reader sees what the first one wrote");
    }
}

#[tokio::test]
async fn lists_go_by_id_and_condition() {
    for opened in stores().await {
        let in_state = |id: &str, partner: &str, state| Contract { state, ..contract(id, partner, &[]) };
        let mut open = in_state("a", "p", S::Active);
        open.terms.effective_to = None;
        open.terms.owner = "li.wei".to_owned();
        open.terms.model = Some(CooperationModel::LiveCommerce);
        open.terms.external_refs = vec![reference("erp", "V:1")];
        for contract in
            [open, in_state("b2", "p", S::Draft), in_state("b-1", "q", S::Draft), in_state("c", "p", S::Ended)]
        {
            opened.insert(&tenant(), &contract).await.expect("in");
        }
        opened.insert(&other_tenant(), &contract("d", "p", &[])).await.expect("in");
        // Bytes order: "-" comes before digits.
        assert_eq!(ids(&opened, None, "", 10).await, ["a", "b-1", "b2", "c"]);
        assert_eq!(ids(&opened, None, "a", 2).await, ["b-1", "b2"]);
        let partner = || C::Partner(id("p"));
        assert_eq!(ids(&opened, Some(partner()), "", 2).await, ["a", "b2"]);
        assert_eq!(ids(&opened, Some(partner()), "b2", 2).await, ["c"]);
        assert_eq!(ids(&opened, Some(C::Partner(id("r"))), "", 2).await, Vec::<String>::new());

        let find = async |condition| ids(&opened, Some(condition), "", 10).await;
        let not = |condition| C::Not(Box::new(condition));
        assert_eq!(find(C::State(S::Draft)).await, ["b-1", "b2"]);
        assert_eq!(find(not(C::State(S::Draft))).await, ["a", "c"]);
        assert_eq!(find(C::Model(CooperationModel::LiveCommerce)).await, ["a"]);
        assert_eq!(find(not(C::Model(CooperationModel::LiveCommerce))).await, ["b-1", "b2", "c"], "unstated is none");
        assert_eq!(find(C::Owner("li.wei".to_owned())).await, ["a"]);
        assert_eq!(find(C::Owner("LI.WEI".to_owned())).await, Vec::<String>::new());
        assert_eq!(find(C::Ref(reference("erp", "V:1"))).await, ["a"]);
        // All begin on 2026-01-01; all but a end on 2027-01-01.
        assert_eq!(find(C::From(Ordering::Equal, day("2026-01-01"))).await.len(), 4);
        assert_eq!(find(C::From(Ordering::Less, day("2026-01-01"))).await.len(), 0);
        assert_eq!(find(C::From(Ordering::Greater, day("2025-12-31"))).await.len(), 4);
        assert_eq!(find(C::To(Ordering::Equal, day("2027-01-01"))).await, ["b-1", "b2", "c"]);
        assert_eq!(find(C::To(Ordering::Less, day("2027-01-02"))).await, ["b-1", "b2", "c"]);
        assert_eq!(find(C::To(Ordering::Greater, day("9999-12-31"))).await, ["a"], "after every day");
        let both = C::All(vec![partner(), C::Any(vec![C::State(S::Ended), C::State(S::Active)])]);
        assert_eq!(find(both).await, ["a", "c"]);
        assert_eq!((find(C::All(vec![])).await.len(), find(C::Any(vec![])).await.len()), (4, 0));
    }
}

#[tokio::test]
async fn what_is_in_force_is_found_by_partner() {
    for opened in stores().await {
        for (n, state) in S::ALL.iter().enumerate() {
            let partner = if n % 2 == 0 { "p" } else { "q" };
            let contract = Contract { state: *state, ..contract(&format!("c{n}"), partner, &[]) };
            opened.insert(&tenant(), &contract).await.expect("in");
        }
        let find = async |partner, after, limit| {
            let found = opened.open.store.contracts_in_force(&tenant(), partner, after, limit).await.expect("read");
            found.iter().map(|c| c.id.to_string()).collect::<Vec<_>>()
        };
        // The states are numbered from 0: active 4, expiring 5, renewed 6, terminating 7.
        assert_eq!(find(None, "", 10).await, ["c4", "c5", "c6", "c7"]);
        assert_eq!(find(None, "c4", 2).await, ["c5", "c6"]);
        assert_eq!(find(Some("p"), "", 10).await, ["c4", "c6"]);
        assert_eq!(find(Some("q"), "c5", 10).await, ["c7"]);
    }
}

#[tokio::test]
async fn what_is_due_comes_by_day_across_tenants() {
    for opened in stores().await {
        let from = |id: &str, from: (i32, i32, i32)| Contract {
            state: S::Signed,
            terms: terms("p", |d| d.effective_from = Some(from)),
            ..contract(id, "p", &[])
        };
        for contract in [from("a", (2026, 3, 1)), from("b", (2026, 2, 1)), contract("draft", "p", &[])] {
            opened.insert(&tenant(), &contract).await.expect("in");
        }
        opened.insert(&other_tenant(), &from("c", (2026, 2, 1))).await.expect("in");
        let due = async |today, after| {
            let found = opened.open.store.due_contracts(day(today), after, 2).await.expect("read");
            let shown: Vec<_> = found.iter().map(|d| format!("{} {} {}", d.on, d.tenant, d.id)).collect();
            (shown, found)
        };
        assert_eq!(due("2026-01-31", None).await.0, Vec::<String>::new());
        assert_eq!(due("2026-02-01", None).await.0, ["2026-02-01 default b", "2026-02-01 other c"]);
        let (_, first) = due("2026-03-01", None).await;
        assert_eq!(due("2026-03-01", first.last()).await.0, ["2026-03-01 default a"]);
    }
}
