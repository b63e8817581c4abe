//! Targets: kept whole as JSON beside the columns that filters and the watch need.

use analytics_domain::target::{Status, Target};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use tributary_core::{ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{Db, DbRow, Pool, Tx};
use crate::ports::targets::{Check, Round, TargetCondition, TargetReads, TargetStore, TargetTx, Watched};

fn corrupt(e: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("targets: {e}"))
}

/// Reads the first column of a row.
fn body(row: &DbRow) -> Result<Target, StoreError> {
    serde_json::from_str(row.try_get(0)?).map_err(corrupt)
}

fn to_body(target: &Target) -> Result<String, StoreError> {
    serde_json::to_string(target).map_err(|e| StoreError::Internal(e.to_string()))
}

#[async_trait]
impl TargetReads for Pool {
    async fn target(&self, tenant: &TenantId, id: &ResourceId) -> Result<Option<Target>, StoreError> {
        let row = sqlx::query("SELECT body FROM targets WHERE tenant = $1 AND target_id = $2")
            .bind(tenant.as_str())
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn targets(
        &self,
        tenant: &TenantId,
        condition: Option<&TargetCondition>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Target>, StoreError> {
        let mut sql = QueryBuilder::<Db>::new("SELECT body FROM targets WHERE tenant = ");
        sql.push_bind(tenant.as_str()).push(" AND target_id > ").push_bind(after);
        if let Some(condition) = condition {
            sql.push(" AND ");
            push(&mut sql, condition);
        }
        sql.push(" ORDER BY target_id LIMIT ").push_bind(i64::from(limit));
        sql.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn tenants_with_targets(&self) -> Result<Vec<TenantId>, StoreError> {
        let tenants: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT tenant FROM targets ORDER BY tenant").fetch_all(self.reader()).await?;
        tenants.iter().map(|tenant| TenantId::parse(tenant).map_err(corrupt)).collect()
    }

    async fn due_targets(
        &self,
        tenant: &TenantId,
        round: Round,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Watched>, StoreError> {
        let rows = sqlx::query(
            "SELECT body, status, checks FROM targets WHERE tenant = $1 AND target_id > $2 AND first_day < $3 AND (\
             checked_on IS NULL OR (checked_on < $3 AND checked_on < end_day) OR (checked_batch < $4 AND \
             (checked_on < $3 OR (end_day > $3 AND check_time <= $5)))) ORDER BY target_id LIMIT $6",
        )
        .bind(tenant.as_str())
        .bind(after)
        .bind(round.today.days())
        .bind(round.through_batch)
        .bind(round.measured_by.0)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        let watched = |row: &DbRow| {
            let status = Status::parse(row.try_get(1)?).map_err(corrupt)?;
            Ok(Watched { target: body(row)?, status, checks: row.try_get(2)? })
        };
        rows.iter().map(watched).collect()
    }
}

/// Pushes a condition in brackets. None of the columns is ever NULL, so that NOT is exact.
fn push(sql: &mut QueryBuilder<Db>, condition: &TargetCondition) {
    sql.push("(");
    match condition {
        TargetCondition::All(parts) => push_joined(sql, parts, " AND ", "1 = 1"),
        TargetCondition::Any(parts) => push_joined(sql, parts, " OR ", "1 = 0"),
        TargetCondition::Not(inner) => {
            sql.push("NOT ");
            push(sql, inner);
        }
        TargetCondition::Metric(metric) => {
            sql.push("metric = ").push_bind(metric.clone());
        }
        TargetCondition::Period(period) => {
            sql.push("period = ").push_bind(period.clone());
        }
        TargetCondition::Owner(owner) => {
            sql.push("owner = ").push_bind(owner.clone());
        }
    }
    sql.push(")");
}

fn push_joined(sql: &mut QueryBuilder<Db>, parts: &[TargetCondition], word: &str, empty: &str) {
    if parts.is_empty() {
        sql.push(empty);
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            sql.push(word);
        }
        push(sql, part);
    }
}

#[async_trait]
impl TargetTx for Tx {
    async fn lock_target(&mut self, tenant: &TenantId, id: &ResourceId) -> Result<Option<Target>, StoreError> {
        // An update of nothing locks the row on both engines.
        let row =
            sqlx::query("UPDATE targets SET revision = revision WHERE tenant = $1 AND target_id = $2 RETURNING body")
                .bind(tenant.as_str())
                .bind(id.as_str())
                .fetch_optional(self.conn())
                .await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_target(&mut self, tenant: &TenantId, target: &Target) -> Result<bool, StoreError> {
        let period = target.scope.period;
        // No error on a taken key: after one, PostgreSQL takes no further statement.
        let inserted = sqlx::query(
            "INSERT INTO targets (tenant, target_id, metric, period, owner, first_day, end_day, revision, create_time, \
             body, status, checks, checked_on, checked_batch, check_time) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, NULL, 0, $9) \
             ON CONFLICT (tenant, target_id) DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(target.id.as_str())
        .bind(&target.scope.metric)
        .bind(period.to_string())
        .bind(&target.aim.owner)
        .bind(period.from().days())
        .bind(period.to().days())
        .bind(target.revision)
        .bind(target.create_time.0)
        .bind(to_body(target)?)
        .bind(Status::Pending.name())
        .execute(self.conn())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    async fn update_target(&mut self, tenant: &TenantId, target: &Target) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE targets SET owner = $3, revision = $4, body = $5, checked_on = NULL \
             WHERE tenant = $1 AND target_id = $2",
        )
        .bind(tenant.as_str())
        .bind(target.id.as_str())
        .bind(&target.aim.owner)
        .bind(target.revision)
        .bind(to_body(target)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn delete_target(&mut self, tenant: &TenantId, id: &ResourceId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM targets WHERE tenant = $1 AND target_id = $2")
            .bind(tenant.as_str())
            .bind(id.as_str())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn note_check(&mut self, tenant: &TenantId, seen: &Watched, check: Check) -> Result<bool, StoreError> {
        // The time of creation tells a target from one that had its id before.
        let noted = sqlx::query(
            "UPDATE targets SET status = $3, checks = checks + 1, checked_on = $4, checked_batch = $5, check_time = $6 \
             WHERE tenant = $1 AND target_id = $2 AND create_time = $7 AND revision = $8 AND checks = $9",
        )
        .bind(tenant.as_str())
        .bind(seen.target.id.as_str())
        .bind(check.status.name())
        .bind(check.on.days())
        .bind(check.through_batch)
        .bind(check.time.0)
        .bind(seen.target.create_time.0)
        .bind(seen.target.revision)
        .bind(seen.checks)
        .execute(self.conn())
        .await?;
        Ok(noted.rows_affected() == 1)
    }
}

#[async_trait]
impl TargetStore for Pool {
    async fn begin_targets(&self) -> Result<Box<dyn TargetTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
