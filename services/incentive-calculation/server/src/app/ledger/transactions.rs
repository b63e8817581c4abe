//! Records, posts, voids and takes back transactions.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    deposit,
    ledger::{
        Content, NewTransaction, State, Transaction, TransactionId,
        book::accounts_of,
        commodity::{MAX_SCALE, units},
    },
    reasons,
};
use tributary_core::{Date, Fault, RequestContext, TenantId, Timestamp, Violations};

use super::{
    Scales, TransactionDraft,
    drafts::within,
    refusals::{broken, differs, no_transaction, not_owned, not_pending},
    writing::Writing,
};
use crate::{app::App, ports::IncentiveTx};

/// How a pending transaction ends.
pub(in crate::app) enum End {
    /// These amounts of it count; none: all of it.
    Post(Vec<String>),
    /// None of it counts, for a reason.
    Void(String),
}

impl App {
    /// Records transactions, all or none, in their order. One that is known with the same content stays as it is.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `COMMODITY_UNKNOWN`, `PARTNER_UNKNOWN`, `TRANSACTION_DIFFERS`, `BALANCE_LIMIT`,
    /// `ACCOUNT_CLOSED`.
    pub async fn create_transactions(
        &self,
        caller: &RequestContext,
        drafts: Vec<TransactionDraft>,
        path: impl Fn(usize) -> String,
        validate_only: bool,
    ) -> Result<Vec<Transaction>, Fault> {
        let read = self.read_drafts(caller, drafts, path).await?;
        let mut seen = BTreeSet::new();
        let mut violations = Violations::new();
        for (path, new) in &read.transactions {
            if !seen.insert(&new.id) {
                violations.add(within(path, "transaction_id"), format!("{} is given twice", new.id.as_str()));
            }
        }
        violations.into_result()?;
        self.record(caller, read.transactions, &read.scales, validate_only).await
    }

