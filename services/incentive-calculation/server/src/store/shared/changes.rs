//! What changed since a snapshot: the days that batches touched, the links between returns and sales, arrivals in the
//! copy of partners. Written with every batch, so that a run can tell without a look at the facts that a closed period
//! is as it was.

use std::collections::BTreeMap;

use incentive_calculation_domain::{close::PayeeChanges, fact::FactKind};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::{StoreError, push_rows};

use super::{Connection, Db, Pool, facts::within};
use crate::ports::{Arrivals, Arrived, FactKey, StoredFact};

/// Rows of one statement, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A return or adjustment whose sale is known.
struct Link {
    key: FactKey,
    sale_day: i64,
    own_day: i64,
}

pub(super) async fn note_batch(
    conn: &mut Connection,
    tenant: &TenantId,
    batch: i64,
    record_time: Timestamp,
    facts: &[&StoredFact],
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO fact_batches (tenant, batch, record_time) VALUES ($1, $2, $3)")
        .bind(tenant.as_str())
        .bind(batch)
        .bind(record_time.0)
        .execute(&mut *conn)
        .await?;
    let own = own_links(conn, tenant, facts).await?;
    let earlier = earlier_links(conn, tenant, batch, facts).await?;
    // (facts, moved) by day.
    let mut days: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    let linked: BTreeMap<&FactKey, i64> = own.iter().map(|link| (&link.key, link.sale_day)).collect();
    for fact in facts {
        let day = linked.get(&fact.key()).copied().unwrap_or(fact.fact.occurred_on.days());
        let entry = days.entry(day).or_default();
        entry.0 = entry.0.saturating_add(1);
    }
    for link in &earlier {
        for day in [link.own_day, link.sale_day] {
            let entry = days.entry(day).or_default();
            entry.1 = entry.1.saturating_add(1);
        }
    }
    insert_links(conn, tenant, batch, own.iter().chain(&earlier)).await?;
    let days: Vec<_> = days.into_iter().collect();
    for chunk in days.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO fact_days (tenant, day, batch, facts, moved) ");
        query.push_values(chunk, |mut row, (day, (facts, moved))| {
            row.push_bind(tenant.as_str()).push_bind(*day).push_bind(batch).push_bind(*facts).push_bind(*moved);
        });
        query.build().persistent(false).execute(&mut *conn).await?;
    }
    Ok(())
}

fn is_sale(kind: FactKind) -> bool {
    matches!(kind, FactKind::SellIn | FactKind::SellOut)
}

/// Links of the batch's own returns to sales that are known, be it from this batch.
async fn own_links(conn: &mut Connection, tenant: &TenantId, facts: &[&StoredFact]) -> Result<Vec<Link>, StoreError> {
    let returns: Vec<&StoredFact> =
        facts.iter().copied().filter(|f| !is_sale(f.fact.kind) && !f.fact.original_source_id.is_empty()).collect();
    let mut links = Vec::new();
    for chunk in returns.chunks(ROWS_PER_STATEMENT) {
        let mut query =
            QueryBuilder::<Db>::new("SELECT source_system, source_id, occurred_on FROM facts WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND kind IN (1, 2) AND (source_system, source_id) IN ");
        push_rows(&mut query, chunk, |mut row, f| {
            row.push_bind(&f.fact.source_system).push_bind(&f.fact.original_source_id);
        });
        let mut sales: BTreeMap<(String, String), i64> = BTreeMap::new();
        for row in query.build().persistent(false).fetch_all(&mut *conn).await? {
            sales.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
        }
        for f in chunk {
            let sale = (f.fact.source_system.clone(), f.fact.original_source_id.clone());
            if let Some(sale_day) = sales.get(&sale) {
                links.push(Link { key: f.key(), sale_day: *sale_day, own_day: f.fact.occurred_on.days() });
            }
        }
    }
    Ok(links)
}

