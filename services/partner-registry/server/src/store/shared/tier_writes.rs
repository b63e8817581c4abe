//! Writes of tiers and benefits, in bulk where evaluations make many.

use std::collections::BTreeMap;

use partner_registry_domain::{
    TierAssignment,
    tier::{Decision, Usage},
};
use sqlx::QueryBuilder;
use tributary_core::{Currency, Date, ResourceId, TenantId, Timestamp};
use tributary_sql::{StoreError, push_rows};

use super::{
    Db, Tx,
    rows::{CHUNK, id, to_json},
    tier_known::wide,
};
use crate::ports::PurchaseCells;

/// See `TierTx::lock_tiers`. A head that is not there is made, so that there is something to wait for.
pub(super) async fn lock(
    tx: &mut Tx,
    tenant: &TenantId,
    partners: &[ResourceId],
) -> Result<BTreeMap<ResourceId, (i64, Timestamp)>, StoreError> {
    let mut heads = BTreeMap::new();
    for chunk in partners.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO tier_heads (tenant, partner_id, ordinal, record_time) ");
        query.push_values(chunk, |mut row, partner| {
            row.push_bind(tenant.as_str()).push_bind(partner.as_str()).push_bind(0_i64).push_bind(0_i64);
        });
        query.push(
            " ON CONFLICT (tenant, partner_id) DO UPDATE SET ordinal = tier_heads.ordinal
              RETURNING partner_id, ordinal, record_time",
        );
        let rows: Vec<(String, i64, i64)> = query.build_query_as().fetch_all(tx.conn()).await?;
        for (partner, ordinal, time) in rows {
            heads.insert(id(&partner)?, (ordinal, Timestamp(time)));
        }
    }
    Ok(heads)
}

/// Moves the heads of partners to their last assignments.
pub(super) async fn put_heads(
    tx: &mut Tx,
    tenant: &TenantId,
    assignments: &[TierAssignment],
) -> Result<(), StoreError> {
    let last: BTreeMap<&ResourceId, &TierAssignment> = assignments.iter().map(|a| (&a.partner, a)).collect();
    let last: Vec<&TierAssignment> = last.into_values().collect();
    for chunk in last.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO tier_heads (tenant, partner_id, ordinal, record_time) ");
        query.push_values(chunk, |mut row, a| {
            row.push_bind(tenant.as_str())
                .push_bind(a.partner.as_str())
                .push_bind(a.ordinal)
                .push_bind(a.record_time.0);
        });
        query.push(
            " ON CONFLICT (tenant, partner_id) DO UPDATE SET ordinal = excluded.ordinal,
              record_time = excluded.record_time",
        );
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Appends decisions.
pub(super) async fn decisions(tx: &mut Tx, tenant: &TenantId, decisions: &[Decision]) -> Result<(), StoreError> {
    for chunk in decisions.chunks(CHUNK) {
        let contents: Vec<String> = chunk.iter().map(to_json).collect::<Result<_, _>>()?;
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO tier_decisions (tenant, partner_id, ordinal, day, content) ");
        query.push_values(chunk.iter().zip(contents), |mut row, (decision, content)| {
            row.push_bind(tenant.as_str())
                .push_bind(decision.partner.as_str())
                .push_bind(decision.ordinal)
                .push_bind(decision.day.days())
                .push_bind(content);
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Appends one row to a table of rows numbered per partner.
pub(super) async fn append<T: serde::Serialize>(
    tx: &mut Tx,
    table: &str,
    tenant: &TenantId,
    (partner, ordinal): (&ResourceId, i64),
    content: &T,
) -> Result<(), StoreError> {
    let mut query = QueryBuilder::<Db>::new("INSERT INTO ");
    query.push(table).push(" (tenant, partner_id, ordinal, content) VALUES (").push_bind(tenant.as_str());
    query.push(", ").push_bind(partner.as_str()).push(", ").push_bind(ordinal);
    query.push(", ").push_bind(to_json(content)?).push(")");
    query.build().execute(tx.conn()).await?;
    Ok(())
}

/// Appends a use of an allowance.
pub(super) async fn usage(tx: &mut Tx, tenant: &TenantId, usage: &Usage) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO benefit_usages (tenant, partner_id, benefit, year, number, used, content, currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant.as_str())
    .bind(usage.partner.as_str())
    .bind(&usage.benefit)
    .bind(i64::from(usage.year))
    .bind(usage.number)
    .bind(usage.used.value)
    .bind(to_json(usage)?)
    .bind(usage.used.currency.code())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds to the purchases of days. Batches of a tenant stand in line (`UnitOfWork::arrived`), so what is read stays true.
pub(super) async fn purchases(tx: &mut Tx, tenant: &TenantId, more: &PurchaseCells) -> Result<(), StoreError> {
    let cells: Vec<(&(ResourceId, Date, Currency), &i128)> = more.iter().collect();
    for chunk in cells.chunks(CHUNK) {
        let mut query =
            QueryBuilder::<Db>::new("SELECT partner_id, day, currency, net FROM purchase_cells WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND (partner_id, day, currency) IN ");
        push_rows(&mut query, chunk, |mut row, ((partner, day, currency), _)| {
            row.push_bind(partner.as_str()).push_bind(day.days()).push_bind(currency.code());
        });
        let rows: Vec<(String, i64, String, String)> = query.build_query_as().fetch_all(tx.conn()).await?;
        let mut there = PurchaseCells::new();
        for (partner, day, currency, net) in rows {
            let currency = Currency::parse(&currency).map_err(StoreError::Corrupt)?;
            there.insert((id(&partner)?, Date::from_days(day), currency), wide(&net)?);
        }
        let mut query = QueryBuilder::<Db>::new("INSERT INTO purchase_cells (tenant, partner_id, day, currency, net) ");
        query.push_values(chunk, |mut row, (key, net)| {
            let (partner, day, currency) = key;
            let sum = there.get(key).copied().unwrap_or(0).saturating_add(**net);
            row.push_bind(tenant.as_str())
                .push_bind(partner.as_str())
                .push_bind(day.days())
                .push_bind(currency.code())
                .push_bind(sum.to_string());
        });
        query.push(" ON CONFLICT (tenant, partner_id, day, currency) DO UPDATE SET net = excluded.net");
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}
