//! Exchange rates and their revisions.

use incentive_calculation_domain::{
    canonical::decimal_text,
    rate::{Rate, RateKey},
    revised::Revision,
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, Days, TenantId};
use tributary_sql::{StoreError, push_rows};

use super::{
    Connection, Db, DbRow, Pool,
    revisions::{self, ROWS_PER_STATEMENT, arrived, currency, day, decimal, known},
};
use crate::ports::{Known, RateQuery, RateTable};

const SELECT: &str = "SELECT rate_table, from_currency, into_currency, day, revision, rate, author, record_time, arrival \
     FROM rates WHERE tenant = ";

fn read(row: &DbRow) -> Result<Revision<Rate>, StoreError> {
    let key = RateKey {
        table: row.try_get("rate_table")?,
        from: currency(row.try_get("from_currency")?)?,
        into: currency(row.try_get("into_currency")?)?,
        day: day(row, "day")?,
    };
    revisions::revision(row, Rate { key, rate: decimal(row, "rate")? })
}

/// The rates that hold now, of some keys.
pub(super) async fn held(
    conn: &mut Connection,
    tenant: &TenantId,
    keys: &[RateKey],
) -> Result<Vec<Revision<Rate>>, StoreError> {
    let mut held = Vec::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(SELECT);
        query.push_bind(tenant.as_str()).push(" AND until_arrival IS NULL");
        query.push(" AND (rate_table, from_currency, into_currency, day) IN ");
        push_rows(&mut query, chunk, |mut row, key| {
            row.push_bind(&key.table).push_bind(key.from.code()).push_bind(key.into.code()).push_bind(key.day.days());
        });
        for row in query.build().persistent(false).fetch_all(&mut *conn).await? {
            held.push(read(&row)?);
        }
    }
    Ok(held)
}

/// Keeps revisions, oldest first.
pub(super) async fn keep(
    conn: &mut Connection,
    tenant: &TenantId,
    revisions: &[Revision<Rate>],
) -> Result<(), StoreError> {
    for chunk in revisions.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO rates (tenant, rate_table, from_currency, into_currency, day, revision, rate, author, \
             record_time, arrival) ",
        );
        query.push_values(chunk, |mut row, kept| {
            let key = &kept.content.key;
            row.push_bind(tenant.as_str())
                .push_bind(&key.table)
                .push_bind(key.from.code())
                .push_bind(key.into.code())
                .push_bind(key.day.days())
                .push_bind(kept.revision)
                .push_bind(decimal_text(kept.content.rate))
                .push_bind(&kept.author)
                .push_bind(kept.record_time.0)
                .push_bind(kept.arrival);
        });
        query.build().persistent(false).execute(&mut *conn).await?;
    }
    for kept in revisions.iter().filter(|kept| kept.revision > 1) {
        let key = &kept.content.key;
        sqlx::query(
            "UPDATE rates SET until_time = $1, until_arrival = $2 WHERE tenant = $3 AND rate_table = $4 \
             AND from_currency = $5 AND into_currency = $6 AND day = $7 AND revision = $8",
        )
        .bind(kept.record_time.0)
        .bind(kept.arrival)
        .bind(tenant.as_str())
        .bind(&key.table)
        .bind(key.from.code())
        .bind(key.into.code())
        .bind(key.day.days())
        .bind(kept.revision.saturating_sub(1))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// One rate.
pub(super) async fn one(
    pool: &Pool,
    tenant: &TenantId,
    key: &RateKey,
    moment: Known,
) -> Result<Option<Revision<Rate>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str()).push(" AND rate_table = ").push_bind(&key.table);
    query.push(" AND from_currency = ").push_bind(key.from.code());
    query.push(" AND into_currency = ").push_bind(key.into.code());
    query.push(" AND day = ").push_bind(key.day.days());
    known(&mut query, moment);
    query.build().fetch_optional(pool.reader()).await?.as_ref().map(read).transpose()
}