    async fn record(
        &self,
        caller: &RequestContext,
        all: Vec<(String, NewTransaction)>,
        scales: &Scales,
        validate_only: bool,
    ) -> Result<Vec<Transaction>, Fault> {
        let mut tx = self.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), &caller.tenant, &caller.subject, self.clock.now()).await?;
        let ids: Vec<TransactionId> = all.iter().map(|(_, new)| new.id.clone()).collect();
        writing.know(tx.as_mut(), &ids).await?;
        writing
            .load(tx.as_mut(), all.iter().flat_map(|(_, new)| accounts_of(&new.postings)).cloned().collect())
            .await?;
        let mut late = Violations::new();
        for (path, new) in all.iter().filter(|(_, new)| writing.known(&new.id).is_none()) {
            late.check(&within(path, "transaction.expire_time"), new.check_time(writing.now()));
        }
        late.into_result()?;
        let mut outcome = Vec::with_capacity(all.len());
        for (path, new) in &all {
            outcome.push(self.enter_known(&mut writing, new, (path, "transaction"), scales)?);
        }
        // The read is over; a repeat or a trial leaves nothing behind.
        if !validate_only && !writing.is_empty() {
            self.keep(tx, writing).await?;
        }
        Ok(outcome)
    }

    /// Enters a transaction unless it is known: then it stays as it is, and what differs is refused. Its accounts were
    /// loaded, and [`Writing::know`] asked for its id. What is refused leaves the write as it was.
    pub(in crate::app) fn enter_known(
        &self,
        writing: &mut Writing,
        new: &NewTransaction,
        (place, field): (&str, &str),
        scales: &Scales,
    ) -> Result<Transaction, Fault> {
        let Some(first) = writing.known(&new.id) else {
            return self.enter(writing, new, &within(place, field), scales);
        };
        let fields = first.content.differing(new);
        if fields.is_empty() { Ok(first.clone()) } else { Err(differs(&label(place), &new.id, &fields)) }
    }

    /// Enters a new transaction.
    pub(in crate::app) fn enter(
        &self,
        writing: &mut Writing,
        new: &NewTransaction,
        path: &str,
        scales: &Scales,
    ) -> Result<Transaction, Fault> {
        let entry = writing.next();
        let moved = writing.book.record(new, entry).map_err(|all| broken(&new.id, path, &all, scales))?;
        writing.enter(&Content::Recorded(new.clone()))?;
        let now = writing.now();
        let transaction = Transaction::recorded(new.clone(), entry, writing.author(), now);
        writing.left(transaction.clone(), moved, self.effective(new, now));
        writing.knows(transaction.clone());
        Ok(transaction)
    }

    /// The day on which a transaction counts for bookkeeping.
    #[must_use]
    pub fn effective(&self, content: &NewTransaction, recorded: Timestamp) -> Date {
        content.effective_on.unwrap_or_else(|| self.zone.day_of(recorded))
    }

    /// Makes the amounts of a pending transaction count: all of all when `amounts` is empty.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `TRANSACTION_OWNED`, `INVALID_REQUEST`, `TRANSACTION_NOT_PENDING`, `BALANCE_LIMIT`.
    pub async fn post_transaction(
        &self,
        caller: &RequestContext,
        id: &TransactionId,
        amounts: Vec<String>,
    ) -> Result<Transaction, Fault> {
        self.end(caller, id, End::Post(amounts)).await
    }

    /// Gives the amounts of a pending transaction back.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `TRANSACTION_OWNED`, `TRANSACTION_NOT_PENDING`.
    pub async fn void_transaction(
        &self,
        caller: &RequestContext,
        id: &TransactionId,
        reason: String,
    ) -> Result<Transaction, Fault> {
        self.end(caller, id, End::Void(reason)).await
    }

    async fn end(&self, caller: &RequestContext, id: &TransactionId, end: End) -> Result<Transaction, Fault> {
        let mut tx = self.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), &caller.tenant, &caller.subject, self.clock.now()).await?;
        let pending = known(tx.as_mut(), &caller.tenant, id).await?;
        not_owned(&pending)?;
        let postings = &pending.content.postings;
        let scales = self.scales(&caller.tenant, pending.content.commodities()).await?;
        writing.load(tx.as_mut(), accounts_of(postings).cloned().collect()).await?;
        let Some(ended) = self.end_in(&mut writing, &pending, end, &scales)? else { return Ok(pending) };
        self.keep(tx, writing).await?;
        Ok(ended)
    }

    /// Ends a pending transaction whose accounts were loaded; `None`: it ended in the same way before.
    pub(in crate::app) fn end_in(
        &self,
        writing: &mut Writing,
        pending: &Transaction,
        end: End,
        scales: &Scales,
    ) -> Result<Option<Transaction>, Fault> {
        let id = &pending.content.id;
        let entry = writing.next();
        let (state, posted, content) = match end {
            End::Post(amounts) => {
                let amounts = amounts_of(pending, &amounts, scales)?;
                if pending.state == State::Posted && pending.content.pending && pending.counting() == amounts {
                    return Ok(None);
                }
                (State::Posted, amounts.clone(), Content::Posted { transaction: id.clone(), amounts })
            }
            End::Void(_) if pending.state == State::Voided => return Ok(None),
            End::Void(reason) => (State::Voided, Vec::new(), Content::Voided { transaction: id.clone(), reason }),
        };
        if pending.state != State::Pending || pending.is_over(writing.now()) {
            return Err(not_pending(pending));
        }
        let moved = match state {
            State::Posted => writing.book.post(pending, &posted, entry),
            _ => writing.book.release(pending, entry),
        };
        let moved = moved.map_err(|all| broken(id, "name", &all, scales))?;
        writing.enter(&content)?;
        let ended = pending.clone().ended(state, posted, writing.now());
        writing.left(ended.clone(), moved, self.effective(&ended.content, ended.create_time));
        Ok(Some(ended))
    }

    /// Takes a posted transaction back by a new one.
    ///
    /// # Errors
    /// `TRANSACTION_NOT_FOUND`, `TRANSACTION_OWNED`, `TRANSACTION_NOT_POSTED`, `TRANSACTION_REVERSED`,
    /// `TRANSACTION_DIFFERS`, `BALANCE_LIMIT`, `ACCOUNT_CLOSED`.
    pub async fn reverse_transaction(
        &self,
        caller: &RequestContext,
        id: &TransactionId,
        by: TransactionId,
        reason: &str,
    ) -> Result<Transaction, Fault> {
        let mut tx = self.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), &caller.tenant, &caller.subject, self.clock.now()).await?;
        let posted = known(tx.as_mut(), &caller.tenant, id).await?;
        not_owned(&posted)?;
        let new = posted.reversal(by, reason);
        if let Some(first) = tx.transactions_of(&caller.tenant, std::slice::from_ref(&new.id)).await?.pop() {
            let fields = first.content.differing(&new);
            return if fields.is_empty() { Ok(first) } else { Err(differs("", &new.id, &fields)) };
        }
        let name = id.name();
        if let Some(by) = &posted.reversed_by {
            let message = format!("{name} was taken back by {}", by.name());
            return Err(Fault::new(reasons::TRANSACTION_REVERSED, message).with("transaction", name));
        }
        if posted.state != State::Posted || new.postings.is_empty() {
            let message = format!("{name} is {}; nothing of it counts that could be taken back", posted.state.as_str());
            return Err(Fault::new(reasons::TRANSACTION_NOT_POSTED, message).with("transaction", name));
        }
        let scales = self.scales(&caller.tenant, new.commodities()).await?;
        writing.load(tx.as_mut(), accounts_of(&new.postings).cloned().collect()).await?;
        let reversal = self.enter(&mut writing, &new, "name", &scales)?;
        writing.changed(Transaction { reversed_by: Some(new.id.clone()), ..posted });
        self.keep(tx, writing).await?;
        Ok(reversal)
    }

    /// Gives back a reservation whose time is over; nothing happens when somebody else has ended it. A deposit whose it is
    /// learns of it in the same transaction.
    pub(super) async fn expire(&self, tenant: &TenantId, id: &TransactionId) -> Result<(), Fault> {
        let mut tx = self.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), tenant, EXPIRY, self.clock.now()).await?;
        let pending = known(tx.as_mut(), tenant, id).await?;
        if !pending.is_over(writing.now()) {
            return Ok(());
        }
        self.expire_in(tx.as_mut(), &mut writing, &pending).await?;
        if let Some((deposit, number)) = deposit::owner(&pending.content) {
            self.deposit_expired(tx.as_mut(), &writing, deposit, number).await?;
        }
        self.keep(tx, writing).await
    }

    /// Gives back a reservation whose time is over.
    pub(in crate::app) async fn expire_in(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        pending: &Transaction,
    ) -> Result<(), Fault> {
        let id = &pending.content.id;
        writing.load(tx, accounts_of(&pending.content.postings).cloned().collect()).await?;
        let entry = writing.next();
        let moved = writing.book.release(pending, entry);
        let moved = moved.map_err(|all| broken(id, "name", &all, &Scales::default()))?;
        writing.enter(&Content::Expired { transaction: id.clone() })?;
        let ended = pending.clone().ended(State::Expired, Vec::new(), writing.now());
        let day = self.effective(&ended.content, ended.create_time);
        writing.left(ended, moved, day);
        Ok(())
    }
}

/// Who ends reservations whose time is over.
const EXPIRY: &str = "services/incentive-calculation";

async fn known(tx: &mut dyn IncentiveTx, tenant: &TenantId, id: &TransactionId) -> Result<Transaction, Fault> {
    let known = tx.transactions_of(tenant, std::slice::from_ref(id)).await?.pop();
    known.ok_or_else(|| no_transaction(id))
}

/// What should be posted of each posting, in whole units.
fn amounts_of(pending: &Transaction, texts: &[String], scales: &Scales) -> Result<Vec<i64>, Fault> {
    let postings = &pending.content.postings;
    if texts.is_empty() {
        return Ok(postings.iter().map(|p| p.amount).collect());
    }
    let mut violations = Violations::new();
    let mut amounts = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        // One for which there is no posting is read, too: how many there must be is told by the book.
        let scale = postings.get(at).map_or(MAX_SCALE, |posting| scales.of(&posting.debit.commodity));
        amounts.extend(violations.check(&format!("amounts[{at}]"), units(text, scale)));
    }
    violations.into_result()?;
    Ok(amounts)
}

/// Says which transaction of a batch is meant.
fn label(path: &str) -> String {
    if path.contains('[') { format!("{path}: ") } else { String::new() }
}
