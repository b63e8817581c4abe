//! One write to a ledger: what is read under the lock, what it comes to, and how it is kept.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    evidence::journal_entry,
    ledger::{AccountKey, Book, Content, Entry, Movement, NewTransaction, Transaction, TransactionId, journal::Head},
};
use prost::Message as _;
use tributary_core::{Date, Fault, TenantId, Timestamp};
use tributary_proto::tributary::incentive::v1::LedgerChanged;

use super::Scales;
use crate::{
    app::{App, evidence::entry},
    ports::{
        IncentiveTx,
        ledger::{KeptMovement, LedgerChange},
    },
};

/// A write under way. A clone of it is a place to go back to when one of several that come together is refused.
#[derive(Clone)]
pub(in crate::app) struct Writing {
    tenant: TenantId,
    author: String,
    now: Timestamp,
    head: Head,
    /// The accounts that are touched.
    pub(in crate::app) book: Book,
    entries: Vec<Entry>,
    transactions: BTreeMap<i64, Transaction>,
    movements: Vec<KeptMovement>,
    known: BTreeMap<TransactionId, Transaction>,
}

impl Writing {
    /// Locks the journal.
    pub(in crate::app) async fn begin(
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
            known: BTreeMap::new(),
        })
    }

    /// Reads accounts into the book; those that are in it stay as this write has left them.
    pub(in crate::app) async fn load(
        &mut self,
        tx: &mut dyn IncentiveTx,
        mut keys: Vec<AccountKey>,
    ) -> Result<(), Fault> {
        keys.sort();
        keys.dedup();
        let there: BTreeSet<AccountKey> = self.book.accounts().map(|account| account.key.clone()).collect();
        keys.retain(|key| !there.contains(key));
        for account in tx.accounts_of(&self.tenant, &keys).await? {
            self.book.put(account);
        }
        Ok(())
    }

    /// Reads which transactions are known already, for [`App::enter_known`].
    pub(in crate::app) async fn know(&mut self, tx: &mut dyn IncentiveTx, ids: &[TransactionId]) -> Result<(), Fault> {
        let known = tx.transactions_of(&self.tenant, ids).await?;
        self.known.extend(known.into_iter().map(|transaction| (transaction.content.id.clone(), transaction)));
        Ok(())
    }

    /// A transaction that was known before this write, or was entered by it.
    pub(in crate::app) fn known(&self, id: &TransactionId) -> Option<&Transaction> {
        self.known.get(id)
    }

    /// Knows a transaction from now on.
    pub(in crate::app) fn knows(&mut self, transaction: Transaction) {
        self.known.insert(transaction.content.id.clone(), transaction);
    }

    /// The tenant whose ledger it is.
    pub(in crate::app) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Number of the entry that comes next.
    pub(in crate::app) fn next(&self) -> i64 {
        self.head.position.saturating_add(1)
    }

    /// When the write is made.
    pub(in crate::app) fn now(&self) -> Timestamp {
        self.now
    }

    /// Somebody else enters what comes next.
    pub(in crate::app) fn hand_to(&mut self, author: &str) {
        author.clone_into(&mut self.author);
    }

    /// Who makes it.
    pub(in crate::app) fn author(&self) -> &str {
        &self.author
    }

    /// Adds an entry.
    pub(in crate::app) fn enter(&mut self, content: &Content) -> Result<(), Fault> {
        let content = serde_json::to_string(content).map_err(|e| Fault::internal(e.to_string()))?;
        let entry = Entry::after(&self.head, content, &self.author, self.now);
        self.head = entry.head();
        self.entries.push(entry);
        Ok(())
    }

    /// Keeps a transaction as the last entry left it, with what the entry moved.
    pub(in crate::app) fn left(&mut self, transaction: Transaction, moved: Vec<Movement>, effective_on: Date) {
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
    pub(in crate::app) fn changed(&mut self, transaction: Transaction) {
        self.transactions.insert(transaction.entry, transaction);
    }

    /// Whether anything was entered.
    pub(in crate::app) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl App {
    /// Enters the transaction of a step whose id follows from the step: one that is known with the same content stays as
    /// it is. Its accounts were loaded, and [`Writing::know`] asked for its id.
    pub(in crate::app) fn enter_once(
        &self,
        writing: &mut Writing,
        new: &NewTransaction,
        scales: &Scales,
    ) -> Result<(), Fault> {
        self.enter_known(writing, new, ("", "name"), scales).map(drop)
    }

    /// Takes a known transaction back under another id, on the day on which it counts. Its accounts were loaded, and
    /// [`Writing::know`] asked for both ids; one that is not known, or was taken back, stays as it is.
    pub(in crate::app) fn reverse_once(
        &self,
        writing: &mut Writing,
        (id, by): (&TransactionId, TransactionId),
        reason: &str,
        scales: &Scales,
    ) -> Result<(), Fault> {
        let Some(original) = writing.known(id).filter(|original| original.reversed_by.is_none()).cloned() else {
            return Ok(());
        };
        let new =
            NewTransaction { effective_on: original.content.effective_on, ..original.reversal(by.clone(), reason) };
        self.enter_once(writing, &new, scales)?;
        writing.changed(Transaction { reversed_by: Some(by), ..original });
        Ok(())
    }

    /// Keeps a write with its event and commits.
    pub(in crate::app) async fn keep(&self, mut tx: Box<dyn IncentiveTx>, writing: Writing) -> Result<(), Fault> {
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
