//! Versions of rules: kept whole as JSON beside the columns that keys and queries need.

use contract_risk_domain::alert::{RuleState, RuleVersion};
use sqlx::{QueryBuilder, Row};
use tributary_core::{ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{Connection, Db, DbRow, Pool, Tx, turns::id};
use crate::ports::{OwnRules, RuleQuery};

/// Reads the first column of a row.
fn body(row: &DbRow) -> Result<RuleVersion, StoreError> {
    serde_json::from_str(row.try_get(0)?).map_err(|e| StoreError::Corrupt(format!("alert_rule_versions: {e}")))
}

/// Reserves the next number of a rule, whose row stays locked; `first` for a rule without any.
pub(super) async fn next(tx: &mut Tx, tenant: &TenantId, rule: &ResourceId, first: i64) -> Result<i64, StoreError> {
    let number = sqlx::query_scalar(
        "INSERT INTO alert_rules (tenant, rule_id, last_version) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant, rule_id) DO UPDATE SET last_version = alert_rules.last_version + 1 RETURNING last_version",
    )
    .bind(tenant.as_str())
    .bind(rule.as_str())
    .bind(first)
    .fetch_one(tx.conn())
    .await?;
    Ok(number)
}

/// Locks a rule, which has at least the version that ships.
pub(super) async fn lock(tx: &mut Tx, tenant: &TenantId, rule: &ResourceId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alert_rules (tenant, rule_id, last_version) VALUES ($1, $2, 1) \
         ON CONFLICT (tenant, rule_id) DO UPDATE SET last_version = alert_rules.last_version",
    )
    .bind(tenant.as_str())
    .bind(rule.as_str())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes a version, new or in another state.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, version: &RuleVersion) -> Result<(), StoreError> {
    let body = serde_json::to_string(version).map_err(|e| StoreError::Internal(e.to_string()))?;
    sqlx::query(
        "INSERT INTO alert_rule_versions (tenant, rule_id, version, state, body) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, rule_id, version) DO UPDATE SET state = excluded.state, body = excluded.body",
    )
    .bind(tenant.as_str())
    .bind(version.rule.as_str())
    .bind(version.version)
    .bind(version.state.as_str())
    .bind(body)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One version that is kept.
pub(super) async fn one(
    conn: &mut Connection,
    tenant: &TenantId,
    rule: &ResourceId,
    version: i64,
) -> Result<Option<RuleVersion>, StoreError> {
    let row = sqlx::query("SELECT body FROM alert_rule_versions WHERE tenant = $1 AND rule_id = $2 AND version = $3")
        .bind(tenant.as_str())
        .bind(rule.as_str())
        .bind(version)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(body).transpose()
}

/// A page of versions.
pub(super) async fn list(pool: &Pool, tenant: &TenantId, query: &RuleQuery) -> Result<Vec<RuleVersion>, StoreError> {
    let mut sql = QueryBuilder::<Db>::new("SELECT body FROM alert_rule_versions WHERE tenant = ");
    sql.push_bind(tenant.as_str());
    if let Some(rule) = &query.rule {
        sql.push(" AND rule_id = ").push_bind(rule.as_str());
    }
    if query.active_only {
        sql.push(" AND state = ").push_bind(RuleState::Active.as_str());
    }
    if let Some((rule, version)) = &query.after {
        sql.push(" AND (rule_id > ").push_bind(rule.as_str());
        sql.push(" OR (rule_id = ").push_bind(rule.as_str()).push(" AND version < ").push_bind(*version).push("))");
    }
    sql.push(" ORDER BY rule_id, version DESC LIMIT ").push_bind(i64::from(query.limit));
    sql.build().fetch_all(pool.reader()).await?.iter().map(body).collect()
}

/// What a tenant has of rules: one statement, so that a rule that is being replaced is seen before or after.
pub(super) async fn own(conn: &mut Connection, tenant: &TenantId) -> Result<OwnRules, StoreError> {
    let rows = sqlx::query(
        "SELECT body, rule_id, version, state FROM alert_rule_versions \
         WHERE tenant = $1 AND (state = 'ACTIVE' OR version = 1) ORDER BY rule_id, version",
    )
    .bind(tenant.as_str())
    .fetch_all(conn)
    .await?;
    let mut own = OwnRules::default();
    for row in &rows {
        if row.try_get::<i64, _>(2)? == 1 {
            own.replaced.push(id(row.try_get(1)?)?);
        }
        if row.try_get::<&str, _>(3)? == RuleState::Active.as_str() {
            own.active.push(body(row)?);
        }
    }
    Ok(own)
}
