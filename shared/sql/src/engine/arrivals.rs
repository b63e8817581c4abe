//! Arrivals: one row per stream says how far it is in, and what came before its turn waits in rows of its own until
//! the gap before it is closed.

use async_trait::async_trait;
use tributary_core::TenantId;

use super::{Pool, Tx};
use crate::{ArrivalStore, StoreError};

#[async_trait]
impl ArrivalStore for Pool {
    async fn through(&self, tenant: &TenantId, stream: &str) -> Result<i64, StoreError> {
        let through: Option<i64> =
            sqlx::query_scalar("SELECT through_number FROM arrivals WHERE tenant = $1 AND stream = $2")
                .bind(tenant.as_str())
                .bind(stream)
                .fetch_optional(self.reader())
                .await?;
        Ok(through.unwrap_or(0))
    }
}

impl Tx {
    /// See [`UnitOfWork::arrived`](crate::UnitOfWork::arrived).
    pub(super) async fn arrive(&mut self, tenant: &TenantId, stream: &str, number: i64) -> Result<bool, StoreError> {
        if number < 1 {
            return Err(StoreError::Internal(format!("{number} of {stream:?} cannot arrive: streams count from 1")));
        }
        // Written even when nothing changes: so the row is locked until the end, and a concurrent twin is waited for.
        let through: i64 = sqlx::query_scalar(
            "INSERT INTO arrivals (tenant, stream, through_number) VALUES ($1, $2, 0)
             ON CONFLICT (tenant, stream) DO UPDATE SET through_number = arrivals.through_number
             RETURNING through_number",
        )
        .bind(tenant.as_str())
        .bind(stream)
        .fetch_one(self.conn())
        .await?;
        if number <= through {
            return Ok(false);
        }
        let inserted = sqlx::query(
            "INSERT INTO early_arrivals (tenant, stream, number) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, stream, number) DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(stream)
        .bind(number)
        .execute(self.conn())
        .await?
        .rows_affected();
        if inserted == 0 {
            return Ok(false);
        }
        if number == through.saturating_add(1) {
            self.move_on(tenant, stream, number).await?;
        }
        Ok(true)
    }

    /// The gap before `number` is closed: moves on to the end of the run that begins with it.
    async fn move_on(&mut self, tenant: &TenantId, stream: &str, number: i64) -> Result<(), StoreError> {
        let end: i64 = sqlx::query_scalar(
            "SELECT e.number FROM early_arrivals e
             WHERE e.tenant = $1 AND e.stream = $2 AND e.number >= $3 AND NOT EXISTS (
                 SELECT 1 FROM early_arrivals n
                 WHERE n.tenant = e.tenant AND n.stream = e.stream AND n.number = e.number + 1)
             ORDER BY e.number LIMIT 1",
        )
        .bind(tenant.as_str())
        .bind(stream)
        .bind(number)
        .fetch_one(self.conn())
        .await?;
        sqlx::query("UPDATE arrivals SET through_number = $3 WHERE tenant = $1 AND stream = $2")
            .bind(tenant.as_str())
            .bind(stream)
            .bind(end)
            .execute(self.conn())
            .await?;
        sqlx::query("DELETE FROM early_arrivals WHERE tenant = $1 AND stream = $2 AND number <= $3")
            .bind(tenant.as_str())
            .bind(stream)
            .bind(end)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
