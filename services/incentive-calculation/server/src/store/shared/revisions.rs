//! What tables of revisions have in common: which revision is known, how one ends the one before it, how rows are read.

use incentive_calculation_domain::revised::{Revised, Revision, SourceKey};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, Decimal, TenantId, Timestamp, exact::parse_decimal};
use tributary_sql::{StoreError, push_rows};

use super::{Connection, Db, DbRow, Pool};
use crate::ports::Known;

/// Rows of one statement: at most 21 values each, under the 32,766 values that SQLite takes.
pub(super) const ROWS_PER_STATEMENT: usize = 1_000;

/// Keeps the revisions that are known.
pub(super) fn known(query: &mut QueryBuilder<Db>, known: Known) {
    match known {
        Known::Now => {
            query.push(" AND until_arrival IS NULL");
        }
        Known::At(moment) => {
            query.push(" AND record_time <= ").push_bind(moment.0);
            query.push(" AND (until_time IS NULL OR until_time > ").push_bind(moment.0).push(")");
        }
    }
}

/// Keeps the revisions that held when `number` was the newest arrival.
pub(super) fn arrived(query: &mut QueryBuilder<Db>, number: i64) {
    // Nearly every row: the plus keeps SQLite from the index on arrivals, which is for the few that are new.
    query.push(" AND +arrival <= ").push_bind(number);
    query.push(" AND (until_arrival IS NULL OR until_arrival > ").push_bind(number).push(")");
}

/// Keeps the tenant's revisions that held after one arrival and not after the other: what a key says now, where it said
/// something else or nothing, and what it said then, where it says something else or nothing now.
pub(super) fn changed(query: &mut QueryBuilder<Db>, tenant: &TenantId, (since, up_to): (i64, i64)) {
    // The tenant in both arms, so that each finds its index.
    query.push("((tenant = ").push_bind(tenant.as_str().to_owned());
    query.push(" AND arrival > ").push_bind(since).push(" AND arrival <= ").push_bind(up_to);
    query.push(" AND (until_arrival IS NULL OR until_arrival > ").push_bind(up_to);
    query.push(")) OR (tenant = ").push_bind(tenant.as_str().to_owned());
    query.push(" AND until_arrival > ").push_bind(since).push(" AND until_arrival <= ").push_bind(up_to);
    query.push(" AND arrival <= ").push_bind(since).push("))");
}

/// Keeps rows after a key.
pub(super) fn after(query: &mut QueryBuilder<Db>, key: Option<&SourceKey>) {
    if let Some(key) = key {
        query.push(" AND (source_system, source_id) > (").push_bind(key.system.clone());
        query.push(", ").push_bind(key.id.clone()).push(")");
    }
}

/// How a row becomes a revision.
type Read<T> = fn(&DbRow) -> Result<Revision<T>, StoreError>;

/// The revisions that hold now, of some keys. `select` ends with "WHERE tenant = ".
pub(super) async fn held<T>(
    conn: &mut Connection,
    tenant: &TenantId,
    select: &'static str,
    keys: &[SourceKey],
    read: Read<T>,
) -> Result<Vec<Revision<T>>, StoreError> {
    let mut held = Vec::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(select);
        query.push_bind(tenant.as_str()).push(" AND until_arrival IS NULL AND (source_system, source_id) IN ");
        push_rows(&mut query, chunk, |mut row, key| {
            row.push_bind(&key.system).push_bind(&key.id);
        });
        for row in query.build().persistent(false).fetch_all(&mut *conn).await? {
            held.push(read(&row)?);
        }
    }
    Ok(held)
}

/// The revision of a key that is known. `select` ends with "WHERE tenant = ".
pub(super) async fn one<T>(
    pool: &Pool,
    tenant: &TenantId,
    select: &'static str,
    key: &SourceKey,
    moment: Known,
    read: Read<T>,
) -> Result<Option<Revision<T>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(select);
    query.push_bind(tenant.as_str()).push(" AND source_system = ").push_bind(&key.system);
    query.push(" AND source_id = ").push_bind(&key.id);
    known(&mut query, moment);
    query.build().fetch_optional(pool.reader()).await?.as_ref().map(read).transpose()
}

/// Ends the revisions before those that were just kept in a table.
pub(super) async fn end_before<T: Revised<Key = SourceKey>>(
    conn: &mut Connection,
    tenant: &TenantId,
    table: &'static str,
    kept: &[Revision<T>],
) -> Result<(), StoreError> {
    for kept in kept.iter().filter(|kept| kept.revision > 1) {
        let key = kept.content.key();
        let mut query = QueryBuilder::<Db>::new("UPDATE ");
        query.push(table).push(" SET until_time = ").push_bind(kept.record_time.0);
        query.push(", until_arrival = ").push_bind(kept.arrival);
        query.push(" WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND source_system = ").push_bind(key.system).push(" AND source_id = ").push_bind(key.id);
        query.push(" AND revision = ").push_bind(kept.revision.saturating_sub(1));
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// A row with the content that was read from it.
pub(super) fn revision<T>(row: &DbRow, content: T) -> Result<Revision<T>, StoreError> {
    Ok(Revision {
        content,
        revision: row.try_get("revision")?,
        author: row.try_get("author")?,
        record_time: Timestamp(row.try_get("record_time")?),
        arrival: row.try_get("arrival")?,
    })
}

/// The key of a row.
pub(super) fn source_key(row: &DbRow) -> Result<SourceKey, StoreError> {
    Ok(SourceKey { system: row.try_get("source_system")?, id: row.try_get("source_id")? })
}

/// A day of a row.
pub(super) fn day(row: &DbRow, column: &str) -> Result<Date, StoreError> {
    Ok(Date::from_days(row.try_get(column)?))
}

/// A decimal that is kept as text.
pub(super) fn decimal(row: &DbRow, column: &str) -> Result<Decimal, StoreError> {
    let text: String = row.try_get(column)?;
    parse_decimal(&text, 28).map_err(|e| StoreError::Corrupt(format!("{column}: {e}")))
}

/// A currency that is kept as its code.
pub(super) fn currency(code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).map_err(StoreError::Corrupt)
}
