//! Cells: read and written by key in bulk, and read through for a query.

use std::collections::BTreeMap;

use analytics_domain::{CellKey, Month, Sums};
use futures::TryStreamExt as _;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, TenantId};
use tributary_sql::StoreError;

use super::{Db, DbRow, Pool, Tx};

/// Rows of one statement: 8 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const COLUMNS: &str = "partner_id, month, kind, currency, net, fact_count, quantity";

/// The cells there are among `keys`.
pub(super) async fn read(
    tx: &mut Tx,
    tenant: &TenantId,
    keys: &[CellKey],
) -> Result<BTreeMap<CellKey, Sums>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(COLUMNS).push(" FROM sales_cells WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND (partner_id, month, kind, currency) IN (");
        query.push_values(chunk, |mut row, key| {
            row.push_bind(&key.partner)
                .push_bind(key.month.first_day().days())
                .push_bind(&key.kind)
                .push_bind(key.currency.code());
        });
        query.push(")");
        for row in query.build().fetch_all(tx.conn()).await? {
            let (key, sums) = cell(&row)?;
            found.insert(key, sums);
        }
    }
    Ok(found)
}

/// Writes cells, new or changed.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, cells: &[(CellKey, Sums)]) -> Result<(), StoreError> {
    for chunk in cells.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO sales_cells (tenant, ");
        query.push(COLUMNS).push(") ");
        query.push_values(chunk, |mut row, (key, sums)| {
            row.push_bind(tenant.as_str())
                .push_bind(&key.partner)
                .push_bind(key.month.first_day().days())
                .push_bind(&key.kind)
                .push_bind(key.currency.code())
                .push_bind(sums.net.to_string())
                .push_bind(sums.fact_count)
                .push_bind(sums.quantity.to_string());
        });
        query.push(
            " ON CONFLICT (tenant, partner_id, month, kind, currency) DO UPDATE SET net = excluded.net, \
             fact_count = excluded.fact_count, quantity = excluded.quantity",
        );
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Gives the cells of a range of months to `each`, row by row as they come: one statement, one moment's view.
pub(super) async fn each(
    pool: &Pool,
    tenant: &TenantId,
    from: Option<Month>,
    to: Option<Month>,
    each: &mut (dyn FnMut(CellKey, Sums) + Send),
) -> Result<(), StoreError> {
    let days = |month: Month| month.first_day().days();
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(COLUMNS).push(" FROM sales_cells WHERE tenant = ").push_bind(tenant.as_str());
    query.push(" AND month >= ").push_bind(from.map_or(i64::MIN, days));
    query.push(" AND month < ").push_bind(to.map_or(i64::MAX, days));
    let mut rows = query.build().fetch(pool.reader());
    while let Some(row) = rows.try_next().await? {
        let (key, sums) = cell(&row)?;
        each(key, sums);
    }
    Ok(())
}

fn cell(row: &DbRow) -> Result<(CellKey, Sums), StoreError> {
    let corrupt = |e: String| StoreError::Corrupt(format!("sales_cells: {e}"));
    let key = CellKey {
        partner: row.try_get(0)?,
        month: Month::starting(Date::from_days(row.try_get(1)?)).map_err(corrupt)?,
        kind: row.try_get(2)?,
        currency: Currency::parse(row.try_get(3)?).map_err(corrupt)?,
    };
    let (net, quantity) = (wide(row.try_get(4)?).map_err(corrupt)?, wide(row.try_get(6)?).map_err(corrupt)?);
    Ok((key, Sums { net, fact_count: row.try_get(5)?, quantity }))
}

/// Neither engine has integers of 128 bits.
fn wide(text: &str) -> Result<i128, String> {
    text.parse().map_err(|e| format!("{text:?} is not a sum: {e}"))
}
