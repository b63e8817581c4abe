//! Notes of journeys that were put aside.

use sqlx::{QueryBuilder, Row};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Db, Pool, Tx};
use crate::ports::journeys::SetAside;

/// Rows of one statement: 6 values each.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Adds notes; a journey whose id is known gets one.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, notes: &[SetAside]) -> Result<(), StoreError> {
    let mut sorted: Vec<&SetAside> = notes.iter().collect();
    sorted.sort_unstable_by(|a, b| a.journey_id.cmp(&b.journey_id));
    for chunk in sorted.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO set_aside_journeys (tenant, set_aside_id, journey_id, field, looks_like, create_time) ",
        );
        query.push_values(chunk, |mut row, note| {
            row.push_bind(tenant.as_str())
                .push_bind(note.id)
                .push_bind(&note.journey_id)
                .push_bind(&note.field)
                .push_bind(&note.looks_like)
                .push_bind(note.create_time.0);
        });
        query.push(" ON CONFLICT (tenant, journey_id) WHERE journey_id <> '' DO NOTHING");
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Drops the notes of journeys.
pub(super) async fn drop(tx: &mut Tx, tenant: &TenantId, ids: &[String]) -> Result<(), StoreError> {
    for chunk in ids.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("DELETE FROM set_aside_journeys WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND journey_id <> '' AND journey_id IN (");
        let mut each = query.separated(", ");
        for id in chunk {
            each.push_bind(id);
        }
        query.push(")");
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Notes by id, after one.
pub(super) async fn list(
    pool: &Pool,
    tenant: &TenantId,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<SetAside>, StoreError> {
    let rows = sqlx::query(
        "SELECT set_aside_id, journey_id, field, looks_like, create_time FROM set_aside_journeys \
         WHERE tenant = $1 AND set_aside_id > $2 ORDER BY set_aside_id LIMIT $3",
    )
    .bind(tenant.as_str())
    .bind(after.unwrap_or(Uuid::nil()))
    .bind(i64::from(limit))
    .fetch_all(pool.reader())
    .await?;
    let note = |row: &super::DbRow| {
        Ok(SetAside {
            id: row.try_get(0)?,
            journey_id: row.try_get(1)?,
            field: row.try_get(2)?,
            looks_like: row.try_get(3)?,
            create_time: Timestamp(row.try_get(4)?),
        })
    };
    rows.iter().map(note).collect()
}
