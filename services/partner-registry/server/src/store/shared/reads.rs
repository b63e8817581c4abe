//! Reads outside a transaction.

use async_trait::async_trait;
use partner_registry_domain::{ExternalRef, Link, Named, Revision, TierAssignment};
use sqlx::QueryBuilder;
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, Pool, holders, links, list,
    rows::{CHUNK, PartnerRow, RevisionRow, id, push_in, select_partners},
    tiers,
};
use crate::ports::{ListQuery, PartnerView, RegistryReads, RegistryStore, RegistryTx};

#[async_trait]
impl RegistryStore for Pool {
    async fn begin(&self) -> Result<Box<dyn RegistryTx>, StoreError> {
        Ok(Box::new(Pool::begin(self).await?))
    }
}

#[async_trait]
impl RegistryReads for Pool {
    async fn partners(
        &self,
        tenant: &TenantId,
        ids: &[ResourceId],
        refs: &[ExternalRef],
        today: Date,
    ) -> Result<Vec<PartnerView>, StoreError> {
        let mut all: Vec<ResourceId> = ids.to_vec();
        for chunk in refs.chunks(CHUNK) {
            all.extend(holders::refs(self.reader(), tenant, chunk).await?.into_iter().map(|(_, partner)| partner));
        }
        all.sort();
        all.dedup();
        let mut views = Vec::with_capacity(all.len());
        for chunk in all.chunks(CHUNK) {
            let mut query = select_partners(tenant, today);
            push_in(query.push(" AND "), "p.id", chunk.iter().map(ResourceId::as_str));
            query.push(" ORDER BY p.id");
            let rows: Vec<PartnerRow> = query.build_query_as().fetch_all(self.reader()).await?;
            for row in rows {
                views.push(row.read()?);
            }
        }
        Ok(views)
    }

    async fn list_partners(&self, tenant: &TenantId, query: &ListQuery) -> Result<Vec<PartnerView>, StoreError> {
        let mut sql = list::page(tenant, query);
        let rows: Vec<PartnerRow> = sql.build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(PartnerRow::read).collect()
    }

    async fn names_in_area(&self, tenant: &TenantId, area: &str) -> Result<Vec<Named>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, display_name FROM partners WHERE tenant = $1 AND area = $2 ORDER BY id")
                .bind(tenant.as_str())
                .bind(area)
                .fetch_all(self.reader())
                .await?;
        rows.into_iter().map(named).collect()
    }

    async fn names(&self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Named>, StoreError> {
        let mut names = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new("SELECT id, display_name FROM partners WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND ");
            push_in(&mut query, "id", chunk.iter().map(ResourceId::as_str));
            let rows: Vec<(String, String)> = query.build_query_as().fetch_all(self.reader()).await?;
            for row in rows {
                names.push(named(row)?);
            }
        }
        Ok(names)
    }

    async fn revisions(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revision>, StoreError> {
        let rows: Vec<RevisionRow> = sqlx::query_as(
            "SELECT action, actor, reason, record_time, previous_status, tier, snapshot FROM partner_revisions
             WHERE tenant = $1 AND partner_id = $2 AND revision < $3 ORDER BY revision DESC LIMIT $4",
        )
        .bind(tenant.as_str())
        .bind(partner.as_str())
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(RevisionRow::read).collect()
    }

    async fn tier_assignments(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        before: Option<i64>,
        limit: Option<u32>,
    ) -> Result<Vec<TierAssignment>, StoreError> {
        tiers::assignments(self.reader(), tenant, partner, before, limit).await
    }

    async fn links_above(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<Link>, StoreError> {
        links::closure(self.reader(), links::ABOVE, tenant, partner).await
    }

    async fn links_below(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Vec<Link>, StoreError> {
        links::closure(self.reader(), links::BELOW, tenant, partner).await
    }
}

fn named((partner, display_name): (String, String)) -> Result<Named, StoreError> {
    Ok(Named { id: id(&partner)?, display_name })
}
