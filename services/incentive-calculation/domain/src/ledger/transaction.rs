//! Transactions: postings that count together or not at all, at once or after a reservation.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Timestamp, Violations};

use super::account::AccountKey;
use crate::canonical::is_default;

/// The id that a caller chose: 1 to 128 of letters, digits, `.`, `_`, `~`, `-`, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(String);

const COLLECTION: &str = "ledgerTransactions/";
/// How ids begin that the suite gives to transactions of runs, settlements, deposits and subsidies.
const KEPT: [&str; 4] = ["accrual.", "settlement.", "deposit.", "subsidy."];

impl TransactionId {
    /// Checks the pattern.
    ///
    /// # Errors
    /// A sentence that names the value and the pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if first && text.len() <= 128 && text.bytes().all(inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "{text:?} is no id of a transaction: use 1 to 128 of letters, digits, '.', '_', '~', '-', a letter or digit \
                 first"
            ))
        }
    }

    /// An id that a caller chooses: none of the suite's own, so that nobody can take one from it in advance.
    ///
    /// # Errors
    /// A sentence that names the value and the pattern.
    pub fn chosen(text: &str) -> Result<Self, String> {
        match KEPT.iter().find(|prefix| text.starts_with(*prefix)) {
            None => Self::parse(text),
            Some(prefix) => {
                Err(format!("{text:?} begins with {prefix:?}, which the suite keeps for its own; choose another id"))
            }
        }
    }

    /// Reads a resource name.
    ///
    /// # Errors
    /// A sentence that names the value and the form.
    pub fn of_name(name: &str) -> Result<Self, String> {
        let id = name.strip_prefix(COLLECTION);
        Self::parse(id.ok_or_else(|| format!("{name:?} is not a resource name of the form \"{COLLECTION}ID\""))?)
    }

    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{COLLECTION}{}", self.0)
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount that goes from one account to another of the same commodity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account that is debited.
    pub debit: AccountKey,
    /// The account that is credited.
    pub credit: AccountKey,
    /// Whole units of the commodity, above 0.
    pub amount: i64,
}

impl Posting {
    /// Checks what can be checked without accounts.
    #[must_use]
    pub fn check(&self) -> Violations {
        let Self { debit, credit, amount } = self;
        let mut violations = Violations::new();
        if debit == credit {
            violations.add("credit", format!("{} is debited and credited", debit.name()));
        } else if debit.commodity != credit.commodity {
            let (from, to) = (&debit.commodity, &credit.commodity);
            let why = format!("is in {to}, the debited account in {from}; convert by two postings over the house");
            violations.add("credit", why);
        }
        if *amount <= 0 {
            violations.add("amount", "is not above 0; to take something back, change the sides");
        }
        violations
    }
}

/// A transaction as a caller states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTransaction {
    /// Its id.
    pub id: TransactionId,
    /// Its postings.
    pub postings: Vec<Posting>,
    /// Whether its amounts are only reserved.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pending: bool,
    /// When a reservation is given back by itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expire_time: Option<Timestamp>,
    /// What it is done for.
    pub cause: String,
    /// For people.
    #[serde(default, skip_serializing_if = "is_default")]
    pub memo: String,
    /// The day on which it counts for bookkeeping; `None`: the day it was recorded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub effective_on: Option<Date>,
    /// The transaction it takes back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reverses: Option<TransactionId>,
}

impl NewTransaction {
    /// Checks a transaction that is new at a moment. One that is known is not asked: its time may be over when it is
    /// sent again.
    ///
    /// # Errors
    /// What is wrong with the time of its reservation.
    pub fn check_time(&self, now: Timestamp) -> Result<(), String> {
        match self.expire_time {
            Some(at) if at <= now => Err(format!("{at} is over; name a moment after {now}")),
            _ => Ok(()),
        }
    }

    /// What it moves.
    #[must_use]
    pub fn commodities(&self) -> BTreeSet<String> {
        self.postings.iter().flat_map(|p| [&p.debit, &p.credit]).map(|key| key.commodity.clone()).collect()
    }

    /// The fields in which another content of the same id differs, by their names in the contract.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("postings", self.postings != other.postings),
            ("pending", self.pending != other.pending),
            ("expire_time", self.expire_time != other.expire_time),
            ("cause", self.cause != other.cause),
            ("memo", self.memo != other.memo),
            ("effective_date", self.effective_on != other.effective_on),
            ("reverses", self.reverses != other.reverses),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// How far a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its amounts are reserved.
    Pending,
    /// Its amounts count.
    Posted,
    /// Its reservation was given back by a caller.
    Voided,
    /// Its reservation was given back because its time was over.
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Posted, Self::Voided, Self::Expired];

    /// For people and stores.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }
}

/// A transaction as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// What was stated.
    pub content: NewTransaction,
    /// How far it is.
    pub state: State,
    /// How much of each posting counts; empty: all of all when posted, nothing otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub posted: Vec<i64>,
    /// Who recorded it.
    pub author: String,
    /// When it was recorded.
    pub create_time: Timestamp,
    /// When it was posted, voided or expired.
    #[serde(default, skip_serializing_if = "is_default")]
    pub end_time: Option<Timestamp>,
    /// Number of the entry that recorded it.
    pub entry: i64,
    /// The transaction that took it back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reversed_by: Option<TransactionId>,
}

impl Transaction {
    /// As an entry records it.
    #[must_use]
    pub fn recorded(content: NewTransaction, entry: i64, author: &str, now: Timestamp) -> Self {
        Self {
            state: if content.pending { State::Pending } else { State::Posted },
            posted: Vec::new(),
            author: author.to_owned(),
            create_time: now,
            end_time: (!content.pending).then_some(now),
            entry,
            reversed_by: None,
            content,
        }
    }

    /// As another entry ends its reservation; `posted` of each posting counts.
    #[must_use]
    pub fn ended(self, state: State, posted: Vec<i64>, now: Timestamp) -> Self {
        Self { state, posted, end_time: Some(now), ..self }
    }

    /// How much of each posting counts.
    #[must_use]
    pub fn counting(&self) -> Vec<i64> {
        match self.state {
            State::Posted if self.posted.is_empty() => self.content.postings.iter().map(|p| p.amount).collect(),
            State::Posted => self.posted.clone(),
            _ => vec![0; self.content.postings.len()],
        }
    }

    /// Whether its reservation is over at a moment, be it marked as such or not.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.state == State::Pending && self.content.expire_time.is_some_and(|at| at <= now)
    }

    /// The transaction that takes back what counts of it.
    #[must_use]
    pub fn reversal(&self, id: TransactionId, reason: &str) -> NewTransaction {
        let counting = self.content.postings.iter().zip(self.counting()).filter(|(_, amount)| *amount > 0);
        let turned = |(posting, amount): (&Posting, i64)| Posting {
            debit: posting.credit.clone(),
            credit: posting.debit.clone(),
            amount,
        };
        NewTransaction {
            id,
            postings: counting.map(turned).collect(),
            pending: false,
            expire_time: None,
            cause: self.content.cause.clone(),
            memo: reason.to_owned(),
            effective_on: None,
            reverses: Some(self.content.id.clone()),
        }
    }
}
