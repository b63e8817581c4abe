//! Applies transactions to accounts and keeps their limits: all postings of a transaction, then every account it touched
//! is looked at. A transaction that breaks a limit leaves the book as it was.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    account::{Account, AccountKey, Side},
    transaction::{NewTransaction, Posting, Transaction},
};

/// Why a transaction cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// An account takes no new movements.
    Closed(AccountKey),
    /// An account would go below its floor.
    Limit {
        /// The account.
        account: AccountKey,
        /// What was available.
        available: i128,
        /// What would be.
        after: i128,
        /// The floor.
        floor: i64,
    },
    /// A sum would be beyond 64 bits.
    Overflow(AccountKey),
    /// More is posted than was reserved, or less than nothing.
    Amount {
        /// The posting.
        posting: usize,
        /// What it moves.
        commodity: String,
        /// What was reserved.
        reserved: i64,
        /// What should be posted.
        amount: i64,
    },
    /// Not as many amounts as postings.
    Count {
        /// How many postings there are.
        postings: usize,
        /// How many amounts were given.
        amounts: usize,
    },
}

/// What one entry did to one account, in whole units; what is reserved no longer is below 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The account.
    pub account: AccountKey,
    /// Debits that count.
    pub debit: i64,
    /// Credits that count.
    pub credit: i64,
    /// Debits that are reserved.
    pub pending_debit: i64,
    /// Credits that are reserved.
    pub pending_credit: i64,
    /// The balance afterwards.
    pub balance: i64,
}

/// Accounts by their keys; one that nobody put there has not moved yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    accounts: BTreeMap<AccountKey, Account>,
}

/// What a transaction adds to the sums of an account.
#[derive(Default, Clone, Copy)]
struct Sums {
    debit: i64,
    credit: i64,
    pending_debit: i64,
    pending_credit: i64,
}

type Changes = BTreeMap<AccountKey, Sums>;

impl Book {
    /// A book of accounts.
    #[must_use]
    pub fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self { accounts: accounts.into_iter().map(|account| (account.key.clone(), account)).collect() }
    }

    /// The accounts, in the order of their keys.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// An account as it stands.
    #[must_use]
    pub fn account(&self, key: &AccountKey) -> Account {
        self.accounts.get(key).cloned().unwrap_or_else(|| Account::new(key.clone()))
    }

    /// Puts an account in, in place of what was there.
    pub fn put(&mut self, account: Account) {
        self.accounts.insert(account.key.clone(), account);
    }

    /// Records a transaction as of an entry: posted at once or reserved.
    ///
    /// # Errors
    /// Everything that stands against it; then nothing has changed.
    pub fn record(&mut self, new: &NewTransaction, entry: i64) -> Result<Vec<Movement>, Vec<Broken>> {
        let closed: BTreeSet<&AccountKey> = accounts_of(&new.postings)
            .filter(|key| self.accounts.get(key).is_some_and(|account| account.closed))
            .collect();
        if !closed.is_empty() {
            return Err(closed.into_iter().cloned().map(Broken::Closed).collect());
        }
        let amounts: Vec<i64> = new.postings.iter().map(|p| p.amount).collect();
        let zeros = vec![0; amounts.len()];
        let (counting, reserved) = if new.pending { (&zeros, &amounts) } else { (&amounts, &zeros) };
        self.apply(&new.postings, counting, reserved, entry)
    }

    /// Posts a pending transaction; what is not posted is given back.
    ///
    /// # Errors
    /// Everything that stands against it; then nothing has changed.
    pub fn post(&mut self, pending: &Transaction, amounts: &[i64], entry: i64) -> Result<Vec<Movement>, Vec<Broken>> {
        let postings = &pending.content.postings;
        if amounts.len() != postings.len() {
            return Err(vec![Broken::Count { postings: postings.len(), amounts: amounts.len() }]);
        }
        let beyond = postings.iter().zip(amounts).enumerate().filter(|(_, (p, a))| !(0..=p.amount).contains(*a));
        let beyond = beyond.map(|(posting, (p, a))| {
            let commodity = p.debit.commodity.clone();
            Broken::Amount { posting, commodity, reserved: p.amount, amount: *a }
        });
        let beyond: Vec<Broken> = beyond.collect();
        if !beyond.is_empty() {
            return Err(beyond);
        }
        let released: Vec<i64> = postings.iter().map(|p| p.amount.saturating_neg()).collect();
        self.apply(postings, amounts, &released, entry)
    }

    /// Gives a reservation back.
    ///
    /// # Errors
    /// Never for a transaction that this book recorded.
    pub fn release(&mut self, pending: &Transaction, entry: i64) -> Result<Vec<Movement>, Vec<Broken>> {
        let postings = &pending.content.postings;
        let released: Vec<i64> = postings.iter().map(|p| p.amount.saturating_neg()).collect();
        self.apply(postings, &vec![0; released.len()], &released, entry)
    }

    fn apply(
        &mut self,
        postings: &[Posting],
        counting: &[i64],
        reserved: &[i64],
        entry: i64,
    ) -> Result<Vec<Movement>, Vec<Broken>> {
        let changes = changes(postings, counting, reserved).map_err(|key| vec![Broken::Overflow(key)])?;
        let mut moved = Vec::with_capacity(changes.len());
        let mut broken = Vec::new();
        for (key, sums) in changes {
            let before = self.account(&key);
            match after(&before, sums, entry) {
                Some(account) => {
                    if let Some(limit) = limit(&before, &account) {
                        broken.push(limit);
                    }
                    moved.push((account, sums));
                }
                None => broken.push(Broken::Overflow(key)),
            }
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        let movement = |(account, sums): &(Account, Sums)| Movement {
            account: account.key.clone(),
            debit: sums.debit,
            credit: sums.credit,
            pending_debit: sums.pending_debit,
            pending_credit: sums.pending_credit,
            balance: account.balance(),
        };
        let movements = moved.iter().map(movement).collect();
        for (account, _) in moved {
            self.put(account);
        }
        Ok(movements)
    }
}

