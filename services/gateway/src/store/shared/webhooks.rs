//! Webhooks and their deliveries, for both engines: compiled once per engine, the parent module names it.

use async_trait::async_trait;
use sqlx::{Database, Row as _};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork as _};
use uuid::Uuid;

use super::{Db, Pool, Tx};
use crate::ports::{
    feed::FeedTx as _,
    webhooks::{
        Attempt, Delivery, DeliveryKey, DeliveryState, NewDelivery, Verdict, Webhook, WebhookState, WebhookStore,
        WebhookTx,
    },
};

const ONE: &str = "SELECT tenant, id, url, display_name, types, subject, state, secrets, revision, creator, \
     create_time, update_time FROM webhooks WHERE tenant = $1 AND id = $2";

const LIST: &str = "SELECT tenant, id, url, display_name, types, subject, state, secrets, revision, creator, \
     create_time, update_time FROM webhooks WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";

const ENABLED: &str = "SELECT tenant, id, url, display_name, types, subject, state, secrets, revision, creator, \
     create_time, update_time FROM webhooks WHERE tenant = $1 AND state = 'ENABLED' ORDER BY id";

const LOCK: &str = "UPDATE webhooks SET revision = revision WHERE tenant = $1 AND id = $2 RETURNING tenant, id, url, \
     display_name, types, subject, state, secrets, revision, creator, create_time, update_time";

const INSERT: &str = "INSERT INTO webhooks (tenant, id, url, display_name, types, subject, state, secrets, revision, \
     creator, create_time, update_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const UPDATE: &str = "UPDATE webhooks SET url = $3, display_name = $4, types = $5, subject = $6, state = $7, \
     secrets = $8, revision = $9, update_time = $10 WHERE tenant = $1 AND id = $2";

const ENQUEUE: &str = "INSERT INTO webhook_deliveries (tenant, webhook, number, event_id, event_type, subject, state, \
     tries, attempt_count, next_attempt_time, create_time) VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', 0, 0, $7, $7)";

const DELIVERIES: &str = "SELECT tenant, webhook, number, event_id, event_type, subject, state, tries, attempt_count, \
     next_attempt_time, create_time, end_time FROM webhook_deliveries \
     WHERE tenant = $1 AND webhook = $2 AND number < $3 AND ($4 = '' OR state = $4) ORDER BY number DESC LIMIT $5";

const DELIVERY: &str = "SELECT tenant, webhook, number, event_id, event_type, subject, state, tries, attempt_count, \
     next_attempt_time, create_time, end_time FROM webhook_deliveries \
     WHERE tenant = $1 AND webhook = $2 AND number = $3";

const ATTEMPTS: &str = "SELECT attempt, time, duration_us, http_status, error, response FROM webhook_attempts \
     WHERE tenant = $1 AND webhook = $2 AND number = $3 ORDER BY attempt DESC LIMIT 100";

/// One look into the index per webhook that is on; what waits for others costs nothing.
pub(super) const DUE: &str = "SELECT tenant, id FROM (SELECT tenant, id, due, \
     ROW_NUMBER() OVER (PARTITION BY tenant ORDER BY due, id) AS place FROM (SELECT w.tenant, w.id, \
     (SELECT MIN(d.next_attempt_time) FROM webhook_deliveries d \
     WHERE d.tenant = w.tenant AND d.webhook = w.id AND d.state = 'PENDING') AS due \
     FROM webhooks w WHERE w.state = 'ENABLED' AND (w.lease_until IS NULL OR w.lease_until <= $1)) waiting \
     WHERE due <= $1) placed WHERE place <= $2 ORDER BY due, tenant, id LIMIT $3";

/// Checked again on the row as a concurrent claimer left it.
const LEASE: &str = "UPDATE webhooks SET lease_owner = $3, lease_until = $5 WHERE tenant = $1 AND id = $2 \
     AND state = 'ENABLED' AND (lease_until IS NULL OR lease_until <= $4)";

const HOLD: &str = "UPDATE webhooks SET lease_until = $4 WHERE tenant = $1 AND id = $2 AND lease_owner = $3 \
     AND state = 'ENABLED' RETURNING tenant, id, url, display_name, types, subject, state, secrets, revision, creator, \
     create_time, update_time";

const RELEASE: &str = "UPDATE webhooks SET lease_owner = NULL, lease_until = NULL \
     WHERE tenant = $1 AND id = $2 AND lease_owner = $3";

/// Whoever leases the webhook may take what another one left.
pub(super) const CLAIM: &str = "UPDATE webhook_deliveries SET lease_owner = $3 \
     WHERE tenant = $1 AND webhook = $2 AND number IN (SELECT d.number FROM webhook_deliveries d \
     WHERE d.tenant = $1 AND d.webhook = $2 AND d.state = 'PENDING' AND d.next_attempt_time <= $4 \
     ORDER BY d.next_attempt_time, d.number LIMIT $5) AND state = 'PENDING' \
     RETURNING tenant, webhook, number, event_id, event_type, subject, state, tries, attempt_count, \
     next_attempt_time, create_time, end_time";

