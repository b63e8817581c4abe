//! The journal: one entry for everything that was done, numbered without a gap, each with the digest of the one before.

use serde::{Deserialize, Serialize};
use tributary_core::{ResourceId, Timestamp};

use super::{
    account::AccountKey,
    transaction::{NewTransaction, TransactionId},
};
use crate::canonical::Canonical;

/// What an entry did. Its JSON is kept and digested as it was written, so that later forms change no digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A commodity was created.
    CommodityCreated {
        /// Its code.
        code: ResourceId,
        /// Decimal digits of its smallest unit.
        scale: u32,
    },
    /// The floor of an account was set.
    FloorSet {
        /// The account.
        account: AccountKey,
        /// The floor.
        floor: i64,
        /// Why.
        reason: String,
    },
    /// An account was closed or opened again.
    ClosedSet {
        /// The account.
        account: AccountKey,
        /// Whether it is closed now.
        closed: bool,
        /// Why.
        reason: String,
    },
    /// A transaction was recorded.
    Recorded(NewTransaction),
    /// A pending transaction was posted.
    Posted {
        /// The transaction.
        transaction: TransactionId,
        /// How much of each posting.
        amounts: Vec<i64>,
    },
    /// A pending transaction was given back.
    Voided {
        /// The transaction.
        transaction: TransactionId,
        /// Why.
        reason: String,
    },
    /// The time of a pending transaction was over.
    Expired {
        /// The transaction.
        transaction: TransactionId,
    },
}

/// Where a journal ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Number of the last entry, 0 for none.
    pub position: i64,
    /// Its digest, lower-case hex, empty for none.
    pub digest: String,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Number, from 1.
    pub position: i64,
    /// What was done, as JSON of [`Content`].
    pub content: String,
    /// Who did it.
    pub author: String,
    /// When.
    pub record_time: Timestamp,
    /// Digest over all of this and the entry before.
    pub digest: String,
}

impl Entry {
    /// The entry after a head.
    #[must_use]
    pub fn after(head: &Head, content: String, author: &str, record_time: Timestamp) -> Self {
        let position = head.position.saturating_add(1);
        let digest = digest(position, &head.digest, author, record_time, &content);
        Self { position, content, author: author.to_owned(), record_time, digest }
    }

    /// The text of which the digest is taken, with the digest of the entry before.
    #[must_use]
    pub fn text(&self, previous: &str) -> String {
        text(self.position, previous, &self.author, self.record_time, &self.content).text()
    }

    /// Where the journal ends with this entry.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { position: self.position, digest: self.digest.clone() }
    }

    /// Whether it is what was written after a head.
    #[must_use]
    pub fn follows(&self, head: &Head) -> bool {
        self.position == head.position.saturating_add(1)
            && self.digest == digest(self.position, &head.digest, &self.author, self.record_time, &self.content)
    }
}

fn digest(position: i64, previous: &str, author: &str, record_time: Timestamp, content: &str) -> String {
    hex::encode(text(position, previous, author, record_time, content).sha256())
}

fn text(position: i64, previous: &str, author: &str, record_time: Timestamp, content: &str) -> Canonical {
    Canonical::new("tributary.journal.v1")
        .field("position", &position.to_string())
        .field("previous", previous)
        .field("author", author)
        .field("record_time", &record_time.0.to_string())
        .field("content", content)
}
