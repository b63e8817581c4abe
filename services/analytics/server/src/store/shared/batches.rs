//! Which batches are in: all up to a number, and those that came before their turn.

use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{Pool, Tx};

/// The largest n so that the batches 1 to n are all in.
pub(super) async fn through(pool: &Pool, tenant: &TenantId) -> Result<i64, StoreError> {
    let through: Option<i64> = sqlx::query_scalar("SELECT through_batch FROM batch_progress WHERE tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(pool.reader())
        .await?;
    Ok(through.unwrap_or(0))
}

/// Counts a batch as being in; `false` when it is already. The tenant's row stays locked until the transaction ends.
pub(super) async fn count(tx: &mut Tx, tenant: &TenantId, batch: i64) -> Result<bool, StoreError> {
    let through: i64 = sqlx::query_scalar(
        "INSERT INTO batch_progress (tenant, through_batch) VALUES ($1, 0) \
         ON CONFLICT (tenant) DO UPDATE SET through_batch = batch_progress.through_batch RETURNING through_batch",
    )
    .bind(tenant.as_str())
    .fetch_one(tx.conn())
    .await?;
    if batch <= through {
        return Ok(false);
    }
    let inserted =
        sqlx::query("INSERT INTO early_batches (tenant, batch) VALUES ($1, $2) ON CONFLICT (tenant, batch) DO NOTHING")
            .bind(tenant.as_str())
            .bind(batch)
            .execute(tx.conn())
            .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    if batch == through.saturating_add(1) {
        advance(tx, tenant, batch).await?;
    }
    Ok(true)
}

/// The gap before `batch` is closed: moves on to the end of the run that begins with it.
async fn advance(tx: &mut Tx, tenant: &TenantId, batch: i64) -> Result<(), StoreError> {
    let end: i64 = sqlx::query_scalar(
        "SELECT e.batch FROM early_batches e WHERE e.tenant = $1 AND e.batch >= $2 AND NOT EXISTS \
         (SELECT 1 FROM early_batches n WHERE n.tenant = e.tenant AND n.batch = e.batch + 1) \
         ORDER BY e.batch LIMIT 1",
    )
    .bind(tenant.as_str())
    .bind(batch)
    .fetch_one(tx.conn())
    .await?;
    sqlx::query("UPDATE batch_progress SET through_batch = $2 WHERE tenant = $1")
        .bind(tenant.as_str())
        .bind(end)
        .execute(tx.conn())
        .await?;
    sqlx::query("DELETE FROM early_batches WHERE tenant = $1 AND batch <= $2")
        .bind(tenant.as_str())
        .bind(end)
        .execute(tx.conn())
        .await?;
    Ok(())
}
