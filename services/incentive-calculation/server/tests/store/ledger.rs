//! The ledger's tables: limits stand in the table, a journal has one end, reservations are found when their time is over.

use incentive_calculation_domain::ledger::{
    Account, AccountKey, Entry, NewTransaction, State, Transaction, TransactionId, journal::Head,
};
use incentive_calculation_server::ports::ledger::LedgerChange;
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;

use crate::support::{Opened, other_tenant, stores, tenant};

fn account(id: &str, debits: i64, credits: i64, reserved: i64) -> Account {
    let key = AccountKey::parse(id).expect("an account");
    Account { debits_posted: debits, credits_posted: credits, debits_pending: reserved, entry: 1, ..Account::new(key) }
}

fn first(accounts: Vec<Account>, transactions: Vec<Transaction>) -> LedgerChange {
    let entries = vec![Entry::after(&Head::default(), "{}".to_owned(), "fang", Timestamp(1))];
    LedgerChange { entries, accounts, transactions, movements: Vec::new() }
}

fn reserved(id: &str, entry: i64, until: Option<i64>) -> Transaction {
    let content = NewTransaction {
        id: TransactionId::parse(id).expect("an id"),
        postings: Vec::new(),
        pending: true,
        expire_time: until.map(Timestamp),
        cause: "test".to_owned(),
        memo: String::new(),
        effective_on: None,
        reverses: None,
    };
    Transaction::recorded(content, entry, "fang", Timestamp(0))
}

async fn keep(opened: &Opened, tenant: &TenantId, change: &LedgerChange) -> Result<(), StoreError> {
    let mut tx = opened.store.begin().await.expect("begin");
    tx.lock_journal(tenant).await.expect("locked");
    tx.keep_ledger(tenant, change).await?;
    tx.commit().await
}

#[tokio::test]
async fn no_account_is_kept_below_its_floor() {
    for opened in stores().await {
        // Grows by credits: 100 less 60 less 41 reserved. Grows by debits: 10 less 11.
        for wrong in [account("partner.p.payable.CNY", 60, 100, 41), account("partner.p.clawback.CNY", 10, 11, 0)] {
            assert!(keep(&opened, &tenant(), &first(vec![wrong], Vec::new())).await.is_err());
        }
        let sound = [account("partner.p.payable.CNY", 60, 100, 40), account("house.cash.CNY", 0, 100, 0)];
        keep(&opened, &tenant(), &first(sound.to_vec(), Vec::new())).await.expect("kept");
        let read = opened.store.ledger_account(&tenant(), &sound[0].key).await.expect("read").expect("there");
        assert_eq!(read, sound[0]);
        assert_eq!(opened.store.ledger_account(&other_tenant(), &sound[0].key).await.expect("read"), None);
    }
}

#[tokio::test]
async fn a_journal_has_one_end() {
    for opened in stores().await {
        keep(&opened, &tenant(), &first(Vec::new(), Vec::new())).await.expect("kept");
        let head = opened.store.journal_head(&tenant()).await.expect("read");
        assert_eq!(head.position, 1);
        assert!(keep(&opened, &tenant(), &first(Vec::new(), Vec::new())).await.is_err(), "entry 1 is taken");
        keep(&opened, &other_tenant(), &first(Vec::new(), Vec::new())).await.expect("each tenant has its own");
        assert_eq!(opened.store.journal(&tenant(), 0, 10).await.expect("read").len(), 1);
    }
}

#[tokio::test]
async fn reservations_are_found_when_their_time_is_over() {
    for opened in stores().await {
        let list = vec![
            reserved("late", 1, Some(30)),
            reserved("early", 2, Some(20)),
            reserved("never", 3, None),
            Transaction { state: State::Voided, ..reserved("voided", 4, Some(10)) },
        ];
        keep(&opened, &tenant(), &first(Vec::new(), list)).await.expect("kept");
        let found = async |now| {
            let found = opened.store.overdue(Timestamp(now), 10).await.expect("read");
            found.iter().map(|(_, id)| id.to_string()).collect::<Vec<_>>()
        };
        assert!(found(19).await.is_empty());
        assert_eq!(found(20).await, ["early"]);
        assert_eq!(found(30).await, ["early", "late"]);
    }
}
