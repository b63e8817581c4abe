//! Documents: submitted and reviewed by different people, listed, renewed, expired by the calendar.

mod expiry;
mod lists;
mod review;
mod submit;

use tributary_core::Role;
use tributary_proto::{
    google::r#type::Date,
    tributary::partner::v1::{self as pb, DocumentKind},
};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, name};

type Result<T> = std::result::Result<T, Box<Described>>;

fn document_name(own: &str) -> String {
    format!("partners/a/documents/{own}")
}

/// A document with nothing wrong.
fn document(kind: DocumentKind, expires_on: Option<Date>) -> pb::Document {
    pb::Document {
        kind: kind.into(),
        title: "t".to_owned(),
        number: "91350100M000100Y43".to_owned(),
        issuer: "福州市市场监督管理局".to_owned(),
        expires_on,
        file_digest: "0123456789abcdef".repeat(4),
        media_type: "application/pdf".to_owned(),
        size_bytes: 482_113,
        ..Default::default()
    }
}

fn licence(expires_on: Option<Date>) -> pb::Document {
    document(DocumentKind::BusinessLicence, expires_on)
}

fn renewing(own: &str, document: pb::Document) -> pb::Document {
    pb::Document { supersedes: document_name(own), ..document }
}

impl Suite {
    /// The channel manager submits a document of partner a.
    async fn submit(&self, own: &str, document: pb::Document) -> Result<pb::Document> {
        let request = pb::SubmitDocumentRequest {
            parent: name("a"),
            document: Some(document),
            document_id: own.to_owned(),
            ..Default::default()
        };
        answer(self.documents().submit_document(self.ask(request)).await)
    }

    /// The lawyer verifies it.
    async fn verify(&self, own: &str) -> Result<pb::Document> {
        let request = pb::VerifyDocumentRequest { name: document_name(own), ..Default::default() };
        answer(self.documents().verify_document(self.ask_as("lawyer", Role::Legal, request)).await)
    }

    /// The lawyer rejects it.
    async fn reject(&self, own: &str) -> Result<pb::Document> {
        let (name, reason) = (document_name(own), "不清楚".to_owned());
        let request = pb::RejectDocumentRequest { name, reason, ..Default::default() };
        answer(self.documents().reject_document(self.ask_as("lawyer", Role::Legal, request)).await)
    }

    async fn document(&self, own: &str) -> pb::Document {
        let request = pb::GetDocumentRequest { name: document_name(own) };
        answer(self.documents().get_document(self.ask(request)).await).expect("there")
    }

    /// The history, newest first.
    async fn history(&self, own: &str) -> Vec<pb::DocumentRevision> {
        let request = pb::ListDocumentRevisionsRequest { name: document_name(own), ..Default::default() };
        answer(self.documents().list_document_revisions(self.ask(request)).await).expect("there").revisions
    }

    /// What was done to it, oldest first.
    async fn actions(&self, own: &str) -> Vec<String> {
        self.history(own).await.into_iter().rev().map(|revision| revision.action).collect()
    }

    /// The gate of partner a, and its findings with the documents they are about.
    async fn gate(&self, date: Option<Date>) -> (pb::DocumentGate, Vec<(pb::DocumentFindingCode, String)>) {
        let request = pb::CheckDocumentsRequest { partner: name("a"), date };
        let check = answer(self.documents().check_documents(self.ask(request)).await).expect("checked");
        assert_eq!(check.partner, name("a"));
        let gate = check.gate();
        assert_eq!(check.findings.iter().any(|f| f.blocking), gate == pb::DocumentGate::Red);
        (gate, check.findings.into_iter().map(|f| (f.code(), f.document)).collect())
    }
}
