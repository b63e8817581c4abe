//! Single transactions that come while the journal is being written: they share the next commit, each with an outcome and
//! an author of its own.

use std::time::Duration;

use futures::future::join_all;
use tonic::{Code, Response, Status};
use tributary_core::{Role, TenantId};
use tributary_proto::tributary::incentive::v1::{
    CreateTransactionRequest, LedgerTransaction, ListJournalEntriesRequest, TransactionState,
};
use tributary_testkit::Engine;

use crate::{
    ledger::{ACCRUED, EXPENSE, PAYABLE, create, posting, reserve, with_dealer},
    support::{Caller, World, ada, answer, fang, refused},
};

impl World {
    /// What comes of orders that wait for the journal together.
    async fn together(
        &self,
        orders: Vec<(Caller, CreateTransactionRequest)>,
    ) -> impl Iterator<Item = Result<Response<LedgerTransaction>, Status>> {
        let app = self.app().await;
        let mut held = app.store.begin().await.expect("a transaction");
        held.lock_journal(&TenantId::default_tenant()).await.expect("the journal");
        // The first is served alone, and waits; those that come meanwhile are served after it, together.
        let waiting = join_all((0_u64..).zip(orders).map(|(place, (caller, request))| {
            let mut client = self.ledger();
            async move {
                tokio::time::sleep(Duration::from_millis(if place == 0 { 0 } else { 200 })).await;
                client.create_transaction(caller.ask(request)).await
            }
        }));
        let release = async {
            tokio::time::sleep(Duration::from_millis(600)).await;
            drop(held);
        };
        tokio::join!(waiting, release).0.into_iter()
    }

    /// The ids of the transactions that were entered, each with who did, in the order of the ids.
    async fn authors(&self) -> Vec<(String, String)> {
        let all = ListJournalEntriesRequest { page_size: 100, ..ListJournalEntriesRequest::default() };
        let entries = answer(self.ledger().list_journal_entries(fang().ask(all)).await).expect("a list").entries;
        let of =
            |content: &str| serde_json::from_str::<serde_json::Value>(content).expect("JSON")["recorded"]["id"].clone();
        let author = |entry: tributary_proto::tributary::incentive::v1::JournalEntry| {
            (of(&entry.content).as_str().expect("an id").to_owned(), entry.author)
        };
        let mut authors: Vec<_> = entries.into_iter().map(author).collect();
        authors.sort();
        authors
    }
}

#[tokio::test]
async fn who_comes_together_has_an_outcome_of_their_own() {
    for world in with_dealer().await {
        answer(world.book(create("first", vec![posting(EXPENSE, ACCRUED, "10.00")])).await).expect("recorded");
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
        let mut told = world.together(orders).await;
        let mut next = || told.next().expect("an outcome");
        for id in ["a", "b"] {
            assert_eq!(answer(next()).expect("recorded").name, format!("ledgerTransactions/{id}"));
        }
        // Who of three is the first of one id is nobody's to say; the two that say the same are told the same.
        let (one, two, other) = (next(), next(), next());
        let other_came_first = other.is_ok();
        match other_came_first {
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

        let same = if other_came_first { "ada" } else { "fang" };
        let authors = [("a", "fang"), ("b", "ada"), ("first", "fang"), ("held", "hu"), ("same", same)];
        let authors = authors.map(|(id, author)| (id.to_owned(), author.to_owned()));
        assert_eq!(world.authors().await, authors);
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn what_the_store_holds_against_one_is_told_to_that_one_only() {
    let refuse = |engine| match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER poison BEFORE INSERT ON ledger_transactions WHEN NEW.transaction_id = 'poison' \
             BEGIN SELECT RAISE(ABORT, 'poison'); END"
        }
        Engine::Postgres => "ALTER TABLE ledger_transactions ADD CONSTRAINT poison CHECK (transaction_id <> 'poison')",
    };
    for world in with_dealer().await {
        world.raw().await.define(refuse(world.engine)).await;
        let order = |id| (fang(), create(id, vec![posting(EXPENSE, ACCRUED, "1.00")]));
        let orders = ["before", "one", "poison", "two"].map(order);
        let told: Vec<bool> = world.together(orders.to_vec()).await.map(|outcome| outcome.is_ok()).collect();
        assert_eq!(told, [true, true, false, true]);
        let entered: Vec<String> = world.authors().await.into_iter().map(|(id, _)| id).collect();
        assert_eq!(entered, ["before", "one", "two"]);
        assert!(world.verified().await.sound);
    }
}

/// A transaction whose deadline passes while others write is not entered, neither by the write that was under way nor by the
/// next one.
#[tokio::test]
async fn who_waited_in_vain_has_entered_nothing() {
    for world in with_dealer().await {
        let app = world.app().await;
        let mut held = app.store.begin().await.expect("a transaction");
        held.lock_journal(&TenantId::default_tenant()).await.expect("the journal");
        let order = async |id: &str, waits: u64| {
            let mut request = fang().ask(create(id, vec![posting(EXPENSE, ACCRUED, "1.00")]));
            request.set_timeout(Duration::from_millis(waits));
            world.ledger().create_transaction(request).await
        };
        let release = async {
            tokio::time::sleep(Duration::from_millis(1_000)).await;
            drop(held);
        };
        // One is being written when its time is over, the other one has not had its turn.
        let (being_written, queued, ()) = tokio::join!(order("first", 300), order("second", 500), release);
        for outcome in [being_written, queued] {
            assert!(outcome.is_err(), "{outcome:?}");
        }
        answer(world.book(create("after", vec![posting(EXPENSE, ACCRUED, "1.00")])).await).expect("recorded");
        let entered: Vec<String> = world.authors().await.into_iter().map(|(id, _)| id).collect();
        assert_eq!(entered, ["after"]);
        assert!(world.verified().await.sound);
    }
}
