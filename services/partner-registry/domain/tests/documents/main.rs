//! Documents: what is checked, who may decide what, what renewals and the calendar do, and the gate that comes of it.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod drafts;
mod gate;
mod life;
mod walks;

use partner_registry_domain::{
    Document, DocumentDraft, DocumentKind, DocumentName, Review,
    document::{Change, Decision},
};
use tributary_core::{Date, Fault, IdSource as _, ResourceId, SystemIds, Timestamp};

/// Today, unless a test says otherwise.
pub(crate) const TODAY: &str = "2026-07-01";

pub(crate) fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

pub(crate) fn name(own: &str) -> DocumentName {
    DocumentName { partner: id("a"), id: id(own) }
}

/// A draft with nothing wrong.
pub(crate) fn draft(kind: DocumentKind, expires_on: Option<&str>) -> DocumentDraft {
    DocumentDraft {
        kind: Some(kind),
        title: "t".to_owned(),
        number: "91350100M000100Y43".to_owned(),
        issuer: "福州市市场监督管理局".to_owned(),
        issued_on: None,
        expires_on: expires_on.map(day),
        file_digest: "0123456789abcdef".repeat(4),
        media_type: "application/pdf".to_owned(),
        size_bytes: 1,
    }
}

/// Submitted by "maker", possibly as a renewal.
pub(crate) fn try_submit(own: &str, draft: DocumentDraft, renews: Option<&Document>) -> Result<Document, Fault> {
    let content = draft.check(day("2020-01-01")).expect("good");
    Document::submit(name(own), SystemIds.uuid(), content, renews, "maker".to_owned(), Timestamp(10))
}

pub(crate) fn submit(own: &str, draft: DocumentDraft, renews: Option<&Document>) -> Document {
    try_submit(own, draft, renews).expect("submitted")
}

/// Decided by "checker": the change of the document, then that of the renewed one.
pub(crate) fn decide(
    document: &Document,
    decision: Decision,
    renews: Option<&Document>,
    today: &str,
) -> Result<Vec<Change>, Fault> {
    let review = Review { reviewer: "checker".to_owned(), time: Timestamp(20), note: "seen".to_owned() };
    document.decide(decision, review, renews, day(today)).map(|(own, other)| [own].into_iter().chain(other).collect())
}

/// The documents after a decision that is possible.
pub(crate) fn after(document: &Document, decision: Decision, renews: Option<&Document>) -> Vec<Document> {
    let changes = decide(document, decision, renews, TODAY).expect("possible");
    changes.into_iter().map(|change| change.document).collect()
}

/// A verified document that renews none.
pub(crate) fn verified(own: &str, kind: DocumentKind, expires_on: Option<&str>) -> Document {
    let submitted = submit(own, draft(kind, expires_on), None);
    let changes = decide(&submitted, Decision::Verify, None, "2020-01-01").expect("verified");
    changes.into_iter().next().expect("itself").document
}
