//! Between rows and documents.

use partner_registry_domain::{Document, DocumentRevision, DocumentState, Review};
use tributary_core::Timestamp;
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    own::name,
    rows::{id, json},
};

#[derive(sqlx::FromRow)]
pub(super) struct DocumentRow {
    partner_id: String,
    id: String,
    uid: Uuid,
    content: String,
    supersedes: Option<String>,
    superseded_by: Option<String>,
    state: String,
    submitter: String,
    reviewer: Option<String>,
    review_time: Option<i64>,
    review_note: Option<String>,
    revision: i64,
    create_time: i64,
    update_time: i64,
}

impl DocumentRow {
    pub(super) fn read(self) -> Result<Document, StoreError> {
        let review = match (self.reviewer, self.review_time, self.review_note) {
            (Some(reviewer), Some(time), Some(note)) => Some(Review { reviewer, time: Timestamp(time), note }),
            _ => None,
        };
        Ok(Document {
            name: name(&self.partner_id, &self.id)?,
            uid: self.uid,
            content: json(&self.content)?,
            supersedes: self.supersedes.as_deref().map(id).transpose()?,
            superseded_by: self.superseded_by.as_deref().map(id).transpose()?,
            state: DocumentState::parse(&self.state).map_err(StoreError::Corrupt)?,
            submitter: self.submitter,
            review,
            revision: self.revision,
            create_time: Timestamp(self.create_time),
            update_time: Timestamp(self.update_time),
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct DocumentRevisionRow {
    action: String,
    actor: String,
    reason: String,
    record_time: i64,
    snapshot: String,
}

impl DocumentRevisionRow {
    pub(super) fn read(self) -> Result<DocumentRevision, StoreError> {
        Ok(DocumentRevision {
            document: json(&self.snapshot)?,
            action: self.action,
            actor: self.actor,
            reason: self.reason,
            record_time: Timestamp(self.record_time),
        })
    }
}
