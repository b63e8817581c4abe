//! The feed, for both engines: compiled once per engine, the parent module names it.

use async_trait::async_trait;
use sqlx::{Database, Row as _};
use tributary_core::{Event, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork as _};
use uuid::Uuid;

use super::{
    Db, Pool, Tx,
    webhooks::{enabled, enqueue},
};
use crate::ports::{
    feed::{FeedEvent, FeedHead, FeedStore, FeedTx, Stretch},
    webhooks::{NewDelivery, Webhook},
};

/// Head and events in one statement, so that both are of one moment.
const STRETCH: &str = "SELECT h.log, h.first_number, h.last_number, e.number, e.event_id, e.source, e.event_type, \
     e.subject, e.sequence, e.time, e.data, e.trace_parent, e.enter_time FROM feed_heads h LEFT JOIN (\
     SELECT tenant, number, event_id, source, event_type, subject, sequence, time, data, trace_parent, enter_time \
     FROM feed_events WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3) e ON e.tenant = h.tenant \
     WHERE h.tenant = $1 ORDER BY e.number";

const STRETCH_OF_SUBJECT: &str = "SELECT h.log, h.first_number, h.last_number, e.number, e.event_id, e.source, \
     e.event_type, e.subject, e.sequence, e.time, e.data, e.trace_parent, e.enter_time FROM feed_heads h LEFT JOIN (\
     SELECT tenant, number, event_id, source, event_type, subject, sequence, time, data, trace_parent, enter_time \
     FROM feed_events WHERE tenant = $1 AND number > $2 AND subject = $4 ORDER BY number LIMIT $3) e \
     ON e.tenant = h.tenant WHERE h.tenant = $1 ORDER BY e.number";

const ONE: &str = "SELECT number, event_id, source, event_type, subject, sequence, time, data, trace_parent, enter_time \
     FROM feed_events WHERE tenant = $1 AND number = $2";

/// The row is locked either way.
const LOCK: &str = "INSERT INTO feed_heads (tenant, log, first_number, last_number) VALUES ($1, $2, 1, 0) \
     ON CONFLICT (tenant) DO UPDATE SET log = feed_heads.log RETURNING log, first_number, last_number";

const APPEND: &str = "INSERT INTO feed_events (tenant, number, event_id, source, event_type, subject, sequence, time, \
     data, trace_parent, enter_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const ADVANCE: &str = "UPDATE feed_heads SET last_number = $2 WHERE tenant = $1 AND last_number = $2 - 1";

const REACHED: &str = "INSERT INTO feed_subjects (tenant, source, subject, last_sequence, last_number) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, source, subject) DO UPDATE SET last_number = $5, \
     last_sequence = CASE WHEN feed_subjects.last_sequence > $4 THEN feed_subjects.last_sequence ELSE $4 END";

const SUBJECT_AT: &str = "SELECT last_sequence FROM feed_subjects WHERE tenant = $1 AND source = $2 AND subject = $3";

/// Feeds whose oldest event is too old.
const OLD: &str = "SELECT h.tenant FROM feed_heads h JOIN feed_events e ON e.tenant = h.tenant \
     AND e.number = h.first_number WHERE e.enter_time < $1 ORDER BY h.tenant";

const OLDEST: &str = "SELECT number, enter_time FROM feed_events WHERE tenant = $1 ORDER BY number LIMIT $2";

/// What goes with the events up to a number.
const FORGET: [&str; 4] = [
    "DELETE FROM webhook_deliveries WHERE tenant = $1 AND number <= $2",
    "DELETE FROM feed_subjects WHERE tenant = $1 AND last_number <= $2",
    "DELETE FROM feed_events WHERE tenant = $1 AND number <= $2",
    "UPDATE feed_heads SET first_number = $2 + 1 WHERE tenant = $1",
];

#[async_trait]
impl FeedStore for Pool {
    async fn begin_feed(&self) -> Result<Box<dyn FeedTx>, StoreError> {
        Ok(Box::new(Self::begin(self).await?))
    }

    async fn stretch(
        &self,
        tenant: &TenantId,
        after: i64,
        subject: Option<&str>,
        limit: u32,
    ) -> Result<Option<Stretch>, StoreError> {
        let query = sqlx::query(if subject.is_some() { STRETCH_OF_SUBJECT } else { STRETCH });
        let query = query.bind(tenant.as_str()).bind(after).bind(i64::from(limit));
        let query = match subject {
            Some(subject) => query.bind(subject),
            None => query,
        };
        let rows = query.fetch_all(self.reader()).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let head = head(first)?;
        let there = rows.iter().filter_map(|row| match row.try_get::<Option<i64>, _>("number") {
            Ok(None) => None,
            Ok(Some(_)) => Some(event(tenant, row)),
            Err(error) => Some(Err(error.into())),
        });
        Ok(Some(Stretch { head, events: there.collect::<Result<_, _>>()? }))
    }

