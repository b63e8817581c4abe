//! What the use cases of documents need from a store.

use async_trait::async_trait;
use partner_registry_domain::{Document, DocumentKind, DocumentName, DocumentRevision, DocumentState};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Condition, Due};

/// A test of a document. One that does not expire is neither before, on nor after any day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentTest {
    /// The kind.
    Kind(DocumentKind),
    /// The state.
    State(DocumentState),
    /// The last valid day is before this one.
    ExpiresBefore(Date),
    /// The last valid day is this one.
    ExpiresOn(Date),
    /// The last valid day is after this one.
    ExpiresAfter(Date),
}

/// A page of documents in the order of partner and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Of which partner; `None`: of all.
    pub partner: Option<ResourceId>,
    /// Which documents; `None`: all.
    pub condition: Option<Condition<DocumentTest>>,
    /// Only names after this one.
    pub after: Option<DocumentName>,
    /// At most this many; `None`: every one.
    pub limit: Option<u32>,
}

/// Reads outside a transaction.
#[async_trait]
pub trait DocumentReads: Send + Sync {
    /// One document.
    async fn document(&self, tenant: &TenantId, name: &DocumentName) -> Result<Option<Document>, StoreError>;

    /// A page of documents.
    async fn list_documents(&self, tenant: &TenantId, query: &DocumentQuery) -> Result<Vec<Document>, StoreError>;

    /// Revisions before a number (`None`: all), newest first.
    async fn document_revisions(
        &self,
        tenant: &TenantId,
        name: &DocumentName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DocumentRevision>, StoreError>;

    /// Documents of all tenants that are submitted or verified and whose last valid day is before `today`, in the order
    /// of their uids, after one of them.
    async fn due_documents(
        &self,
        today: Date,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Due<DocumentName>>, StoreError>;
}

/// The part of a transaction that is about documents. Whoever writes one has locked its partner, so that all changes of
/// a partner's documents stand in line.
#[async_trait]
pub trait DocumentTx: Send {
    /// One document.
    async fn stored_document(&mut self, tenant: &TenantId, name: &DocumentName)
    -> Result<Option<Document>, StoreError>;

    /// Writes a document: inserts revision 1, makes any later one of the revision before it.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken, `Conflict` when the stored revision is not the one before.
    async fn write_document(&mut self, tenant: &TenantId, document: &Document) -> Result<(), StoreError>;

    /// Appends a revision to the history.
    async fn add_document_revision(&mut self, tenant: &TenantId, revision: &DocumentRevision)
    -> Result<(), StoreError>;
}
