//! The audit, for both engines: compiled once per engine, the parent module names it. There is an INSERT and a SELECT, and
//! nothing that changes or removes.

use async_trait::async_trait;
use sqlx::{Database, Row as _};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork as _};

use super::{Db, Pool};
use crate::ports::{AuditEntry, AuditFilter, AuditStore};

const INSERT: &str = "INSERT INTO audit_entries (tenant, id, answer_time, subject, api_key, method, resource, \
     client_address, protocol, request_digest, code, reason, request_id, duration_us, call_count) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (tenant, id) DO NOTHING";

/// An empty text and a negative code stand for "any".
const LIST: &str = "SELECT tenant, id, answer_time, subject, api_key, method, resource, client_address, protocol, \
     request_digest, code, reason, request_id, duration_us, call_count FROM audit_entries \
     WHERE tenant = $1 AND id < $2 AND ($3 = '' OR subject = $3) AND ($4 = '' OR api_key = $4) \
     AND ($5 = '' OR method = $5) AND ($6 = '' OR resource = $6) AND ($7 = '' OR client_address = $7) \
     AND ($8 < 0 OR code = $8) AND ($9 = '' OR reason = $9) AND ($10 = '' OR request_id = $10) \
     AND answer_time >= $11 AND answer_time < $12 ORDER BY id DESC LIMIT $13";

#[async_trait]
impl AuditStore for Pool {
    async fn append(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut tx = Self::begin(self).await?;
        for entry in entries {
            sqlx::query(INSERT)
                .bind(entry.tenant.as_str())
                .bind(&entry.id)
                .bind(entry.answer_time.0)
                .bind(&entry.subject)
                .bind(&entry.api_key)
                .bind(&entry.method)
                .bind(&entry.resource)
                .bind(&entry.client_address)
                .bind(i64::from(entry.protocol))
                .bind(&entry.request_digest)
                .bind(i64::from(entry.code))
                .bind(&entry.reason)
                .bind(&entry.request_id)
                .bind(entry.duration_us)
                .bind(entry.call_count)
                .execute(tx.conn())
                .await?;
        }
        Box::new(tx).commit().await
    }

    async fn entries(
        &self,
        tenant: &TenantId,
        filter: &AuditFilter,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let query = sqlx::query(LIST)
            .bind(tenant.as_str())
            // Above every UUID.
            .bind(before.unwrap_or("g"))
            .bind(&filter.subject)
            .bind(&filter.api_key)
            .bind(&filter.method)
            .bind(&filter.resource)
            .bind(&filter.client_address)
            .bind(i64::from(filter.code.unwrap_or(-1)))
            .bind(&filter.reason)
            .bind(&filter.request_id)
            .bind(filter.from.map_or(i64::MIN, |time| time.0))
            .bind(filter.until.map_or(i64::MAX, |time| time.0))
            .bind(i64::from(limit));
        query.fetch_all(self.reader()).await?.iter().map(entry).collect()
    }
}

fn entry(row: &<Db as Database>::Row) -> Result<AuditEntry, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let small = |column: &str| -> Result<i32, StoreError> {
        let number: i64 = row.try_get(column)?;
        i32::try_from(number).map_err(|_| StoreError::Corrupt(format!("audit_entries.{column}: {number}")))
    };
    Ok(AuditEntry {
        tenant: TenantId::parse(&tenant).map_err(|e| StoreError::Corrupt(format!("audit_entries.tenant: {e}")))?,
        id: row.try_get("id")?,
        answer_time: Timestamp(row.try_get("answer_time")?),
        subject: row.try_get("subject")?,
        api_key: row.try_get("api_key")?,
        method: row.try_get("method")?,
        resource: row.try_get("resource")?,
        client_address: row.try_get("client_address")?,
        protocol: small("protocol")?,
        request_digest: row.try_get("request_digest")?,
        code: small("code")?,
        reason: row.try_get("reason")?,
        request_id: row.try_get("request_id")?,
        duration_us: row.try_get("duration_us")?,
        call_count: row.try_get("call_count")?,
    })
}
