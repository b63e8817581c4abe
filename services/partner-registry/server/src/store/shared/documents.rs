//! Documents of partners and their history.

use async_trait::async_trait;
use partner_registry_domain::{Document, DocumentName, DocumentRevision};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    Db, Pool, Tx,
    document_rows::{DocumentRevisionRow, DocumentRow},
    document_writes::{insert, update},
    list::push_condition,
    own::{DueRow, push_after, push_is},
    rows::to_json,
};
use crate::ports::{DocumentQuery, DocumentReads, DocumentTest, DocumentTx, Due};

#[async_trait]
impl DocumentReads for Pool {
    async fn document(&self, tenant: &TenantId, name: &DocumentName) -> Result<Option<Document>, StoreError> {
        one(self.reader(), tenant, name).await
    }

    async fn list_documents(&self, tenant: &TenantId, query: &DocumentQuery) -> Result<Vec<Document>, StoreError> {
        let mut sql = page(tenant, query);
        let rows: Vec<DocumentRow> = sql.build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(DocumentRow::read).collect()
    }

    async fn document_revisions(
        &self,
        tenant: &TenantId,
        name: &DocumentName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DocumentRevision>, StoreError> {
        let rows: Vec<DocumentRevisionRow> = sqlx::query_as(
            "SELECT action, actor, reason, record_time, snapshot FROM document_revisions
             WHERE tenant = $1 AND partner_id = $2 AND document_id = $3 AND revision < $4
             ORDER BY revision DESC LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(name.partner.as_str())
        .bind(name.id.as_str())
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(DocumentRevisionRow::read).collect()
    }

    async fn due_documents(
        &self,
        today: Date,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Due<DocumentName>>, StoreError> {
        let rows: Vec<DueRow> = sqlx::query_as(
            "SELECT tenant, partner_id, id, uid FROM documents
             WHERE state IN ('SUBMITTED', 'VERIFIED') AND expires_on < $1 AND uid > $2 ORDER BY uid LIMIT $3",
        )
        .bind(today.days())
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(DueRow::read).collect()
    }
}

#[async_trait]
impl DocumentTx for Tx {
    async fn stored_document(
        &mut self,
        tenant: &TenantId,
        name: &DocumentName,
    ) -> Result<Option<Document>, StoreError> {
        one(self.conn(), tenant, name).await
    }

    async fn write_document(&mut self, tenant: &TenantId, document: &Document) -> Result<(), StoreError> {
        if document.revision == 1 { insert(self, tenant, document).await } else { update(self, tenant, document).await }
    }

    async fn add_document_revision(
        &mut self,
        tenant: &TenantId,
        revision: &DocumentRevision,
    ) -> Result<(), StoreError> {
        let document = &revision.document;
        sqlx::query(
            "INSERT INTO document_revisions (tenant, partner_id, document_id, revision, action, actor, reason,
                                             record_time, snapshot)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(tenant.as_str())
        .bind(document.name.partner.as_str())
        .bind(document.name.id.as_str())
        .bind(document.revision)
        .bind(&revision.action)
        .bind(&revision.actor)
        .bind(&revision.reason)
        .bind(revision.record_time.0)
        .bind(to_json(document)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// The beginning of every query for documents, up to the condition on the tenant.
fn select(tenant: &TenantId) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new(
        "SELECT partner_id, id, uid, content, supersedes, superseded_by, state, submitter, reviewer, review_time,
                review_note, revision, create_time, update_time
         FROM documents WHERE tenant = ",
    );
    query.push_bind(tenant.as_str());
    query
}

async fn one<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    name: &DocumentName,
) -> Result<Option<Document>, StoreError> {
    let mut query = select(tenant);
    push_is(&mut query, name);
    let row: Option<DocumentRow> = query.build_query_as().fetch_optional(executor).await?;
    row.map(DocumentRow::read).transpose()
}

/// The query of a page, in the order of partner and id.
fn page(tenant: &TenantId, query: &DocumentQuery) -> QueryBuilder<Db> {
    let mut sql = select(tenant);
    push_after(&mut sql, query.partner.as_ref(), query.after.as_ref());
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push_condition(&mut sql, condition, &push_test);
    }
    sql.push(" ORDER BY partner_id, id LIMIT ").push_bind(query.limit.map_or(i64::MAX, i64::from));
    sql
}

/// Pushes a test of a document, which is never NULL.
fn push_test(sql: &mut QueryBuilder<Db>, test: &DocumentTest) {
    let mut compare = |operator, day: Date| {
        sql.push("expires_on IS NOT NULL AND expires_on ").push(operator).push_bind(day.days());
    };
    match test {
        DocumentTest::ExpiresBefore(day) => compare("< ", *day),
        DocumentTest::ExpiresOn(day) => compare("= ", *day),
        DocumentTest::ExpiresAfter(day) => compare("> ", *day),
        DocumentTest::Kind(kind) => {
            sql.push("kind = ").push_bind(kind.as_str());
        }
        DocumentTest::State(state) => {
            sql.push("state = ").push_bind(state.as_str());
        }
    }
}
