//! Which state the data are in.

use async_trait::async_trait;
use sqlx::Row;
use tributary_core::TenantId;
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Pool, Tx};
use crate::ports::versions::{Data, Moves, VersionReads, Versions};

#[async_trait]
impl Moves for Tx {
    async fn moved(&mut self, tenant: &TenantId, data: Data, version: Uuid) -> Result<(), StoreError> {
        // The row stays locked until the end: versions follow one another as their transactions are committed.
        sqlx::query(
            "INSERT INTO data_versions (tenant, data, version) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, data) DO UPDATE SET version = excluded.version",
        )
        .bind(tenant.as_str())
        .bind(data.name())
        .bind(version)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

#[async_trait]
impl VersionReads for Pool {
    async fn versions(&self, tenant: &TenantId) -> Result<Versions, StoreError> {
        let rows = sqlx::query("SELECT data, version FROM data_versions WHERE tenant = $1")
            .bind(tenant.as_str())
            .fetch_all(self.reader())
            .await?;
        let mut versions = Versions::default();
        for row in rows {
            let name: &str = row.try_get(0)?;
            let data = Data::ALL.into_iter().find(|data| data.name() == name);
            let data = data.ok_or_else(|| StoreError::Corrupt(format!("data_versions: {name:?} are no data")))?;
            versions.0.insert(data, row.try_get(1)?);
        }
        Ok(versions)
    }
}