const SETTLE: &str = "UPDATE webhook_deliveries SET state = $5, tries = tries + 1, attempt_count = $6, \
     next_attempt_time = $7, end_time = $8, lease_owner = NULL \
     WHERE tenant = $1 AND webhook = $2 AND number = $3 AND lease_owner = $4 AND state = 'PENDING'";

const NOTE: &str = "INSERT INTO webhook_attempts (tenant, webhook, number, attempt, time, duration_us, http_status, \
     error, response) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Only the webhook that was called: one that was changed meanwhile is not what answered.
const GONE: &str = "UPDATE webhooks SET state = 'GONE', revision = revision + 1, update_time = $3 \
     WHERE tenant = $1 AND id = $2 AND state = 'ENABLED' AND revision = $4";

/// An attempt under way is nobody's from then on, so that its end does not overwrite what was asked for.
const AGAIN: &str = "UPDATE webhook_deliveries SET state = 'PENDING', tries = 0, next_attempt_time = $4, \
     end_time = NULL, lease_owner = NULL WHERE tenant = $1 AND webhook = $2 AND number = $3";

const FAILED_AGAIN: &str = "UPDATE webhook_deliveries SET state = 'PENDING', tries = 0, next_attempt_time = $4, \
     end_time = NULL WHERE tenant = $1 AND webhook = $2 AND state = 'FAILED' AND create_time >= $3";

const REMOVE: &str = "DELETE FROM webhooks WHERE tenant = $1 AND id = $2";

const REMOVE_DELIVERIES: &str = "DELETE FROM webhook_deliveries WHERE tenant = $1 AND webhook = $2";

#[async_trait]
impl WebhookStore for Pool {
    async fn begin_webhooks(&self) -> Result<Box<dyn WebhookTx>, StoreError> {
        Ok(Box::new(Self::begin(self).await?))
    }

    async fn webhook(&self, tenant: &TenantId, id: &str) -> Result<Option<Webhook>, StoreError> {
        let row = sqlx::query(ONE).bind(tenant.as_str()).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(webhook).transpose()
    }

    async fn webhooks(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Webhook>, StoreError> {
        let query = sqlx::query(LIST).bind(tenant.as_str()).bind(after).bind(i64::from(limit));
        query.fetch_all(self.reader()).await?.iter().map(webhook).collect()
    }

    async fn deliveries(
        &self,
        tenant: &TenantId,
        webhook: &str,
        state: Option<DeliveryState>,
        before: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let query = sqlx::query(DELIVERIES).bind(tenant.as_str()).bind(webhook).bind(before);
        let query = query.bind(state.map_or("", delivery_state)).bind(i64::from(limit));
        query.fetch_all(self.reader()).await?.iter().map(delivery).collect()
    }

    async fn delivery(&self, key: &DeliveryKey) -> Result<Option<Delivery>, StoreError> {
        let query = sqlx::query(DELIVERY).bind(key.tenant.as_str()).bind(&key.webhook).bind(key.number);
        query.fetch_optional(self.reader()).await?.as_ref().map(delivery).transpose()
    }

    async fn attempts(&self, key: &DeliveryKey) -> Result<Vec<Attempt>, StoreError> {
        let query = sqlx::query(ATTEMPTS).bind(key.tenant.as_str()).bind(&key.webhook).bind(key.number);
        query.fetch_all(self.reader()).await?.iter().rev().map(attempt).collect()
    }

    async fn due(&self, now: Timestamp, of_each: u32, limit: u32) -> Result<Vec<(TenantId, String)>, StoreError> {
        let query = sqlx::query_as(DUE).bind(now.0).bind(i64::from(of_each)).bind(i64::from(limit));
        let rows: Vec<(String, String)> = query.fetch_all(self.reader()).await?;
        let tenant = |text: String| TenantId::parse(&text).map_err(StoreError::Corrupt);
        rows.into_iter().map(|(text, id)| Ok((tenant(text)?, id))).collect()
    }

    async fn claim_deliveries(
        &self,
        (tenant, id): (&TenantId, &str),
        owner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut tx = Self::begin(self).await?;
        let query = sqlx::query(LEASE).bind(tenant.as_str()).bind(id).bind(owner).bind(now.0).bind(until.0);
        if query.execute(tx.conn()).await?.rows_affected() == 0 {
            return Ok(Vec::new());
        }
        let query = sqlx::query(CLAIM).bind(tenant.as_str()).bind(id).bind(owner).bind(now.0).bind(i64::from(limit));
        let rows = query.fetch_all(tx.conn()).await?;
        if rows.is_empty() {
            // The lease goes with the transaction.
            return Ok(Vec::new());
        }
        Box::new(tx).commit().await?;
        let mut claimed = rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|d| (d.next_attempt_time, d.of.key.number));
        Ok(claimed)
    }

