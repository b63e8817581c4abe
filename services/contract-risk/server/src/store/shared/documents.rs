//! The copy of documents, and the ports of both copies.

use async_trait::async_trait;
use contract_risk_domain::{
    Cells,
    alert::ExpiringDocument,
    sales::{CellKey, Sums},
};
use sqlx::Row;
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{Pool, Tx, sales};
use crate::ports::{CopyReads, CopyStore, CopyTx, DocumentCopy};

#[async_trait]
impl CopyReads for Pool {
    async fn sales(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        from: Date,
        through: Date,
    ) -> Result<Cells, StoreError> {
        sales::of_partner(self, tenant, partner, from, through).await
    }

    async fn expiring_documents(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
    ) -> Result<Vec<ExpiringDocument>, StoreError> {
        let rows = sqlx::query(
            "SELECT document_name, kind, expires_on FROM partner_documents WHERE tenant = $1 AND partner_id = $2 \
             AND state IN ('SUBMITTED', 'VERIFIED', 'EXPIRED') AND expires_on IS NOT NULL ORDER BY document_name",
        )
        .bind(tenant.as_str())
        .bind(partner.as_str())
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                let expires_on = Date::from_days(row.try_get(2)?);
                Ok(ExpiringDocument { name: row.try_get(0)?, kind: row.try_get(1)?, expires_on })
            })
            .collect()
    }
}

#[async_trait]
impl CopyTx for Tx {
    async fn cells(&mut self, tenant: &TenantId, keys: &[CellKey]) -> Result<Cells, StoreError> {
        sales::read(self, tenant, keys).await
    }

    async fn put_cells(&mut self, tenant: &TenantId, cells: &[(CellKey, Sums)]) -> Result<(), StoreError> {
        sales::put(self, tenant, cells).await
    }

    async fn keep_document(&mut self, tenant: &TenantId, copy: &DocumentCopy) -> Result<bool, StoreError> {
        let kept = sqlx::query(
            "INSERT INTO partner_documents (tenant, document_name, partner_id, kind, expires_on, state, sequence) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (tenant, document_name) DO UPDATE SET partner_id = excluded.partner_id, kind = excluded.kind, \
             expires_on = excluded.expires_on, state = excluded.state, sequence = excluded.sequence \
             WHERE partner_documents.sequence < excluded.sequence",
        )
        .bind(tenant.as_str())
        .bind(&copy.name)
        .bind(copy.partner.as_str())
        .bind(&copy.kind)
        .bind(copy.expires_on.map(Date::days))
        .bind(&copy.state)
        .bind(copy.sequence)
        .execute(self.conn())
        .await?;
        Ok(kept.rows_affected() == 1)
    }
}

#[async_trait]
impl CopyStore for Pool {
    async fn begin_copies(&self) -> Result<Box<dyn CopyTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
