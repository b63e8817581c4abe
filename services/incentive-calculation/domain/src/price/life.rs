//! The life of what makes prices: draft → approved → retired from a day on; maker ≠ checker.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, Timestamp};

use crate::reasons;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Written, not approved.
    Draft,
    /// Approved by a second subject: counts within its bounds.
    Approved,
    /// Ended from a day on.
    Retired,
}

impl State {
    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Approved => "APPROVED",
            Self::Retired => "RETIRED",
        }
    }
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What: CREATED, APPROVED, RETIRED.
    pub what: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub time: Timestamp,
}

/// Where a version of a list or a promotion stands, and how it came there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Where it stands.
    pub state: State,
    /// Who wrote it.
    pub author: String,
    /// Whether it was ever approved: a discarded draft was not.
    pub approved: bool,
    /// The day from which it no longer counts.
    pub retired_from: Option<Date>,
    /// What was done, oldest first.
    pub history: Vec<Change>,
    /// Counts changes, from 1.
    pub revision: i64,
}

impl Life {
    /// A draft.
    #[must_use]
    pub fn begun(author: &str, reason: &str, now: Timestamp) -> Self {
        let first = change("CREATED", author, reason, now);
        Self {
            state: State::Draft,
            author: author.to_owned(),
            approved: false,
            retired_from: None,
            history: vec![first],
            revision: 1,
        }
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// Whether it counts on a day, its own bounds aside.
    #[must_use]
    pub fn counts_on(&self, day: Date) -> bool {
        self.approved && self.retired_from.is_none_or(|from| day < from)
    }

    /// Refuses what only a draft can take.
    ///
    /// # Errors
    /// `PRICE_STATE_REFUSED`.
    pub fn draft(&self, name: &str, what: &str) -> Result<(), Fault> {
        if self.state == State::Draft {
            return Ok(());
        }
        let state = self.state.as_str();
        let message = format!("{name} is {state}; only a DRAFT can {what}, create another one");
        Err(Fault::new(reasons::PRICE_STATE_REFUSED, message).with("name", name).with("state", state))
    }

    /// After an approval by a second subject.
    ///
    /// # Errors
    /// `PRICE_STATE_REFUSED`, `MAKER_IS_CHECKER`.
    pub fn approved_by(&self, name: &str, actor: &str, reason: &str, now: Timestamp) -> Result<Self, Fault> {
        self.draft(name, "be approved")?;
        if actor == self.author {
            let message = format!("{name} was written by {actor}, who cannot approve it; another subject must");
            return Err(Fault::new(reasons::MAKER_IS_CHECKER, message).with("author", actor));
        }
        let next = Self { state: State::Approved, approved: true, ..self.clone() };
        Ok(next.with(change("APPROVED", actor, reason, now)))
    }

    /// After it was ended from a day on; a draft is discarded.
    ///
    /// # Errors
    /// `PRICE_STATE_REFUSED`.
    pub fn retired_by(&self, name: &str, actor: &str, from: Date, reason: &str, now: Timestamp) -> Result<Self, Fault> {
        if self.state == State::Retired {
            let message = format!("{name} is RETIRED, which is final");
            return Err(Fault::new(reasons::PRICE_STATE_REFUSED, message).with("name", name).with("state", "RETIRED"));
        }
        let next = Self { state: State::Retired, retired_from: self.approved.then_some(from), ..self.clone() };
        Ok(next.with(change("RETIRED", actor, reason, now)))
    }

    fn with(mut self, change: Change) -> Self {
        self.history.push(change);
        self.revision = self.revision.saturating_add(1);
        self
    }
}

fn change(what: &str, actor: &str, reason: &str, time: Timestamp) -> Change {
    Change { what: what.to_owned(), actor: actor.to_owned(), reason: reason.to_owned(), time }
}
