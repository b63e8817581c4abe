//! What tables of revisions have in common: which revision is known, how one ends the one before it, how rows are read.

use incentive_calculation_domain::revised::{Revision, SourceKey};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, Decimal, Timestamp, exact::parse_decimal};
use tributary_sql::StoreError;

use super::{Db, DbRow};
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
    query.push(" AND arrival <= ").push_bind(number);
    query.push(" AND (until_arrival IS NULL OR until_arrival > ").push_bind(number).push(")");
}

/// Keeps rows after a key.
pub(super) fn after(query: &mut QueryBuilder<Db>, key: Option<&SourceKey>) {
    if let Some(key) = key {
        query.push(" AND (source_system, source_id) > (").push_bind(key.system.clone());
        query.push(", ").push_bind(key.id.clone()).push(")");
    }
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
