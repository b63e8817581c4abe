//! First orders of customers. The least by day and key stays, so it does not matter in which order batches come.

use analytics_domain::metric::First;
use sqlx::QueryBuilder;
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{Db, Tx};

/// Rows of one statement: 5 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Notes first orders, each customer and flow once.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, firsts: &[First]) -> Result<(), StoreError> {
    for chunk in firsts.chunks(ROWS_PER_STATEMENT) {
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO first_orders (tenant, customer, flow, occurred_on, order_key) ");
        query.push_values(chunk, |mut row, first| {
            row.push_bind(tenant.as_str())
                .push_bind(&first.customer)
                .push_bind(first.flow.name())
                .push_bind(first.day.days())
                .push_bind(&first.order);
        });
        query.push(
            " ON CONFLICT (tenant, customer, flow) DO UPDATE SET occurred_on = excluded.occurred_on, \
             order_key = excluded.order_key WHERE (excluded.occurred_on, excluded.order_key) \
             < (first_orders.occurred_on, first_orders.order_key)",
        );
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}
