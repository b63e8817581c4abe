//! Documents, their history and the gate they make.

use partner_registry_domain::{
    Document, DocumentContent, DocumentDraft, DocumentKind, DocumentRevision,
    document::gate::{Finding, is_green},
    partner::resource_name,
};
use tributary_core::{Date, ResourceId, Violations};
use tributary_proto::{google::r#type as google, tributary::partner::v1 as pb};
use tributary_rpc::convert::{date, date_to_proto, timestamp_to_proto};

/// A document as callers see it.
pub(crate) fn document_to_proto(document: Document) -> pb::Document {
    let name_of = |id: Option<&ResourceId>| id.map(|id| document.sibling(id).to_string()).unwrap_or_default();
    let (supersedes, superseded_by) = (name_of(document.supersedes.as_ref()), name_of(document.superseded_by.as_ref()));
    let (name, etag, state) = (document.name.to_string(), document.etag(), document.state.number());
    let DocumentContent {
        kind, title, number, issuer, issued_on, expires_on, file_digest, media_type, size_bytes, ..
    } = document.content;
    let review_time = document.review.as_ref().map(|r| timestamp_to_proto(r.time));
    let (reviewer, review_note) = document.review.map(|r| (r.reviewer, r.note)).unwrap_or_default();
    pb::Document {
        name,
        uid: document.uid.to_string(),
        kind: kind.number(),
        title,
        number,
        issuer,
        issued_on: issued_on.map(date_to_proto),
        expires_on: expires_on.map(date_to_proto),
        file_digest,
        media_type,
        size_bytes,
        supersedes,
        superseded_by,
        state,
        submitter: document.submitter,
        reviewer,
        review_time,
        review_note,
        revision: document.revision,
        create_time: Some(timestamp_to_proto(document.create_time)),
        update_time: Some(timestamp_to_proto(document.update_time)),
        etag,
    }
}

/// What a caller says about a document. Output-only fields are ignored; what cannot be read is noted under its field.
pub(crate) fn document_draft(document: pb::Document, violations: &mut Violations) -> DocumentDraft {
    let kind = DocumentKind::from_number(document.kind);
    if kind.is_none() && document.kind != 0 {
        let number = document.kind;
        violations.add("kind", format!("{number} is not a document kind of this version; use a value of DocumentKind"));
    }
    let mut day = |field, given: Option<google::Date>| given.and_then(|given| violations.check(field, date(&given)));
    DocumentDraft {
        kind,
        issued_on: day("issued_on", document.issued_on),
        expires_on: day("expires_on", document.expires_on),
        title: document.title,
        number: document.number,
        issuer: document.issuer,
        file_digest: document.file_digest,
        media_type: document.media_type,
        size_bytes: document.size_bytes,
    }
}

/// A revision with the whole document.
pub(crate) fn document_revision_to_proto(revision: DocumentRevision) -> pb::DocumentRevision {
    pb::DocumentRevision {
        document: Some(document_to_proto(revision.document)),
        action: revision.action,
        actor: revision.actor,
        reason: revision.reason,
        record_time: Some(timestamp_to_proto(revision.record_time)),
    }
}

/// What was found about a partner's documents on a day, and the gate that follows.
pub(crate) fn check_to_proto(partner: &ResourceId, day: Date, findings: Vec<Finding>) -> pb::CheckDocumentsResponse {
    let gate = if is_green(&findings) { pb::DocumentGate::Green } else { pb::DocumentGate::Red };
    pb::CheckDocumentsResponse {
        partner: resource_name(partner),
        date: Some(date_to_proto(day)),
        gate: gate.into(),
        findings: findings.into_iter().map(finding_to_proto).collect(),
    }
}

fn finding_to_proto(finding: Finding) -> pb::DocumentFinding {
    pb::DocumentFinding {
        code: finding.code.number(),
        document: finding.document.map(|name| name.to_string()).unwrap_or_default(),
        blocking: finding.code.is_blocking(),
        message: finding.message,
    }
}
