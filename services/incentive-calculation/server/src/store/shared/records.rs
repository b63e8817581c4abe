//! How partners stood over time, read from the own copy as it had arrived.

use std::collections::BTreeMap;

use incentive_calculation_domain::{
    assignment::Attributes,
    standing::{PartnerRevision, Record, Standing, TierSpan, Upline},
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, DbRow, Pool,
    partners::{CHUNK, of_partners},
};

async fn rows(
    pool: &Pool,
    mut query: QueryBuilder<Db>,
    up_to_arrival: i64,
    order: &'static str,
) -> Result<Vec<DbRow>, StoreError> {
    query.push(" AND r.arrival <= ").push_bind(up_to_arrival).push(order);
    Ok(query.build().persistent(false).fetch_all(pool.reader()).await?)
}

/// Order of what was recorded: by time, and by id within one moment.
const AS_RECORDED: &str = " ORDER BY r.partner_id, r.record_time, r.event_id";

/// Revisions and tiers of partners.
pub(super) async fn of(
    pool: &Pool,
    tenant: &TenantId,
    partner_ids: &[String],
    up_to_arrival: i64,
) -> Result<Vec<(String, Record)>, StoreError> {
    const REVISIONS: &str = "SELECT r.partner_id, r.effective_on, r.status, r.attributes FROM partner_revisions r";
    const TIERS: &str = "SELECT r.partner_id, r.effective_from, r.effective_to, r.tier FROM tier_assignments r";
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for chunk in partner_ids.chunks(CHUNK) {
        let query = of_partners(REVISIONS, tenant, chunk);
        for row in rows(pool, query, up_to_arrival, " ORDER BY r.partner_id, r.revision").await? {
            let attributes: Attributes = serde_json::from_str(row.try_get("attributes")?)
                .map_err(|e| StoreError::Corrupt(format!("partner_revisions: {e}")))?;
            let revision = PartnerRevision {
                effective_on: Date::from_days(row.try_get("effective_on")?),
                standing: Standing::of(row.try_get("status")?),
                attributes,
            };
            records.entry(row.try_get("partner_id")?).or_default().revisions.push(revision);
        }
        for row in rows(pool, of_partners(TIERS, tenant, chunk), up_to_arrival, AS_RECORDED).await? {
            let to: Option<i64> = row.try_get("effective_to")?;
            let tier = TierSpan {
                from: Date::from_days(row.try_get("effective_from")?),
                to: to.map(Date::from_days),
                tier: row.try_get("tier")?,
            };
            if let Some(record) = records.get_mut(row.try_get::<&str, _>("partner_id")?) {
                record.tiers.push(tier);
            }
        }
    }
    Ok(records.into_iter().collect())
}

/// Links of partners to their uplines.
pub(super) async fn links(
    pool: &Pool,
    tenant: &TenantId,
    partner_ids: &[String],
    up_to_arrival: i64,
) -> Result<Vec<(String, Vec<Upline>)>, StoreError> {
    const LINKS: &str = "SELECT r.partner_id, r.effective_from, r.parent_id FROM hierarchy_links r";
    let mut links: BTreeMap<String, Vec<Upline>> = BTreeMap::new();
    for chunk in partner_ids.chunks(CHUNK) {
        for row in rows(pool, of_partners(LINKS, tenant, chunk), up_to_arrival, AS_RECORDED).await? {
            let link =
                Upline { from: Date::from_days(row.try_get("effective_from")?), parent: row.try_get("parent_id")? };
            links.entry(row.try_get("partner_id")?).or_default().push(link);
        }
    }
    Ok(links.into_iter().collect())
}

/// Partners that had arrived, in the order of their ids.
pub(super) async fn partner_ids(
    pool: &Pool,
    tenant: &TenantId,
    up_to_arrival: i64,
    after: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.partner_id FROM partners p WHERE p.tenant = $1 AND p.partner_id > $2 AND EXISTS \
         (SELECT 1 FROM partner_revisions r WHERE r.tenant = p.tenant AND r.partner_id = p.partner_id AND r.arrival <= $3) \
         ORDER BY p.partner_id LIMIT $4",
    )
    .bind(tenant.as_str())
    .bind(after)
    .bind(up_to_arrival)
    .bind(i64::from(limit))
    .fetch_all(pool.reader())
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
