//! The own copy of partners: revisions, refs, tiers, links, all by valid time and record time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use incentive_calculation_domain::assignment::Attributes;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::{StoreError, push_rows};
use uuid::Uuid;

use super::{Connection, Db, Pool, counters, plans::json};
use crate::ports::{KnownPartner, LinkCopy, PartnerCopy, PartnerReads, PartnerRef, PayeeAttributes, TierCopy};

/// Keeps a revision; what is newer already stays. The counter is locked first, so that two writers of several partners
/// never wait for each other in a circle.
pub(super) async fn keep(conn: &mut Connection, tenant: &TenantId, copy: &PartnerCopy) -> Result<(), StoreError> {
    let arrival = counters::next(conn, tenant, counters::ARRIVAL).await?;
    sqlx::query(
        "INSERT INTO partner_revisions \
         (tenant, partner_id, revision, effective_on, record_time, arrival, attributes, status) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, partner_id, revision) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.revision)
    .bind(copy.effective_on.days())
    .bind(copy.record_time.0)
    .bind(arrival)
    .bind(json(&copy.attributes)?)
    .bind(&copy.status)
    .execute(&mut *conn)
    .await?;
    let current = sqlx::query(
        "INSERT INTO partners (tenant, partner_id, uid, revision, business_key) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, partner_id) DO UPDATE SET revision = excluded.revision \
         WHERE partners.revision <= excluded.revision",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.uid)
    .bind(copy.revision)
    .bind(&copy.attributes.business_key)
    .execute(&mut *conn)
    .await?;
    if current.rows_affected() == 1 { keep_refs(conn, tenant, copy).await } else { Ok(()) }
}

/// Replaces the refs of a partner. A ref that moved to another partner may be known here before its old owner's own
/// events: what was recorded later keeps it.
async fn keep_refs(conn: &mut Connection, tenant: &TenantId, copy: &PartnerCopy) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM partner_external_refs WHERE tenant = $1 AND partner_id = $2")
        .bind(tenant.as_str())
        .bind(&copy.partner_id)
        .execute(&mut *conn)
        .await?;
    for (system, id) in &copy.external_refs {
        sqlx::query(
            "INSERT INTO partner_external_refs (tenant, system, ref_id, partner_id, record_time) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (tenant, system, ref_id) DO UPDATE \
             SET partner_id = excluded.partner_id, record_time = excluded.record_time \
             WHERE partner_external_refs.record_time <= excluded.record_time",
        )
        .bind(tenant.as_str())
        .bind(system)
        .bind(id)
        .bind(&copy.partner_id)
        .bind(copy.record_time.0)
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
    let arrival = counters::next(conn, tenant, counters::ARRIVAL).await?;
    sqlx::query(
        "INSERT INTO tier_assignments \
         (tenant, partner_id, record_time, event_id, arrival, effective_from, effective_to, tier) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, partner_id, record_time, event_id) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.record_time.0)
    .bind(event)
    .bind(arrival)
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
    let arrival = counters::next(conn, tenant, counters::ARRIVAL).await?;
    sqlx::query(
        "INSERT INTO hierarchy_links (tenant, partner_id, record_time, event_id, arrival, effective_from, parent_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, partner_id, record_time, event_id) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&copy.partner_id)
    .bind(copy.record_time.0)
    .bind(event)
    .bind(arrival)
    .bind(copy.effective_from.days())
    .bind(&copy.parent_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Partners per statement of a read.
pub(super) const CHUNK: usize = 500;

/// Begins a query over a table for some partners of a tenant.
pub(super) fn of_partners(select: &'static str, tenant: &TenantId, partner_ids: &[String]) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(select);
    query.push(" WHERE r.tenant = ").push_bind(tenant.as_str().to_owned()).push(" AND r.partner_id IN (");
    let mut list = query.separated(", ");
    for id in partner_ids {
        list.push_bind(id.clone());
    }
    query.push(")");
    query
}

/// Tier per partner on a day, as it had arrived: the assignment recorded last decides.
async fn tiers_on(
    pool: &Pool,
    tenant: &TenantId,
    partner_ids: &[String],
    day: Date,
    up_to_arrival: i64,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut query = of_partners("SELECT r.partner_id, r.tier FROM tier_assignments r", tenant, partner_ids);
    query.push(" AND r.effective_from <= ").push_bind(day.days());
    query.push(" AND (r.effective_to IS NULL OR r.effective_to > ").push_bind(day.days());
    query.push(") AND r.arrival <= ").push_bind(up_to_arrival);
    query.push(" ORDER BY r.partner_id, r.record_time, r.event_id");
    let mut tiers = BTreeMap::new();
    for row in query.build().persistent(false).fetch_all(pool.reader()).await? {
        tiers.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(tiers)
}

async fn refs_of(
    pool: &Pool,
    tenant: &TenantId,
    partner_ids: &[String],
) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    const SELECT: &str = "SELECT r.partner_id, r.system, r.ref_id FROM partner_external_refs r";
    let mut query = of_partners(SELECT, tenant, partner_ids);
    query.push(" ORDER BY r.partner_id, r.system");
    let mut refs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in query.build().persistent(false).fetch_all(pool.reader()).await? {
        let (system, id): (String, String) = (row.try_get(1)?, row.try_get(2)?);
        refs.entry(row.try_get(0)?).or_default().push(format!("{system}:{id}"));
    }
    Ok(refs)
}

async fn attributes_of(
    pool: &Pool,
    tenant: &TenantId,
    partner_ids: &[String],
    day: Date,
    up_to_arrival: i64,
) -> Result<Vec<(String, PayeeAttributes)>, StoreError> {
    let tiers = tiers_on(pool, tenant, partner_ids, day, up_to_arrival).await?;
    let mut refs = refs_of(pool, tenant, partner_ids).await?;
    let mut query = of_partners("SELECT r.partner_id, r.attributes FROM partner_revisions r", tenant, partner_ids);
    const SAME: &str = "FROM partner_revisions x WHERE x.tenant = r.tenant AND x.partner_id = r.partner_id";
    query.push(" AND r.revision = COALESCE((SELECT MAX(x.revision) ").push(SAME);
    query.push(" AND x.effective_on <= ").push_bind(day.days());
    query.push(" AND x.arrival <= ").push_bind(up_to_arrival);
    // Bounded too: an older revision may arrive late, after a newer one was read through.
    query.push("), (SELECT MIN(x.revision) ").push(SAME);
    query.push(" AND x.arrival <= ").push_bind(up_to_arrival);
    query.push("), (SELECT MIN(x.revision) ").push(SAME).push("))");
    let mut all = Vec::with_capacity(partner_ids.len());
    for row in query.build().persistent(false).fetch_all(pool.reader()).await? {
        let partner_id: String = row.try_get(0)?;
        let mut attributes: Attributes = serde_json::from_str(row.try_get(1)?)
            .map_err(|e| StoreError::Corrupt(format!("partner_revisions: {e}")))?;
        // An evaluation that finds no tier assigns the empty one.
        attributes.tier = tiers.get(&partner_id).filter(|tier| !tier.is_empty()).cloned();
        let external_refs = refs.remove(&partner_id).unwrap_or_default();
        all.push((partner_id, PayeeAttributes { attributes, external_refs }));
    }
    Ok(all)
}

#[async_trait]
impl PartnerReads for Pool {
    async fn newest_arrival(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        counters::newest(self, tenant, counters::ARRIVAL).await
    }

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
            query.push_bind(tenant.as_str()).push(" AND (r.system, r.ref_id) IN ");
            push_rows(&mut query, externals, |mut row, (system, id)| {
                row.push_bind(system).push_bind(id);
            });
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
        partner_ids: &[String],
        day: Date,
        up_to_arrival: i64,
    ) -> Result<Vec<(String, PayeeAttributes)>, StoreError> {
        let mut all = Vec::with_capacity(partner_ids.len());
        for chunk in partner_ids.chunks(CHUNK) {
            all.extend(attributes_of(self, tenant, chunk, day, up_to_arrival).await?);
        }
        Ok(all)
    }
}
