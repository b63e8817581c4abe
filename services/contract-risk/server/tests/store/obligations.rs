//! Obligations: insert, lock, update, history, lists.

use std::cmp::Ordering::{Equal, Greater, Less};

use contract_risk_domain::{
    ContractState, DutyDraft, Obligation, ObligationKind, ObligationState, ObligationTransition, Party,
};
use contract_risk_server::ports::{
    ObligationCondition::{self, All, Any, Debtor, DueOn, Kind, Not, Overdue, Owner, Partner, State},
    ObligationInserted, ObligationKey, ObligationQuery,
};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;

use crate::{
    obligation_support::{NOW, accepted, contract_until, day, filed, id, milestone, proof, with_ref, yuan},
    support::{Opened, other_tenant, stores, tenant},
};

/// A store with the contracts `a` and `b` of partners `p` and `q`.
async fn opened() -> Vec<Opened> {
    let opened = stores().await;
    for store in &opened {
        for (contract, partner) in [("a", "p"), ("b", "q")] {
            store.keep_contract(&tenant(), &contract_until(contract, partner, None, ContractState::Active)).await;
        }
        store.keep_contract(&other_tenant(), &contract_until("a", "p", None, ContractState::Active)).await;
    }
    opened
}

#[tokio::test]
async fn what_is_kept_comes_back_and_keys_are_unique() {
    for store in opened().await {
        let first = with_ref(milestone("a", "p", "one", "2026-03-31"), "erp", "1");
        assert_eq!(store.keep(&tenant(), &first).await, ObligationInserted::Yes);
        let read = |t: TenantId, contract: &'static str, name: &'static str| {
            let reads = store.open.obligations.clone();
            async move { reads.obligation(&t, &id(contract), &id(name)).await.expect("read") }
        };
        assert_eq!(read(tenant(), "a", "one").await.as_ref(), Some(&first));
        assert_eq!(read(tenant(), "b", "one").await, None);
        assert_eq!(read(other_tenant(), "a", "one").await, None);

        // A taken key does not end the transaction.
        let mut tx = store.begin_obligations().await;
        let same_id = milestone("a", "p", "one", "2026-04-30");
        assert_eq!(tx.insert_obligation(&tenant(), &same_id).await, Ok(ObligationInserted::IdTaken));
        let same_ref = with_ref(milestone("b", "q", "two", "2026-04-30"), "erp", "1");
        let taken = ObligationInserted::RefTaken("contracts/a/obligations/one".to_owned());
        assert_eq!(tx.insert_obligation(&tenant(), &same_ref).await, Ok(taken));
        let other_ref = with_ref(milestone("b", "q", "two", "2026-04-30"), "erp", "2");
        assert_eq!(tx.insert_obligation(&tenant(), &other_ref).await, Ok(ObligationInserted::Yes));
        tx.commit().await.expect("commit");
        assert_eq!(read(tenant(), "b", "two").await, Some(other_ref));
        // Another tenant has ids and refs of its own.
        assert_eq!(store.keep(&other_tenant(), &first).await, ObligationInserted::Yes);

        // An obligation of no contract is no obligation.
        let mut tx = store.begin_obligations().await;
        let lost = tx.insert_obligation(&tenant(), &milestone("z", "p", "one", "2026-03-31")).await;
        assert!(matches!(lost, Err(StoreError::Constraint(_))), "{lost:?}");
    }
}

