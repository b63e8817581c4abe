//! The ports of the metric layer, spelled out over the statements of the other files.

use std::ops::ControlFlow;

use analytics_domain::metric::{CampaignRow, First, LineView, MetricQuery, SalesLine};
use async_trait::async_trait;
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{Pool, Tx, campaign_sums, first_orders, sales_lines};
use crate::ports::sales::{CampaignSums, SalesReads, SalesStore, SalesTx};

#[async_trait]
impl SalesTx for Tx {
    async fn put_lines(&mut self, tenant: &TenantId, batch: i64, lines: &[SalesLine]) -> Result<(), StoreError> {
        sales_lines::put(self, tenant, batch, lines).await
    }

    async fn put_firsts(&mut self, tenant: &TenantId, firsts: &[First]) -> Result<(), StoreError> {
        first_orders::put(self, tenant, firsts).await
    }
}

#[async_trait]
impl SalesReads for Pool {
    async fn each_line(
        &self,
        tenant: &TenantId,
        query: &MetricQuery,
        each: &mut (dyn for<'a> FnMut(LineView<'a>) -> ControlFlow<()> + Send),
    ) -> Result<(), StoreError> {
        sales_lines::each(self, tenant, query, each).await
    }
}

#[async_trait]
impl SalesStore for Pool {
    async fn begin_sales(&self) -> Result<Box<dyn SalesTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}

#[async_trait]
impl CampaignSums for Pool {
    async fn each_sum(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(CampaignRow<'a>) -> ControlFlow<()> + Send),
    ) -> Result<(), StoreError> {
        campaign_sums::each(self, tenant, from, to, each).await
    }
}
