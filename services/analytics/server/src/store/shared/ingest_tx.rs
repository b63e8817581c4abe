//! The ports of the intake and of attribution, spelled out over the statements of the other files.

use analytics_domain::{
    cost::Cost,
    ingest::{RowKey, RowType},
    journey::Journey,
    touchpoint::Touchpoint,
};
use async_trait::async_trait;
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Pool, Tx, costs, journeys, set_aside, touchpoints};
use crate::ports::{
    ingest::{IngestStore, IngestTx, Rows, SetAside},
    journeys::{JourneyReads, PathRow, TouchRow},
};

#[async_trait]
impl Rows<Journey> for Tx {
    async fn insert(&mut self, tenant: &TenantId, rows: &[Journey], now: Timestamp) -> Result<Vec<RowKey>, StoreError> {
        journeys::insert(self, tenant, rows, now).await
    }

    async fn kept(&mut self, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<Journey>, StoreError> {
        journeys::read(self, tenant, keys).await
    }
}

#[async_trait]
impl Rows<Touchpoint> for Tx {
    async fn insert(
        &mut self,
        tenant: &TenantId,
        rows: &[Touchpoint],
        now: Timestamp,
    ) -> Result<Vec<RowKey>, StoreError> {
        touchpoints::insert(self, tenant, rows, now).await
    }

    async fn kept(&mut self, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<Touchpoint>, StoreError> {
        touchpoints::read(self, tenant, keys).await
    }
}

#[async_trait]
impl Rows<Cost> for Tx {
    async fn insert(&mut self, tenant: &TenantId, rows: &[Cost], now: Timestamp) -> Result<Vec<RowKey>, StoreError> {
        costs::insert(self, tenant, rows, now).await
    }

    async fn kept(&mut self, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<Cost>, StoreError> {
        costs::read(self, tenant, keys).await
    }
}

#[async_trait]
impl IngestTx for Tx {
    async fn put_aside(&mut self, tenant: &TenantId, notes: &[SetAside]) -> Result<(), StoreError> {
        set_aside::put(self, tenant, notes).await
    }

    async fn drop_aside(&mut self, tenant: &TenantId, of: RowType, keys: &[RowKey]) -> Result<(), StoreError> {
        set_aside::drop(self, tenant, of, keys).await
    }
}

#[async_trait]
impl IngestStore for Pool {
    async fn begin_ingest(&self) -> Result<Box<dyn IngestTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }

    async fn set_aside(
        &self,
        tenant: &TenantId,
        of: Option<RowType>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<SetAside>, StoreError> {
        set_aside::list(self, tenant, of, after, limit).await
    }
}

#[async_trait]
impl JourneyReads for Pool {
    async fn each_path(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(PathRow<'a>) + Send),
    ) -> Result<(), StoreError> {
        journeys::each(self, tenant, from, to, each).await
    }

    async fn each_touchpoint(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(TouchRow<'a>) + Send),
    ) -> Result<(), StoreError> {
        touchpoints::each(self, tenant, from, to, each).await
    }

    async fn newest_touchpoint(&self, tenant: &TenantId) -> Result<Option<Timestamp>, StoreError> {
        touchpoints::newest(self, tenant).await
    }
}