#[tokio::test]
async fn a_locked_obligation_is_written_at_the_revision_it_was_read_at() {
    for store in opened().await {
        let open = with_ref(milestone("a", "p", "one", "2026-03-31"), "erp", "1");
        store.keep(&tenant(), &open).await;
        let reference = open.duty.external_ref.clone().expect("a ref");
        let mut tx = store.begin_obligations().await;
        assert_eq!(tx.lock_obligation(&tenant(), &id("a"), &id("one")).await, Ok(Some(open.clone())));
        assert_eq!(tx.lock_obligation_by_ref(&tenant(), &reference).await, Ok(Some(open.clone())));
        assert_eq!(tx.lock_obligation(&tenant(), &id("a"), &id("two")).await, Ok(None));
        assert_eq!(tx.lock_obligation(&other_tenant(), &id("a"), &id("one")).await, Ok(None));
        assert_eq!(tx.lock_obligation_by_ref(&other_tenant(), &reference).await, Ok(None));
        let after = filed(&open, "2026-03-30");
        assert_eq!(tx.update_obligation(&tenant(), 2, &after).await, Err(StoreError::Conflict));
        tx.update_obligation(&tenant(), 1, &after).await.expect("updated");
        tx.commit().await.expect("commit");
        let read = store.open.obligations.obligation(&tenant(), &id("a"), &id("one")).await.expect("read");
        assert_eq!(read, Some(after));
    }
}

#[tokio::test]
async fn history_is_kept_in_order() {
    for store in opened().await {
        let open = milestone("a", "p", "one", "2026-03-31");
        store.keep(&tenant(), &open).await;
        let after = filed(&open, "2026-03-30");
        let lines = [
            ObligationTransition::to(&open, None, "legal", ""),
            ObligationTransition::to(&after, Some(ObligationState::Open), "finance", "photo 照片"),
        ];
        let mut tx = store.begin_obligations().await;
        for line in &lines {
            tx.add_obligation_transition(&tenant(), &open, line).await.expect("added");
        }
        tx.commit().await.expect("commit");
        let read = |after, limit| {
            let reads = store.open.obligations.clone();
            async move { reads.obligation_transitions(&tenant(), &id("a"), &id("one"), after, limit).await.expect("read") }
        };
        assert_eq!(read(0, 10).await, lines);
        assert_eq!(read(0, 1).await, lines[..1]);
        assert_eq!(read(1, 10).await, lines[1..]);
        assert_eq!(
            (lines[1].ordinal, lines[1].time, lines[1].to),
            (2, Timestamp(1_000_001), ObligationState::Submitted)
        );
    }
}

/// Ids of a page.
async fn listed(store: &Opened, contract: Option<&str>, condition: Option<ObligationCondition>) -> Vec<String> {
    let query = ObligationQuery { contract: contract.map(id), condition, after: None, limit: 100 };
    let found = store.open.obligations.obligations(&tenant(), &query).await.expect("list");
    found.iter().map(|o| o.id.to_string()).collect()
}

/// A payment of CNY 1,000 that we owe.
fn payment(name: &str, due_on: &str) -> Obligation {
    let draft = DutyDraft {
        kind: Some(ObligationKind::Payment),
        debtor: Some(Party::Principal),
        title: "Instalment".to_owned(),
        due_on: Some(day(due_on).ymd()),
        amount: Some(yuan(1000)),
        ..DutyDraft::default()
    };
    Obligation::new(id("b"), id("q"), id(name), name.to_owned(), draft.check().expect("good"), NOW)
}

#[tokio::test]
async fn lists_are_by_due_day_contract_and_id() {
    for store in opened().await {
        for (contract, partner, name, due_on) in [
            ("b", "q", "x", "2026-03-31"),
            ("a", "p", "y", "2026-03-31"),
            ("a", "p", "x", "2026-03-31"),
            ("b", "q", "z", "2026-01-31"),
        ] {
            store.keep(&tenant(), &milestone(contract, partner, name, due_on)).await;
        }
        store.keep(&other_tenant(), &milestone("a", "p", "theirs", "2026-03-31")).await;
        assert_eq!(listed(&store, None, None).await, ["z", "x", "y", "x"]);
        assert_eq!(listed(&store, Some("a"), None).await, ["x", "y"]);
        let mut after = None;
        let mut names = Vec::new();
        loop {
            let query = ObligationQuery { contract: None, condition: None, after: after.clone(), limit: 1 };
            let page = store.open.obligations.obligations(&tenant(), &query).await.expect("list");
            let Some(last) = page.last() else { break };
            names.push(last.name());
            after =
                Some(ObligationKey { due_on: last.duty.due_on, contract: last.contract.clone(), id: last.id.clone() });
        }
        assert_eq!(
            names,
            [
                "contracts/b/obligations/z",
                "contracts/a/obligations/x",
                "contracts/a/obligations/y",
                "contracts/b/obligations/x"
            ]
        );
    }
}

