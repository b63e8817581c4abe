//! The ports of tiers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use partner_registry_domain::{
    TierAssignment,
    tier::{Decision, Figure, PriceAgreement, Usage, Version},
};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{Currency, Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    Db, Pool, Tx,
    rows::{id, json},
    tier_known, tier_programmes, tier_writes, tiers,
};
use crate::ports::{Allowance, Known, PurchaseCells, Span, TierReads, TierSource, TierTx, Wanted};

/// The reads of the pool and of a transaction: what executes one statement, and what executes several.
macro_rules! source {
    ($type:ty, |$own:ident| $executor:expr, $connection:expr) => {
        #[async_trait]
        impl TierSource for $type {
            async fn programme_on(&mut self, tenant: &TenantId, day: Date) -> Result<Option<Version>, StoreError> {
                let $own = self;
                tier_programmes::on($executor, tenant, day).await
            }

            async fn programme_version(
                &mut self,
                tenant: &TenantId,
                number: i64,
            ) -> Result<Option<Version>, StoreError> {
                let $own = self;
                tier_programmes::one($executor, tenant, number).await
            }

            async fn programme_versions(
                &mut self,
                tenant: &TenantId,
                before: Option<i64>,
                limit: u32,
            ) -> Result<Vec<Version>, StoreError> {
                let $own = self;
                tier_programmes::page($executor, tenant, before, limit).await
            }

            async fn known(
                &mut self,
                tenant: &TenantId,
                span: &Span,
                wanted: &Wanted,
            ) -> Result<BTreeMap<ResourceId, Known>, StoreError> {
                let $own = self;
                tier_known::read($connection, tenant, span, wanted).await
            }

            async fn agreements(
                &mut self,
                tenant: &TenantId,
                partner: &ResourceId,
            ) -> Result<Vec<PriceAgreement>, StoreError> {
                let $own = self;
                newest($executor, "price_agreements", tenant, partner, None, None).await
            }

            async fn usages(
                &mut self,
                tenant: &TenantId,
                allowance: &Allowance,
                before: Option<i64>,
                limit: u32,
            ) -> Result<Vec<Usage>, StoreError> {
                let $own = self;
                usages($executor, tenant, allowance, before, limit).await
            }

            async fn used(
                &mut self,
                tenant: &TenantId,
                allowance: &Allowance,
                currency: Currency,
            ) -> Result<i64, StoreError> {
                let $own = self;
                used($executor, tenant, allowance, currency).await
            }
        }
    };
}

source!(Pool, |own| own.reader(), &mut *own.reader().acquire().await?);
source!(Tx, |own| own.conn(), own.conn());

#[async_trait]
impl TierReads for Pool {
    fn tier_source(&self) -> Box<dyn TierSource> {
        Box::new(self.clone())
    }

    async fn evaluated_partners(
        &self,
        tenant: &TenantId,
        after: Option<&ResourceId>,
        limit: u32,
    ) -> Result<Vec<(ResourceId, Uuid)>, StoreError> {
        let rows: Vec<(String, Uuid)> = sqlx::query_as(
            "SELECT id, uid FROM partners WHERE tenant = $1 AND id > $2 AND status NOT IN ('EXITED', 'REJECTED')
             ORDER BY id LIMIT $3",
        )
        .bind(tenant.as_str())
        .bind(after.map_or("", ResourceId::as_str))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(|(partner, uid)| Ok((id(&partner)?, uid))).collect()
    }

