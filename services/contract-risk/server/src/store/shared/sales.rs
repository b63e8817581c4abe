//! Cells of the sales copy: read and written by key in bulk, and read by partner and days.

use contract_risk_domain::{
    Cells,
    sales::{CellKey, SalesKind, Sums},
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, ResourceId, TenantId};
use tributary_sql::{StoreError, push_rows};

use super::{Db, DbRow, Pool, Tx};

/// Rows of one statement: 9 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const COLUMNS: &str = "partner_id, day, kind, product_line, currency, net, quantity, fact_count";

/// The cells there are among `keys`.
pub(super) async fn read(tx: &mut Tx, tenant: &TenantId, keys: &[CellKey]) -> Result<Cells, StoreError> {
    let mut found = Cells::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(COLUMNS).push(" FROM sales_cells WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND (partner_id, day, kind, product_line, currency) IN ");
        push_rows(&mut query, chunk, |mut row, key| {
            row.push_bind(&key.partner)
                .push_bind(key.day.days())
                .push_bind(key.kind.as_str())
                .push_bind(&key.product_line)
                .push_bind(key.currency.code());
        });
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
                .push_bind(key.day.days())
                .push_bind(key.kind.as_str())
                .push_bind(&key.product_line)
                .push_bind(key.currency.code())
                .push_bind(sums.net.to_string())
                .push_bind(sums.quantity.to_string())
                .push_bind(sums.fact_count);
        });
        query.push(
            " ON CONFLICT (tenant, partner_id, day, kind, product_line, currency) DO UPDATE SET net = excluded.net, \
             quantity = excluded.quantity, fact_count = excluded.fact_count",
        );
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// The cells of a partner from a day on to another, both included.
pub(super) async fn of_partner(
    pool: &Pool,
    tenant: &TenantId,
    partner: &ResourceId,
    from: Date,
    through: Date,
) -> Result<Cells, StoreError> {
    let rows = sqlx::query(
        "SELECT partner_id, day, kind, product_line, currency, net, quantity, fact_count FROM sales_cells \
         WHERE tenant = $1 AND partner_id = $2 AND day >= $3 AND day <= $4",
    )
    .bind(tenant.as_str())
    .bind(partner.as_str())
    .bind(from.days())
    .bind(through.days())
    .fetch_all(pool.reader())
    .await?;
    rows.iter().map(cell).collect()
}

fn cell(row: &DbRow) -> Result<(CellKey, Sums), StoreError> {
    let corrupt = |e: String| StoreError::Corrupt(format!("sales_cells: {e}"));
    let key = CellKey {
        partner: row.try_get(0)?,
        day: Date::from_days(row.try_get(1)?),
        kind: SalesKind::parse(row.try_get(2)?).map_err(corrupt)?,
        product_line: row.try_get(3)?,
        currency: Currency::parse(row.try_get(4)?).map_err(corrupt)?,
    };
    let (net, quantity) = (wide(row.try_get(5)?).map_err(corrupt)?, wide(row.try_get(6)?).map_err(corrupt)?);
    Ok((key, Sums { net, quantity, fact_count: row.try_get(7)? }))
}

/// Neither engine has integers of 128 bits.
fn wide(text: &str) -> Result<i128, String> {
    text.parse().map_err(|e| format!("{text:?} is not a sum: {e}"))
}
