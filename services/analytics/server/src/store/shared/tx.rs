//! One transaction of this service: the ports, spelled out over the statements of the other files.

use std::collections::BTreeMap;

use analytics_domain::{CellKey, Month, Sums};
use async_trait::async_trait;
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{Pool, Tx, batches, cells};
use crate::ports::{SalesReads, SalesStore, SalesTx};

#[async_trait]
impl SalesTx for Tx {
    async fn count_batch(&mut self, tenant: &TenantId, batch: i64) -> Result<bool, StoreError> {
        batches::count(self, tenant, batch).await
    }

    async fn cells(&mut self, tenant: &TenantId, keys: &[CellKey]) -> Result<BTreeMap<CellKey, Sums>, StoreError> {
        cells::read(self, tenant, keys).await
    }

    async fn put_cells(&mut self, tenant: &TenantId, cells: &[(CellKey, Sums)]) -> Result<(), StoreError> {
        cells::put(self, tenant, cells).await
    }
}

#[async_trait]
impl SalesReads for Pool {
    async fn through_batch(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        batches::through(self, tenant).await
    }

    async fn each_cell(
        &self,
        tenant: &TenantId,
        from: Option<Month>,
        to: Option<Month>,
        each: &mut (dyn FnMut(CellKey, Sums) + Send),
    ) -> Result<(), StoreError> {
        cells::each(self, tenant, from, to, each).await
    }
}

#[async_trait]
impl SalesStore for Pool {
    async fn begin(&self) -> Result<Box<dyn SalesTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
