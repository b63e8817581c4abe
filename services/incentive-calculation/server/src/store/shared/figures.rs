//! Figures and their revisions.

use incentive_calculation_domain::{
    canonical::decimal_text,
    figure::Figure,
    revised::{Revision, SourceKey},
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Days, TenantId};
use tributary_sql::StoreError;

use super::{
    Connection, Db, DbRow, Pool,
    partners::CHUNK,
    revisions::{self, ROWS_PER_STATEMENT, after, arrived, currency, day, decimal, known, source_key},
};
use crate::ports::{FigureQuery, Known};

const SELECT: &str = "SELECT source_system, source_id, revision, partner_id, figure, from_day, to_day, period, value, \
     currency, withdrawn, author, record_time, arrival FROM figures WHERE tenant = ";

fn read(row: &DbRow) -> Result<Revision<Figure>, StoreError> {
    let code: Option<String> = row.try_get("currency")?;
    let withdrawn: i64 = row.try_get("withdrawn")?;
    let figure = Figure {
        key: source_key(row)?,
        partner_id: row.try_get("partner_id")?,
        figure: row.try_get("figure")?,
        days: (day(row, "from_day")?, day(row, "to_day")?),
        period: row.try_get("period")?,
        value: decimal(row, "value")?,
        currency: code.as_deref().map(currency).transpose()?,
        withdrawn: withdrawn == 1,
    };
    revisions::revision(row, figure)
}

/// The figures that hold now, of some keys.
pub(super) async fn held(
    conn: &mut Connection,
    tenant: &TenantId,
    keys: &[SourceKey],
) -> Result<Vec<Revision<Figure>>, StoreError> {
    revisions::held(conn, tenant, SELECT, keys, read).await
}

/// Keeps revisions, oldest first.
pub(super) async fn keep(
    conn: &mut Connection,
    tenant: &TenantId,
    revisions: &[Revision<Figure>],
) -> Result<(), StoreError> {
    for chunk in revisions.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO figures (tenant, source_system, source_id, revision, partner_id, figure, from_day, to_day, \
             period, value, currency, withdrawn, author, record_time, arrival) ",
        );
        query.push_values(chunk, |mut row, kept| {
            let figure = &kept.content;
            row.push_bind(tenant.as_str())
                .push_bind(&figure.key.system)
                .push_bind(&figure.key.id)
                .push_bind(kept.revision)
                .push_bind(&figure.partner_id)
                .push_bind(&figure.figure)
                .push_bind(figure.days.0.days())
                .push_bind(figure.days.1.days())
                .push_bind(&figure.period)
                .push_bind(decimal_text(figure.value))
                .push_bind(figure.currency.map(Currency::code))
                .push_bind(i64::from(figure.withdrawn))
                .push_bind(&kept.author)
                .push_bind(kept.record_time.0)
                .push_bind(kept.arrival);
        });
        query.build().persistent(false).execute(&mut *conn).await?;
    }
    revisions::end_before(conn, tenant, "figures", revisions).await
}

/// One figure.
pub(super) async fn one(
    pool: &Pool,
    tenant: &TenantId,
    key: &SourceKey,
    moment: Known,
) -> Result<Option<Revision<Figure>>, StoreError> {
    revisions::one(pool, tenant, SELECT, key, moment, read).await
}

/// Figures in key order.
pub(super) async fn list(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &FigureQuery,
) -> Result<Vec<Revision<Figure>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str());
    for (condition, value) in [
        (" AND partner_id = ", &wanted.partner_id),
        (" AND figure = ", &wanted.figure),
        (" AND source_system = ", &wanted.source_system),
    ] {
        if let Some(value) = value {
            query.push(condition).push_bind(value);
        }
    }
    if let Some(day) = wanted.as_of {
        query.push(" AND from_day <= ").push_bind(day.days()).push(" AND to_day > ").push_bind(day.days());
    }
    known(&mut query, wanted.known);
    after(&mut query, wanted.after.as_ref());
    query.push(" ORDER BY source_system, source_id LIMIT ").push_bind(i64::from(wanted.limit));
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(read).collect()
}

/// Figures of some names that hold, as they had arrived.
pub(super) async fn named(
    pool: &Pool,
    tenant: &TenantId,
    (names, days): (&[String], Days),
    partner_ids: Option<&[String]>,
    up_to_arrival: i64,
) -> Result<Vec<Revision<Figure>>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let Some(partner_ids) = partner_ids else {
        return named_of(pool, tenant, (names, days), &[], up_to_arrival).await;
    };
    let mut all = Vec::new();
    for chunk in partner_ids.chunks(CHUNK) {
        all.extend(named_of(pool, tenant, (names, days), chunk, up_to_arrival).await?);
    }
    Ok(all)
}

/// Keeps figures that a run looks at: of some names, whose days lie in some days.
fn looked_at(query: &mut QueryBuilder<Db>, names: &[String], (from, to): Days) {
    query.push(" AND withdrawn = 0 AND from_day >= ").push_bind(from.days());
    query.push(" AND to_day <= ").push_bind(to.days());
    one_of(query, " AND figure IN (", names);
}

/// Keeps rows with one of some values.
fn one_of(query: &mut QueryBuilder<Db>, condition: &'static str, values: &[String]) {
    query.push(condition);
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    query.push(")");
}

/// Those of some partners, of all for none.
async fn named_of(
    pool: &Pool,
    tenant: &TenantId,
    (names, days): (&[String], Days),
    partner_ids: &[String],
    up_to_arrival: i64,
) -> Result<Vec<Revision<Figure>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str());
    looked_at(&mut query, names, days);
    if !partner_ids.is_empty() {
        one_of(&mut query, " AND partner_id IN (", partner_ids);
    }
    arrived(&mut query, up_to_arrival);
    query.push(" ORDER BY partner_id, figure, to_day, source_system, source_id");
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(read).collect()
}

/// How many of the figures that a run looks at hold after one arrival and not after the other, by partner.
pub(super) async fn changed(
    pool: &Pool,
    tenant: &TenantId,
    (names, days): (&[String], Days),
    between: (i64, i64),
) -> Result<Vec<(String, i64)>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // A correction is two revisions of one key.
    let mut query = QueryBuilder::<Db>::new(
        "SELECT c.partner_id, COUNT(*) FROM (SELECT DISTINCT partner_id, source_system, source_id FROM figures WHERE ",
    );
    revisions::changed(&mut query, tenant, between);
    looked_at(&mut query, names, days);
    query.push(") c GROUP BY c.partner_id ORDER BY c.partner_id");
    let rows = query.build().persistent(false).fetch_all(pool.reader()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