/// Rates by currencies and day.
pub(super) async fn list(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &RateQuery,
) -> Result<Vec<Revision<Rate>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str()).push(" AND rate_table = ").push_bind(&wanted.table);
    for (condition, of) in [(" AND from_currency = ", wanted.from), (" AND into_currency = ", wanted.into)] {
        if let Some(of) = of {
            query.push(condition).push_bind(of.code());
        }
    }
    known(&mut query, wanted.known);
    if let Some(key) = &wanted.after {
        query.push(" AND (from_currency, into_currency, day) > (").push_bind(key.from.code());
        query.push(", ").push_bind(key.into.code()).push(", ").push_bind(key.day.days()).push(")");
    }
    query.push(" ORDER BY from_currency, into_currency, day LIMIT ").push_bind(i64::from(wanted.limit));
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(read).collect()
}

/// Rates into a currency for some days, with the newest one before them.
pub(super) async fn into(
    pool: &Pool,
    tenant: &TenantId,
    table: &str,
    into: Currency,
    (from, to): Days,
    up_to_arrival: i64,
) -> Result<Vec<Revision<Rate>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str()).push(" AND rate_table = ").push_bind(table);
    query.push(" AND into_currency = ").push_bind(into.code());
    query.push(" AND day < ").push_bind(to.days());
    arrived(&mut query, up_to_arrival);
    query.push(
        " AND day >= COALESCE((SELECT MAX(x.day) FROM rates x WHERE x.tenant = rates.tenant \
         AND x.rate_table = rates.rate_table AND x.from_currency = rates.from_currency \
         AND x.into_currency = rates.into_currency AND x.day <= ",
    );
    query.push_bind(from.days()).push(" AND x.arrival <= ").push_bind(up_to_arrival);
    query.push("), rates.day) ORDER BY from_currency, day");
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(read).collect()
}

/// The rates into a currency of which some days see another revision after one arrival than after the other. Rates are
/// never withdrawn, so that one before the days counts only if no other one followed it by their beginning.
pub(super) async fn changed(
    pool: &Pool,
    tenant: &TenantId,
    (table, into): (&str, Currency),
    (from, to): Days,
    (since, up_to): (i64, i64),
) -> Result<Vec<RateKey>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT DISTINCT from_currency, day FROM rates WHERE ");
    revisions::changed(&mut query, tenant, (since, up_to));
    query.push(" AND rate_table = ").push_bind(table);
    query.push(" AND into_currency = ").push_bind(into.code());
    query.push(" AND day < ").push_bind(to.days());
    query.push(
        " AND NOT EXISTS (SELECT 1 FROM rates x WHERE x.tenant = rates.tenant AND x.rate_table = rates.rate_table \
         AND x.from_currency = rates.from_currency AND x.into_currency = rates.into_currency \
         AND x.day > rates.day AND x.day <= ",
    );
    // The plus as in `revisions::arrived`.
    query.push_bind(from.days()).push(" AND +x.arrival <= ").push_bind(since).push(") ORDER BY from_currency, day");
    let key = |row: &DbRow| {
        let from = currency(row.try_get("from_currency")?)?;
        Ok(RateKey { table: table.to_owned(), from, into, day: day(row, "day")? })
    };
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(key).collect()
}

/// Tables in the order of their ids.
pub(super) async fn tables(
    pool: &Pool,
    tenant: &TenantId,
    after: &str,
    limit: u32,
) -> Result<Vec<RateTable>, StoreError> {
    let rows = sqlx::query(
        "SELECT rate_table, COUNT(*) AS rates, MIN(day) AS first_day, MAX(day) AS last_day FROM rates \
         WHERE tenant = $1 AND rate_table > $2 AND until_arrival IS NULL \
         GROUP BY rate_table ORDER BY rate_table LIMIT $3",
    )
    .bind(tenant.as_str())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(pool.reader())
    .await?;
    let table = |row: &DbRow| {
        Ok(RateTable {
            id: row.try_get("rate_table")?,
            rates: row.try_get("rates")?,
            first_day: Date::from_days(row.try_get("first_day")?),
            last_day: Date::from_days(row.try_get("last_day")?),
        })
    };
    rows.iter().map(table).collect()
}