/// Links of earlier returns to the batch's sales.
async fn earlier_links(
    conn: &mut Connection,
    tenant: &TenantId,
    batch: i64,
    facts: &[&StoredFact],
) -> Result<Vec<Link>, StoreError> {
    let sales: Vec<&StoredFact> = facts.iter().copied().filter(|f| is_sale(f.fact.kind)).collect();
    let mut links = Vec::new();
    for chunk in sales.chunks(ROWS_PER_STATEMENT) {
        let days: BTreeMap<(&str, &str), i64> = chunk
            .iter()
            .map(|f| ((f.fact.source_system.as_str(), f.fact.source_id.as_str()), f.fact.occurred_on.days()))
            .collect();
        let mut query = QueryBuilder::<Db>::new(
            "SELECT source_system, source_id, original_source_id, occurred_on FROM facts WHERE tenant = ",
        );
        query.push_bind(tenant.as_str()).push(" AND original_source_id <> '' AND kind IN (3, 4) AND batch < ");
        query.push_bind(batch).push(" AND (source_system, original_source_id) IN ");
        push_rows(&mut query, chunk, |mut row, f| {
            row.push_bind(&f.fact.source_system).push_bind(&f.fact.source_id);
        });
        for row in query.build().persistent(chunk.len() == ROWS_PER_STATEMENT).fetch_all(&mut *conn).await? {
            let key = FactKey { source_system: row.try_get(0)?, source_id: row.try_get(1)? };
            let original: String = row.try_get(2)?;
            let own_day = row.try_get(3)?;
            if let Some(sale_day) = days.get(&(key.source_system.as_str(), original.as_str())).copied() {
                links.push(Link { key, sale_day, own_day });
            }
        }
    }
    Ok(links)
}

async fn insert_links(
    conn: &mut Connection,
    tenant: &TenantId,
    batch: i64,
    links: impl Iterator<Item = &Link>,
) -> Result<(), StoreError> {
    let links: Vec<&Link> = links.collect();
    for chunk in links.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO fact_links (tenant, source_system, source_id, sale_day, own_day, batch) ",
        );
        query.push_values(chunk, |mut row, link| {
            row.push_bind(tenant.as_str())
                .push_bind(&link.key.source_system)
                .push_bind(&link.key.source_id)
                .push_bind(link.sale_day)
                .push_bind(link.own_day)
                .push_bind(batch);
        });
        query.build().persistent(false).execute(&mut *conn).await?;
    }
    Ok(())
}

pub(super) async fn arrived(
    pool: &Pool,
    tenant: &TenantId,
    windows: &[(Date, Date)],
    since: i64,
    up_to: i64,
) -> Result<Arrived, StoreError> {
    if windows.is_empty() || up_to <= since {
        return Ok(Arrived::default());
    }
    // A sum of BIGINT is NUMERIC on PostgreSQL.
    let mut query = QueryBuilder::<Db>::new(
        "SELECT CAST(COALESCE(SUM(facts), 0) AS BIGINT), CAST(COALESCE(SUM(moved), 0) AS BIGINT) \
         FROM fact_days WHERE tenant = ",
    );
    query.push_bind(tenant.as_str()).push(" AND batch > ").push_bind(since).push(" AND batch <= ").push_bind(up_to);
    query.push(" AND (");
    within(&mut query, "day", windows);
    query.push(")");
    let row = query.build().fetch_one(pool.reader()).await?;
    Ok(Arrived { facts: row.try_get(0)?, moved: row.try_get(1)? })
}

