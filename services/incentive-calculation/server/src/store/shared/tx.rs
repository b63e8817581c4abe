//! One transaction of this service: the port, spelled out over the statements of the other files.

use async_trait::async_trait;
use incentive_calculation_domain::{
    close::{ProgrammePeriod, TrueUp},
    plan_version::PlanVersion,
    programme::Programme,
    run::{Run, Statement, StatementLine},
};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Pool, Tx, changes, closing, counters, facts, partners, plans, runs};
use crate::ports::{FactKey, IncentiveStore, IncentiveTx, LinkCopy, PartnerCopy, StoredFact, TierCopy};

#[async_trait]
impl IncentiveTx for Tx {
    async fn next_batch(&mut self, tenant: &TenantId) -> Result<i64, StoreError> {
        counters::next(self.conn(), tenant, counters::BATCH).await
    }

    async fn insert_facts(&mut self, tenant: &TenantId, facts: &[StoredFact]) -> Result<Vec<FactKey>, StoreError> {
        facts::insert(self.conn(), tenant, facts).await
    }

    async fn note_batch(
        &mut self,
        tenant: &TenantId,
        batch: i64,
        record_time: Timestamp,
        facts: &[&StoredFact],
    ) -> Result<(), StoreError> {
        changes::note_batch(self.conn(), tenant, batch, record_time, facts).await
    }

    async fn content_hashes(
        &mut self,
        tenant: &TenantId,
        keys: &[FactKey],
    ) -> Result<Vec<(FactKey, [u8; 32])>, StoreError> {
        facts::content_hashes(self.conn(), tenant, keys).await
    }

    async fn keep_partner(&mut self, tenant: &TenantId, copy: &PartnerCopy) -> Result<(), StoreError> {
        partners::keep(self.conn(), tenant, copy).await
    }

    async fn keep_tier(&mut self, tenant: &TenantId, event: Uuid, copy: &TierCopy) -> Result<(), StoreError> {
        partners::keep_tier(self.conn(), tenant, event, copy).await
    }

    async fn keep_link(&mut self, tenant: &TenantId, event: Uuid, copy: &LinkCopy) -> Result<(), StoreError> {
        partners::keep_link(self.conn(), tenant, event, copy).await
    }

    async fn insert_programme(&mut self, tenant: &TenantId, programme: &Programme) -> Result<(), StoreError> {
        plans::insert_programme(self.conn(), tenant, programme).await
    }

    async fn next_version(
        &mut self,
        tenant: &TenantId,
        plan: &str,
        programme: &str,
        slot: &str,
    ) -> Result<(i64, String, String), StoreError> {
        plans::next_version(self.conn(), tenant, plan, programme, slot).await
    }

    async fn insert_version(&mut self, tenant: &TenantId, version: &PlanVersion) -> Result<(), StoreError> {
        plans::insert_version(self.conn(), tenant, version).await
    }

    async fn plan_version(
        &mut self,
        tenant: &TenantId,
        plan: &str,
        version: i64,
    ) -> Result<Option<PlanVersion>, StoreError> {
        plans::version(self.conn(), tenant, plan, version).await
    }

    async fn update_version(&mut self, tenant: &TenantId, version: &PlanVersion) -> Result<(), StoreError> {
        plans::update_version(self.conn(), tenant, version).await
    }

    async fn lock_programme(&mut self, tenant: &TenantId, programme: &str) -> Result<(), StoreError> {
        plans::lock_programme(self.conn(), tenant, programme).await
    }

    async fn active_versions(&mut self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError> {
        plans::active_versions(self.conn(), tenant, programme).await
    }

    async fn past_versions(&mut self, tenant: &TenantId, programme: &str) -> Result<Vec<PlanVersion>, StoreError> {
        plans::past_versions(self.conn(), tenant, programme).await
    }

    async fn lock_period(
        &mut self,
        tenant: &TenantId,
        programme: &str,
        period: &str,
    ) -> Result<Option<ProgrammePeriod>, StoreError> {
        closing::lock_period(self.conn(), tenant, programme, period).await
    }

    async fn all_periods(&mut self, tenant: &TenantId, programme: &str) -> Result<Vec<ProgrammePeriod>, StoreError> {
        closing::all_periods(self.conn(), tenant, programme).await
    }

    async fn insert_period(&mut self, tenant: &TenantId, period: &ProgrammePeriod) -> Result<(), StoreError> {
        closing::insert_period(self.conn(), tenant, period).await
    }

    async fn update_period(&mut self, tenant: &TenantId, period: &ProgrammePeriod) -> Result<(), StoreError> {
        closing::update_period(self.conn(), tenant, period).await
    }

    async fn run_in_progress(&mut self, tenant: &TenantId, programme: &str, period: &str) -> Result<bool, StoreError> {
        closing::run_in_progress(self.conn(), tenant, programme, period).await
    }

    async fn insert_true_ups(&mut self, tenant: &TenantId, run: &Run, true_ups: &[TrueUp]) -> Result<(), StoreError> {
        closing::insert_true_ups(self.conn(), tenant, run, true_ups).await
    }

    async fn lock_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
        runs::lock(self.conn(), tenant, run).await
    }

    async fn unlock_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
        runs::unlock(self.conn(), tenant, run).await
    }

    async fn insert_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
        runs::insert(self.conn(), tenant, run).await
    }

    async fn update_run(&mut self, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
        runs::update(self.conn(), tenant, run).await
    }

    async fn insert_statements(
        &mut self,
        tenant: &TenantId,
        statements: &[(Statement, Vec<StatementLine>)],
    ) -> Result<(), StoreError> {
        runs::insert_statements(self.conn(), tenant, statements).await
    }
}

#[async_trait]
impl IncentiveStore for Pool {
    async fn begin(&self) -> Result<Box<dyn IncentiveTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}
