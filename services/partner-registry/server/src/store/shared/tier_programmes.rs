//! Versions of the tier programme.

use partner_registry_domain::tier::Version;
use sqlx::Executor;
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    rows::{json, to_json},
};

/// The version in force on a day: of those with the last first day the one activated last.
pub(super) async fn on<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    day: Date,
) -> Result<Option<Version>, StoreError> {
    let content: Option<String> = sqlx::query_scalar(
        "SELECT content FROM tier_programmes WHERE tenant = $1 AND effective_from <= $2
         ORDER BY effective_from DESC, update_time DESC, version DESC LIMIT 1",
    )
    .bind(tenant.as_str())
    .bind(day.days())
    .fetch_optional(executor)
    .await?;
    content.as_deref().map(json).transpose()
}

/// A version.
pub(super) async fn one<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    number: i64,
) -> Result<Option<Version>, StoreError> {
    let content: Option<String> =
        sqlx::query_scalar("SELECT content FROM tier_programmes WHERE tenant = $1 AND version = $2")
            .bind(tenant.as_str())
            .bind(number)
            .fetch_optional(executor)
            .await?;
    content.as_deref().map(json).transpose()
}

/// Versions before a number, newest first.
pub(super) async fn page<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT content FROM tier_programmes WHERE tenant = $1 AND version < $2 ORDER BY version DESC LIMIT $3",
    )
    .bind(tenant.as_str())
    .bind(before.unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(|content| json(content)).collect()
}

/// See `TierTx::write_programme`.
pub(super) async fn write(tx: &mut Tx, tenant: &TenantId, version: &Version) -> Result<(), StoreError> {
    let text = if version.revision == 1 {
        "INSERT INTO tier_programmes (tenant, version, effective_from, update_time, revision, content)
         VALUES ($1, $2, $3, $4, $5, $6)"
    } else {
        "UPDATE tier_programmes SET effective_from = $3, update_time = $4, revision = $5, content = $6
         WHERE tenant = $1 AND version = $2 AND revision = $5 - 1"
    };
    let done = sqlx::query(text)
        .bind(tenant.as_str())
        .bind(version.number)
        .bind(version.effective_from.map(Date::days))
        .bind(version.update_time.0)
        .bind(version.revision)
        .bind(to_json(version)?)
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// See `TierTx::lock_programmes`. An update is the lock that both engines have.
pub(super) async fn lock(tx: &mut Tx, tenant: &TenantId) -> Result<Option<(Date, Timestamp)>, StoreError> {
    sqlx::query("UPDATE tier_programmes SET revision = revision WHERE tenant = $1")
        .bind(tenant.as_str())
        .execute(tx.conn())
        .await?;
    let (day, time): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT MAX(effective_from), MAX(update_time) FROM tier_programmes
         WHERE tenant = $1 AND effective_from IS NOT NULL",
    )
    .bind(tenant.as_str())
    .fetch_one(tx.conn())
    .await?;
    Ok(day.map(Date::from_days).zip(time.map(Timestamp)))
}
