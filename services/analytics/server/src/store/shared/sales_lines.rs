//! Lines of facts: written once per batch in bulk, and read through for a question, with no more columns than it needs.

use std::ops::ControlFlow;

use analytics_domain::metric::{Basis, Column, Dimension, FactKind, LineView, MetricQuery, SalesLine};
use futures::TryStreamExt as _;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{Db, DbRow, Pool, Tx};

/// Rows of one statement: 18 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Writes the lines of a batch.
pub(super) async fn put(tx: &mut Tx, tenant: &TenantId, batch: i64, lines: &[SalesLine]) -> Result<(), StoreError> {
    let mut number = 0_i64;
    for chunk in lines.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO sales_lines (tenant, batch, line, occurred_on, partner_id, order_key, customer, kind, region, \
             product_line, sku, channel, sub_channel, currency, net, gross, cost, quantity) ",
        );
        query.push_values(chunk, |mut row, line| {
            row.push_bind(tenant.as_str())
                .push_bind(batch)
                .push_bind(number)
                .push_bind(line.occurred_on.days())
                .push_bind(line.partner.as_str())
                .push_bind(&line.order)
                .push_bind(&line.customer)
                .push_bind(line.kind.name())
                .push_bind(&line.region)
                .push_bind(&line.product_line)
                .push_bind(&line.sku)
                .push_bind(&line.channel)
                .push_bind(&line.sub_channel)
                .push_bind(line.currency.code())
                .push_bind(line.net)
                .push_bind(line.gross)
                .push_bind(line.cost)
                .push_bind(line.quantity);
            number = number.saturating_add(1);
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Gives the lines of a question to `each`, row by row as they come: one statement, one moment's view.
pub(super) async fn each(
    pool: &Pool,
    tenant: &TenantId,
    asked: &MetricQuery,
    each: &mut (dyn for<'a> FnMut(LineView<'a>) -> ControlFlow<()> + Send),
) -> Result<(), StoreError> {
    let columns: Vec<Column> = asked.columns().into_iter().collect();
    let places = Places::of(&columns);
    let mut query = QueryBuilder::<Db>::new("SELECT l.occurred_on, l.kind");
    for column in &columns {
        query.push(", ").push(sql(*column));
    }
    query.push(" FROM sales_lines l");
    if columns.contains(&Column::First) {
        query.push(
            " LEFT JOIN first_orders f ON f.tenant = l.tenant AND f.customer = l.customer AND l.customer <> '' \
             AND l.kind IN ('SELL_IN', 'SELL_OUT') AND f.flow = ",
        );
        // The two flows are two markets: who is known in one may be new in the other.
        query.push(if asked.basis() == Some(Basis::All) { "'ALL'" } else { "l.kind" });
    }
    query.push(" WHERE l.tenant = ").push_bind(tenant.as_str());
    if let Some(day) = asked.from() {
        query.push(" AND l.occurred_on >= ").push_bind(day.days());
    }
    if let Some(day) = asked.to() {
        query.push(" AND l.occurred_on < ").push_bind(day.days());
    }
    match asked.basis() {
        Some(Basis::SellIn) => drop(query.push(" AND l.kind <> 'SELL_OUT'")),
        Some(Basis::SellOut) => drop(query.push(" AND l.kind = 'SELL_OUT'")),
        Some(Basis::All) | None => {}
    }
    for (dimension, text) in asked.equalities() {
        let column = if dimension == Dimension::Kind { "l.kind" } else { sql(Column::Dimension(dimension)) };
        query.push(" AND ").push(column).push(" = ").push_bind(text);
    }
    let mut rows = query.build().fetch(pool.reader());
    while let Some(row) = rows.try_next().await? {
        if each(places.line(&row)?).is_break() {
            break;
        }
    }
    Ok(())
}

/// What a column is in SQL. The kind is read always.
fn sql(column: Column) -> &'static str {
    match column {
        Column::Dimension(Dimension::Partner) => "l.partner_id",
        Column::Dimension(Dimension::Region) => "l.region",
        Column::Dimension(Dimension::ProductLine) => "l.product_line",
        Column::Dimension(Dimension::Sku) => "l.sku",
        Column::Dimension(Dimension::Channel) => "l.channel",
        Column::Dimension(Dimension::SubChannel) => "l.sub_channel",
        Column::Dimension(Dimension::Currency) => "l.currency",
        Column::Dimension(Dimension::Kind) => "l.kind",
        Column::Order => "l.order_key",
        Column::Customer => "l.customer",
        Column::First => {
            "CAST(CASE WHEN f.occurred_on = l.occurred_on AND f.order_key = l.order_key THEN 1 ELSE 0 END AS BIGINT)"
        }
        Column::Net => "l.net",
        Column::Gross => "l.gross",
        Column::Cost => "l.cost",
        Column::Quantity => "l.quantity",
    }
}

/// Where in a row the columns are that were asked for.
struct Places {
    partner: Option<usize>,
    region: Option<usize>,
    product_line: Option<usize>,
    sku: Option<usize>,
    channel: Option<usize>,
    sub_channel: Option<usize>,
    currency: Option<usize>,
    order: Option<usize>,
    customer: Option<usize>,
    first: Option<usize>,
    net: Option<usize>,
    gross: Option<usize>,
    cost: Option<usize>,
    quantity: Option<usize>,
}

impl Places {
    fn of(columns: &[Column]) -> Self {
        // Day and kind come before them.
        let at = |column: Column| columns.iter().position(|c| *c == column).map(|place| place.saturating_add(2));
        let dimension = |dimension| at(Column::Dimension(dimension));
        Self {
            partner: dimension(Dimension::Partner),
            region: dimension(Dimension::Region),
            product_line: dimension(Dimension::ProductLine),
            sku: dimension(Dimension::Sku),
            channel: dimension(Dimension::Channel),
            sub_channel: dimension(Dimension::SubChannel),
            currency: dimension(Dimension::Currency),
            order: at(Column::Order),
            customer: at(Column::Customer),
            first: at(Column::First),
            net: at(Column::Net),
            gross: at(Column::Gross),
            cost: at(Column::Cost),
            quantity: at(Column::Quantity),
        }
    }

    fn line<'r>(&self, row: &'r DbRow) -> Result<LineView<'r>, StoreError> {
        let text = |place: Option<usize>| place.map_or(Ok(""), |place| row.try_get::<'r, &'r str, _>(place));
        let number = |place: Option<usize>| place.map_or(Ok(0), |place| row.try_get::<i64, _>(place));
        let maybe = |place: Option<usize>| place.map_or(Ok(None), |place| row.try_get::<Option<i64>, _>(place));
        let corrupt = |what: String| StoreError::Corrupt(format!("sales_lines: {what}"));
        Ok(LineView {
            day: Date::from_days(row.try_get(0)?),
            kind: FactKind::parse(row.try_get(1)?).map_err(corrupt)?,
            partner: text(self.partner)?,
            region: text(self.region)?,
            product_line: text(self.product_line)?,
            sku: text(self.sku)?,
            channel: text(self.channel)?,
            sub_channel: text(self.sub_channel)?,
            currency: text(self.currency)?,
            order: text(self.order)?,
            customer: text(self.customer)?,
            first: number(self.first)? != 0,
            net: number(self.net)?,
            gross: maybe(self.gross)?,
            cost: maybe(self.cost)?,
            quantity: number(self.quantity)?,
        })
    }
}