    async fn hold(
        &self,
        (tenant, id): (&TenantId, &str),
        owner: &str,
        until: Timestamp,
    ) -> Result<Option<Webhook>, StoreError> {
        let mut tx = Self::begin(self).await?;
        let query = sqlx::query(HOLD).bind(tenant.as_str()).bind(id).bind(owner).bind(until.0);
        let row = query.fetch_optional(tx.conn()).await?;
        Box::new(tx).commit().await?;
        row.as_ref().map(webhook).transpose()
    }

    async fn settle(
        &self,
        key: &DeliveryKey,
        (owner, revision): (&str, i64),
        attempt: &Attempt,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (mut state, next, mut end) = match verdict {
            Verdict::Delivered => (DeliveryState::Delivered, now, Some(now)),
            Verdict::Again(at) => (DeliveryState::Pending, at, None),
            Verdict::Failed | Verdict::Gone => (DeliveryState::Failed, now, Some(now)),
        };
        let mut tx = Self::begin(self).await?;
        if verdict == Verdict::Gone {
            // First the webhook, then its deliveries: the order of everybody who locks both.
            let query = sqlx::query(GONE).bind(key.tenant.as_str()).bind(&key.webhook).bind(now.0).bind(revision);
            if query.execute(tx.conn()).await?.rows_affected() == 0 {
                // What answered is not the webhook any more: the event waits for what it is now.
                (state, end) = (DeliveryState::Pending, None);
            }
        }
        let query = sqlx::query(SETTLE).bind(key.tenant.as_str()).bind(&key.webhook).bind(key.number).bind(owner);
        let query = query.bind(delivery_state(state)).bind(attempt.number).bind(next.0).bind(end.map(|t| t.0));
        if query.execute(tx.conn()).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(NOTE)
            .bind(key.tenant.as_str())
            .bind(&key.webhook)
            .bind(key.number)
            .bind(attempt.number)
            .bind(attempt.time.0)
            .bind(i64::try_from(attempt.duration.as_micros()).unwrap_or(i64::MAX))
            .bind(i64::from(attempt.http_status))
            .bind(&attempt.error)
            .bind(&attempt.response)
            .execute(tx.conn())
            .await?;
        Box::new(tx).commit().await?;
        Ok(true)
    }

    async fn release(&self, (tenant, id): (&TenantId, &str), owner: &str) -> Result<(), StoreError> {
        let mut tx = Self::begin(self).await?;
        sqlx::query(RELEASE).bind(tenant.as_str()).bind(id).bind(owner).execute(tx.conn()).await?;
        Box::new(tx).commit().await
    }
}

#[async_trait]
impl WebhookTx for Tx {
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        sqlx::query(INSERT)
            .bind(webhook.tenant.as_str())
            .bind(&webhook.id)
            .bind(&webhook.url)
            .bind(&webhook.display_name)
            .bind(json(&webhook.types)?)
            .bind(&webhook.subject)
            .bind(webhook_state(webhook.state))
            .bind(json(&webhook.secrets)?)
            .bind(webhook.revision)
            .bind(&webhook.creator)
            .bind(webhook.create_time.0)
            .bind(webhook.update_time.0)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn webhook_count(&mut self, tenant: &TenantId) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM webhooks WHERE tenant = $1").bind(tenant.as_str());
        Ok(query.fetch_one(self.conn()).await?)
    }

    async fn lock_webhook(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Webhook>, StoreError> {
        let row = sqlx::query(LOCK).bind(tenant.as_str()).bind(id).fetch_optional(self.conn()).await?;
        row.as_ref().map(webhook).transpose()
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        sqlx::query(UPDATE)
            .bind(webhook.tenant.as_str())
            .bind(&webhook.id)
            .bind(&webhook.url)
            .bind(&webhook.display_name)
            .bind(json(&webhook.types)?)
            .bind(&webhook.subject)
            .bind(webhook_state(webhook.state))
            .bind(json(&webhook.secrets)?)
            .bind(webhook.revision)
            .bind(webhook.update_time.0)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn delete_webhook(&mut self, tenant: &TenantId, id: &str, log: Uuid) -> Result<bool, StoreError> {
        // The feed, the webhook, its deliveries: the order of everybody who locks several of them. With the feed locked no
        // event enters that would be left to the next webhook of this id.
        self.lock_head(tenant, log).await?;
        let removed = sqlx::query(REMOVE).bind(tenant.as_str()).bind(id).execute(self.conn()).await?;
        sqlx::query(REMOVE_DELIVERIES).bind(tenant.as_str()).bind(id).execute(self.conn()).await?;
        Ok(removed.rows_affected() == 1)
    }

    async fn send_again(&mut self, key: &DeliveryKey, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(AGAIN).bind(key.tenant.as_str()).bind(&key.webhook).bind(key.number).bind(now.0);
        Ok(query.execute(self.conn()).await?.rows_affected() == 1)
    }

    async fn send_failed_again(
        &mut self,
        tenant: &TenantId,
        webhook: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query(FAILED_AGAIN).bind(tenant.as_str()).bind(webhook).bind(since.0).bind(now.0);
        Ok(query.execute(self.conn()).await?.rows_affected())
    }
}

/// Webhooks that events are sent to.
pub(super) async fn enabled(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<Webhook>, StoreError> {
    let rows = sqlx::query(ENABLED).bind(tenant.as_str()).fetch_all(tx.conn()).await?;
    rows.iter().map(webhook).collect()
}

/// Adds a delivery.
pub(super) async fn enqueue(tx: &mut Tx, new: &NewDelivery) -> Result<(), StoreError> {
    sqlx::query(ENQUEUE)
        .bind(new.key.tenant.as_str())
        .bind(&new.key.webhook)
        .bind(new.key.number)
        .bind(new.event_id)
        .bind(&new.event_type)
        .bind(&new.subject)
        .bind(new.create_time.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}

fn webhook_state(state: WebhookState) -> &'static str {
    match state {
        WebhookState::Enabled => "ENABLED",
        WebhookState::Disabled => "DISABLED",
        WebhookState::Gone => "GONE",
    }
}

fn delivery_state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "PENDING",
        DeliveryState::Delivered => "DELIVERED",
        DeliveryState::Failed => "FAILED",
    }
}

