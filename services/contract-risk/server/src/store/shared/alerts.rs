//! Alerts: kept whole as JSON beside the columns that queries and the constraint need; and the ports of alerts, rules and
//! turns, spelled out over the statements of the other files.

use async_trait::async_trait;
use contract_risk_domain::alert::{Alert, RuleVersion};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Connection, Db, DbRow, Pool, Tx, alert_list::page, alert_rules, turns};
use crate::ports::{AlertQuery, AlertReads, AlertStore, AlertTx, OwnRules, RuleQuery, Turn};

/// Reads the first column of a row.
fn body(row: &DbRow) -> Result<Alert, StoreError> {
    serde_json::from_str(row.try_get(0)?).map_err(|e| StoreError::Corrupt(format!("alerts: {e}")))
}

fn json(alert: &Alert) -> Result<String, StoreError> {
    serde_json::to_string(alert).map_err(|e| StoreError::Internal(e.to_string()))
}

async fn one(conn: &mut Connection, tenant: &TenantId, id: &str) -> Result<Option<Alert>, StoreError> {
    let row = sqlx::query("SELECT body FROM alerts WHERE tenant = $1 AND alert_id = $2")
        .bind(tenant.as_str())
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(body).transpose()
}

#[async_trait]
impl AlertReads for Pool {
    async fn alert(&self, tenant: &TenantId, id: &str) -> Result<Option<Alert>, StoreError> {
        one(&mut *self.reader().acquire().await?, tenant, id).await
    }

    async fn alerts(&self, tenant: &TenantId, query: &AlertQuery) -> Result<Vec<Alert>, StoreError> {
        page(tenant, query).build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn standing_alerts(&self, tenant: &TenantId, partner: Option<&ResourceId>) -> Result<i64, StoreError> {
        let mut sql =
            QueryBuilder::<Db>::new("SELECT COUNT(*) FROM alerts WHERE live = 1 AND state <> 'RESOLVED' AND tenant = ");
        sql.push_bind(tenant.as_str());
        if let Some(partner) = partner {
            sql.push(" AND partner_id = ").push_bind(partner.as_str());
        }
        Ok(sql.build_query_scalar().fetch_one(self.reader()).await?)
    }

    async fn partners_with_alerts(&self, tenant: &TenantId, rule: &ResourceId) -> Result<Vec<ResourceId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT partner_id FROM alerts \
             WHERE live = 1 AND state <> 'RESOLVED' AND tenant = $1 AND rule_id = $2 ORDER BY partner_id",
        )
        .bind(tenant.as_str())
        .bind(rule.as_str())
        .fetch_all(self.reader())
        .await?;
        ids.into_iter().map(turns::id).collect()
    }

    async fn rule_version(
        &self,
        tenant: &TenantId,
        rule: &ResourceId,
        version: i64,
    ) -> Result<Option<RuleVersion>, StoreError> {
        alert_rules::one(&mut *self.reader().acquire().await?, tenant, rule, version).await
    }

    async fn rule_versions(&self, tenant: &TenantId, query: &RuleQuery) -> Result<Vec<RuleVersion>, StoreError> {
        alert_rules::list(self, tenant, query).await
    }

    async fn own_rules(&self, tenant: &TenantId) -> Result<OwnRules, StoreError> {
        alert_rules::own(&mut *self.reader().acquire().await?, tenant).await
    }

    async fn turn(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Turn, StoreError> {
        turns::read(self, tenant, partner).await
    }

    async fn due(&self, today: Date, limit: u32) -> Result<Vec<(TenantId, ResourceId)>, StoreError> {
        turns::due(self, today, limit).await
    }

    async fn partners(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<ResourceId>, StoreError> {
        turns::partners(self, tenant, after, limit).await
    }
}

#[async_trait]
impl AlertTx for Tx {
    async fn take_turn(
        &mut self,
        tenant: &TenantId,
        partner: &ResourceId,
        turn: &Turn,
        at: (Timestamp, Date),
    ) -> Result<bool, StoreError> {
        turns::take(self, tenant, partner, turn, at).await
    }

    async fn lock_partner(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<(), StoreError> {
        turns::lock(self, tenant, partner).await
    }

    async fn mark_all(&mut self, tenant: &TenantId, mark: Uuid) -> Result<(), StoreError> {
        turns::mark_all(self, tenant, mark).await
    }

    async fn live_alerts(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<Alert>, StoreError> {
        let rows = sqlx::query("SELECT body FROM alerts WHERE tenant = $1 AND partner_id = $2 AND live = 1")
            .bind(tenant.as_str())
            .bind(partner.as_str())
            .fetch_all(self.conn())
            .await?;
        rows.iter().map(body).collect()
    }

    async fn alert_now(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Alert>, StoreError> {
        one(self.conn(), tenant, id).await
    }

    async fn insert_alert(&mut self, tenant: &TenantId, alert: &Alert) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO alerts (tenant, alert_id, rule_id, partner_id, contract_id, subject, severity, state, live, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(tenant.as_str())
        .bind(alert.id.as_str())
        .bind(alert.rule.as_str())
        .bind(alert.partner.as_str())
        .bind(alert.contract.as_ref().map_or("", ResourceId::as_str))
        .bind(&alert.subject)
        .bind(alert.severity.as_str())
        .bind(alert.state.as_str())
        .bind(i64::from(alert.is_live()))
        .bind(json(alert)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn update_alert(&mut self, tenant: &TenantId, alert: &Alert) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE alerts SET contract_id = $3, severity = $4, state = $5, live = $6, body = $7 \
             WHERE tenant = $1 AND alert_id = $2",
        )
        .bind(tenant.as_str())
        .bind(alert.id.as_str())
        .bind(alert.contract.as_ref().map_or("", ResourceId::as_str))
        .bind(alert.severity.as_str())
        .bind(alert.state.as_str())
        .bind(i64::from(alert.is_live()))
        .bind(json(alert)?)
        .execute(self.conn())
        .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
    }

    async fn next_rule_version(&mut self, tenant: &TenantId, rule: &ResourceId, first: i64) -> Result<i64, StoreError> {
        alert_rules::next(self, tenant, rule, first).await
    }

    async fn lock_rule(&mut self, tenant: &TenantId, rule: &ResourceId) -> Result<(), StoreError> {
        alert_rules::lock(self, tenant, rule).await
    }

    async fn own_rules_now(&mut self, tenant: &TenantId) -> Result<OwnRules, StoreError> {
        alert_rules::own(self.conn(), tenant).await
    }

    async fn rule_version_now(
        &mut self,
        tenant: &TenantId,
        rule: &ResourceId,
        version: i64,
    ) -> Result<Option<RuleVersion>, StoreError> {
        alert_rules::one(self.conn(), tenant, rule, version).await
    }

    async fn put_rule_version(&mut self, tenant: &TenantId, version: &RuleVersion) -> Result<(), StoreError> {
        alert_rules::put(self, tenant, version).await
    }
}

#[async_trait]
impl AlertStore for Pool {
    async fn begin_alerts(&self) -> Result<Box<dyn AlertTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
