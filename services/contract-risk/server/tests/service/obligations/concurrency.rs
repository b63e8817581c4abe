//! Many at once: one etag has one winner, one external ref one obligation, one step one reminder.

use std::collections::BTreeSet;

use tributary_proto::tributary::{
    common::v1::ExternalRef,
    contract::v1::{
        ImportObligationsRequest, ImportOutcome, Obligation, ObligationChanged, ObligationImport, ReminderDue,
        obligation_import::ContractRef,
    },
};

use super::desk::{ask, desks, milestone, proof};

#[tokio::test]
async fn one_etag_has_one_winner() {
    for desk in desks("2026-03-02").await {
        let open = desk.create("a", "one", milestone("2026-03-31")).await.expect("created");
        let calls = (0..32).map(|i| {
            let (desk, open) = (&desk, &open);
            async move { desk.submit(&format!("maker-{i}"), open, proof("2026-03-01", None)).await }
        });
        let answers = join_all(calls).await;
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        let lost = answers.iter().filter(|answer| answer.as_ref().is_err_and(|e| e.reason == "ETAG_MISMATCH")).count();
        assert_eq!((won, lost), (1, 31));
        let now = desk.get(&open.name).await.expect("there");
        assert_eq!((now.proofs.len(), &*now.etag), (1, "r2"));
        let _: Vec<ObligationChanged> = desk.events("ObligationChanged", &open.name, 2).await;
    }
}

#[tokio::test]
async fn one_ref_has_one_obligation() {
    for desk in desks("2026-03-02").await {
        let rows = |turn: usize| {
            // Each import has the rows in another order.
            let mut rows: Vec<_> = (0..20).map(|i| row(&i.to_string())).collect();
            rows.rotate_left(turn * 5);
            ImportObligationsRequest { obligations: rows, request_id: String::new() }
        };
        let calls = (0..8).map(|turn| {
            let (desk, request) = (&desk, rows(turn % 4));
            async move { ask!(desk, "erp", import_obligations, request).expect("taken").results }
        });
        let results: Vec<_> = join_all(calls).await.into_iter().flatten().collect();
        let created = results.iter().filter(|r| r.outcome() == ImportOutcome::Created).count();
        let unchanged = results.iter().filter(|r| r.outcome() == ImportOutcome::Unchanged).count();
        assert_eq!((created, unchanged), (20, 140));
        assert_eq!(results.iter().map(|r| &r.name).collect::<BTreeSet<_>>().len(), 20);
    }
}

fn row(id: &str) -> ObligationImport {
    ObligationImport {
        contract_ref: Some(ContractRef::Contract("contracts/a".to_owned())),
        obligation: Some(Obligation {
            external_ref: Some(ExternalRef { system: "erp".to_owned(), id: id.to_owned() }),
            ..milestone("2026-03-31")
        }),
        fulfilled_on: None,
    }
}

#[tokio::test]
async fn several_replicas_send_each_reminder_once() {
    for desk in desks("2026-03-24").await {
        for i in 0..20 {
            desk.create("a", &format!("m{i}"), milestone("2026-03-31")).await.expect("created");
        }
        desk.contract("ending", "p", Some("2026-04-01"), contract_risk_domain::ContractState::Active).await;
        let (one, two, three) = (desk.replica().await, desk.replica().await, desk.replica().await);
        let sent = join_all([&one, &two, &three].map(|replica| replica.send_reminders())).await;
        let sent: u64 = sent.into_iter().map(|sent| sent.expect("sent")).sum();
        // Twenty obligations, and the contract that ends in eight days.
        assert_eq!(sent, 21);
        assert_eq!(one.send_reminders().await, Ok(0));
        for i in 0..20 {
            let subject = format!("contracts/a/obligations/m{i}");
            let _: Vec<ReminderDue> = desk.events("ReminderDue", &subject, 1).await;
        }
        let _: Vec<ReminderDue> = desk.events("ReminderDue", "contracts/ending", 1).await;
    }
}

/// Runs futures side by side.
async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures::future::join_all(futures).await
}
