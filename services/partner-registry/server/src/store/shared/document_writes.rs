//! Writes of documents.

use partner_registry_domain::Document;
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{Tx, rows::to_json};

/// Inserts a new document.
pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, document: &Document) -> Result<(), StoreError> {
    let review = document.review.as_ref();
    sqlx::query(
        "INSERT INTO documents (tenant, partner_id, id, uid, kind, state, expires_on, content, supersedes,
                                superseded_by, submitter, reviewer, review_time, review_note, revision,
                                create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(tenant.as_str())
    .bind(document.name.partner.as_str())
    .bind(document.name.id.as_str())
    .bind(document.uid)
    .bind(document.content.kind.as_str())
    .bind(document.state.as_str())
    .bind(document.content.expires_on.map(Date::days))
    .bind(to_json(&document.content)?)
    .bind(document.supersedes.as_ref().map(ResourceId::as_str))
    .bind(document.superseded_by.as_ref().map(ResourceId::as_str))
    .bind(&document.submitter)
    .bind(review.map(|r| r.reviewer.as_str()))
    .bind(review.map(|r| r.time.0))
    .bind(review.map(|r| r.note.as_str()))
    .bind(document.revision)
    .bind(document.create_time.0)
    .bind(document.update_time.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Updates what the life of a document changes, at the revision before only; what the submitter told stays.
pub(super) async fn update(tx: &mut Tx, tenant: &TenantId, document: &Document) -> Result<(), StoreError> {
    let review = document.review.as_ref();
    let done = sqlx::query(
        "UPDATE documents
         SET state = $1, superseded_by = $2, reviewer = $3, review_time = $4, review_note = $5, revision = $6,
             update_time = $7
         WHERE tenant = $8 AND partner_id = $9 AND id = $10 AND revision = $11",
    )
    .bind(document.state.as_str())
    .bind(document.superseded_by.as_ref().map(ResourceId::as_str))
    .bind(review.map(|r| r.reviewer.as_str()))
    .bind(review.map(|r| r.time.0))
    .bind(review.map(|r| r.note.as_str()))
    .bind(document.revision)
    .bind(document.update_time.0)
    .bind(tenant.as_str())
    .bind(document.name.partner.as_str())
    .bind(document.name.id.as_str())
    .bind(document.revision.saturating_sub(1))
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
