//! Single transactions that come while the journal is being written: they share the next commit, each with an outcome and
//! an author of its own.

use std::time::Duration;

use futures::future::join_all;
use tonic::Code;
use tributary_core::{Role, TenantId};
use tributary_proto::tributary::incentive::v1::{ListJournalEntriesRequest, TransactionState};

use crate::{
    ledger::{ACCRUED, EXPENSE, PAYABLE, create, posting, reserve, with_dealer},
    support::{Caller, ada, answer, fang, refused},
};

#[tokio::test]
async fn who_comes_together_has_an_outcome_of_their_own() {
    for world in with_dealer().await {
        answer(world.book(create("first", vec![posting(EXPENSE, ACCRUED, "10.00")])).await).expect("recorded");
        // Whoever comes now waits for the journal.
        let app = world.app().await;
        let mut held = app.store.begin().await.expect("a transaction");
        held.lock_journal(&TenantId::parse("default").expect("a tenant")).await.expect("the journal");

        let hu = Caller::new("default", "hu", Role::Finance);
        let same = || create("same", vec![posting(EXPENSE, ACCRUED, "1.00")]);
        let orders: Vec<(Caller, _)> = vec![
            (fang(), create("a", vec![posting(EXPENSE, ACCRUED, "5.00")])),
            (ada(), create("b", vec![posting(EXPENSE, ACCRUED, "7.00")])),
            (fang(), same()),
            (fang(), same()),
            (ada(), create("same", vec![posting(EXPENSE, ACCRUED, "2.00")])),
            (fang(), create("first", vec![posting(EXPENSE, ACCRUED, "10.00")])),
            (fang(), create("too-much", vec![posting(ACCRUED, PAYABLE, "1000.00")])),
            (hu, reserve("held", vec![posting(ACCRUED, PAYABLE, "10.00")])),
        ];
        let waiting = join_all(orders.into_iter().map(|(caller, request)| {
            let mut client = world.ledger();
            async move { client.create_transaction(caller.ask(request)).await }
        }));
        let release = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(held);
        };
        let (told, ()) = tokio::join!(waiting, release);
        let mut told = told.into_iter();
        let mut next = || told.next().expect("an outcome");
        for id in ["a", "b"] {
            assert_eq!(answer(next()).expect("recorded").name, format!("ledgerTransactions/{id}"));
        }
        // Who of three is the first of one id is nobody's to say; the two that say the same are told the same.
        let (one, two, other) = (next(), next(), next());
        match other.is_ok() {
            false => {
                assert_eq!(answer(one).expect("recorded"), answer(two).expect("known"));
                assert_eq!(refused(other).reason, "TRANSACTION_DIFFERS");
            }
            true => assert!([one, two].into_iter().all(|said| refused(said).reason == "TRANSACTION_DIFFERS")),
        }
        assert_eq!(answer(next()).expect("known").name, "ledgerTransactions/first");
        let why = refused(next());
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "BALANCE_LIMIT"));
        assert_eq!(answer(next()).expect("reserved").state(), TransactionState::Pending);

        let all = ListJournalEntriesRequest { page_size: 100, ..ListJournalEntriesRequest::default() };
        let entries = answer(world.ledger().list_journal_entries(fang().ask(all)).await).expect("a list").entries;
        assert_eq!(entries.len(), 5, "first, a, b, same and held");
        for entry in entries {
            let who = |id: &str| entry.content.contains(&format!("\"{id}\""));
            let author = if who("b") {
                "ada"
            } else if who("held") {
                "hu"
            } else {
                continue;
            };
            assert!(entry.author.contains(author), "{}: {}", entry.author, entry.content);
        }
        assert!(world.verified().await.sound);
    }
}
