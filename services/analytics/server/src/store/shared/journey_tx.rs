//! The ports of journeys, spelled out over the statements of the other files.

use analytics_domain::journey::Journey;
use async_trait::async_trait;
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Pool, Tx, journeys, set_aside};
use crate::ports::journeys::{JourneyReads, JourneyStore, JourneyTx, PathRow, SetAside};

#[async_trait]
impl JourneyTx for Tx {
    async fn insert_journeys(
        &mut self,
        tenant: &TenantId,
        all: &[Journey],
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        journeys::insert(self, tenant, all, now).await
    }

    async fn journeys(&mut self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Journey>, StoreError> {
        journeys::read(self, tenant, ids).await
    }

    async fn put_aside(&mut self, tenant: &TenantId, notes: &[SetAside]) -> Result<(), StoreError> {
        set_aside::put(self, tenant, notes).await
    }

    async fn drop_aside(&mut self, tenant: &TenantId, ids: &[String]) -> Result<(), StoreError> {
        set_aside::drop(self, tenant, ids).await
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

    async fn set_aside(&self, tenant: &TenantId, after: Option<Uuid>, limit: u32) -> Result<Vec<SetAside>, StoreError> {
        set_aside::list(self, tenant, after, limit).await
    }
}

#[async_trait]
impl JourneyStore for Pool {
    async fn begin_journeys(&self) -> Result<Box<dyn JourneyTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
