//! Steps of documents and the revisions that come of them.

use tributary_core::Timestamp;

use super::Document;

/// What led to a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentAction {
    /// It was submitted.
    Submitted,
    /// A reviewer found it good.
    Verified,
    /// A reviewer refused it.
    Rejected,
    /// Its last valid day was over.
    Expired,
    /// Its renewal was verified.
    Superseded,
    /// Its renewal was rejected.
    Reinstated,
}

impl DocumentAction {
    /// The name in histories and events. Example: "VERIFIED".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Verified => "VERIFIED",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
            Self::Superseded => "SUPERSEDED",
            Self::Reinstated => "REINSTATED",
        }
    }
}

/// A step of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The document after it.
    pub document: Document,
    /// What was done.
    pub action: DocumentAction,
}

/// One revision of a document: who did what, when, why, and what it was afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRevision {
    /// The document after the change.
    pub document: Document,
    /// What was done. Example: "VERIFIED".
    pub action: String,
    /// Subject of the caller.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}
