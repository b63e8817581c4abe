//! The review of documents: who submitted one never decides on it, and a decision on a renewal carries over to the
//! document that it renews.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, Timestamp};

use super::{Change, Document, DocumentAction, DocumentKind, DocumentName, DocumentState};
use crate::faults::{DOCUMENT_EXPIRED, DOCUMENT_STATE_REFUSED, MAKER_IS_CHECKER, RENEWAL_REFUSED};

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Decision {
    /// It is good.
    Verify,
    /// It is refused.
    Reject,
}

impl Decision {
    /// The name of its method, as messages show it.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Verify => "VerifyDocument",
            Self::Reject => "RejectDocument",
        }
    }
}

/// The last review of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Subject of the reviewer.
    pub reviewer: String,
    /// When.
    pub time: Timestamp,
    /// What the reviewer noted; the reason of a rejection.
    pub note: String,
}

impl DocumentState {
    /// What a reviewer can decide from here.
    #[must_use]
    pub fn possible(self) -> &'static [Decision] {
        match self {
            Self::Submitted => &[Decision::Verify, Decision::Reject],
            Self::Verified | Self::Expired => &[Decision::Reject],
            Self::Rejected | Self::Superseded => &[],
        }
    }
}

impl Document {
    /// Takes a decision on `today`; `renews` is the document that this one names as renewed, as it is stored. Returns
    /// the change of this document and that of the renewed one, if that changes with it.
    ///
    /// # Errors
    /// `DOCUMENT_STATE_REFUSED`, `MAKER_IS_CHECKER`; to verify also `DOCUMENT_EXPIRED` and `RENEWAL_REFUSED`.
    pub fn decide(
        &self,
        decision: Decision,
        review: Review,
        renews: Option<&Self>,
        today: Date,
    ) -> Result<(Change, Option<Change>), Fault> {
        self.require_reviewable(decision, &review.reviewer)?;
        let now = review.time;
        let reviewed = |state, action| Self { review: Some(review), ..self.to(state, now) }.by(action);
        match decision {
            Decision::Verify => {
                self.require_valid(today)?;
                let other = renews.map(|old| old.supersede(self, now)).transpose()?.flatten();
                Ok((reviewed(DocumentState::Verified, DocumentAction::Verified), other))
            }
            Decision::Reject => {
                let other = renews.and_then(|old| old.reinstate(self, today, now));
                Ok((reviewed(DocumentState::Rejected, DocumentAction::Rejected), other))
            }
        }
    }

    /// Refuses a renewal `by` a document of a kind, unless this one may be renewed.
    pub(super) fn require_renewable(&self, by: &DocumentName, kind: DocumentKind) -> Result<(), Fault> {
        let own = self.content.kind;
        let why = match (&self.superseded_by, self.is_accepted()) {
            _ if own != kind => format!("is of kind {own} and not {kind}; renew one of the same kind"),
            (Some(id), _) => format!("is superseded by {}; renew that one", self.sibling(id)),
            (None, true) => return Ok(()),
            (None, false) => format!("is {} and not accepted by a review; submit the new one without it", self.state),
        };
        let message = format!("{by} cannot supersede {}, which {why}", self.name);
        Err(Fault::new(RENEWAL_REFUSED, message)
            .with("document", by.to_string())
            .with("supersedes", self.name.to_string())
            .with("state", self.state.as_str()))
    }

    fn require_reviewable(&self, decision: Decision, reviewer: &str) -> Result<(), Fault> {
        let (name, state) = (self.name.to_string(), self.state);
        if !state.possible().contains(&decision) {
            let possible = state.possible().iter().map(|d| d.method()).collect::<Vec<_>>().join(", ");
            let remedy = match possible.as_str() {
                "" => "nothing is possible from it, submit another document".to_owned(),
                some => format!("possible from it: {some}"),
            };
            let verb = decision.method();
            let message = format!("{verb} is not possible for {name} in state {state}; {remedy}");
            return Err(Fault::new(DOCUMENT_STATE_REFUSED, message)
                .with("document", name)
                .with("state", state.as_str())
                .with("verb", verb)
                .with("possible", possible));
        }
        if reviewer == self.submitter {
            let message = format!("{name} was submitted by {reviewer}, who cannot review it; another subject must");
            return Err(Fault::new(MAKER_IS_CHECKER, message).with("document", name).with("submitter", reviewer));
        }
        Ok(())
    }

    fn require_valid(&self, today: Date) -> Result<(), Fault> {
        match self.content.expires_on.filter(|_| self.content.is_past_on(today)) {
            None => Ok(()),
            Some(last) => {
                let name = self.name.to_string();
                let message = format!("{name} was valid up to {last} and today is {today}; submit its renewal");
                Err(Fault::new(DOCUMENT_EXPIRED, message).with("document", name).with("expires_on", last.to_string()))
            }
        }
    }

    /// This document once its renewal is verified; `None` when it was rejected in the meantime and counts for nothing.
    fn supersede(&self, renewal: &Self, now: Timestamp) -> Result<Option<Change>, Fault> {
        if self.state == DocumentState::Rejected {
            return Ok(None);
        }
        self.require_renewable(&renewal.name, renewal.content.kind)?;
        let after = self.to(DocumentState::Superseded, now);
        let superseded_by = Some(renewal.name.id.clone());
        Ok(Some(Self { superseded_by, ..after }.by(DocumentAction::Superseded)))
    }

    /// This document once its renewal is rejected; `None` when that renewal had not superseded it.
    fn reinstate(&self, renewal: &Self, today: Date, now: Timestamp) -> Option<Change> {
        let was_superseded = self.superseded_by.as_ref() == Some(&renewal.name.id);
        let past = self.content.is_past_on(today);
        let state = if past { DocumentState::Expired } else { DocumentState::Verified };
        was_superseded.then(|| self.to(state, now).by(DocumentAction::Reinstated))
    }
}