    async fn decisions(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError> {
        newest(self.reader(), "tier_decisions", tenant, partner, before, Some(limit)).await
    }

    async fn figures(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Figure>, StoreError> {
        newest(self.reader(), "tier_figures", tenant, partner, before, Some(limit)).await
    }
}

#[async_trait]
impl TierTx for Tx {
    async fn lock_tiers(
        &mut self,
        tenant: &TenantId,
        partners: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, (i64, Timestamp)>, StoreError> {
        tier_writes::lock(self, tenant, partners).await
    }

    async fn add_tiers(&mut self, tenant: &TenantId, assignments: &[TierAssignment]) -> Result<(), StoreError> {
        tiers::insert(self, tenant, assignments).await?;
        tier_writes::put_heads(self, tenant, assignments).await
    }

    async fn add_decisions(&mut self, tenant: &TenantId, decisions: &[Decision]) -> Result<(), StoreError> {
        tier_writes::decisions(self, tenant, decisions).await
    }

    async fn write_programme(&mut self, tenant: &TenantId, version: &Version) -> Result<(), StoreError> {
        tier_programmes::write(self, tenant, version).await
    }

    async fn lock_programmes(&mut self, tenant: &TenantId) -> Result<Option<(Date, Timestamp)>, StoreError> {
        tier_programmes::lock(self, tenant).await
    }

    async fn recorded_counts(&mut self, tenant: &TenantId, partner: &ResourceId) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM tier_figures WHERE tenant = $1 AND partner_id = $2),
                    (SELECT COUNT(*) FROM price_agreements WHERE tenant = $1 AND partner_id = $2)",
        )
        .bind(tenant.as_str())
        .bind(partner.as_str())
        .fetch_one(self.conn())
        .await?)
    }

    async fn add_figure(&mut self, tenant: &TenantId, figure: &Figure) -> Result<(), StoreError> {
        tier_writes::append(self, "tier_figures", tenant, (&figure.partner, figure.ordinal), figure).await
    }

    async fn add_agreement(&mut self, tenant: &TenantId, agreement: &PriceAgreement) -> Result<(), StoreError> {
        let key = (&agreement.partner, agreement.ordinal);
        tier_writes::append(self, "price_agreements", tenant, key, agreement).await
    }

    async fn add_usage(&mut self, tenant: &TenantId, usage: &Usage) -> Result<(), StoreError> {
        tier_writes::usage(self, tenant, usage).await
    }

    async fn add_purchases(&mut self, tenant: &TenantId, more: &PurchaseCells) -> Result<(), StoreError> {
        tier_writes::purchases(self, tenant, more).await
    }
}

/// What was appended to a table about a partner before an ordinal, newest first.
async fn newest<'e, T: serde::de::DeserializeOwned>(
    executor: impl Executor<'e, Database = Db>,
    table: &str,
    tenant: &TenantId,
    partner: &ResourceId,
    before: Option<i64>,
    limit: Option<u32>,
) -> Result<Vec<T>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT content FROM ");
    query.push(table).push(" WHERE tenant = ").push_bind(tenant.as_str());
    query.push(" AND partner_id = ").push_bind(partner.as_str());
    query.push(" AND ordinal < ").push_bind(before.unwrap_or(i64::MAX));
    query.push(" ORDER BY ordinal DESC LIMIT ").push_bind(limit.map_or(i64::MAX, i64::from));
    let rows: Vec<String> = query.build_query_scalar().fetch_all(executor).await?;
    rows.iter().map(|content| json(content)).collect()
}

async fn usages<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    Allowance { partner, benefit, year }: &Allowance,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Usage>, StoreError> {
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT content FROM benefit_usages
         WHERE tenant = $1 AND partner_id = $2 AND benefit = $3 AND year = $4 AND number < $5
         ORDER BY number DESC LIMIT $6",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(benefit.as_str())
    .bind(i64::from(*year))
    .bind(before.unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(executor)
    .await?;
    rows.iter().map(|content| json(content)).collect()
}

async fn used<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    Allowance { partner, benefit, year }: &Allowance,
    currency: Currency,
) -> Result<i64, StoreError> {
    let used: Option<i64> = sqlx::query_scalar(
        "SELECT used FROM benefit_usages
         WHERE tenant = $1 AND partner_id = $2 AND benefit = $3 AND year = $4 AND currency = $5
         ORDER BY number DESC LIMIT 1",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(benefit.as_str())
    .bind(i64::from(*year))
    .bind(currency.code())
    .fetch_optional(executor)
    .await?;
    Ok(used.unwrap_or(0))
}
