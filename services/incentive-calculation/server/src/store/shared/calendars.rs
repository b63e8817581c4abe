//! Calendars, kept whole as JSON.

use incentive_calculation_domain::calendar::Calendar;
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{
    Connection, Pool,
    plans::{body, json},
};

pub(super) async fn insert(conn: &mut Connection, tenant: &TenantId, calendar: &Calendar) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO calendars (tenant, calendar_id, revision, body) VALUES ($1, $2, $3, $4)")
        .bind(tenant.as_str())
        .bind(calendar.id.as_str())
        .bind(calendar.revision)
        .bind(json(calendar)?)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn update(conn: &mut Connection, tenant: &TenantId, calendar: &Calendar) -> Result<(), StoreError> {
    let updated = sqlx::query(
        "UPDATE calendars SET revision = $1, body = $2 WHERE tenant = $3 AND calendar_id = $4 AND revision = $5",
    )
    .bind(calendar.revision)
    .bind(json(calendar)?)
    .bind(tenant.as_str())
    .bind(calendar.id.as_str())
    .bind(calendar.revision.saturating_sub(1))
    .execute(conn)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

pub(super) async fn one(pool: &Pool, tenant: &TenantId, id: &str) -> Result<Option<Calendar>, StoreError> {
    let row = sqlx::query("SELECT body FROM calendars WHERE tenant = $1 AND calendar_id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(pool.reader())
        .await?;
    row.as_ref().map(body).transpose()
}

pub(super) async fn list(pool: &Pool, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Calendar>, StoreError> {
    let rows =
        sqlx::query("SELECT body FROM calendars WHERE tenant = $1 AND calendar_id > $2 ORDER BY calendar_id LIMIT $3")
            .bind(tenant.as_str())
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool.reader())
            .await?;
    rows.iter().map(body).collect()
}
