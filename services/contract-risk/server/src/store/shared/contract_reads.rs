//! Reads of contracts, which are kept whole as JSON beside the columns that keys and queries need.

use async_trait::async_trait;
use contract_risk_domain::{Contract, ExternalRef, Revision, Transition};
use sqlx::QueryBuilder;
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, Pool,
    contract_list::page,
    contract_rows::{RevisionRow, TransitionRow, contract, due},
};
use crate::ports::{ContractQuery, ContractReads, ContractStore, ContractTx, DueContract};

#[async_trait]
impl ContractStore for Pool {
    async fn begin(&self) -> Result<Box<dyn ContractTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}

#[async_trait]
impl ContractReads for Pool {
    async fn contract(&self, tenant: &TenantId, id: &str) -> Result<Option<Contract>, StoreError> {
        let row = sqlx::query("SELECT body FROM contracts WHERE tenant = $1 AND contract_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(contract).transpose()
    }

    async fn contract_by_ref(
        &self,
        tenant: &TenantId,
        reference: &ExternalRef,
    ) -> Result<Option<Contract>, StoreError> {
        let row = sqlx::query(
            "SELECT c.body FROM contract_external_refs r
             JOIN contracts c ON c.tenant = r.tenant AND c.contract_id = r.contract_id
             WHERE r.tenant = $1 AND r.system = $2 AND r.ref_id = $3",
        )
        .bind(tenant.as_str())
        .bind(&reference.system)
        .bind(&reference.id)
        .fetch_optional(self.reader())
        .await?;
        row.as_ref().map(contract).transpose()
    }

    async fn contracts_in_force(
        &self,
        tenant: &TenantId,
        partner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Contract>, StoreError> {
        let mut sql = QueryBuilder::<Db>::new("SELECT body FROM contracts WHERE tenant = ");
        sql.push_bind(tenant.as_str()).push(" AND contract_id > ").push_bind(after);
        if let Some(partner) = partner {
            sql.push(" AND partner_id = ").push_bind(partner);
        }
        // Word for word the condition of the partial index.
        sql.push(" AND state IN ('ACTIVE', 'EXPIRING', 'RENEWED', 'TERMINATING') ORDER BY contract_id LIMIT ");
        sql.push_bind(i64::from(limit));
        sql.build().fetch_all(self.reader()).await?.iter().map(contract).collect()
    }

    async fn contracts(&self, tenant: &TenantId, query: &ContractQuery) -> Result<Vec<Contract>, StoreError> {
        page(tenant, query).build().fetch_all(self.reader()).await?.iter().map(contract).collect()
    }

    async fn contract_revisions(
        &self,
        tenant: &TenantId,
        id: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revision>, StoreError> {
        let rows: Vec<RevisionRow> = sqlx::query_as(
            "SELECT revision, author, create_time, note, terms FROM contract_revisions
             WHERE tenant = $1 AND contract_id = $2 AND revision < $3 ORDER BY revision DESC LIMIT $4",
        )
        .bind(tenant.as_str())
        .bind(id.as_str())
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(RevisionRow::read).collect()
    }

    async fn contract_transitions(
        &self,
        tenant: &TenantId,
        id: &ResourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Transition>, StoreError> {
        let rows: Vec<TransitionRow> = sqlx::query_as(
            "SELECT version, from_state, to_state, actor, record_time, reason, revision FROM contract_transitions
             WHERE tenant = $1 AND contract_id = $2 AND version > $3 ORDER BY version LIMIT $4",
        )
        .bind(tenant.as_str())
        .bind(id.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(TransitionRow::read).collect()
    }

    async fn due_contracts(
        &self,
        today: Date,
        after: Option<&DueContract>,
        limit: u32,
    ) -> Result<Vec<DueContract>, StoreError> {
        let (on, tenant, id) =
            after.map_or((i64::MIN, "", ""), |due| (due.on.days(), due.tenant.as_str(), due.id.as_str()));
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT next_move_on, tenant, contract_id FROM contracts
             WHERE next_move_on IS NOT NULL AND next_move_on <= $1 AND (next_move_on, tenant, contract_id) > ($2, $3, $4)
             ORDER BY next_move_on, tenant, contract_id LIMIT $5",
        )
        .bind(today.days())
        .bind(on)
        .bind(tenant)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(due).collect()
    }
}