fn corrupt(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{what}: {why}"))
}

fn webhook(row: &<Db as Database>::Row) -> Result<Webhook, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let types: String = row.try_get("types")?;
    let secrets: String = row.try_get("secrets")?;
    let state: String = row.try_get("state")?;
    let states = [WebhookState::Enabled, WebhookState::Disabled, WebhookState::Gone];
    let known = states.into_iter().find(|known| webhook_state(*known) == state);
    Ok(Webhook {
        tenant: TenantId::parse(&tenant).map_err(|e| corrupt("webhooks.tenant", e))?,
        id: row.try_get("id")?,
        url: row.try_get("url")?,
        display_name: row.try_get("display_name")?,
        types: serde_json::from_str(&types).map_err(|e| corrupt("webhooks.types", e))?,
        subject: row.try_get("subject")?,
        state: known.ok_or_else(|| corrupt("webhooks.state", state))?,
        secrets: serde_json::from_str(&secrets).map_err(|e| corrupt("webhooks.secrets", e))?,
        revision: row.try_get("revision")?,
        creator: row.try_get("creator")?,
        create_time: Timestamp(row.try_get("create_time")?),
        update_time: Timestamp(row.try_get("update_time")?),
    })
}

fn delivery(row: &<Db as Database>::Row) -> Result<Delivery, StoreError> {
    let tenant: String = row.try_get("tenant")?;
    let state: String = row.try_get("state")?;
    let states = [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Failed];
    let known = states.into_iter().find(|known| delivery_state(*known) == state);
    let key = DeliveryKey {
        tenant: TenantId::parse(&tenant).map_err(|e| corrupt("webhook_deliveries.tenant", e))?,
        webhook: row.try_get("webhook")?,
        number: row.try_get("number")?,
    };
    Ok(Delivery {
        of: NewDelivery {
            key,
            event_id: row.try_get("event_id")?,
            event_type: row.try_get("event_type")?,
            subject: row.try_get("subject")?,
            create_time: Timestamp(row.try_get("create_time")?),
        },
        state: known.ok_or_else(|| corrupt("webhook_deliveries.state", state))?,
        tries: row.try_get("tries")?,
        attempt_count: row.try_get("attempt_count")?,
        next_attempt_time: Timestamp(row.try_get("next_attempt_time")?),
        end_time: row.try_get::<Option<i64>, _>("end_time")?.map(Timestamp),
    })
}

fn attempt(row: &<Db as Database>::Row) -> Result<Attempt, StoreError> {
    let status: i64 = row.try_get("http_status")?;
    let duration: i64 = row.try_get("duration_us")?;
    Ok(Attempt {
        number: row.try_get("attempt")?,
        time: Timestamp(row.try_get("time")?),
        duration: std::time::Duration::from_micros(u64::try_from(duration).unwrap_or_default()),
        http_status: u16::try_from(status).map_err(|e| corrupt("webhook_attempts.http_status", e))?,
        error: row.try_get("error")?,
        response: row.try_get("response")?,
    })
}
