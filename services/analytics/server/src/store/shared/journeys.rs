//! Journeys: written once by id in bulk, read by id to tell repeats, and read through to be counted.

use analytics_domain::{
    ingest::RowKey,
    journey::{Journey, path_text, touches_of},
};
use futures::TryStreamExt as _;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, FactAmount, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Db, DbRow, Pool, Tx};
use crate::ports::journeys::PathRow;

/// Rows of one statement: 10 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Writes the journeys whose id is new; returns their keys.
pub(super) async fn insert(
    tx: &mut Tx,
    tenant: &TenantId,
    journeys: &[Journey],
    now: Timestamp,
) -> Result<Vec<RowKey>, StoreError> {
    // In the order of their keys: two calls with the same journeys wait for each other instead of locking each other out.
    let mut sorted: Vec<&Journey> = journeys.iter().collect();
    sorted.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let mut new = Vec::with_capacity(journeys.len());
    for chunk in sorted.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO journeys (tenant, journey_id, customer_key, touches, conversions, nulls, currency, value, \
             ended_on, create_time) ",
        );
        query.push_values(chunk, |mut row, journey| {
            row.push_bind(tenant.as_str())
                .push_bind(&journey.id)
                .push_bind(&journey.customer_key)
                .push_bind(path_text(&journey.touches))
                .push_bind(journey.conversions)
                .push_bind(journey.nulls)
                .push_bind(journey.value.map(|v| v.currency.code()))
                .push_bind(journey.value.map(|v| v.value))
                .push_bind(journey.ended_on.map(Date::days))
                .push_bind(now.0);
        });
        query.push(" ON CONFLICT (tenant, journey_id) DO NOTHING RETURNING journey_id");
        for row in query.build().fetch_all(tx.conn()).await? {
            new.push(RowKey { source_system: String::new(), source_id: row.try_get(0)? });
        }
    }
    Ok(new)
}

/// The journeys there are among `keys`.
pub(super) async fn read(tx: &mut Tx, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<Journey>, StoreError> {
    let mut found = Vec::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT journey_id, customer_key, touches, conversions, nulls, currency, value, ended_on FROM journeys \
             WHERE tenant = ",
        );
        query.push_bind(tenant.as_str()).push(" AND journey_id IN (");
        let mut each = query.separated(", ");
        for key in chunk {
            each.push_bind(&key.source_id);
        }
        query.push(")");
        for row in query.build().fetch_all(tx.conn()).await? {
            found.push(journey(&row)?);
        }
    }
    Ok(found)
}

/// Gives the journeys of a range to `each`, row by row as they come: one statement, one moment's view.
pub(super) async fn each(
    pool: &Pool,
    tenant: &TenantId,
    from: Option<Date>,
    to: Option<Date>,
    each: &mut (dyn for<'a> FnMut(PathRow<'a>) + Send),
) -> Result<(), StoreError> {
    let mut query =
        QueryBuilder::<Db>::new("SELECT touches, conversions, nulls, currency, value FROM journeys WHERE tenant = ");
    query.push_bind(tenant.as_str());
    if from.is_some() || to.is_some() {
        query.push(" AND ended_on >= ").push_bind(from.map_or(i64::MIN, Date::days));
        query.push(" AND ended_on < ").push_bind(to.map_or(i64::MAX, Date::days));
    }
    let mut rows = query.build().fetch(pool.reader());
    while let Some(row) = rows.try_next().await? {
        let value = value(row.try_get(3)?, row.try_get(4)?)?;
        each(PathRow { path: row.try_get(0)?, conversions: row.try_get(1)?, nulls: row.try_get(2)?, value });
    }
    Ok(())
}

fn journey(row: &DbRow) -> Result<Journey, StoreError> {
    Ok(Journey {
        id: row.try_get(0)?,
        customer_key: row.try_get(1)?,
        touches: touches_of(row.try_get(2)?).map_err(corrupt)?,
        conversions: row.try_get(3)?,
        nulls: row.try_get(4)?,
        value: value(row.try_get(5)?, row.try_get(6)?)?,
        ended_on: row.try_get::<Option<i64>, _>(7)?.map(Date::from_days),
    })
}

fn value(currency: Option<&str>, value: Option<i64>) -> Result<Option<FactAmount>, StoreError> {
    match (currency, value) {
        (Some(code), Some(value)) => {
            let currency = Currency::parse(code).map_err(corrupt)?;
            Ok(Some(FactAmount { currency, value }))
        }
        _ => Ok(None),
    }
}

fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt(format!("journeys: {what}"))
}
