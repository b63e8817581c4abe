//! What the ledger has of a statement, for its bundle.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    evidence,
    ledger::{State, Transaction, TransactionId},
    run::{Run, Statement},
    settlement::RunAccrual,
};
use tributary_core::{Fault, TenantId};
use tributary_sql::Evidence;

use super::export::{before, differs};
use crate::{app::App, ports::ledger::TransactionQuery};

/// Transactions, or movements, read at once.
const PAGE: u32 = 1_000;

impl App {
    /// The entries of the ledger about a statement, and the entries of the log about them: what was posted for it, for its
    /// settlement and by the accrual of its run, and what became of that. What came after the log's size is left out.
    pub(super) async fn postings(
        &self,
        tenant: &TenantId,
        (statement, run): (&Statement, &Run),
        size: u64,
    ) -> Result<(Vec<String>, Vec<Evidence>), Fault> {
        let mut positions = BTreeSet::new();
        for (position, transaction) in self.transactions_about(tenant, statement, run).await? {
            positions.insert(position);
            positions.extend(self.end_of(tenant, statement, &transaction).await?);
        }
        let (mut postings, mut entries) = (Vec::new(), Vec::new());
        for position in positions {
            let gone = |where_| differs(statement, &[format!("entry {position} of the ledger is not in the {where_}")]);
            let about = self.store.evidence_about(tenant, &format!("journalEntries/{position}")).await?;
            let entry = about.into_iter().next().ok_or_else(|| gone("evidence log"))?;
            if !before(&entry, size) {
                continue;
            }
            let read = self.store.journal(tenant, position.saturating_sub(2), 2).await?;
            let previous = read.iter().find(|other| other.position < position);
            let own = read.iter().find(|other| other.position == position).ok_or_else(|| gone("journal"))?;
            postings.push(own.text(previous.map_or("", |previous| &previous.digest)));
            entries.push(entry);
        }
        Ok((postings, entries))
    }

    /// The transactions about a statement, by the entry that recorded them.
    async fn transactions_about(
        &self,
        tenant: &TenantId,
        statement: &Statement,
        run: &Run,
    ) -> Result<BTreeMap<i64, Transaction>, Fault> {
        let mut found = BTreeMap::new();
        for cause in evidence::causes(&statement.id) {
            let mut query = TransactionQuery { cause: Some(cause), limit: PAGE, ..TransactionQuery::default() };
            loop {
                let page = self.store.ledger_transactions(tenant, &query).await?;
                let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
                query.before = page.last().map(|transaction| transaction.entry);
                found.extend(page.into_iter().map(|transaction| (transaction.entry, transaction)));
                if !full {
                    break;
                }
            }
        }
        // Accruals have their run as cause, with those of all its statements: they are found by their ids.
        for id in RunAccrual::ids_of(&statement.id)? {
            let accrual = self.store.ledger_transaction(tenant, &id).await?;
            let own = accrual.filter(|transaction| transaction.content.cause == run.name());
            found.extend(own.map(|transaction| (transaction.entry, transaction)));
        }
        // Who takes one back may name another cause.
        let mut back: Vec<TransactionId> = found.values().filter_map(|own| own.reversed_by.clone()).collect();
        while let Some(id) = back.pop() {
            let Some(transaction) = self.store.ledger_transaction(tenant, &id).await? else { continue };
            let next = transaction.reversed_by.clone();
            if found.insert(transaction.entry, transaction).is_none() {
                back.extend(next);
            }
        }
        Ok(found)
    }

    /// The entry that ended the reservation of a transaction.
    async fn end_of(
        &self,
        tenant: &TenantId,
        statement: &Statement,
        transaction: &Transaction,
    ) -> Result<Option<i64>, Fault> {
        let content = &transaction.content;
        if !content.pending || transaction.state == State::Pending {
            return Ok(None);
        }
        // An account of the payee has fewer movements than one of the house.
        let accounts = content.postings.iter().flat_map(|posting| [&posting.debit, &posting.credit]);
        let own = accounts.min_by_key(|account| account.partner().is_none());
        let mut after = transaction.entry;
        while let Some(account) = own {
            let page = self.store.movements(tenant, account, after, PAGE).await?;
            if let Some(end) = page.iter().find(|movement| movement.transaction == content.id) {
                return Ok(Some(end.entry));
            }
            let Some(last) = page.last() else { break };
            after = last.entry;
        }
        Err(differs(statement, &[format!("the end of {} is not among the movements", content.id)]))
    }
}
