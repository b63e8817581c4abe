//! The own copy of partners: revisions, refs, tiers, links, all by valid time and record time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use incentive_calculation_domain::assignment::Attributes;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Connection, Db, Pool};
use crate::ports::{KnownPartner, LinkCopy, PartnerCopy, PartnerReads, PartnerRef, PayeeAttributes, TierCopy};

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}

/// Keeps a revision; what is newer already stays.
pub(super) async fn keep(conn: &mut Connection, tenant: &TenantId, copy: &PartnerCopy) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO partner_revisions (tenant, partner_id, revision, effective_on, record_time, attributes) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, partner_id, revision) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.revision)
    .bind(copy.effective_on.days())
    .bind(copy.record_time.0)
    .bind(json(&copy.attributes)?)
    .execute(&mut *conn)
    .await?;
    let newer = sqlx::query(
        "INSERT INTO partners (tenant, partner_id, uid, revision, business_key) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, partner_id) DO UPDATE SET revision = excluded.revision \
         WHERE partners.revision < excluded.revision",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.uid)
    .bind(copy.revision)
    .bind(&copy.attributes.business_key)
    .execute(&mut *conn)
    .await?;
    if newer.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("DELETE FROM partner_external_refs WHERE tenant = $1 AND partner_id = $2")
        .bind(tenant.as_str())
        .bind(&copy.partner_id)
        .execute(&mut *conn)
        .await?;
    // A ref that moved from one partner to another may arrive here before the other partner's own event.
    for (system, id) in &copy.external_refs {
        sqlx::query(
            "INSERT INTO partner_external_refs (tenant, system, ref_id, partner_id) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (tenant, system, ref_id) DO UPDATE SET partner_id = excluded.partner_id",
        )
        .bind(tenant.as_str())
        .bind(system)
        .bind(id)
        .bind(&copy.partner_id)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Keeps a tier assignment.
pub(super) async fn keep_tier(
    conn: &mut Connection,
    tenant: &TenantId,
    event: Uuid,
    copy: &TierCopy,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tier_assignments (tenant, partner_id, record_time, event_id, effective_from, effective_to, tier) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, partner_id, record_time, event_id) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.record_time.0)
    .bind(event)
    .bind(copy.effective_from.days())
    .bind(copy.effective_to.map(Date::days))
    .bind(&copy.tier)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a hierarchy link.
pub(super) async fn keep_link(
    conn: &mut Connection,
    tenant: &TenantId,
    event: Uuid,
    copy: &LinkCopy,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hierarchy_links (tenant, partner_id, record_time, event_id, effective_from, parent_id) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, partner_id, record_time, event_id) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.record_time.0)
    .bind(event)
    .bind(copy.effective_from.days())
    .bind(&copy.parent_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Tier per partner on a day, as known at a moment: the assignment recorded last decides.
async fn tiers_on(
    pool: &Pool,
    tenant: &TenantId,
    day: Date,
    known_at: Timestamp,
) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = sqlx::query(
        "SELECT partner_id, tier FROM tier_assignments \
         WHERE tenant = $1 AND effective_from <= $2 AND (effective_to IS NULL OR effective_to > $2) \
         AND record_time <= $3 ORDER BY partner_id, record_time, event_id",
    )
    .bind(tenant.as_str())
    .bind(day.days())
    .bind(known_at.0)
    .fetch_all(pool.reader())
    .await?;
    let mut tiers = BTreeMap::new();
    for row in rows {
        tiers.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(tiers)
}

async fn refs_by_partner(pool: &Pool, tenant: &TenantId) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let rows = sqlx::query(
        "SELECT partner_id, system, ref_id FROM partner_external_refs WHERE tenant = $1 ORDER BY partner_id, system",
    )
    .bind(tenant.as_str())
    .fetch_all(pool.reader())
    .await?;
    let mut refs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (system, id): (String, String) = (row.try_get(1)?, row.try_get(2)?);
        refs.entry(row.try_get(0)?).or_default().push(format!("{system}:{id}"));
    }
    Ok(refs)
}

#[async_trait]
impl PartnerReads for Pool {
    async fn resolve(
        &self,
        tenant: &TenantId,
        refs: &[PartnerRef],
    ) -> Result<Vec<(PartnerRef, KnownPartner)>, StoreError> {
        let (mut ids, mut externals) = (Vec::new(), Vec::new());
        for r in refs {
            match r {
                PartnerRef::Id(id) => ids.push(id),
                PartnerRef::External { system, id } => externals.push((system, id)),
            }
        }
        let mut found = Vec::with_capacity(refs.len());
        if !ids.is_empty() {
            let mut query = QueryBuilder::<Db>::new("SELECT partner_id, business_key FROM partners WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND partner_id IN (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id);
            }
            query.push(")");
            for row in query.build().fetch_all(self.reader()).await? {
                let known = KnownPartner { partner_id: row.try_get(0)?, business_key: row.try_get(1)? };
                found.push((PartnerRef::Id(known.partner_id.clone()), known));
            }
        }
        if !externals.is_empty() {
            let mut query = QueryBuilder::<Db>::new(
                "SELECT r.system, r.ref_id, p.partner_id, p.business_key FROM partner_external_refs r \
                 JOIN partners p ON p.tenant = r.tenant AND p.partner_id = r.partner_id WHERE r.tenant = ",
            );
            query.push_bind(tenant.as_str()).push(" AND (r.system, r.ref_id) IN (");
            query.push_values(externals, |mut row, (system, id)| {
                row.push_bind(system).push_bind(id);
            });
            query.push(")");
            for row in query.build().fetch_all(self.reader()).await? {
                let named = PartnerRef::External { system: row.try_get(0)?, id: row.try_get(1)? };
                found.push((named, KnownPartner { partner_id: row.try_get(2)?, business_key: row.try_get(3)? }));
            }
        }
        Ok(found)
    }

    async fn attributes_on(
        &self,
        tenant: &TenantId,
        day: Date,
        known_at: Timestamp,
    ) -> Result<Vec<(String, PayeeAttributes)>, StoreError> {
        let tiers = tiers_on(self, tenant, day, known_at).await?;
        let mut refs = refs_by_partner(self, tenant).await?;
        let rows = sqlx::query(
            "SELECT partner_id, effective_on <= $2 AND record_time <= $3, attributes FROM partner_revisions WHERE tenant = $1 \
             ORDER BY partner_id, revision",
        )
        .bind(tenant.as_str())
        .bind(day.days())
        .bind(known_at.0)
        .fetch_all(self.reader())
        .await?;
        let mut all: Vec<(String, PayeeAttributes)> = Vec::new();
        for row in rows {
            let (partner_id, in_force): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
            let first_of_partner = all.last().is_none_or(|(id, _)| *id != partner_id);
            if !first_of_partner && !in_force {
                continue;
            }
            let mut attributes: Attributes = serde_json::from_str(row.try_get(2)?)
                .map_err(|e| StoreError::Corrupt(format!("partner_revisions: {e}")))?;
            attributes.tier = tiers.get(&partner_id).cloned();
            let external_refs = match all.pop_if(|(id, _)| *id == partner_id) {
                Some((_, earlier)) => earlier.external_refs,
                None => refs.remove(&partner_id).unwrap_or_default(),
            };
            all.push((partner_id, PayeeAttributes { attributes, external_refs }));
        }
        Ok(all)
    }
}
