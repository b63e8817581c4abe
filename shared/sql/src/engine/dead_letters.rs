//! Dead letters in a table of the consumer's own store.

use async_trait::async_trait;
use tributary_core::{Event, TenantId, Timestamp};
use uuid::Uuid;

use super::Pool;
use crate::{DeadLetter, DeadLetterStore, StoreError, UnitOfWork};

#[derive(sqlx::FromRow)]
struct LetterRow {
    tenant: String,
    consumer: String,
    event_id: Uuid,
    source: String,
    event_type: String,
    subject: String,
    sequence: i64,
    time: i64,
    data: Vec<u8>,
    reason: String,
    attempts: i64,
    create_time: i64,
}

impl TryFrom<LetterRow> for DeadLetter {
    type Error = StoreError;

    fn try_from(row: LetterRow) -> Result<Self, StoreError> {
        Ok(Self {
            consumer: row.consumer,
            event: Event {
                id: row.event_id,
                tenant: TenantId::parse(&row.tenant).map_err(StoreError::Corrupt)?,
                source: row.source,
                event_type: row.event_type,
                subject: row.subject,
                sequence: row.sequence,
                time: Timestamp(row.time),
                data: row.data,
                trace_parent: String::new(),
            },
            reason: row.reason,
            attempts: row.attempts,
            create_time: Timestamp(row.create_time),
        })
    }
}

#[async_trait]
impl DeadLetterStore for Pool {
    async fn add(&self, letter: DeadLetter) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO dead_letters (tenant, consumer, event_id, source, event_type, subject, sequence, time, data,
                                       reason, attempts, create_time)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (tenant, consumer, event_id) DO UPDATE
             SET reason = excluded.reason, attempts = excluded.attempts, create_time = excluded.create_time",
        )
        .bind(letter.event.tenant.as_str())
        .bind(&letter.consumer)
        .bind(letter.event.id)
        .bind(&letter.event.source)
        .bind(&letter.event.event_type)
        .bind(&letter.event.subject)
        .bind(letter.event.sequence)
        .bind(letter.event.time.0)
        .bind(&letter.event.data)
        .bind(&letter.reason)
        .bind(letter.attempts)
        .bind(letter.create_time.0)
        .execute(tx.conn())
        .await?;
        Box::new(tx).commit().await
    }

    async fn list(
        &self,
        tenant: &TenantId,
        consumer: Option<&str>,
        after: Option<(&str, Uuid)>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let (after_consumer, after_event) = after.unwrap_or(("", Uuid::nil()));
        let rows: Vec<LetterRow> = sqlx::query_as(
            "SELECT tenant, consumer, event_id, source, event_type, subject, sequence, time, data,
                    reason, attempts, create_time
             FROM dead_letters
             WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR consumer = $2)
               AND (consumer > $3 OR (consumer = $3 AND event_id > $4))
             ORDER BY consumer, event_id LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(consumer)
        .bind(after_consumer)
        .bind(after_event)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(DeadLetter::try_from).collect()
    }

    async fn get(&self, tenant: &TenantId, consumer: &str, event: Uuid) -> Result<Option<DeadLetter>, StoreError> {
        let row: Option<LetterRow> = sqlx::query_as(
            "SELECT tenant, consumer, event_id, source, event_type, subject, sequence, time, data,
                    reason, attempts, create_time
             FROM dead_letters WHERE tenant = $1 AND consumer = $2 AND event_id = $3",
        )
        .bind(tenant.as_str())
        .bind(consumer)
        .bind(event)
        .fetch_optional(self.reader())
        .await?;
        row.map(DeadLetter::try_from).transpose()
    }

    async fn remove(&self, tenant: &TenantId, consumer: &str, event: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let removed = sqlx::query("DELETE FROM dead_letters WHERE tenant = $1 AND consumer = $2 AND event_id = $3")
            .bind(tenant.as_str())
            .bind(consumer)
            .bind(event)
            .execute(tx.conn())
            .await?
            .rows_affected();
        Box::new(tx).commit().await?;
        Ok(removed == 1)
    }
}
