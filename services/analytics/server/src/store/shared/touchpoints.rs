//! Touchpoints: written once by key in bulk, read by key to tell repeats, and read through by customer to be stitched.

use analytics_domain::{
    ingest::RowKey,
    touchpoint::{Touchpoint, TouchpointKind},
};
use futures::TryStreamExt as _;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, FactAmount, ResourceId, TenantId, Timestamp};
use tributary_sql::{StoreError, push_rows};

use super::{Db, DbRow, Pool, Tx};
use crate::ports::journeys::TouchRow;

/// Rows of one statement: 15 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const COLUMNS: &str = "source_system, source_id, customer_key, kind, channel, channel_class, partner_id, region, \
     occurred_at, occurred_on, currency, value, order_id";

/// Writes the touchpoints whose key is new; returns these keys.
pub(super) async fn insert(
    tx: &mut Tx,
    tenant: &TenantId,
    touchpoints: &[Touchpoint],
    now: Timestamp,
) -> Result<Vec<RowKey>, StoreError> {
    // In the order of their keys: two calls with the same rows wait for each other instead of locking each other out.
    let mut sorted: Vec<&Touchpoint> = touchpoints.iter().collect();
    sorted.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    let mut new = Vec::with_capacity(touchpoints.len());
    for chunk in sorted.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO touchpoints (tenant, create_time, ");
        query.push(COLUMNS).push(") ");
        query.push_values(chunk, |mut row, touchpoint| {
            row.push_bind(tenant.as_str())
                .push_bind(now.0)
                .push_bind(&touchpoint.key.source_system)
                .push_bind(&touchpoint.key.source_id)
                .push_bind(&touchpoint.customer_key)
                .push_bind(i64::from(touchpoint.kind.number()))
                .push_bind(&touchpoint.channel)
                .push_bind(&touchpoint.channel_class)
                .push_bind(touchpoint.partner.as_ref().map_or("", |p| p.as_str()))
                .push_bind(&touchpoint.region)
                .push_bind(touchpoint.occurred_at.0)
                .push_bind(touchpoint.occurred_on.days())
                .push_bind(touchpoint.value.map(|v| v.currency.code()))
                .push_bind(touchpoint.value.map(|v| v.value))
                .push_bind(&touchpoint.order_id);
        });
        query.push(" ON CONFLICT (tenant, source_system, source_id) DO NOTHING RETURNING source_system, source_id");
        for row in query.build().fetch_all(tx.conn()).await? {
            new.push(RowKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? });
        }
    }
    Ok(new)
}

/// The touchpoints there are among `keys`.
pub(super) async fn read(tx: &mut Tx, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<Touchpoint>, StoreError> {
    let mut found = Vec::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(COLUMNS).push(" FROM touchpoints WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND (source_system, source_id) IN ");
        push_rows(&mut query, chunk, |mut row, key| {
            row.push_bind(&key.source_system).push_bind(&key.source_id);
        });
        for row in query.build().fetch_all(tx.conn()).await? {
            found.push(touchpoint(&row)?);
        }
    }
    Ok(found)
}

/// The instant of the newest touchpoint.
pub(super) async fn newest(pool: &Pool, tenant: &TenantId) -> Result<Option<Timestamp>, StoreError> {
    let newest: Option<i64> = sqlx::query_scalar(
        "SELECT occurred_at FROM touchpoints WHERE tenant = $1 ORDER BY occurred_on DESC, occurred_at DESC LIMIT 1",
    )
    .bind(tenant.as_str())
    .fetch_optional(pool.reader())
    .await?;
    Ok(newest.map(Timestamp))
}

/// Gives the touchpoints of known customers to `each` in their order, row by row as they come: one statement, one
/// moment's view.
pub(super) async fn each(
    pool: &Pool,
    tenant: &TenantId,
    from: Option<Date>,
    to: Option<Date>,
    each: &mut (dyn for<'a> FnMut(TouchRow<'a>) + Send),
) -> Result<(), StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT customer_key, occurred_at, occurred_on, kind, channel, partner_id, currency, value FROM touchpoints \
         WHERE customer_key <> '' AND tenant = ",
    );
    query.push_bind(tenant.as_str());
    if let Some(day) = from {
        query.push(" AND occurred_on >= ").push_bind(day.days());
    }
    if let Some(day) = to {
        query.push(" AND occurred_on < ").push_bind(day.days());
    }
    query.push(" ORDER BY customer_key, occurred_at, kind, source_system, source_id");
    let mut rows = query.build().fetch(pool.reader());
    while let Some(row) = rows.try_next().await? {
        each(TouchRow {
            customer: row.try_get(0)?,
            at: Timestamp(row.try_get(1)?),
            on: Date::from_days(row.try_get(2)?),
            converted: kind(row.try_get(3)?)? == TouchpointKind::Conversion,
            channel: row.try_get(4)?,
            partner: row.try_get(5)?,
            value: value(row.try_get(6)?, row.try_get(7)?)?,
        });
    }
    Ok(())
}

fn touchpoint(row: &DbRow) -> Result<Touchpoint, StoreError> {
    let partner: &str = row.try_get(6)?;
    Ok(Touchpoint {
        key: RowKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? },
        customer_key: row.try_get(2)?,
        kind: kind(row.try_get(3)?)?,
        channel: row.try_get(4)?,
        channel_class: row.try_get(5)?,
        partner: (!partner.is_empty()).then(|| ResourceId::parse(partner)).transpose().map_err(corrupt)?,
        region: row.try_get(7)?,
        occurred_at: Timestamp(row.try_get(8)?),
        occurred_on: Date::from_days(row.try_get(9)?),
        value: value(row.try_get(10)?, row.try_get(11)?)?,
        order_id: row.try_get(12)?,
    })
}

fn kind(number: i64) -> Result<TouchpointKind, StoreError> {
    TouchpointKind::from_number(number).ok_or_else(|| corrupt(format!("{number} is not a kind")))
}

fn value(currency: Option<&str>, value: Option<i64>) -> Result<Option<FactAmount>, StoreError> {
    let Some((code, value)) = currency.zip(value) else { return Ok(None) };
    let currency = Currency::parse(code).map_err(corrupt)?;
    Ok(Some(FactAmount { currency, value }))
}

fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt(format!("touchpoints: {what}"))
}
