//! The ports of territories.

use async_trait::async_trait;
use partner_registry_domain::territory::{Region, Right};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Pool, Tx, region_rows, right_rows, rows::CHUNK};
use crate::ports::{RegionQuery, RightQuery, TerritoryReads, TerritorySource, TerritoryTx};

#[async_trait]
impl TerritoryReads for Pool {
    fn territories(&self) -> Box<dyn TerritorySource> {
        Box::new(self.clone())
    }

    async fn list_regions(&self, tenant: &TenantId, query: &RegionQuery) -> Result<Vec<Region>, StoreError> {
        region_rows::page(self.reader(), tenant, query).await
    }
}

#[async_trait]
impl TerritorySource for Pool {
    async fn regions(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Region>, StoreError> {
        let mut regions = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let values = chunk.iter().map(ResourceId::as_str);
            regions.extend(region_rows::of_values(self.reader(), tenant, "id", values).await?);
        }
        Ok(regions)
    }

    async fn regions_at(&mut self, tenant: &TenantId, paths: &[String]) -> Result<Vec<Region>, StoreError> {
        let mut regions = Vec::with_capacity(paths.len());
        for chunk in paths.chunks(CHUNK) {
            let values = chunk.iter().map(String::as_str);
            regions.extend(region_rows::of_values(self.reader(), tenant, "path", values).await?);
        }
        Ok(regions)
    }

    async fn rights(&mut self, tenant: &TenantId, query: &RightQuery) -> Result<Vec<Right>, StoreError> {
        right_rows::find(self.reader(), tenant, query).await
    }
}

#[async_trait]
impl TerritorySource for Tx {
    async fn regions(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Region>, StoreError> {
        let mut regions = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let values = chunk.iter().map(ResourceId::as_str);
            regions.extend(region_rows::of_values(self.conn(), tenant, "id", values).await?);
        }
        Ok(regions)
    }

    async fn regions_at(&mut self, tenant: &TenantId, paths: &[String]) -> Result<Vec<Region>, StoreError> {
        let mut regions = Vec::with_capacity(paths.len());
        for chunk in paths.chunks(CHUNK) {
            let values = chunk.iter().map(String::as_str);
            regions.extend(region_rows::of_values(self.conn(), tenant, "path", values).await?);
        }
        Ok(regions)
    }

    async fn rights(&mut self, tenant: &TenantId, query: &RightQuery) -> Result<Vec<Right>, StoreError> {
        right_rows::find(self.conn(), tenant, query).await
    }
}

#[async_trait]
impl TerritoryTx for Tx {
    async fn next_territory(&mut self, tenant: &TenantId, now: Timestamp) -> Result<Timestamp, StoreError> {
        let time: i64 = sqlx::query_scalar(
            "INSERT INTO territory_heads (tenant, record_time) VALUES ($1, $2)
             ON CONFLICT (tenant) DO UPDATE
             SET record_time = CASE WHEN excluded.record_time > territory_heads.record_time
                                    THEN excluded.record_time ELSE territory_heads.record_time + 1 END
             RETURNING record_time",
        )
        .bind(tenant.as_str())
        .bind(now.0)
        .fetch_one(self.conn())
        .await?;
        Ok(Timestamp(time))
    }

    async fn write_regions(&mut self, tenant: &TenantId, regions: &[Region]) -> Result<(), StoreError> {
        region_rows::write(self, tenant, regions).await
    }

    async fn write_right(&mut self, tenant: &TenantId, right: &Right) -> Result<(), StoreError> {
        right_rows::write(self, tenant, right).await
    }
}