    async fn feed_event(&self, tenant: &TenantId, number: i64) -> Result<Option<FeedEvent>, StoreError> {
        let row = sqlx::query(ONE).bind(tenant.as_str()).bind(number).fetch_optional(self.reader()).await?;
        row.map(|row| event(tenant, &row)).transpose()
    }

    async fn heads(&self) -> Result<Vec<(TenantId, i64)>, StoreError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT tenant, last_number FROM feed_heads").fetch_all(self.reader()).await?;
        let tenant = |text: String| TenantId::parse(&text).map_err(StoreError::Corrupt);
        rows.into_iter().map(|(text, last)| Ok((tenant(text)?, last))).collect()
    }

    async fn forget_events(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let tenants: Vec<String> = sqlx::query_scalar(OLD).bind(before.0).fetch_all(self.reader()).await?;
        let mut count = 0_u64;
        for tenant in tenants {
            let mut tx = Self::begin(self).await?;
            // Locked as by whoever adds; another gateway may have been here a moment ago.
            sqlx::query("UPDATE feed_heads SET log = log WHERE tenant = $1").bind(&tenant).execute(tx.conn()).await?;
            let oldest: Vec<(i64, i64)> = sqlx::query_as(OLDEST).bind(&tenant).bind(limit).fetch_all(tx.conn()).await?;
            let old = oldest.iter().take_while(|(_, entered)| *entered < before.0);
            let Some((last, _)) = old.clone().last() else { continue };
            for statement in FORGET {
                sqlx::query(statement).bind(&tenant).bind(last).execute(tx.conn()).await?;
            }
            Box::new(tx).commit().await?;
            count = count.saturating_add(u64::try_from(old.count()).unwrap_or(u64::MAX));
        }
        Ok(count)
    }
}

#[async_trait]
impl FeedTx for Tx {
    async fn lock_head(&mut self, tenant: &TenantId, log: Uuid) -> Result<FeedHead, StoreError> {
        let log = log.hyphenated().to_string();
        head(&sqlx::query(LOCK).bind(tenant.as_str()).bind(log).fetch_one(self.conn()).await?)
    }

    async fn subject_at(&mut self, event: &Event) -> Result<Option<i64>, StoreError> {
        let query = sqlx::query_scalar(SUBJECT_AT).bind(event.tenant.as_str()).bind(&event.source);
        Ok(query.bind(&event.subject).fetch_optional(self.conn()).await?)
    }

    async fn append_event(&mut self, feed: &FeedEvent) -> Result<(), StoreError> {
        let FeedEvent { number, enter_time, event } = feed;
        sqlx::query(APPEND)
            .bind(event.tenant.as_str())
            .bind(number)
            .bind(event.id)
            .bind(&event.source)
            .bind(&event.event_type)
            .bind(&event.subject)
            .bind(event.sequence)
            .bind(event.time.0)
            .bind(&event.data)
            .bind(&event.trace_parent)
            .bind(enter_time.0)
            .execute(self.conn())
            .await?;
        sqlx::query(REACHED)
            .bind(event.tenant.as_str())
            .bind(&event.source)
            .bind(&event.subject)
            .bind(event.sequence)
            .bind(number)
            .execute(self.conn())
            .await?;
        let moved = sqlx::query(ADVANCE).bind(event.tenant.as_str()).bind(number).execute(self.conn()).await?;
        if moved.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::Internal(format!("event {number} does not follow the last one of its feed")))
        }
    }

    async fn listening(&mut self, tenant: &TenantId) -> Result<Vec<Webhook>, StoreError> {
        enabled(self, tenant).await
    }

    async fn enqueue(&mut self, delivery: &NewDelivery) -> Result<(), StoreError> {
        enqueue(self, delivery).await
    }
}

fn head(row: &<Db as Database>::Row) -> Result<FeedHead, StoreError> {
    Ok(FeedHead { log: row.try_get("log")?, first: row.try_get("first_number")?, last: row.try_get("last_number")? })
}

fn event(tenant: &TenantId, row: &<Db as Database>::Row) -> Result<FeedEvent, StoreError> {
    let event = Event {
        id: row.try_get("event_id")?,
        tenant: tenant.clone(),
        source: row.try_get("source")?,
        event_type: row.try_get("event_type")?,
        subject: row.try_get("subject")?,
        sequence: row.try_get("sequence")?,
        time: Timestamp(row.try_get("time")?),
        data: row.try_get("data")?,
        trace_parent: row.try_get("trace_parent")?,
    };
    Ok(FeedEvent { number: row.try_get("number")?, enter_time: Timestamp(row.try_get("enter_time")?), event })
}