#[tokio::test]
async fn conditions_choose() {
    for store in opened().await {
        // Of one contract, in the order of their days.
        let all = [
            milestone("a", "p", "m1", "2026-01-31"),
            filed(&milestone("a", "p", "m2", "2026-02-28"), "2026-02-28"),
            filed(&milestone("a", "p", "m3", "2026-03-31"), "2026-04-01"),
            accepted(&milestone("a", "p", "m4", "2026-04-30"), "2026-05-02"),
            milestone("a", "p", "m5", "2026-05-31").waived(NOW).expect("waived"),
            payment("p6", "2026-06-30"),
            {
                let owed = payment("p7", "2026-07-31");
                owed.with_proof(proof(&owed, "2026-07-01", Some(999)), NOW).expect("filed in part")
            },
            {
                let owed = payment("p8", "2026-08-31");
                owed.with_proof(proof(&owed, "2026-08-31", Some(1000)), NOW).expect("filed in full")
            },
        ];
        for obligation in &all {
            store.keep(&tenant(), obligation).await;
        }
        let check = |condition: ObligationCondition, expected: &'static [&'static str]| {
            let store = &store;
            async move {
                assert_eq!(listed(store, None, Some(condition.clone())).await, expected, "{condition:?}");
            }
        };
        check(Partner(id("q")), &["p6", "p7", "p8"]).await;
        check(Kind(ObligationKind::Payment), &["p6", "p7", "p8"]).await;
        check(State(ObligationState::Submitted), &["m2", "m3", "p7", "p8"]).await;
        check(Not(Box::new(State(ObligationState::Submitted))), &["m1", "m4", "m5", "p6"]).await;
        check(Debtor(Party::Principal), &["p6", "p7", "p8"]).await;
        check(Owner("li.wei".to_owned()), &["m1", "m2", "m3", "m4", "m5"]).await;
        check(DueOn(Equal, day("2026-02-28")), &["m2"]).await;
        check(DueOn(Less, day("2026-02-28")), &["m1"]).await;
        check(DueOn(Greater, day("2026-06-30")), &["p7", "p8"]).await;
        check(All(vec![Kind(ObligationKind::Milestone), State(ObligationState::Open)]), &["m1"]).await;
        check(Any(vec![DueOn(Equal, day("2026-02-28")), State(ObligationState::Waived)]), &["m2", "m5"]).await;
        check(All(vec![]), &["m1", "m2", "m3", "m4", "m5", "p6", "p7", "p8"]).await;
        check(Any(vec![]), &[]).await;
        // On 1 August all but p8 are past due: open m1, p6; done late m3; paid in part p7.
        check(Overdue(day("2026-08-01")), &["m1", "m3", "p6", "p7"]).await;
        check(Not(Box::new(Overdue(day("2026-08-01")))), &["m2", "m4", "m5", "p8"]).await;
        check(Overdue(day("2026-07-31")), &["m1", "m3", "p6"]).await;
        // The domain says the same on every day.
        for today in ["2026-01-31", "2026-02-01", "2026-04-01", "2026-07-31", "2026-08-01", "2027-01-01"] {
            let late = all.iter().filter(|o| o.days_overdue(day(today)).is_some());
            let late: Vec<_> = late.map(|o| o.id.to_string()).collect();
            assert_eq!(listed(&store, None, Some(Overdue(day(today)))).await, late, "{today}");
        }
    }
}
