//! Contracts: kept whole as JSON beside the columns that keys and queries need.

use async_trait::async_trait;
use contract_risk_domain::{Contract, ExternalRef};
use sqlx::Row;
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{DbRow, Pool, Tx};
use crate::ports::{ContractReads, ContractStore, ContractTx, Inserted};

/// Reads the first column of a row.
fn body(row: &DbRow) -> Result<Contract, StoreError> {
    serde_json::from_str(row.try_get(0)?).map_err(|e| StoreError::Corrupt(format!("contracts: {e}")))
}

#[async_trait]
impl ContractReads for Pool {
    async fn contract(&self, tenant: &TenantId, id: &str) -> Result<Option<Contract>, StoreError> {
        let row = sqlx::query("SELECT body FROM contracts WHERE tenant = $1 AND contract_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn contracts(
        &self,
        tenant: &TenantId,
        partner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Contract>, StoreError> {
        // Two texts, so that each has a key order of its own to follow.
        let query = match partner {
            Some(partner) => sqlx::query(
                "SELECT body FROM contracts WHERE tenant = $1 AND contract_id > $2 AND partner_id = $4 \
                 ORDER BY contract_id LIMIT $3",
            )
            .bind(tenant.as_str())
            .bind(after)
            .bind(i64::from(limit))
            .bind(partner),
            None => sqlx::query(
                "SELECT body FROM contracts WHERE tenant = $1 AND contract_id > $2 ORDER BY contract_id LIMIT $3",
            )
            .bind(tenant.as_str())
            .bind(after)
            .bind(i64::from(limit)),
        };
        query.fetch_all(self.reader()).await?.iter().map(body).collect()
    }
}

#[async_trait]
impl ContractTx for Tx {
    async fn insert_contract(&mut self, tenant: &TenantId, contract: &Contract) -> Result<Inserted, StoreError> {
        let body = serde_json::to_string(contract).map_err(|e| StoreError::Internal(e.to_string()))?;
        // No error on a taken key: after one, PostgreSQL could not be asked who holds it.
        let inserted = sqlx::query(
            "INSERT INTO contracts (tenant, contract_id, partner_id, revision, create_time, body) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, contract_id) DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(contract.id.as_str())
        .bind(contract.terms.partner.as_str())
        .bind(contract.revision)
        .bind(contract.create_time.0)
        .bind(body)
        .execute(self.conn())
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(Inserted::IdTaken);
        }
        // In one order, so that concurrent inserts never wait for each other in a circle.
        let mut refs: Vec<&ExternalRef> = contract.terms.external_refs.iter().collect();
        refs.sort();
        for reference in refs {
            if let Some(holder) = insert_ref(self, tenant, reference, contract.id.as_str()).await? {
                return Ok(Inserted::RefTaken { reference: reference.clone(), holder });
            }
        }
        Ok(Inserted::Yes)
    }
}

/// Inserts a ref; the id of the contract that has it already, if one has.
async fn insert_ref(
    tx: &mut Tx,
    tenant: &TenantId,
    reference: &ExternalRef,
    contract_id: &str,
) -> Result<Option<String>, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO contract_external_refs (tenant, system, ref_id, contract_id) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant, system, ref_id) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&reference.system)
    .bind(&reference.id)
    .bind(contract_id)
    .execute(tx.conn())
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let holder = sqlx::query_scalar(
        "SELECT contract_id FROM contract_external_refs WHERE tenant = $1 AND system = $2 AND ref_id = $3",
    )
    .bind(tenant.as_str())
    .bind(&reference.system)
    .bind(&reference.id)
    .fetch_one(tx.conn())
    .await?;
    Ok(Some(holder))
}

#[async_trait]
impl ContractStore for Pool {
    async fn begin(&self) -> Result<Box<dyn ContractTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
