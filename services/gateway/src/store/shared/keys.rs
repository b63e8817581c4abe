//! Keys, for both engines: compiled once per engine, the parent module names it.

use async_trait::async_trait;
use sqlx::{Database, Row as _};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Db, Pool, Tx};
use crate::ports::{KeyCursor, KeyReads, KeyRecord, KeyStore, KeyTx};

const BY_PREFIX: &str = "SELECT tenant, prefix, subject, roles, partners, secret_hash, creator, create_time, expire_time, \
     revoke_time FROM api_keys WHERE prefix = $1";

const LIST: &str = "SELECT tenant, prefix, subject, roles, partners, secret_hash, creator, create_time, expire_time, \
     revoke_time FROM api_keys WHERE tenant = $1 AND (create_time, prefix) > ($2, $3) \
     ORDER BY create_time, prefix LIMIT $4";

const INSERT: &str = "INSERT INTO api_keys (tenant, prefix, subject, roles, partners, secret_hash, creator, create_time, \
     expire_time, revoke_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const REVOKE: &str = "UPDATE api_keys SET revoke_time = COALESCE(revoke_time, $3) WHERE tenant = $1 AND prefix = $2 \
     RETURNING tenant, prefix, subject, roles, partners, secret_hash, creator, create_time, expire_time, revoke_time";

const CLAIM_FIRST_START: &str = "INSERT INTO installation (id, first_key, create_time) \
     SELECT 1, CAST($1 AS TEXT), CAST($2 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM api_keys) \
     ON CONFLICT (id) DO NOTHING";

#[async_trait]
impl KeyReads for Pool {
    async fn by_prefix(&self, prefix: &str) -> Result<Option<KeyRecord>, StoreError> {
        let row = sqlx::query(BY_PREFIX).bind(prefix).fetch_optional(self.reader()).await?;
        row.as_ref().map(record).transpose()
    }

    async fn keys(
        &self,
        tenant: &TenantId,
        after: Option<&KeyCursor>,
        limit: u32,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        let (time, prefix) = after.map_or((i64::MIN, ""), |(time, prefix)| (time.0, prefix.as_str()));
        let query = sqlx::query(LIST).bind(tenant.as_str()).bind(time).bind(prefix).bind(i64::from(limit));
        query.fetch_all(self.reader()).await?.iter().map(record).collect()
    }
}

#[async_trait]
impl KeyStore for Pool {
    async fn begin(&self) -> Result<Box<dyn KeyTx>, StoreError> {
        // The inherent method, which opens the transaction in a tracked task.
        Ok(Box::new(Self::begin(self).await?))
    }
}

#[async_trait]
impl KeyTx for Tx {
    async fn insert(&mut self, key: &KeyRecord) -> Result<(), StoreError> {
        let internal = |e: serde_json::Error| StoreError::Internal(e.to_string());
        let roles = serde_json::to_string(&key.roles).map_err(internal)?;
        let partners = serde_json::to_string(&key.partners).map_err(internal)?;
        sqlx::query(INSERT)
            .bind(key.tenant.as_str())
            .bind(&key.prefix)
            .bind(&key.subject)
            .bind(roles)
            .bind(partners)
            .bind(key.secret_hash.as_slice())
            .bind(&key.creator)
            .bind(key.create_time.0)
            .bind(key.expire_time.map(|t| t.0))
            .bind(key.revoke_time.map(|t| t.0))
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn revoke(
        &mut self,
        tenant: &TenantId,
        prefix: &str,
        now: Timestamp,
    ) -> Result<Option<KeyRecord>, StoreError> {
        let query = sqlx::query(REVOKE).bind(tenant.as_str()).bind(prefix).bind(now.0);
        query.fetch_optional(self.conn()).await?.as_ref().map(record).transpose()
    }

    async fn claim_first_start(&mut self, prefix: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(CLAIM_FIRST_START).bind(prefix).bind(now.0).execute(self.conn()).await?;
        Ok(done.rows_affected() == 1)
    }
}

fn record(row: &<Db as Database>::Row) -> Result<KeyRecord, StoreError> {
    let corrupt = |what: &str, why: String| StoreError::Corrupt(format!("api_keys.{what}: {why}"));
    let tenant: String = row.try_get("tenant")?;
    let roles: String = row.try_get("roles")?;
    let partners: String = row.try_get("partners")?;
    let hash: Vec<u8> = row.try_get("secret_hash")?;
    Ok(KeyRecord {
        tenant: TenantId::parse(&tenant).map_err(|e| corrupt("tenant", e))?,
        prefix: row.try_get("prefix")?,
        subject: row.try_get("subject")?,
        roles: serde_json::from_str(&roles).map_err(|e| corrupt("roles", e.to_string()))?,
        partners: serde_json::from_str(&partners).map_err(|e| corrupt("partners", e.to_string()))?,
        secret_hash: hash.try_into().map_err(|_| corrupt("secret_hash", "is not 32 bytes".to_owned()))?,
        creator: row.try_get("creator")?,
        create_time: Timestamp(row.try_get("create_time")?),
        expire_time: row.try_get::<Option<i64>, _>("expire_time")?.map(Timestamp),
        revoke_time: row.try_get::<Option<i64>, _>("revoke_time")?.map(Timestamp),
    })
}
