//! Links of the hierarchy, with everyone who was ever above or below a partner.
//!
//! The recursion follows links of every date: UNION drops what was seen, so it ends even where undated links form a
//! ring. Which link holds on a day is decided by the domain. CROSS JOIN makes SQLite start from the few partners that
//! were reached instead of scanning every link of the tenant; so does COALESCE, which no index serves.

use partner_registry_domain::Link;
use sqlx::Executor;
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Db, Tx, rows::LinkRow};

/// The links of a partner and of everyone ever above.
pub(super) const ABOVE: &str = "
    WITH RECURSIVE reached (id) AS (
        SELECT p.id FROM partners p WHERE p.tenant = $1 AND p.id = $2
        UNION
        SELECT l.parent_id FROM reached r CROSS JOIN hierarchy_links l
        WHERE l.tenant = $1 AND l.partner_id = r.id AND COALESCE(l.parent_id, '') <> ''
    )
    SELECT l.partner_id, l.parent_id, l.effective_from, l.reason, l.actor, l.record_time, l.ordinal
    FROM reached r CROSS JOIN hierarchy_links l
    WHERE l.tenant = $1 AND l.partner_id = r.id ORDER BY l.ordinal";

/// The links of a partner and of everyone ever below.
pub(super) const BELOW: &str = "
    WITH RECURSIVE reached (id) AS (
        SELECT p.id FROM partners p WHERE p.tenant = $1 AND p.id = $2
        UNION
        SELECT l.partner_id FROM reached r CROSS JOIN hierarchy_links l
        WHERE l.tenant = $1 AND l.parent_id = r.id
    )
    SELECT l.partner_id, l.parent_id, l.effective_from, l.reason, l.actor, l.record_time, l.ordinal
    FROM reached r CROSS JOIN hierarchy_links l
    WHERE l.tenant = $1 AND l.partner_id = r.id ORDER BY l.ordinal";

/// Runs [`ABOVE`] or [`BELOW`].
pub(super) async fn closure<'e>(
    executor: impl Executor<'e, Database = Db>,
    sql: &'static str,
    tenant: &TenantId,
    partner: &ResourceId,
) -> Result<Vec<Link>, StoreError> {
    let rows: Vec<LinkRow> =
        sqlx::query_as(sql).bind(tenant.as_str()).bind(partner.as_str()).fetch_all(executor).await?;
    rows.into_iter().map(LinkRow::read).collect()
}

/// See `RegistryTx::next_link`.
pub(super) async fn link_head(tx: &mut Tx, tenant: &TenantId, now: Timestamp) -> Result<(i64, Timestamp), StoreError> {
    let (ordinal, time): (i64, i64) = sqlx::query_as(
        "INSERT INTO hierarchy_heads (tenant, ordinal, record_time) VALUES ($1, 1, $2)
         ON CONFLICT (tenant) DO UPDATE
         SET ordinal = hierarchy_heads.ordinal + 1,
             record_time = CASE WHEN excluded.record_time > hierarchy_heads.record_time
                                THEN excluded.record_time ELSE hierarchy_heads.record_time + 1 END
         RETURNING ordinal, record_time",
    )
    .bind(tenant.as_str())
    .bind(now.0)
    .fetch_one(tx.conn())
    .await?;
    Ok((ordinal, Timestamp(time)))
}

/// See `RegistryTx::add_link`.
pub(super) async fn insert_link(tx: &mut Tx, tenant: &TenantId, link: &Link) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hierarchy_links (tenant, ordinal, partner_id, parent_id, effective_from, reason, actor,
                                      record_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant.as_str())
    .bind(link.ordinal)
    .bind(link.partner.as_str())
    .bind(link.parent.as_ref().map(ResourceId::as_str))
    .bind(link.effective_from.days())
    .bind(&link.reason)
    .bind(&link.actor)
    .bind(link.record_time.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}