pub(super) async fn arrived_by_payee(
    pool: &Pool,
    tenant: &TenantId,
    windows: &[(Date, Date)],
    since: i64,
    up_to: i64,
) -> Result<Vec<(String, PayeeChanges)>, StoreError> {
    if windows.is_empty() || up_to <= since {
        return Ok(Vec::new());
    }
    let mut payees: BTreeMap<String, PayeeChanges> = BTreeMap::new();
    // Facts that are new. A link that came later than `up_to` is not known there.
    let mut query = QueryBuilder::<Db>::new(
        "SELECT f.partner_id, COUNT(*), COUNT(l.sale_day) FROM facts f LEFT JOIN fact_links l \
         ON f.original_source_id <> '' AND l.tenant = f.tenant AND l.source_system = f.source_system \
         AND l.source_id = f.source_id AND l.batch <= ",
    );
    query.push_bind(up_to).push(" WHERE f.tenant = ").push_bind(tenant.as_str());
    query.push(" AND f.batch > ").push_bind(since).push(" AND f.batch <= ").push_bind(up_to);
    query.push(" AND ((l.sale_day IS NULL AND (");
    within(&mut query, "f.occurred_on", windows);
    query.push(")) OR ");
    within(&mut query, "l.sale_day", windows);
    query.push(") GROUP BY f.partner_id");
    for row in query.build().persistent(false).fetch_all(pool.reader()).await? {
        let (all, linked): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let entry = payees.entry(row.try_get(0)?).or_default();
        (entry.late_facts, entry.linked_returns) = (all.saturating_sub(linked), linked);
    }
    // Earlier returns that left a day of the windows or came to one.
    let mut query = QueryBuilder::<Db>::new(
        "SELECT f.partner_id, COUNT(*) FROM fact_links l JOIN facts f ON f.tenant = l.tenant \
         AND f.source_system = l.source_system AND f.source_id = l.source_id WHERE l.tenant = ",
    );
    query.push_bind(tenant.as_str()).push(" AND l.batch > ").push_bind(since);
    query.push(" AND l.batch <= ").push_bind(up_to).push(" AND f.batch <= ").push_bind(since).push(" AND (");
    within(&mut query, "l.own_day", windows);
    query.push(" OR ");
    within(&mut query, "l.sale_day", windows);
    query.push(") GROUP BY f.partner_id");
    for row in query.build().persistent(false).fetch_all(pool.reader()).await? {
        let entry = payees.entry(row.try_get(0)?).or_default();
        entry.linked_returns = entry.linked_returns.saturating_add(row.try_get(1)?);
    }
    Ok(payees.into_iter().collect())
}

/// What arrives in the copy of partners: table, and the day from which a row holds.
const ARRIVING: [(&str, &str); 3] = [
    ("partner_revisions", "effective_on"),
    ("tier_assignments", "effective_from"),
    ("hierarchy_links", "effective_from"),
];

pub(super) async fn attributes_arrived(
    pool: &Pool,
    tenant: &TenantId,
    before: Date,
    since: i64,
    up_to: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut partners: BTreeMap<String, i64> = BTreeMap::new();
    if up_to <= since {
        return Ok(Vec::new());
    }
    for (table, from) in ARRIVING {
        let mut query = QueryBuilder::<Db>::new("SELECT partner_id, COUNT(*) FROM ");
        query.push(table).push(" WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND arrival > ").push_bind(since).push(" AND arrival <= ").push_bind(up_to);
        query.push(" AND ").push(from).push(" < ").push_bind(before.days()).push(" GROUP BY partner_id");
        for row in query.build().fetch_all(pool.reader()).await? {
            let count = partners.entry(row.try_get(0)?).or_default();
            *count = count.saturating_add(row.try_get(1)?);
        }
    }
    Ok(partners.into_iter().collect())
}

/// What is recorded here: table, number of the arrival, when it was recorded.
const RECORDED: [(&str, &str, &str); 4] = [
    ("figures", "arrival", "record_time"),
    ("rates", "arrival", "record_time"),
    ("opening_lines", "arrival", "record_time"),
    ("runs", "stated_arrival", "stated_time"),
];

pub(super) async fn arrivals_at(pool: &Pool, tenant: &TenantId, time: Timestamp) -> Result<Arrivals, StoreError> {
    let partners = ARRIVING.map(|(table, _)| (table, "arrival", "record_time"));
    Ok(Arrivals {
        partners: newest(pool, tenant, &partners, time).await?,
        inputs: newest(pool, tenant, &RECORDED, time).await?,
    })
}

/// The newest arrival of some tables that had been recorded by a time, 0 for none.
async fn newest(
    pool: &Pool,
    tenant: &TenantId,
    tables: &[(&str, &str, &str)],
    time: Timestamp,
) -> Result<i64, StoreError> {
    let mut newest = 0;
    for (table, arrival, recorded) in tables {
        let mut query = QueryBuilder::<Db>::new("SELECT MAX(");
        query.push(*arrival).push(") FROM ").push(*table).push(" WHERE tenant = ").push_bind(tenant.as_str());
        query.push(" AND ").push(*recorded).push(" <= ").push_bind(time.0);
        let found: Option<i64> = query.build_query_scalar().fetch_one(pool.reader()).await?;
        newest = newest.max(found.unwrap_or(0));
    }
    Ok(newest)
}
