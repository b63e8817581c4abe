//! Facts: bulk inserts that say which keys were new, and reads in key order.

use async_trait::async_trait;
use incentive_calculation_domain::{
    engine::Fields,
    fact::{ChannelClass, Fact, FactKind},
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, TenantId, Timestamp};
use tributary_sql::{StoreError, push_rows};

use super::{Connection, Db, DbRow, Pool, counters, measured};
use crate::ports::{FactKey, FactQuery, FactReads, StoredFact};

/// Rows of one statement: 23 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const COLUMNS: &str = "source_system, source_id, partner_id, kind, occurred_on, currency, net, gross, cost, quantity, \
     sku, product_line, region, channel, sub_channel, original_source_id, order_id, customer_key, labels, content_hash, \
     batch, record_time";

/// Inserts facts in key order (so that concurrent batches never deadlock) and returns the keys that were new.
pub(super) async fn insert(
    conn: &mut Connection,
    tenant: &TenantId,
    facts: &[StoredFact],
) -> Result<Vec<FactKey>, StoreError> {
    let mut ordered: Vec<&StoredFact> = facts.iter().collect();
    ordered.sort_by(|a, b| (&a.fact.source_system, &a.fact.source_id).cmp(&(&b.fact.source_system, &b.fact.source_id)));
    let mut new = Vec::with_capacity(facts.len());
    for chunk in ordered.chunks(ROWS_PER_STATEMENT) {
        let mut labels = Vec::with_capacity(chunk.len());
        for f in chunk {
            labels.push(serde_json::to_string(&f.fact.labels).map_err(|e| StoreError::Internal(e.to_string()))?);
        }
        let mut query = QueryBuilder::<Db>::new("INSERT INTO facts (tenant, ");
        query.push(COLUMNS).push(") ");
        query.push_values(chunk.iter().zip(labels), |mut row, (f, labels)| {
            let fact = &f.fact;
            row.push_bind(tenant.as_str())
                .push_bind(&fact.source_system)
                .push_bind(&fact.source_id)
                .push_bind(&f.partner_id)
                .push_bind(i64::from(fact.kind.number()))
                .push_bind(fact.occurred_on.days())
                .push_bind(fact.currency.code())
                .push_bind(fact.net)
                .push_bind(fact.gross)
                .push_bind(fact.cost)
                .push_bind(fact.quantity)
                .push_bind(&fact.sku)
                .push_bind(&fact.product_line)
                .push_bind(&fact.region)
                .push_bind(fact.channel.map_or(0, |c| i64::from(c.number())))
                .push_bind(&fact.sub_channel)
                .push_bind(&fact.original_source_id)
                .push_bind(&fact.order_id)
                .push_bind(&fact.customer_key)
                .push_bind(labels)
                .push_bind(f.content_hash.to_vec())
                .push_bind(f.batch)
                .push_bind(f.record_time.0);
        });
        query.push(" ON CONFLICT (tenant, source_system, source_id) DO NOTHING RETURNING source_system, source_id");
        // Only the full size is worth keeping prepared.
        let insert = query.build().persistent(chunk.len() == ROWS_PER_STATEMENT);
        for row in insert.fetch_all(&mut *conn).await? {
            new.push(FactKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? });
        }
    }
    Ok(new)
}

/// Content digests of existing facts.
pub(super) async fn content_hashes(
    conn: &mut Connection,
    tenant: &TenantId,
    keys: &[FactKey],
) -> Result<Vec<(FactKey, [u8; 32])>, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query =
            QueryBuilder::<Db>::new("SELECT source_system, source_id, content_hash FROM facts WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND (source_system, source_id) IN ");
        push_rows(&mut query, chunk, |mut row, key| {
            row.push_bind(&key.source_system).push_bind(&key.source_id);
        });
        for row in query.build().fetch_all(&mut *conn).await? {
            let key = FactKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? };
            found.push((key, hash(row.try_get(2)?)?));
        }
    }
    Ok(found)
}

pub(super) fn hash(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt("content_hash is not 32 bytes".to_owned()))
}

