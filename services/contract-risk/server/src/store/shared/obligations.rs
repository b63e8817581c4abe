//! Reads of obligations: kept whole as JSON beside the columns that keys and queries need.

use async_trait::async_trait;
use contract_risk_domain::{Contract, Obligation, ObligationState, ObligationTransition, OnTimeCounts, Reminder};
use sqlx::Row;
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{DbRow, Pool, obligation_list as list, on_time, reminders};
use crate::ports::{
    NoticeQuery, ObligationQuery, ObligationReads, ObligationStore, ObligationTx, OnTimeQuery, ReminderQuery, ToRemind,
};

/// Reads the first column of a row.
pub(super) fn body(row: &DbRow) -> Result<Obligation, StoreError> {
    serde_json::from_str(row.try_get(0)?).map_err(|e| StoreError::Corrupt(format!("obligations: {e}")))
}

/// Reads an id.
pub(super) fn id(text: &str) -> Result<ResourceId, StoreError> {
    ResourceId::parse(text).map_err(StoreError::Corrupt)
}

#[async_trait]
impl ObligationStore for Pool {
    async fn begin_obligations(&self) -> Result<Box<dyn ObligationTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}

#[async_trait]
impl ObligationReads for Pool {
    async fn obligation(
        &self,
        tenant: &TenantId,
        contract: &ResourceId,
        id: &ResourceId,
    ) -> Result<Option<Obligation>, StoreError> {
        let row =
            sqlx::query("SELECT body FROM obligations WHERE tenant = $1 AND contract_id = $2 AND obligation_id = $3")
                .bind(tenant.as_str())
                .bind(contract.as_str())
                .bind(id.as_str())
                .fetch_optional(self.reader())
                .await?;
        row.as_ref().map(body).transpose()
    }

    async fn obligations(&self, tenant: &TenantId, query: &ObligationQuery) -> Result<Vec<Obligation>, StoreError> {
        list::page(tenant, query).build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn obligation_transitions(
        &self,
        tenant: &TenantId,
        contract: &ResourceId,
        id: &ResourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ObligationTransition>, StoreError> {
        let rows: Vec<(i64, String, String, i64, String, String, i64)> = sqlx::query_as(
            "SELECT ordinal, from_state, to_state, due_on, actor, reason, record_time FROM obligation_transitions
             WHERE tenant = $1 AND contract_id = $2 AND obligation_id = $3 AND ordinal > $4
             ORDER BY ordinal LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(contract.as_str())
        .bind(id.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        let state = |text: &str| ObligationState::parse(text).map_err(StoreError::Corrupt);
        let read =
            |(ordinal, from, to, due_on, actor, reason, time): (i64, String, String, i64, String, String, i64)| {
                Ok(ObligationTransition {
                    ordinal,
                    from: if from.is_empty() { None } else { Some(state(&from)?) },
                    to: state(&to)?,
                    due_on: Date::from_days(due_on),
                    actor,
                    time: Timestamp(time),
                    reason,
                })
            };
        rows.into_iter().map(read).collect()
    }

    async fn reminders(&self, tenant: &TenantId, query: &ReminderQuery) -> Result<Vec<Reminder>, StoreError> {
        reminders::page(self, tenant, query).await
    }

    async fn on_time_counts(&self, tenant: &TenantId, query: &OnTimeQuery) -> Result<Vec<OnTimeCounts>, StoreError> {
        on_time::counts(self, tenant, query).await
    }

    async fn to_remind(&self, today: Date, after: Option<&ToRemind>, limit: u32) -> Result<Vec<ToRemind>, StoreError> {
        reminders::to_remind(self, today, after, limit).await
    }

    async fn to_announce(&self, query: &NoticeQuery) -> Result<Vec<(TenantId, Contract)>, StoreError> {
        reminders::to_announce(self, query).await
    }
}
