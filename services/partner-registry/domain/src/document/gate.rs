//! The gate that a partner's documents make: green when it may do business by them, red with the reasons when not.

use std::collections::BTreeMap;

use tributary_core::{Date, ResourceId};

use super::{Document, DocumentKind, DocumentName, DocumentState};

/// What may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingCode {
    /// No verified business licence is valid on the day.
    NoBusinessLicence,
    /// A verified licence or permit is past its last day and not superseded.
    LicenceExpired,
    /// A verified document of another kind is past its last day and not superseded.
    DocumentExpired,
}

impl FindingCode {
    /// Every code in the order of its number, from 1.
    pub const ALL: [Self; 3] = [Self::NoBusinessLicence, Self::LicenceExpired, Self::DocumentExpired];

    /// The number in the proto enum.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(c, n)| (*c == self).then_some(n)).unwrap_or(0)
    }

    /// Whether it makes the gate red.
    #[must_use]
    pub fn is_blocking(self) -> bool {
        self != Self::DocumentExpired
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// The document it is about; `None` when one is missing.
    pub document: Option<DocumentName>,
    /// The same in words, with the remedy.
    pub message: String,
}

/// Whether no finding blocks.
#[must_use]
pub fn is_green(findings: &[Finding]) -> bool {
    !findings.iter().any(|f| f.code.is_blocking())
}

/// What is wrong with the documents of one partner on a day, by the documents as they stand now; given all of them in
/// the order of their ids.
#[must_use]
pub fn check(documents: &[Document], day: Date) -> Vec<Finding> {
    let by_id: BTreeMap<&ResourceId, &Document> = documents.iter().map(|d| (&d.name.id, d)).collect();
    let licensed = documents
        .iter()
        .any(|d| d.content.kind == DocumentKind::BusinessLicence && d.is_accepted() && d.content.covers(day));
    let missing = (!licensed).then(|| Finding {
        code: FindingCode::NoBusinessLicence,
        document: None,
        message: format!("no verified business licence is valid on {day}; submit one and have it verified"),
    });
    let expired = documents.iter().filter(|d| d.is_accepted() && d.content.is_past_on(day));
    let open = expired.filter(|d| !is_renewed(d, &by_id, day));
    missing.into_iter().chain(open.filter_map(finding)).collect()
}

/// Whether a renewal had taken the document's place by a day. There was a gap when it was issued late.
fn is_renewed(document: &Document, by_id: &BTreeMap<&ResourceId, &Document>, day: Date) -> bool {
    let renewal = document.superseded_by.as_ref().and_then(|id| by_id.get(id));
    document.state == DocumentState::Superseded
        && renewal.and_then(|renewal| renewal.content.issued_on).is_none_or(|issued| issued <= day)
}

fn finding(document: &Document) -> Option<Finding> {
    let (last, kind) = (document.content.expires_on?, document.content.kind);
    let code = if kind.is_licence() { FindingCode::LicenceExpired } else { FindingCode::DocumentExpired };
    let message =
        format!("{} of kind {kind} was valid up to {last}; submit its renewal, which supersedes it", document.name);
    Some(Finding { code, document: Some(document.name.clone()), message })
}