/// Reads a fact whose columns come first, in the order of [`COLUMNS`]. By their numbers: a name is looked up per row.
fn stored(row: &DbRow) -> Result<StoredFact, StoreError> {
    let labels: &str = row.try_get(18)?;
    let fact = Fact {
        source_system: row.try_get(0)?,
        source_id: row.try_get(1)?,
        kind: FactKind::from_number(row.try_get(3)?).ok_or_else(|| corrupt("kind"))?,
        occurred_on: Date::from_days(row.try_get(4)?),
        currency: Currency::parse(row.try_get(5)?).map_err(|e| corrupt(&e))?,
        net: row.try_get(6)?,
        gross: row.try_get(7)?,
        cost: row.try_get(8)?,
        quantity: row.try_get(9)?,
        sku: row.try_get(10)?,
        product_line: row.try_get(11)?,
        region: row.try_get(12)?,
        channel: ChannelClass::from_number(row.try_get(13)?),
        sub_channel: row.try_get(14)?,
        original_source_id: row.try_get(15)?,
        order_id: row.try_get(16)?,
        customer_key: row.try_get(17)?,
        labels: serde_json::from_str(labels).map_err(|e| corrupt(&e.to_string()))?,
    };
    Ok(StoredFact {
        fact,
        partner_id: row.try_get(2)?,
        content_hash: hash(row.try_get(19)?)?,
        batch: row.try_get(20)?,
        record_time: Timestamp(row.try_get(21)?),
        sale_day: None,
    })
}

pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("facts: {what}"))
}

/// A fact with the day it counts on, read with [`conditions`] as `f`.
fn counted(row: &DbRow) -> Result<StoredFact, StoreError> {
    let sale_day: Option<i64> = row.try_get(22)?;
    Ok(StoredFact { sale_day: sale_day.map(Date::from_days), ..stored(row)? })
}

/// Adds the source and the conditions of a query but its limit. Facts are `f`; where days are those on which facts
/// count, the link of a return whose sale was known at the snapshot is `l`.
pub(super) fn conditions<'a>(query: &mut QueryBuilder<Db>, tenant: &'a TenantId, wanted: &'a FactQuery) {
    query.push(" FROM facts f");
    if wanted.as_counted {
        query.push(
            " LEFT JOIN fact_links l ON f.original_source_id <> '' AND l.tenant = f.tenant \
             AND l.source_system = f.source_system AND l.source_id = f.source_id AND l.batch <= ",
        );
        query.push_bind(wanted.up_to_batch.unwrap_or(i64::MAX));
    }
    query.push(" WHERE f.tenant = ").push_bind(tenant.as_str().to_owned());
    if let Some(partner) = &wanted.partner_id {
        query.push(" AND f.partner_id = ").push_bind(partner.clone());
    }
    if let Some(system) = &wanted.source_system {
        query.push(" AND f.source_system = ").push_bind(system.clone());
    }
    if let Some(currency) = &wanted.currency {
        query.push(" AND f.currency = ").push_bind(currency.clone());
    }
    if let Some(batch) = wanted.up_to_batch {
        // Without an index: nearly every fact is of an earlier batch.
        query.push(" AND +f.batch <= ").push_bind(batch);
    }
    if !wanted.windows.is_empty() {
        query.push(" AND (");
        if wanted.as_counted {
            query.push("(l.sale_day IS NULL AND (");
            within(query, "f.occurred_on", &wanted.windows);
            query.push(")) OR ");
            within(query, "l.sale_day", &wanted.windows);
        } else {
            within(query, "f.occurred_on", &wanted.windows);
        }
        query.push(")");
    }
    if let Some(after) = &wanted.after {
        query.push(" AND (f.source_system, f.source_id) > (").push_bind(after.source_system.clone());
        query.push(", ").push_bind(after.source_id.clone()).push(")");
    }
}

/// Facts of the batches after one up to another, in no order, on the days on which they count at the last of them.
pub(super) async fn of_batches(
    pool: &Pool,
    tenant: &TenantId,
    after: i64,
    through: i64,
) -> Result<Vec<StoredFact>, StoreError> {
    let mut query = counted_facts("LEFT JOIN");
    query.push(" AND l.batch <= ").push_bind(through);
    query.push(" WHERE f.tenant = ").push_bind(tenant.as_str());
    query.push(" AND f.batch > ").push_bind(after).push(" AND f.batch <= ").push_bind(through);
    query.build().fetch_all(pool.reader()).await?.iter().map(counted).collect()
}

