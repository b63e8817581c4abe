//! Recomputes a ledger from its journal and compares what is kept beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    account::{Account, AccountKey},
    book::Book,
    journal::{Content, Entry, Head},
    transaction::{State, Transaction, TransactionId},
};

/// Findings that are told.
const TOLD: usize = 100;

/// Something that does not add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: resource name of an entry, an account or a transaction.
    pub subject: String,
    /// What is wrong, with both values.
    pub description: String,
}

/// Debits and credits that count in one commodity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Of all accounts.
    pub debits: i128,
    /// Of all accounts.
    pub credits: i128,
}

/// A ledger as its journal tells it.
#[derive(Debug, Default)]
pub struct Replay {
    head: Head,
    book: Book,
    transactions: BTreeMap<TransactionId, Transaction>,
    findings: Vec<Finding>,
    seen_accounts: BTreeSet<AccountKey>,
    seen_transactions: BTreeSet<TransactionId>,
}

impl Replay {
    /// Takes the next entry in; the transactions it changed.
    pub fn entry(&mut self, entry: &Entry) -> Vec<TransactionId> {
        let subject = format!("journalEntries/{}", entry.position);
        if entry.position != self.head.position.saturating_add(1) {
            let expected = self.head.position.saturating_add(1);
            self.find(&subject, format!("comes where entry {expected} should be"));
        } else if !entry.follows(&self.head) {
            self.find(&subject, format!("has the digest {}, which is not that of its content", entry.digest));
        }
        self.head = entry.head();
        match serde_json::from_str::<Content>(&entry.content) {
            Ok(content) => {
                let changed = changed(&content);
                if let Err(why) = self.apply(content, entry) {
                    self.find(&subject, why);
                }
                changed
            }
            Err(error) => {
                self.find(&subject, format!("has a content that cannot be read: {error}"));
                Vec::new()
            }
        }
    }

    fn apply(&mut self, content: Content, entry: &Entry) -> Result<(), String> {
        let at = entry.position;
        match content {
            Content::CommodityCreated { .. } => {}
            Content::FloorSet { account, floor, .. } => {
                self.book.put(Account { floor: Some(floor), entry: at, ..self.book.account(&account) });
            }
            Content::ClosedSet { account, closed, .. } => {
                self.book.put(Account { closed, entry: at, ..self.book.account(&account) });
            }
            Content::Recorded(new) => {
                if self.transactions.contains_key(&new.id) {
                    return Err(format!("records {} again", new.id.name()));
                }
                self.book.record(&new, at).map_err(|why| format!("breaks a rule: {why:?}"))?;
                if let Some(reversed) = new.reverses.as_ref().and_then(|id| self.transactions.get_mut(id)) {
                    reversed.reversed_by = Some(new.id.clone());
                }
                let transaction = Transaction::recorded(new, at, &entry.author, entry.record_time);
                self.transactions.insert(transaction.content.id.clone(), transaction);
            }
            Content::Posted { transaction, amounts } => {
                let pending = self.pending(&transaction)?;
                self.book.post(&pending, &amounts, at).map_err(|why| format!("breaks a rule: {why:?}"))?;
                self.end(pending, State::Posted, amounts, entry);
            }
            Content::Voided { transaction, .. } => {
                let pending = self.pending(&transaction)?;
                self.book.release(&pending, at).map_err(|why| format!("breaks a rule: {why:?}"))?;
                self.end(pending, State::Voided, Vec::new(), entry);
            }
            Content::Expired { transaction } => {
                let pending = self.pending(&transaction)?;
                if !pending.is_over(entry.record_time) {
                    return Err(format!("ends {} before its time", transaction.name()));
                }
                self.book.release(&pending, at).map_err(|why| format!("breaks a rule: {why:?}"))?;
                self.end(pending, State::Expired, Vec::new(), entry);
            }
        }
        Ok(())
    }

    fn pending(&self, id: &TransactionId) -> Result<Transaction, String> {
        let known = self.transactions.get(id).filter(|t| t.state == State::Pending);
        known.cloned().ok_or_else(|| format!("ends {}, which is not pending there", id.name()))
    }

    fn end(&mut self, pending: Transaction, state: State, posted: Vec<i64>, entry: &Entry) {
        let id = pending.content.id.clone();
        let ended = pending.ended(state, posted, entry.record_time);
        self.transactions.insert(id, ended);
    }

