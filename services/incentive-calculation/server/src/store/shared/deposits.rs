//! Deposits: kept whole as JSON beside the columns that queries and constraints need.

use async_trait::async_trait;
use incentive_calculation_domain::deposit::Deposit;
use sqlx::QueryBuilder;
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{
    Db, Pool, Tx,
    plans::{body, json},
};
use crate::ports::deposits::{DepositQuery, DepositReads, DepositTx};

const ONE: &str = "SELECT body FROM deposits WHERE tenant = $1 AND deposit_id = $2";

#[async_trait]
impl DepositReads for Pool {
    async fn deposit(&self, tenant: &TenantId, id: &str) -> Result<Option<Deposit>, StoreError> {
        let row = sqlx::query(ONE).bind(tenant.as_str()).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn deposits(&self, tenant: &TenantId, query: &DepositQuery) -> Result<Vec<Deposit>, StoreError> {
        let mut read = QueryBuilder::<Db>::new("SELECT body FROM deposits WHERE tenant = ");
        read.push_bind(tenant.as_str().to_owned());
        if let Some(partner) = &query.partner {
            read.push(" AND partner_id = ").push_bind(partner.clone());
        }
        if let Some(cause) = &query.cause {
            read.push(" AND cause = ").push_bind(cause.clone());
        }
        if let Some(state) = query.state {
            read.push(" AND state = ").push_bind(state.as_str());
        }
        if !query.after.is_empty() {
            read.push(" AND deposit_id > ").push_bind(query.after.clone());
        }
        read.push(" ORDER BY deposit_id LIMIT ").push_bind(i64::from(query.limit));
        read.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }
}

#[async_trait]
impl DepositTx for Tx {
    async fn deposit_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Deposit>, StoreError> {
        let row = sqlx::query(ONE).bind(tenant.as_str()).bind(id).fetch_optional(self.conn()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_deposit(&mut self, tenant: &TenantId, deposit: &Deposit) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO deposits (tenant, deposit_id, partner_id, cause, state, held, revision, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(tenant.as_str())
        .bind(&deposit.id)
        .bind(&deposit.partner)
        .bind(&deposit.cause)
        .bind(deposit.state.as_str())
        .bind(deposit.held())
        .bind(deposit.revision)
        .bind(json(deposit)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn update_deposit(&mut self, tenant: &TenantId, deposit: &Deposit) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE deposits SET state = $1, held = $2, revision = $3, body = $4 \
             WHERE tenant = $5 AND deposit_id = $6 AND revision = $7",
        )
        .bind(deposit.state.as_str())
        .bind(deposit.held())
        .bind(deposit.revision)
        .bind(json(deposit)?)
        .bind(tenant.as_str())
        .bind(&deposit.id)
        .bind(deposit.revision.saturating_sub(1))
        .execute(self.conn())
        .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }
}
