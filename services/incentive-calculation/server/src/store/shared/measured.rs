//! Facts for an engine: a run reads millions, and what a row costs is its columns. So only those that are looked at are
//! read, by their numbers, while the next row is on its way.

use futures::TryStreamExt as _;
use incentive_calculation_domain::{
    engine::Fields,
    fact::{ChannelClass, Fact, FactKind},
};
use sqlx::{Decode, QueryBuilder, Row, Type};
use tributary_core::{Currency, Date, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Db, DbRow, Pool,
    facts::{conditions, corrupt, hash},
};
use crate::ports::{FactQuery, StoredFact, segments::Loose};

/// Columns that always decide; those of [`Fields`] follow in its order, then the day of the sale.
const ALWAYS: &str = "SELECT f.source_system, f.source_id, f.partner_id, f.kind, f.occurred_on, f.currency, f.net, \
     f.content_hash, f.batch";

/// The columns of fields, in the order in which they are read.
fn columns(fields: Fields) -> [(&'static str, bool); 11] {
    [
        (", f.gross", fields.gross),
        (", f.cost", fields.cost),
        (", f.quantity", fields.quantity),
        (", f.sku", fields.sku),
        (", f.product_line", fields.product_line),
        (", f.region", fields.region),
        (", f.channel", fields.channel),
        (", f.sub_channel", fields.sub_channel),
        (", f.original_source_id", fields.original),
        (", f.order_id", fields.order),
        (", f.customer_key", fields.customer),
    ]
}

/// Facts in key order, other fields empty.
pub(super) async fn read(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &FactQuery,
    fields: Fields,
) -> Result<Vec<StoredFact>, StoreError> {
    let mut query = selected(tenant, wanted, fields);
    query.push(" ORDER BY f.source_system, f.source_id LIMIT ").push_bind(i64::from(wanted.limit));
    fetched(pool, query, fields, wanted.as_counted).await
}

/// Facts that no segment may hold, in no order; `None` when there are more than so many, whatever their days.
pub(super) async fn loose(
    pool: &Pool,
    tenant: &TenantId,
    loose: Loose,
    windows: &[(Date, Date)],
    fields: Fields,
    limit: u32,
) -> Result<Option<Vec<StoredFact>>, StoreError> {
    let (through, as_counted) = match loose {
        Loose::After(_, through) => (through, false),
        Loose::Linked(through) => (through, true),
    };
    let wanted = FactQuery {
        // Late facts are few and of any day: found by their batch, their days are looked at here.
        windows: if as_counted { windows.to_vec() } else { Vec::new() },
        up_to_batch: Some(through),
        as_counted,
        ..FactQuery::default()
    };
    let mut query = selected(tenant, &wanted, fields);
    match loose {
        Loose::After(after, _) => query.push(" AND f.original_source_id = '' AND f.batch > ").push_bind(after),
        Loose::Linked(_) => query.push(" AND f.original_source_id <> ''"),
    };
    let limit = i64::from(limit);
    query.push(" LIMIT ").push_bind(limit.saturating_add(1));
    let mut facts = fetched(pool, query, fields, as_counted).await?;
    if i64::try_from(facts.len()).map_or(true, |found| found > limit) {
        return Ok(None);
    }
    if !as_counted && !windows.is_empty() {
        let on = |day: Date| windows.iter().any(|(from, to)| *from <= day && day < *to);
        facts.retain(|stored| on(stored.fact.occurred_on));
    }
    Ok(Some(facts))
}

/// The columns, from the facts that are wanted.
fn selected<'a>(tenant: &'a TenantId, wanted: &'a FactQuery, fields: Fields) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(ALWAYS);
    for (column, _) in columns(fields).iter().filter(|(_, wanted)| *wanted) {
        query.push(*column);
    }
    if wanted.as_counted {
        query.push(", l.sale_day");
    }
    conditions(&mut query, tenant, wanted);
    query
}

async fn fetched(
    pool: &Pool,
    mut query: QueryBuilder<Db>,
    fields: Fields,
    as_counted: bool,
) -> Result<Vec<StoredFact>, StoreError> {
    let mut facts = Vec::new();
    let mut rows = query.build().fetch(pool.reader());
    while let Some(row) = rows.try_next().await? {
        facts.push(fact(Columns { row: &row, next: 0 }, fields, as_counted)?);
    }
    Ok(facts)
}

/// A row that is read from left to right.
struct Columns<'r> {
    row: &'r DbRow,
    next: usize,
}

impl<'r> Columns<'r> {
    fn next<T: Decode<'r, Db> + Type<Db>>(&mut self) -> Result<T, StoreError> {
        let at = self.next;
        self.next = at.saturating_add(1);
        Ok(self.row.try_get(at)?)
    }

    /// A column that is there only if it is wanted.
    fn wanted<T: Decode<'r, Db> + Type<Db> + Default>(&mut self, wanted: bool) -> Result<T, StoreError> {
        if wanted { self.next() } else { Ok(T::default()) }
    }
}

fn fact(mut row: Columns<'_>, fields: Fields, as_counted: bool) -> Result<StoredFact, StoreError> {
    let (source_system, source_id, partner_id) = (row.next()?, row.next()?, row.next()?);
    let kind = FactKind::from_number(row.next()?).ok_or_else(|| corrupt("kind"))?;
    let occurred_on = Date::from_days(row.next()?);
    let currency = Currency::parse(row.next()?).map_err(|e| corrupt(&e))?;
    let net = row.next()?;
    let content_hash = hash(row.next()?)?;
    let batch = row.next()?;
    let fact = Fact {
        source_system,
        source_id,
        kind,
        occurred_on,
        currency,
        net,
        gross: row.wanted(fields.gross)?,
        cost: row.wanted(fields.cost)?,
        quantity: row.wanted(fields.quantity)?,
        sku: row.wanted(fields.sku)?,
        product_line: row.wanted(fields.product_line)?,
        region: row.wanted(fields.region)?,
        channel: ChannelClass::from_number(row.wanted(fields.channel)?),
        sub_channel: row.wanted(fields.sub_channel)?,
        original_source_id: row.wanted(fields.original)?,
        order_id: row.wanted(fields.order)?,
        customer_key: row.wanted(fields.customer)?,
        labels: Default::default(),
    };
    let sale_day: Option<i64> = row.wanted(as_counted)?;
    Ok(StoredFact {
        fact,
        partner_id,
        content_hash,
        batch,
        record_time: Timestamp(0),
        sale_day: sale_day.map(Date::from_days),
    })
}
