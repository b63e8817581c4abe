//! Notes of rows that were put aside.

use analytics_domain::ingest::{RowKey, RowType};
use sqlx::{QueryBuilder, Row};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Db, DbRow, Pool, Tx};
use crate::ports::ingest::SetAside;

/// Rows of one statement: 8 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Adds notes; a row whose key is known gets one.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, notes: &[SetAside]) -> Result<(), StoreError> {
    let mut sorted: Vec<&SetAside> = notes.iter().collect();
    sorted.sort_unstable_by(|a, b| (a.row_type, &a.key).cmp(&(b.row_type, &b.key)));
    for chunk in sorted.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO set_aside_rows (tenant, id, row_type, source_system, row_id, field, looks_like, create_time) ",
        );
        query.push_values(chunk, |mut row, note| {
            row.push_bind(tenant.as_str())
                .push_bind(note.id)
                .push_bind(note.row_type.name())
                .push_bind(&note.key.source_system)
                .push_bind(&note.key.source_id)
                .push_bind(&note.field)
                .push_bind(&note.looks_like)
                .push_bind(note.create_time.0);
        });
        query.push(" ON CONFLICT (tenant, row_type, source_system, row_id) WHERE row_id <> '' DO NOTHING");
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Drops the notes of rows of a type.
pub(super) async fn drop(tx: &mut Tx, tenant: &TenantId, of: RowType, keys: &[RowKey]) -> Result<(), StoreError> {
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        // From the keys to the notes, one look-up each: SQLite would else read every note of the tenant.
        let mut query = QueryBuilder::<Db>::new("DELETE FROM set_aside_rows WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND id IN (WITH recorded (source_system, row_id) AS (");
        query.push_values(chunk, |mut row, key| {
            row.push_bind(&key.source_system).push_bind(&key.source_id);
        });
        query.push(") SELECT n.id FROM recorded r CROSS JOIN set_aside_rows n WHERE n.tenant = ");
        query.push_bind(tenant.as_str()).push(" AND n.row_type = ").push_bind(of.name());
        query.push(" AND n.row_id <> '' AND n.source_system = r.source_system AND n.row_id = r.row_id)");
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Notes of one type or all, by id, after one.
pub(super) async fn list(
    pool: &Pool,
    tenant: &TenantId,
    of: Option<RowType>,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<SetAside>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT id, row_type, source_system, row_id, field, looks_like, create_time FROM set_aside_rows WHERE tenant = ",
    );
    query.push_bind(tenant.as_str());
    query.push(" AND id > ").push_bind(after.unwrap_or(Uuid::nil()));
    if let Some(of) = of {
        query.push(" AND row_type = ").push_bind(of.name());
    }
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    query.build().fetch_all(pool.reader()).await?.iter().map(note).collect()
}

fn note(row: &DbRow) -> Result<SetAside, StoreError> {
    Ok(SetAside {
        id: row.try_get(0)?,
        row_type: RowType::parse(row.try_get(1)?).map_err(|e| StoreError::Corrupt(format!("set_aside_rows: {e}")))?,
        key: RowKey { source_system: row.try_get(2)?, source_id: row.try_get(3)? },
        field: row.try_get(4)?,
        looks_like: row.try_get(5)?,
        create_time: Timestamp(row.try_get(6)?),
    })
}
