//! Operations outside the transaction of their effect: reading, claiming, leasing.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::QueryBuilder;
use tributary_core::{TenantId, Timestamp};
use uuid::Uuid;

use super::{Db, Pool};
use crate::{OperationRecord, OperationState, OperationStore, StoreError, UnitOfWork, options::after};

/// How many candidates one claim tries before it comes back empty-handed.
const CANDIDATES: i64 = 16;

const PROLONG: &str = "UPDATE operations SET lease_until = $5, update_time = $1, metadata = COALESCE($2, metadata)
     WHERE id = $3 AND lease_owner = $4 AND state = 'RUNNING'
     RETURNING cancel_requested";

/// Nothing was cut, so the attempt is not used up.
const GIVE_BACK: &str = "UPDATE operations
     SET state = 'PENDING', attempt = attempt - 1, lease_owner = NULL, lease_until = NULL,
         update_time = $1, metadata = COALESCE($2, metadata)
     WHERE id = $3 AND lease_owner = $4 AND state = 'RUNNING'
     RETURNING cancel_requested";

#[derive(sqlx::FromRow)]
struct OperationRow {
    id: Uuid,
    tenant: String,
    kind: String,
    actor: String,
    request: Vec<u8>,
    state: String,
    metadata: Vec<u8>,
    response: Vec<u8>,
    error: Vec<u8>,
    cancel_requested: bool,
    attempt: i64,
    lease_owner: Option<String>,
    lease_until: Option<i64>,
    create_time: i64,
    update_time: i64,
    trace_parent: String,
}

impl TryFrom<OperationRow> for OperationRecord {
    type Error = StoreError;

    fn try_from(row: OperationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            tenant: TenantId::parse(&row.tenant).map_err(StoreError::Corrupt)?,
            kind: row.kind,
            actor: row.actor,
            request: row.request,
            state: OperationState::from_name(&row.state)
                .ok_or_else(|| StoreError::Corrupt(format!("operation {} has the state {:?}", row.id, row.state)))?,
            metadata: row.metadata,
            response: row.response,
            error: row.error,
            cancel_requested: row.cancel_requested,
            attempt: row.attempt,
            lease_owner: row.lease_owner,
            lease_until: row.lease_until.map(Timestamp),
            create_time: Timestamp(row.create_time),
            update_time: Timestamp(row.update_time),
            trace_parent: row.trace_parent,
        })
    }
}

#[async_trait]
impl OperationStore for Pool {
    async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<OperationRecord>, StoreError> {
        let row: Option<OperationRow> = sqlx::query_as("SELECT * FROM operations WHERE tenant = $1 AND id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.map(OperationRecord::try_from).transpose()
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let rows: Vec<OperationRow> =
            sqlx::query_as("SELECT * FROM operations WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3")
                .bind(tenant.as_str())
                .bind(after.unwrap_or_default())
                .bind(i64::from(limit))
                .fetch_all(self.reader())
                .await?;
        rows.into_iter().map(OperationRecord::try_from).collect()
    }

    async fn request_cancel(&self, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let asked = sqlx::query(
            "UPDATE operations SET cancel_requested = $1, update_time = $2
             WHERE tenant = $3 AND id = $4 AND state IN ('PENDING', 'RUNNING')",
        )
        .bind(true)
        .bind(now.0)
        .bind(tenant.as_str())
        .bind(id)
        .execute(tx.conn())
        .await?
        .rows_affected();
        Box::new(tx).commit().await?;
        Ok(asked == 1)
    }

    async fn claim(
        &self,
        kinds: &[&str],
        owner: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<OperationRecord>, StoreError> {
        for id in self.claimable(kinds, now).await? {
            let mut tx = self.begin().await?;
            // Checked again: a concurrent claimer may have been faster.
            let row: Option<OperationRow> = sqlx::query_as(
                "UPDATE operations
                 SET state = 'RUNNING', attempt = attempt + 1, lease_until = $2, update_time = $3,
                     lease_owner = CAST($1 AS TEXT) || '#' || CAST(attempt + 1 AS TEXT)
                 WHERE id = $4 AND (state = 'PENDING' OR (state = 'RUNNING' AND lease_until <= $3))
                 RETURNING *",
            )
            .bind(owner)
            .bind(after(now, lease).0)
            .bind(now.0)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
            if let Some(row) = row {
                Box::new(tx).commit().await?;
                return row.try_into().map(Some);
            }
        }
        Ok(None)
    }

    async fn heartbeat(
        &self,
        id: Uuid,
        owner: &str,
        metadata: &[u8],
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let given_back = lease.is_zero();
        let query = sqlx::query_scalar(if given_back { GIVE_BACK } else { PROLONG })
            .bind(now.0)
            .bind((!metadata.is_empty()).then_some(metadata))
            .bind(id)
            .bind(owner);
        let query = if given_back { query } else { query.bind(after(now, lease).0) };
        let cancel: Option<bool> = query.fetch_optional(tx.conn()).await?;
        let cancel = cancel.ok_or(StoreError::Conflict)?;
        Box::new(tx).commit().await?;
        Ok(cancel)
    }
}

impl Pool {
    /// Ids of operations that look claimable, oldest first; read outside a transaction, so that an idle poll does not
    /// queue for SQLite's one writer.
    async fn claimable(&self, kinds: &[&str], now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Db>::new(
            "SELECT id FROM operations WHERE state IN ('PENDING', 'RUNNING') AND (state = 'PENDING' OR lease_until <= ",
        );
        query.push_bind(now.0).push(") AND kind IN (");
        let mut list = query.separated(", ");
        for kind in kinds {
            list.push_bind(*kind);
        }
        query.push(") ORDER BY create_time, id LIMIT ").push_bind(CANDIDATES);
        Ok(query.build_query_scalar().fetch_all(self.reader()).await?)
    }
}
