//! Gap-free numbers per tenant. The row stays locked until the transaction ends, so the order of numbers is the order of
//! commits: whoever reads number n sees everything up to n.

use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{Connection, Pool};

/// Durable batches of facts.
pub(super) const BATCH: &str = "batch";
/// Arrivals in the copy of partners.
pub(super) const ARRIVAL: &str = "arrival";

/// Approvals of price lists.
pub(super) const PRICES: &str = "prices";

/// The next number.
pub(super) async fn next(conn: &mut Connection, tenant: &TenantId, name: &str) -> Result<i64, StoreError> {
    let value = sqlx::query_scalar(
        "INSERT INTO counters (tenant, name, value) VALUES ($1, $2, 1) \
         ON CONFLICT (tenant, name) DO UPDATE SET value = counters.value + 1 RETURNING value",
    )
    .bind(tenant.as_str())
    .bind(name)
    .fetch_one(conn)
    .await?;
    Ok(value)
}

/// The newest number, 0 for none.
pub(super) async fn newest(pool: &Pool, tenant: &TenantId, name: &str) -> Result<i64, StoreError> {
    let value = sqlx::query_scalar("SELECT value FROM counters WHERE tenant = $1 AND name = $2")
        .bind(tenant.as_str())
        .bind(name)
        .fetch_optional(pool.reader())
        .await?;
    Ok(value.unwrap_or(0))
}
