//! Tier assignments.

use partner_registry_domain::TierAssignment;
use sqlx::{Executor, QueryBuilder};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    rows::{CHUNK, TierRow},
};

/// Assignments of a partner before an ordinal, newest first.
pub(super) async fn assignments<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    partner: &ResourceId,
    before: Option<i64>,
    limit: Option<u32>,
) -> Result<Vec<TierAssignment>, StoreError> {
    let rows: Vec<TierRow> = sqlx::query_as(
        "SELECT partner_id, ordinal, tier, effective_from, effective_to, reason, actor, record_time, origin
         FROM tier_assignments WHERE tenant = $1 AND partner_id = $2 AND ordinal < $3
         ORDER BY ordinal DESC LIMIT $4",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit.map_or(i64::MAX, i64::from))
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(TierRow::read).collect()
}

/// See `RegistryTx::next_tier`.
pub(super) async fn tier_head(
    tx: &mut Tx,
    tenant: &TenantId,
    partner: &ResourceId,
    now: Timestamp,
) -> Result<(i64, Timestamp), StoreError> {
    let (ordinal, time): (i64, i64) = sqlx::query_as(
        "INSERT INTO tier_heads (tenant, partner_id, ordinal, record_time) VALUES ($1, $2, 1, $3)
         ON CONFLICT (tenant, partner_id) DO UPDATE
         SET ordinal = tier_heads.ordinal + 1,
             record_time = CASE WHEN excluded.record_time > tier_heads.record_time
                                THEN excluded.record_time ELSE tier_heads.record_time + 1 END
         RETURNING ordinal, record_time",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(now.0)
    .fetch_one(tx.conn())
    .await?;
    Ok((ordinal, Timestamp(time)))
}

/// See `TierTx::add_tiers`; the heads are not written.
pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, assignments: &[TierAssignment]) -> Result<(), StoreError> {
    for chunk in assignments.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO tier_assignments (tenant, partner_id, ordinal, tier, effective_from, effective_to, reason,
                                           actor, record_time, origin) ",
        );
        query.push_values(chunk, |mut row, a| {
            row.push_bind(tenant.as_str())
                .push_bind(a.partner.as_str())
                .push_bind(a.ordinal)
                .push_bind(&a.tier)
                .push_bind(a.effective_from.days())
                .push_bind(a.effective_to.map(|day| day.days()))
                .push_bind(&a.reason)
                .push_bind(&a.actor)
                .push_bind(a.record_time.0)
                .push_bind(a.origin.as_str());
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}
