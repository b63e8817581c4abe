//! The outbox outside a transaction: claiming, marking, replaying.

use std::time::Duration;

use async_trait::async_trait;
use tributary_core::{Event, TenantId, Timestamp};
use uuid::Uuid;

use super::Pool;
use crate::{OutboxStore, StoreError, UnitOfWork, options::after};

#[derive(sqlx::FromRow)]
struct EventRow {
    id: Uuid,
    tenant: String,
    event_type: String,
    subject: String,
    sequence: i64,
    time: i64,
    data: Vec<u8>,
    trace_parent: String,
}

impl EventRow {
    fn event(self, source: &str) -> Result<Event, StoreError> {
        Ok(Event {
            id: self.id,
            tenant: TenantId::parse(&self.tenant).map_err(StoreError::Corrupt)?,
            source: source.to_owned(),
            event_type: self.event_type,
            subject: self.subject,
            sequence: self.sequence,
            time: Timestamp(self.time),
            data: self.data,
            trace_parent: self.trace_parent,
        })
    }
}

#[async_trait]
impl OutboxStore for Pool {
    async fn claim(&self, owner: &str, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Event>, StoreError> {
        // An idle poll must not queue for SQLite's one writer.
        let waiting: Option<i64> =
            sqlx::query_scalar("SELECT sequence FROM outbox WHERE published_time IS NULL AND not_before <= $1 LIMIT 1")
                .bind(now.0)
                .fetch_optional(self.reader())
                .await?;
        if waiting.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        // The last line is checked again on the row as a concurrent claimer left it.
        let rows: Vec<EventRow> = sqlx::query_as(
            "UPDATE outbox SET claim_owner = $1, claim_until = $2
             WHERE id IN (
                 SELECT o.id FROM outbox o
                 WHERE o.published_time IS NULL
                   AND o.not_before <= $3
                   AND (o.claim_until IS NULL OR o.claim_until <= $3)
                   AND NOT EXISTS (
                       SELECT 1 FROM outbox e
                       WHERE e.published_time IS NULL AND e.tenant = o.tenant AND e.subject = o.subject
                         AND e.sequence < o.sequence)
                 ORDER BY o.time, o.id
                 LIMIT $4)
               AND published_time IS NULL AND not_before <= $3 AND (claim_until IS NULL OR claim_until <= $3)
             RETURNING id, tenant, event_type, subject, sequence, time, data, trace_parent",
        )
        .bind(owner)
        .bind(after(now, lease).0)
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(tx.conn())
        .await?;
        Box::new(tx).commit().await?;
        let mut events = rows.into_iter().map(|r| r.event(self.service())).collect::<Result<Vec<_>, _>>()?;
        events.sort_by_key(|e| (e.time, e.id));
        Ok(events)
    }

    async fn published(&self, ids: &[Uuid], epoch: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if let Some(epoch) = epoch {
            // Changes nothing but locks the row: who enters another epoch waits and then sees these marks.
            let here = sqlx::query("UPDATE bus_epoch SET epoch = $1 WHERE epoch = $1").bind(epoch);
            if here.execute(tx.conn()).await?.rows_affected() == 0 {
                return Err(StoreError::Conflict);
            }
        }
        for id in ids {
            sqlx::query(
                "UPDATE outbox SET published_time = $1, claim_owner = NULL, claim_until = NULL
                 WHERE id = $2 AND published_time IS NULL",
            )
            .bind(now.0)
            .bind(id)
            .execute(tx.conn())
            .await?;
        }
        Box::new(tx).commit().await
    }

    async fn enter_epoch(&self, epoch: &str, since: Timestamp) -> Result<u64, StoreError> {
        let here: Option<String> = sqlx::query_scalar("SELECT epoch FROM bus_epoch WHERE epoch = $1")
            .bind(epoch)
            .fetch_optional(self.reader())
            .await?;
        if here.is_some() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let left = sqlx::query("UPDATE bus_epoch SET epoch = $1 WHERE epoch NOT IN ($1, '')").bind(epoch);
        if left.execute(tx.conn()).await?.rows_affected() == 0 {
            // The first, which follows on none that could have lost anything; or another relay was a moment faster.
            let first = sqlx::query("UPDATE bus_epoch SET epoch = $1 WHERE epoch = ''").bind(epoch);
            first.execute(tx.conn()).await?;
            Box::new(tx).commit().await?;
            return Ok(0);
        }
        let again = sqlx::query("UPDATE outbox SET published_time = NULL, not_before = 0 WHERE published_time >= $1")
            .bind(since.0)
            .execute(tx.conn())
            .await?
            .rows_affected();
        Box::new(tx).commit().await?;
        Ok(again)
    }

    async fn postpone(&self, id: Uuid, not_before: Timestamp, error: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE outbox
             SET not_before = $1, last_error = $2, attempts = attempts + 1, claim_owner = NULL, claim_until = NULL
             WHERE id = $3 AND published_time IS NULL",
        )
        .bind(not_before.0)
        .bind(error)
        .bind(id)
        .execute(tx.conn())
        .await?
        .rows_affected();
        if changed == 0 {
            return Err(StoreError::NotFound);
        }
        Box::new(tx).commit().await
    }

    async fn send_again(&self, tenant: &TenantId, since: Timestamp, subject: Option<&str>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let again = sqlx::query(
            "UPDATE outbox SET published_time = NULL, not_before = 0
             WHERE tenant = $1 AND time >= $2 AND (CAST($3 AS TEXT) IS NULL OR subject = $3)
               AND published_time IS NOT NULL",
        )
        .bind(tenant.as_str())
        .bind(since.0)
        .bind(subject)
        .execute(tx.conn())
        .await?
        .rows_affected();
        Box::new(tx).commit().await?;
        Ok(again)
    }

    async fn pending(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE published_time IS NULL")
            .fetch_one(self.reader())
            .await?)
    }

    async fn replay(&self, after: Option<(Timestamp, Uuid)>, limit: u32) -> Result<Vec<Event>, StoreError> {
        let (time, id) = after.unwrap_or((Timestamp(i64::MIN), Uuid::nil()));
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT id, tenant, event_type, subject, sequence, time, data, trace_parent FROM outbox
             WHERE time > $1 OR (time = $1 AND id > $2)
             ORDER BY time, id LIMIT $3",
        )
        .bind(time.0)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(|r| r.event(self.service())).collect()
    }
}
