//! The transaction of the registry.

use std::collections::BTreeMap;

use async_trait::async_trait;
use partner_registry_domain::{Link, Revision, TierAssignment};
use sqlx::QueryBuilder;
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    Db, Tx, holders, links,
    rows::{CHUNK, PartnerRow, id, push_in, select_partners},
    tiers, writes,
};
use crate::ports::{Holders, Keys, PartnerView, PartnerWrite, RegistryTx};

#[async_trait]
impl RegistryTx for Tx {
    async fn lock_partners(
        &mut self,
        tenant: &TenantId,
        ids: &[ResourceId],
        today: Date,
    ) -> Result<Vec<PartnerView>, StoreError> {
        let mut views = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            // An update that changes nothing holds the rows until the end, on both engines.
            let mut lock = QueryBuilder::<Db>::new("UPDATE partners SET revision = revision WHERE tenant = ");
            push_in(lock.push_bind(tenant.as_str()).push(" AND "), "id", chunk.iter().map(ResourceId::as_str));
            lock.build().execute(self.conn()).await?;
            let mut query = select_partners(tenant, today);
            push_in(query.push(" AND "), "p.id", chunk.iter().map(ResourceId::as_str));
            let rows: Vec<PartnerRow> = query.build_query_as().fetch_all(self.conn()).await?;
            for row in rows {
                views.push(row.read()?);
            }
        }
        Ok(views)
    }

    async fn holders(&mut self, tenant: &TenantId, keys: &Keys) -> Result<Holders, StoreError> {
        holders::find_holders(self, tenant, keys).await
    }

    async fn write_partners(&mut self, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError> {
        writes::release_keys(self, tenant, writes).await?;
        writes::update_partners(self, tenant, writes).await?;
        writes::insert_partners(self, tenant, writes).await?;
        writes::insert_refs(self, tenant, writes).await?;
        writes::insert_labels(self, tenant, writes).await
    }

    async fn add_revisions(&mut self, tenant: &TenantId, revisions: &[Revision]) -> Result<(), StoreError> {
        writes::insert_revisions(self, tenant, revisions).await
    }

    async fn uids(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<BTreeMap<ResourceId, Uuid>, StoreError> {
        let mut uids = BTreeMap::new();
        for chunk in ids.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new("SELECT id, uid FROM partners WHERE tenant = ");
            push_in(query.push_bind(tenant.as_str()).push(" AND "), "id", chunk.iter().map(ResourceId::as_str));
            let rows: Vec<(String, Uuid)> = query.build_query_as().fetch_all(self.conn()).await?;
            for (partner, uid) in rows {
                uids.insert(id(&partner)?, uid);
            }
        }
        Ok(uids)
    }

    async fn next_tier(
        &mut self,
        tenant: &TenantId,
        partner: &ResourceId,
        now: Timestamp,
    ) -> Result<(i64, Timestamp), StoreError> {
        tiers::tier_head(self, tenant, partner, now).await
    }

    async fn add_tier(&mut self, tenant: &TenantId, assignment: &TierAssignment) -> Result<(), StoreError> {
        tiers::insert(self, tenant, std::slice::from_ref(assignment)).await
    }

    async fn next_link(&mut self, tenant: &TenantId, now: Timestamp) -> Result<(i64, Timestamp), StoreError> {
        links::link_head(self, tenant, now).await
    }

    async fn links_around(
        &mut self,
        tenant: &TenantId,
        partner: &ResourceId,
        parent: &ResourceId,
    ) -> Result<Vec<Link>, StoreError> {
        let mut around = links::closure(self.conn(), links::ABOVE, tenant, parent).await?;
        around.extend(links::closure(self.conn(), links::BELOW, tenant, partner).await?);
        Ok(around)
    }

    async fn add_link(&mut self, tenant: &TenantId, link: &Link) -> Result<(), StoreError> {
        links::insert_link(self, tenant, link).await
    }
}