/// Facts of the batches up to one that a batch after it, up to another, moved to the day of their sale.
pub(super) async fn moved(
    pool: &Pool,
    tenant: &TenantId,
    after: i64,
    through: i64,
) -> Result<Vec<StoredFact>, StoreError> {
    let mut query = counted_facts("JOIN");
    query.push(" WHERE l.tenant = ").push_bind(tenant.as_str()).push(" AND f.batch <= ").push_bind(after);
    query.push(" AND l.batch > ").push_bind(after).push(" AND l.batch <= ").push_bind(through);
    query.build().fetch_all(pool.reader()).await?.iter().map(counted).collect()
}

/// Facts as `f` with their links as `l`; conditions follow.
fn counted_facts(join: &str) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    for column in COLUMNS.split(", ") {
        query.push("f.").push(column.trim()).push(", ");
    }
    query.push("l.sale_day FROM facts f ").push(join).push(
        " fact_links l ON l.tenant = f.tenant AND l.source_system = f.source_system AND l.source_id = f.source_id",
    );
    query
}

/// Adds that a day lies in one of some windows.
pub(super) fn within(query: &mut QueryBuilder<Db>, day: &str, windows: &[(Date, Date)]) {
    for (i, (from, to)) in windows.iter().enumerate() {
        query.push(if i == 0 { "(" } else { " OR (" });
        query.push(day).push(" >= ").push_bind(from.days());
        query.push(" AND ").push(day).push(" < ").push_bind(to.days()).push(")");
    }
}

#[async_trait]
impl FactReads for Pool {
    async fn fact(&self, tenant: &TenantId, key: &FactKey) -> Result<Option<StoredFact>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(COLUMNS).push(" FROM facts WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND source_system = ").push_bind(&key.source_system);
        query.push(" AND source_id = ").push_bind(&key.source_id);
        let row = query.build().fetch_optional(self.reader()).await?;
        row.as_ref().map(stored).transpose()
    }

    async fn facts(&self, tenant: &TenantId, wanted: &FactQuery) -> Result<Vec<StoredFact>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        for (i, column) in COLUMNS.split(", ").enumerate() {
            query.push(if i == 0 { "f." } else { ", f." }).push(column.trim());
        }
        if wanted.as_counted {
            query.push(", l.sale_day");
        }
        conditions(&mut query, tenant, wanted);
        query.push(" ORDER BY f.source_system, f.source_id LIMIT ").push_bind(i64::from(wanted.limit));
        let rows = query.build().fetch_all(self.reader()).await?;
        rows.iter().map(if wanted.as_counted { counted } else { stored }).collect()
    }

    async fn measured_facts(
        &self,
        tenant: &TenantId,
        wanted: &FactQuery,
        fields: Fields,
    ) -> Result<Vec<StoredFact>, StoreError> {
        measured::read(self, tenant, wanted, fields).await
    }

    async fn facts_of(
        &self,
        tenant: &TenantId,
        keys: &[FactKey],
        up_to_batch: i64,
    ) -> Result<Vec<StoredFact>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new("SELECT ");
            query.push(COLUMNS).push(" FROM facts WHERE tenant = ").push_bind(tenant.as_str());
            query.push(" AND batch <= ").push_bind(up_to_batch).push(" AND (source_system, source_id) IN ");
            push_rows(&mut query, chunk, |mut row, key| {
                row.push_bind(&key.source_system).push_bind(&key.source_id);
            });
            query.push(" ORDER BY source_system, source_id");
            for row in query.build().persistent(false).fetch_all(self.reader()).await? {
                found.push(stored(&row)?);
            }
        }
        Ok(found)
    }

    async fn batch_facts(
        &self,
        tenant: &TenantId,
        batch: i64,
        after: Option<&FactKey>,
        limit: u32,
    ) -> Result<Vec<StoredFact>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        let after = after.cloned().unwrap_or_default();
        query.push(COLUMNS).push(" FROM facts WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND batch = ").push_bind(batch);
        query.push(" AND (source_system, source_id) > (").push_bind(after.source_system);
        query.push(", ").push_bind(after.source_id);
        query.push(") ORDER BY source_system, source_id LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(self.reader()).await?;
        rows.iter().map(stored).collect()
    }

    async fn newest_batch(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        counters::newest(self, tenant, counters::BATCH).await
    }
}
