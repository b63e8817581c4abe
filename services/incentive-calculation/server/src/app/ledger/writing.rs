//! One write to a ledger: what is read under the lock, what it comes to, and how it is kept.

use std::collections::BTreeMap;

use incentive_calculation_domain::{
    evidence::journal_entry,
    ledger::{AccountKey, Book, Content, Entry, Movement, Transaction, journal::Head},
};
use prost::Message as _;
use tributary_core::{Date, Fault, TenantId, Timestamp};
use tributary_proto::tributary::incentive::v1::LedgerChanged;

use crate::{
    app::{App, evidence::entry},
    ports::{
        IncentiveTx,
        ledger::{KeptMovement, LedgerChange},
    },
};

/// A write under way.
pub(super) struct Writing {
    tenant: TenantId,
    author: String,
    now: Timestamp,
    head: Head,
    /// The accounts that are touched.
    pub(super) book: Book,
    entries: Vec<Entry>,
    transactions: BTreeMap<i64, Transaction>,
    movements: Vec<KeptMovement>,
}

impl Writing {
    /// Locks the journal.
    pub(super) async fn begin(
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        author: &str,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        Ok(Self {
            head: tx.lock_journal(tenant).await?,
            tenant: tenant.clone(),
            author: author.to_owned(),
            now,
            book: Book::default(),
            entries: Vec::new(),
            transactions: BTreeMap::new(),
            movements: Vec::new(),
        })
    }

    /// Reads accounts into the book.
    pub(super) async fn load(&mut self, tx: &mut dyn IncentiveTx, mut keys: Vec<AccountKey>) -> Result<(), Fault> {
        keys.sort();
        keys.dedup();
        for account in tx.accounts_of(&self.tenant, &keys).await? {
            self.book.put(account);
        }
        Ok(())
    }

    /// Number of the entry that comes next.
    pub(super) fn next(&self) -> i64 {
        self.head.position.saturating_add(1)
    }

    /// When the write is made.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Who makes it.
    pub(super) fn author(&self) -> &str {
        &self.author
    }

    /// Adds an entry.
    pub(super) fn enter(&mut self, content: &Content) -> Result<(), Fault> {
        let content = serde_json::to_string(content).map_err(|e| Fault::internal(e.to_string()))?;
        let entry = Entry::after(&self.head, content, &self.author, self.now);
        self.head = entry.head();
        self.entries.push(entry);
        Ok(())
    }

    /// Keeps a transaction as the last entry left it, with what the entry moved.
    pub(super) fn left(&mut self, transaction: Transaction, moved: Vec<Movement>, effective_on: Date) {
        let kept = moved.into_iter().map(|movement| KeptMovement {
            entry: self.head.position,
            transaction: transaction.content.id.clone(),
            state: transaction.state,
            movement,
            effective_on,
            record_time: self.now,
        });
        self.movements.extend(kept);
        self.changed(transaction);
    }

    /// Keeps a transaction that changed without an entry of its own.
    pub(super) fn changed(&mut self, transaction: Transaction) {
        self.transactions.insert(transaction.entry, transaction);
    }

    /// Whether anything was entered.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl App {
    /// Keeps a write with its event and commits.
    pub(super) async fn keep(&self, mut tx: Box<dyn IncentiveTx>, writing: Writing) -> Result<(), Fault> {
        let first = writing.entries.first().map(|entry| entry.position);
        let touched = |key: &AccountKey| first.is_some_and(|first| writing.book.account(key).entry >= first);
        let change = LedgerChange {
            accounts: writing.book.accounts().filter(|account| touched(&account.key)).cloned().collect(),
            entries: writing.entries,
            transactions: writing.transactions.into_values().collect(),
            movements: writing.movements,
        };
        if let Some(first) = first {
            tx.keep_ledger(&writing.tenant, &change).await?;
            let last = writing.head.position;
            let data = LedgerChanged { first_entry: first, last_entry: last }.encode_to_vec();
            let subject = format!("journalEntries/{last}");
            tx.publish(self.event(&writing.tenant, "LedgerChanged", &subject, data, writing.now)).await?;
            let attested = |kept: &Entry| entry(format!("journalEntries/{}", kept.position), journal_entry(kept));
            let attested: Vec<_> = change.entries.iter().map(attested).collect();
            tx.attest(&writing.tenant, &attested, writing.now).await?;
        }
        self.commit(tx).await
    }
}