/// The accounts of postings.
pub fn accounts_of(postings: &[Posting]) -> impl Iterator<Item = &AccountKey> {
    postings.iter().flat_map(|posting| [&posting.debit, &posting.credit])
}

/// What postings add up to by account; the account whose sum overflows otherwise.
fn changes(postings: &[Posting], counting: &[i64], reserved: &[i64]) -> Result<Changes, AccountKey> {
    let mut changes = Changes::new();
    for ((posting, counting), reserved) in postings.iter().zip(counting).zip(reserved) {
        for (key, side) in [(&posting.debit, Side::Debit), (&posting.credit, Side::Credit)] {
            let sums = changes.entry(key.clone()).or_default();
            let (counts, pends) = match side {
                Side::Debit => (&mut sums.debit, &mut sums.pending_debit),
                Side::Credit => (&mut sums.credit, &mut sums.pending_credit),
            };
            *counts = counts.checked_add(*counting).ok_or_else(|| key.clone())?;
            *pends = pends.checked_add(*reserved).ok_or_else(|| key.clone())?;
        }
    }
    Ok(changes)
}

fn after(before: &Account, sums: Sums, entry: i64) -> Option<Account> {
    Some(Account {
        debits_posted: before.debits_posted.checked_add(sums.debit)?,
        credits_posted: before.credits_posted.checked_add(sums.credit)?,
        debits_pending: before.debits_pending.checked_add(sums.pending_debit)?,
        credits_pending: before.credits_pending.checked_add(sums.pending_credit)?,
        entry,
        ..before.clone()
    })
}

/// What a change breaks. An account that is below its floor already may take what does not lower it further.
fn limit(before: &Account, after: &Account) -> Option<Broken> {
    let floor = after.floor?;
    let (available, left) = (before.available(), after.available());
    (left < i128::from(floor) && left < available).then(|| Broken::Limit {
        account: after.key.clone(),
        available,
        after: left,
        floor,
    })
}
