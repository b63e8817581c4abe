//! Lines that an older system stated, and their revisions.

use incentive_calculation_domain::{
    canonical::decimal_text,
    opening::OpeningLine,
    revised::{Revision, SourceKey},
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Days, MinorAmount, TenantId};
use tributary_sql::StoreError;

use super::{
    Connection, Db, DbRow, Pool,
    revisions::{self, ROWS_PER_STATEMENT, after, arrived, currency, day, decimal, source_key},
};
use crate::ports::{Known, StatedQuery};

const SELECT: &str = "SELECT source_system, source_id, revision, programme, slot, rule, part, partner_id, period, from_day, \
     to_day, currency, amount, carried, withdrawn, author, record_time, arrival FROM opening_lines WHERE tenant = ";

fn read(row: &DbRow) -> Result<Revision<OpeningLine>, StoreError> {
    let withdrawn: i64 = row.try_get("withdrawn")?;
    let line = OpeningLine {
        key: source_key(row)?,
        programme: row.try_get("programme")?,
        slot: row.try_get("slot")?,
        rule: row.try_get("rule")?,
        part: row.try_get("part")?,
        partner_id: row.try_get("partner_id")?,
        period: row.try_get("period")?,
        days: (day(row, "from_day")?, day(row, "to_day")?),
        amount: MinorAmount { currency: currency(row.try_get("currency")?)?, value: row.try_get("amount")? },
        carried: decimal(row, "carried")?,
        withdrawn: withdrawn == 1,
    };
    revisions::revision(row, line)
}

/// The lines that hold now, of some keys.
pub(super) async fn held(
    conn: &mut Connection,
    tenant: &TenantId,
    keys: &[SourceKey],
) -> Result<Vec<Revision<OpeningLine>>, StoreError> {
    revisions::held(conn, tenant, SELECT, keys, read).await
}

/// Keeps revisions, oldest first.
pub(super) async fn keep(
    conn: &mut Connection,
    tenant: &TenantId,
    revisions: &[Revision<OpeningLine>],
) -> Result<(), StoreError> {
    for chunk in revisions.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO opening_lines (tenant, source_system, source_id, revision, programme, slot, rule, part, \
             partner_id, period, from_day, to_day, currency, amount, carried, withdrawn, author, record_time, arrival) ",
        );
        query.push_values(chunk, |mut row, kept| {
            let line = &kept.content;
            row.push_bind(tenant.as_str())
                .push_bind(&line.key.system)
                .push_bind(&line.key.id)
                .push_bind(kept.revision)
                .push_bind(&line.programme)
                .push_bind(&line.slot)
                .push_bind(&line.rule)
                .push_bind(&line.part)
                .push_bind(&line.partner_id)
                .push_bind(&line.period)
                .push_bind(line.days.0.days())
                .push_bind(line.days.1.days())
                .push_bind(line.amount.currency.code())
                .push_bind(line.amount.value)
                .push_bind(decimal_text(line.carried))
                .push_bind(i64::from(line.withdrawn))
                .push_bind(&kept.author)
                .push_bind(kept.record_time.0)
                .push_bind(kept.arrival);
        });
        query.build().persistent(false).execute(&mut *conn).await?;
    }
    revisions::end_before(conn, tenant, "opening_lines", revisions).await
}

/// One line.
pub(super) async fn one(
    pool: &Pool,
    tenant: &TenantId,
    key: &SourceKey,
) -> Result<Option<Revision<OpeningLine>>, StoreError> {
    revisions::one(pool, tenant, SELECT, key, Known::Now, read).await
}

/// Lines in key order.
pub(super) async fn list(
    pool: &Pool,
    tenant: &TenantId,
    programme: Option<&str>,
    partner_id: Option<&str>,
    key: Option<&SourceKey>,
    limit: u32,
) -> Result<Vec<Revision<OpeningLine>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str()).push(" AND until_arrival IS NULL");
    for (condition, value) in [(" AND programme = ", programme), (" AND partner_id = ", partner_id)] {
        if let Some(value) = value {
            query.push(condition).push_bind(value);
        }
    }
    after(&mut query, key);
    query.push(" ORDER BY source_system, source_id LIMIT ").push_bind(i64::from(limit));
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(read).collect()
}

/// The lines of earlier periods that hold after one arrival and not after the other: partner, key and days.
pub(super) async fn changed(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &StatedQuery,
    since: i64,
) -> Result<Vec<(String, SourceKey, Days)>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT partner_id, source_system, source_id, from_day, to_day FROM opening_lines WHERE ",
    );
    revisions::changed(&mut query, tenant, (since, wanted.up_to_arrival));
    earlier(&mut query, wanted);
    let line =
        |row: &DbRow| Ok((row.try_get("partner_id")?, source_key(row)?, (day(row, "from_day")?, day(row, "to_day")?)));
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(line).collect()
}

/// Keeps lines of earlier periods.
fn earlier(query: &mut QueryBuilder<Db>, wanted: &StatedQuery) {
    query.push(" AND withdrawn = 0 AND programme = ").push_bind(wanted.programme.clone());
    query.push(" AND from_day >= ").push_bind(wanted.from.days());
    query.push(" AND to_day <= ").push_bind(wanted.before.days());
}

/// The lines of earlier periods that hold, as they had arrived, by period and key.
pub(super) async fn stated(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &StatedQuery,
) -> Result<Vec<Revision<OpeningLine>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push_bind(tenant.as_str());
    earlier(&mut query, wanted);
    arrived(&mut query, wanted.up_to_arrival);
    query.push(" ORDER BY from_day, to_day, source_system, source_id");
    query.build().persistent(false).fetch_all(pool.reader()).await?.iter().map(read).collect()
}
