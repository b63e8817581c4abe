//! Programmes and plan versions: kept whole as JSON beside the columns that queries and constraints need.

use async_trait::async_trait;
use incentive_calculation_domain::{plan_version::PlanVersion, programme::Programme};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::Row;
use tributary_core::TenantId;
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Connection, DbRow, Pool};
use crate::ports::PlanReads;

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}

/// Reads the first column of a row as JSON.
pub(super) fn body<T: DeserializeOwned>(row: &DbRow) -> Result<T, StoreError> {
    serde_json::from_str(row.try_get(0)?).map_err(|e| StoreError::Corrupt(e.to_string()))
}

pub(super) async fn insert_programme(
    conn: &mut Connection,
    tenant: &TenantId,
    programme: &Programme,
) -> Result<(), StoreError> {
    let uid = Uuid::parse_str(&programme.uid).map_err(|e| StoreError::Internal(e.to_string()))?;
    sqlx::query(
        "INSERT INTO programmes (tenant, programme_id, uid, body, revision, create_time) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.as_str())
    .bind(programme.id.as_str())
    .bind(uid)
    .bind(json(programme)?)
    .bind(programme.revision)
    .bind(programme.create_time.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks the programme's row until the transaction ends.
pub(super) async fn lock_programme(conn: &mut Connection, tenant: &TenantId, id: &str) -> Result<(), StoreError> {
    let locked = sqlx::query("UPDATE programmes SET revision = revision WHERE tenant = $1 AND programme_id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .execute(conn)
        .await?;
    if locked.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Reserves the next number; the row stays locked until the transaction ends.
pub(super) async fn next_version(
    conn: &mut Connection,
    tenant: &TenantId,
    plan: &str,
    programme: &str,
    slot: &str,
) -> Result<(i64, String, String), StoreError> {
    let row = sqlx::query(
        "INSERT INTO plans (tenant, plan_id, programme_id, slot, last_version) VALUES ($1, $2, $3, $4, 1) \
         ON CONFLICT (tenant, plan_id) DO UPDATE SET last_version = plans.last_version + 1 \
         RETURNING last_version, programme_id, slot",
    )
    .bind(tenant.as_str())
    .bind(plan)
    .bind(programme)
    .bind(slot)
    .fetch_one(conn)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}

pub(super) async fn insert_version(
    conn: &mut Connection,
    tenant: &TenantId,
    version: &PlanVersion,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO plan_versions (tenant, plan_id, version, programme_id, slot, state, author, approver, revision, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant.as_str())
    .bind(version.plan.as_str())
    .bind(version.version)
    .bind(version.programme.as_str())
    .bind(version.slot.as_str())
    .bind(version.state.as_str())
    .bind(&version.author)
    .bind(&version.approver)
    .bind(version.revision)
    .bind(json(version)?)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update_version(
    conn: &mut Connection,
    tenant: &TenantId,
    version: &PlanVersion,
) -> Result<(), StoreError> {
    let updated = sqlx::query(
        "UPDATE plan_versions SET state = $1, approver = $2, revision = $3, body = $4 \
         WHERE tenant = $5 AND plan_id = $6 AND version = $7 AND revision = $8",
    )
    .bind(version.state.as_str())
    .bind(&version.approver)
    .bind(version.revision)
    .bind(json(version)?)
    .bind(tenant.as_str())
    .bind(version.plan.as_str())
    .bind(version.version)
    .bind(version.revision.saturating_sub(1))
    .execute(conn)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

const VERSION: &str = "SELECT body FROM plan_versions WHERE tenant = $1 AND plan_id = $2 AND version = $3";

pub(super) async fn version(
    conn: &mut Connection,
    tenant: &TenantId,
    plan: &str,
    version: i64,
) -> Result<Option<PlanVersion>, StoreError> {
    let row = sqlx::query(VERSION).bind(tenant.as_str()).bind(plan).bind(version).fetch_optional(conn).await?;
    row.as_ref().map(body).transpose()
}

const ACTIVE: &str = "SELECT body FROM plan_versions WHERE tenant = $1 AND programme_id = $2 AND state = 'ACTIVE' \
     ORDER BY plan_id";

pub(super) async fn active_versions(
    conn: &mut Connection,
    tenant: &TenantId,
    programme: &str,
) -> Result<Vec<PlanVersion>, StoreError> {
    let rows = sqlx::query(ACTIVE).bind(tenant.as_str()).bind(programme).fetch_all(conn).await?;
    rows.iter().map(body).collect()
}

const PAST: &str = "SELECT body FROM plan_versions WHERE tenant = $1 AND programme_id = $2 \
     AND state IN ('ACTIVE', 'RETIRED') ORDER BY plan_id, version";

pub(super) async fn past_versions(
    conn: &mut Connection,
    tenant: &TenantId,
    programme: &str,
) -> Result<Vec<PlanVersion>, StoreError> {
    let rows = sqlx::query(PAST).bind(tenant.as_str()).bind(programme).fetch_all(conn).await?;
    rows.iter().map(body).collect()
}

#[async_trait]
impl PlanReads for Pool {
    async fn programme(&self, tenant: &TenantId, id: &str) -> Result<Option<Programme>, StoreError> {
        let row = sqlx::query("SELECT body FROM programmes WHERE tenant = $1 AND programme_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn programmes(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Programme>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM programmes WHERE tenant = $1 AND programme_id > $2 ORDER BY programme_id LIMIT $3",
        )
        .bind(tenant.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(body).collect()
    }

    async fn plan_version(
        &self,
        tenant: &TenantId,
        plan: &str,
        version: i64,
    ) -> Result<Option<PlanVersion>, StoreError> {
        let row =
            sqlx::query(VERSION).bind(tenant.as_str()).bind(plan).bind(version).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn plan_versions(
        &self,
        tenant: &TenantId,
        plan: Option<&str>,
        after: (&str, i64),
        limit: u32,
    ) -> Result<Vec<PlanVersion>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM plan_versions WHERE tenant = $1 AND ($2 = '' OR plan_id = $2) \
             AND (plan_id, version) > ($3, $4) ORDER BY plan_id, version LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(plan.unwrap_or(""))
        .bind(after.0)
        .bind(after.1)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(body).collect()
    }

    async fn active_versions(&self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError> {
        let rows = sqlx::query(ACTIVE).bind(tenant.as_str()).bind(programme).fetch_all(self.reader()).await?;
        rows.iter().map(body).collect()
    }

    async fn past_versions(&self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError> {
        let rows = sqlx::query(PAST).bind(tenant.as_str()).bind(programme).fetch_all(self.reader()).await?;
        rows.iter().map(body).collect()
    }
}
