//! Marks and turns: whose turn it is to be evaluated. See [`crate::ports::alerts`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Db, DbRow, Pool, Tx};
use crate::ports::{MARKS_PER_TURN, MarkTx, Turn};

/// Rows of one statement.
const ROWS_PER_STATEMENT: usize = 1_000;
/// Time and day of a partner that was never evaluated.
const NEVER: i64 = i64::MIN;

const KNOWN: &str = "INSERT INTO alert_partners (tenant, partner_id, evaluations, evaluate_time, evaluated_on) ";

pub(super) fn id(text: String) -> Result<ResourceId, StoreError> {
    ResourceId::parse(&text).map_err(StoreError::Corrupt)
}

#[async_trait]
impl MarkTx for Tx {
    async fn mark(&mut self, tenant: &TenantId, partners: &[ResourceId], mark: Uuid) -> Result<(), StoreError> {
        for chunk in partners.chunks(ROWS_PER_STATEMENT) {
            let mut known = QueryBuilder::<Db>::new(KNOWN);
            known.push_values(chunk, |mut row, partner| {
                row.push_bind(tenant.as_str()).push_bind(partner.as_str());
                row.push_bind(0_i64).push_bind(NEVER).push_bind(NEVER);
            });
            known.push(" ON CONFLICT (tenant, partner_id) DO NOTHING");
            known.build().execute(self.conn()).await?;

            let mut marks = QueryBuilder::<Db>::new("INSERT INTO alert_marks (tenant, partner_id, mark_id) ");
            marks.push_values(chunk, |mut row, partner| {
                row.push_bind(tenant.as_str()).push_bind(partner.as_str()).push_bind(mark);
            });
            marks.push(" ON CONFLICT (tenant, partner_id, mark_id) DO NOTHING");
            marks.build().execute(self.conn()).await?;
        }
        Ok(())
    }
}

/// Marks every known partner of a tenant. One that is being added meanwhile is marked by whoever adds it.
pub(super) async fn mark_all(tx: &mut Tx, tenant: &TenantId, mark: Uuid) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alert_marks (tenant, partner_id, mark_id) \
         SELECT tenant, partner_id, $2 FROM alert_partners WHERE tenant = $1",
    )
    .bind(tenant.as_str())
    .bind(mark)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The turn of a partner.
pub(super) async fn read(pool: &Pool, tenant: &TenantId, partner: &ResourceId) -> Result<Turn, StoreError> {
    // The turn before its marks: a turn taken in between makes the taking of this one fail.
    let known =
        sqlx::query("SELECT evaluations, evaluated_on FROM alert_partners WHERE tenant = $1 AND partner_id = $2")
            .bind(tenant.as_str())
            .bind(partner.as_str())
            .fetch_optional(pool.reader())
            .await?;
    let Some(known) = known else { return Ok(Turn::default()) };
    let marks = sqlx::query_scalar(
        "SELECT mark_id FROM alert_marks WHERE tenant = $1 AND partner_id = $2 ORDER BY mark_id LIMIT $3",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(i64::from(MARKS_PER_TURN))
    .fetch_all(pool.reader())
    .await?;
    let day: i64 = known.try_get(1)?;
    Ok(Turn { evaluations: known.try_get(0)?, evaluated_on: (day != NEVER).then(|| Date::from_days(day)), marks })
}

/// Takes a turn: `false` when another evaluation took it since it was read.
pub(super) async fn take(
    tx: &mut Tx,
    tenant: &TenantId,
    partner: &ResourceId,
    turn: &Turn,
    (now, today): (Timestamp, Date),
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "INSERT INTO alert_partners (tenant, partner_id, evaluations, evaluate_time, evaluated_on) \
         VALUES ($1, $2, 1, $3, $4) \
         ON CONFLICT (tenant, partner_id) DO UPDATE SET evaluations = alert_partners.evaluations + 1, \
         evaluate_time = excluded.evaluate_time, evaluated_on = excluded.evaluated_on \
         WHERE alert_partners.evaluations = $5",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(now.0)
    .bind(today.days())
    .bind(turn.evaluations)
    .execute(tx.conn())
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(false);
    }
    if !turn.marks.is_empty() {
        let mut marks = QueryBuilder::<Db>::new("DELETE FROM alert_marks WHERE tenant = ");
        marks.push_bind(tenant.as_str()).push(" AND partner_id = ").push_bind(partner.as_str());
        marks.push(" AND mark_id IN (");
        let mut each = marks.separated(", ");
        for mark in &turn.marks {
            each.push_bind(*mark);
        }
        marks.push(")");
        marks.build().execute(tx.conn()).await?;
    }
    Ok(true)
}

/// Locks a partner.
pub(super) async fn lock(tx: &mut Tx, tenant: &TenantId, partner: &ResourceId) -> Result<(), StoreError> {
    // An update that changes nothing holds the row until the end, on both engines.
    sqlx::query("UPDATE alert_partners SET evaluations = evaluations WHERE tenant = $1 AND partner_id = $2")
        .bind(tenant.as_str())
        .bind(partner.as_str())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Partners that are due: marked ones, whose turn is longest ago first, then those not evaluated on this day.
pub(super) async fn due(pool: &Pool, today: Date, limit: u32) -> Result<Vec<(TenantId, ResourceId)>, StoreError> {
    let marked = sqlx::query(
        "SELECT p.tenant, p.partner_id FROM (SELECT DISTINCT tenant, partner_id FROM alert_marks) m \
         JOIN alert_partners p ON p.tenant = m.tenant AND p.partner_id = m.partner_id \
         ORDER BY p.evaluate_time, p.tenant, p.partner_id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(pool.reader())
    .await?;
    let waiting = sqlx::query(
        "SELECT tenant, partner_id FROM alert_partners WHERE evaluated_on < $1 \
         ORDER BY evaluated_on, tenant, partner_id LIMIT $2",
    )
    .bind(today.days())
    .bind(i64::from(limit))
    .fetch_all(pool.reader())
    .await?;
    let mut due = Vec::new();
    let mut seen = BTreeSet::new();
    for row in marked.iter().chain(&waiting) {
        let who = of(row)?;
        if due.len() < usize::try_from(limit).unwrap_or(usize::MAX) && seen.insert(who.clone()) {
            due.push(who);
        }
    }
    Ok(due)
}

/// Known partners of a tenant after one.
pub(super) async fn partners(
    pool: &Pool,
    tenant: &TenantId,
    after: &str,
    limit: u32,
) -> Result<Vec<ResourceId>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT partner_id FROM alert_partners WHERE tenant = $1 AND partner_id > $2 ORDER BY partner_id LIMIT $3",
    )
    .bind(tenant.as_str())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(pool.reader())
    .await?;
    ids.into_iter().map(id).collect()
}

fn of(row: &DbRow) -> Result<(TenantId, ResourceId), StoreError> {
    let tenant = TenantId::parse(row.try_get(0)?).map_err(StoreError::Corrupt)?;
    Ok((tenant, id(row.try_get(1)?)?))
}
