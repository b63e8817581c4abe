//! Documents of partners: licences, permits and certificates. One subject submits, another one reviews; the calendar
//! expires; a verified renewal supersedes. Every step makes a new revision, nothing is ever deleted.

mod draft;
pub mod gate;
mod history;
mod kind;
mod review;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp};
use uuid::Uuid;

pub use draft::{DocumentContent, DocumentDraft};
pub use history::{Change, DocumentAction, DocumentRevision};
pub use kind::{DocumentKind, DocumentState};
pub use review::{Decision, Review};

use crate::{etag, own_name::own_name};

own_name!(
    /// The name of a document: its partner and its id there.
    DocumentName,
    "documents"
);

/// A document at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name.
    pub name: DocumentName,
    /// UUIDv7, stable for ever.
    pub uid: Uuid,
    /// What the submitter told about it.
    pub content: DocumentContent,
    /// The document of the same partner that it renews.
    pub supersedes: Option<ResourceId>,
    /// The renewal that was verified; set exactly while superseded.
    pub superseded_by: Option<ResourceId>,
    /// Where it stands.
    pub state: DocumentState,
    /// Who submitted it.
    pub submitter: String,
    /// The last review.
    pub review: Option<Review>,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it was submitted.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

impl Document {
    /// A new document at revision 1, waiting for its review; `renews` is the stored document that it names as renewed.
    ///
    /// # Errors
    /// `RENEWAL_REFUSED` when that one cannot be renewed.
    pub fn submit(
        name: DocumentName,
        uid: Uuid,
        content: DocumentContent,
        renews: Option<&Self>,
        submitter: String,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        if let Some(old) = renews {
            old.require_renewable(&name, content.kind)?;
        }
        Ok(Self {
            name,
            uid,
            content,
            supersedes: renews.map(|old| old.name.id.clone()),
            superseded_by: None,
            state: DocumentState::Submitted,
            submitter,
            review: None,
            revision: 1,
            create_time: now,
            update_time: now,
        })
    }

    /// The document after its last valid day, `None` while that day is not over or when it does not matter any more.
    #[must_use]
    pub fn expire(&self, today: Date, now: Timestamp) -> Option<Change> {
        let counts = matches!(self.state, DocumentState::Submitted | DocumentState::Verified);
        let due = counts && self.content.is_past_on(today);
        due.then(|| self.to(DocumentState::Expired, now).by(DocumentAction::Expired))
    }

    /// Whether a reviewer found it good and nobody refused it since.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        match self.state {
            DocumentState::Verified | DocumentState::Superseded => true,
            // One that expired while it waited was never reviewed.
            DocumentState::Expired => self.review.is_some(),
            DocumentState::Submitted | DocumentState::Rejected => false,
        }
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.revision, "document", self.name.to_string())
    }

    /// The name of another document of the same partner.
    #[must_use]
    pub fn sibling(&self, id: &ResourceId) -> DocumentName {
        DocumentName { partner: self.name.partner.clone(), id: id.clone() }
    }

    /// The next revision in a state; a clock that was set back never makes a revision older than the one before.
    fn to(&self, state: DocumentState, now: Timestamp) -> Self {
        let revision = self.revision.saturating_add(1);
        Self { state, superseded_by: None, revision, update_time: now.max(self.update_time), ..self.clone() }
    }

    fn by(self, action: DocumentAction) -> Change {
        Change { document: self, action }
    }
}
