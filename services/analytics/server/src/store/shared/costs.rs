//! Costs: written once by key in bulk, and read by key to tell repeats.

use analytics_domain::{cost::Cost, ingest::RowKey};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, FactAmount, ResourceId, TenantId, Timestamp};
use tributary_sql::{StoreError, push_rows};

use super::{Db, DbRow, Tx};

/// Rows of one statement: 13 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const COLUMNS: &str = "source_system, source_id, cost_type, occurred_on, currency, amount, channel, sub_channel, \
     partner_id, region, product_line";

/// Writes the costs whose key is new; returns these keys.
pub(super) async fn insert(
    tx: &mut Tx,
    tenant: &TenantId,
    costs: &[Cost],
    now: Timestamp,
) -> Result<Vec<RowKey>, StoreError> {
    // In the order of their keys: two calls with the same rows wait for each other instead of locking each other out.
    let mut sorted: Vec<&Cost> = costs.iter().collect();
    sorted.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    let mut new = Vec::with_capacity(costs.len());
    for chunk in sorted.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO costs (tenant, create_time, ");
        query.push(COLUMNS).push(") ");
        query.push_values(chunk, |mut row, cost| {
            row.push_bind(tenant.as_str())
                .push_bind(now.0)
                .push_bind(&cost.key.source_system)
                .push_bind(&cost.key.source_id)
                .push_bind(&cost.cost_type)
                .push_bind(cost.occurred_on.days())
                .push_bind(cost.amount.currency.code())
                .push_bind(cost.amount.value)
                .push_bind(&cost.channel)
                .push_bind(&cost.sub_channel)
                .push_bind(cost.partner.as_ref().map_or("", |p| p.as_str()))
                .push_bind(&cost.region)
                .push_bind(&cost.product_line);
        });
        query.push(" ON CONFLICT (tenant, source_system, source_id) DO NOTHING RETURNING source_system, source_id");
        for row in query.build().fetch_all(tx.conn()).await? {
            new.push(RowKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? });
        }
    }
    Ok(new)
}

/// The costs there are among `keys`.
pub(super) async fn read(tx: &mut Tx, tenant: &TenantId, keys: &[RowKey]) -> Result<Vec<Cost>, StoreError> {
    let mut found = Vec::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(COLUMNS).push(" FROM costs WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND (source_system, source_id) IN ");
        push_rows(&mut query, chunk, |mut row, key| {
            row.push_bind(&key.source_system).push_bind(&key.source_id);
        });
        for row in query.build().fetch_all(tx.conn()).await? {
            found.push(cost(&row)?);
        }
    }
    Ok(found)
}

fn cost(row: &DbRow) -> Result<Cost, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt(format!("costs: {what}"));
    let partner: &str = row.try_get(8)?;
    Ok(Cost {
        key: RowKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? },
        cost_type: row.try_get(2)?,
        occurred_on: Date::from_days(row.try_get(3)?),
        amount: FactAmount { currency: Currency::parse(row.try_get(4)?).map_err(corrupt)?, value: row.try_get(5)? },
        channel: row.try_get(6)?,
        sub_channel: row.try_get(7)?,
        partner: (!partner.is_empty()).then(|| ResourceId::parse(partner)).transpose().map_err(corrupt)?,
        region: row.try_get(9)?,
        product_line: row.try_get(10)?,
    })
}