    /// Compares an account as it is kept.
    pub fn account(&mut self, kept: &Account) {
        self.seen_accounts.insert(kept.key.clone());
        let told = self.book.account(&kept.key);
        if told != *kept {
            self.find(&kept.key.name(), format!("is kept as {}, the journal gives {}", sums(kept), sums(&told)));
        }
    }

    /// Compares what the movements of an account add up to: debits, credits, pending debits, pending credits.
    pub fn movements(&mut self, account: &AccountKey, (debits, credits, owed, due): (i64, i64, i64, i64)) {
        let told = self.book.account(account);
        if (told.debits_posted, told.credits_posted, told.debits_pending, told.credits_pending)
            != (debits, credits, owed, due)
        {
            let kept = format!("debits {debits}, credits {credits}, {owed} and {due} pending");
            self.find(&account.name(), format!("has movements of {kept}, the journal gives {}", sums(&told)));
        }
    }

    /// Compares a transaction that may have changed since the last entry that was read; whether it is equal.
    pub fn transaction(&mut self, kept: &Transaction) -> bool {
        self.seen_transactions.insert(kept.content.id.clone());
        self.transactions.get(&kept.content.id) == Some(kept)
    }

    /// Compares a transaction as it is at the last entry that was read.
    pub fn transaction_now(&mut self, kept: &Transaction) {
        if !self.transaction(kept) {
            self.find(&kept.content.id.name(), "is kept otherwise than the journal tells".to_owned());
        }
    }

    /// Whether a transaction was not compared yet.
    #[must_use]
    pub fn is_new(&self, id: &TransactionId) -> bool {
        !self.seen_transactions.contains(id)
    }

    /// Where the journal ended.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Sums by commodity, and everything that does not add up. To be called when everything kept was compared.
    #[must_use]
    pub fn finish(mut self, kept: &Head) -> (BTreeMap<String, Sums>, Vec<Finding>) {
        if self.head != *kept {
            let (read, kept) = (self.head.position, kept.position);
            self.find("journal", format!("ends at entry {read} or another digest, the head says {kept}"));
        }
        let missing: Vec<String> = self
            .book
            .accounts()
            .map(|account| &account.key)
            .filter(|key| !self.seen_accounts.contains(key))
            .map(AccountKey::name)
            .chain(self.transactions.keys().filter(|id| !self.seen_transactions.contains(id)).map(TransactionId::name))
            .collect();
        for name in missing {
            self.find(&name, "is in the journal, but not kept".to_owned());
        }
        let mut by_commodity: BTreeMap<String, Sums> = BTreeMap::new();
        for account in self.book.accounts() {
            let sums = by_commodity.entry(account.key.commodity.clone()).or_default();
            sums.debits = sums.debits.saturating_add(i128::from(account.debits_posted));
            sums.credits = sums.credits.saturating_add(i128::from(account.credits_posted));
        }
        let uneven: Vec<_> = by_commodity.iter().filter(|(_, s)| s.debits != s.credits).collect();
        let uneven: Vec<(String, String)> = uneven
            .into_iter()
            .map(|(code, s)| (code.clone(), format!("has debits of {} and credits of {}", s.debits, s.credits)))
            .collect();
        for (code, why) in uneven {
            self.find(&code, why);
        }
        (by_commodity, self.findings)
    }

    fn find(&mut self, subject: &str, description: String) {
        if self.findings.len() < TOLD {
            self.findings.push(Finding { subject: subject.to_owned(), description });
        }
    }
}

/// The transactions that an entry changes.
fn changed(content: &Content) -> Vec<TransactionId> {
    match content {
        Content::Recorded(new) => std::iter::once(&new.id).chain(&new.reverses).cloned().collect(),
        Content::Posted { transaction, .. }
        | Content::Voided { transaction, .. }
        | Content::Expired { transaction } => {
            vec![transaction.clone()]
        }
        Content::CommodityCreated { .. } | Content::FloorSet { .. } | Content::ClosedSet { .. } => Vec::new(),
    }
}

fn sums(account: &Account) -> String {
    let Account { floor, closed, debits_posted, credits_posted, debits_pending, credits_pending, entry, .. } = account;
    let floor = floor.map_or("none".to_owned(), |floor| floor.to_string());
    let pending = format!("{debits_pending} and {credits_pending} pending");
    format!(
        "debits {debits_posted}, credits {credits_posted}, {pending}, floor {floor}, closed {closed}, entry {entry}"
    )
}
