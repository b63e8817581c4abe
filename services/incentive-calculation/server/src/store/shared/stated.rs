//! What earlier periods stated: lines of final runs, and of an older system for periods that no run stated.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    opening::OpeningLine,
    revised::{Revised as _, Revision, SourceKey},
    run::Run,
};
use sqlx::Row;
use tributary_core::{Date, Days, Exact, MinorAmount, Period, TenantId};
use tributary_sql::StoreError;

use super::{Connection, DbRow, Pool, counters, openings, revisions::currency};
use crate::ports::{StatedQuery, StatedRow};

/// Says that a final run states its period.
pub(super) async fn mark(
    conn: &mut Connection,
    tenant: &TenantId,
    run: &Run,
    (from, to): Days,
) -> Result<(), StoreError> {
    let arrival = counters::next(conn, tenant, counters::ARRIVAL).await?;
    let marked = sqlx::query(
        "UPDATE runs SET stated_arrival = $1, stated_time = $2, from_day = $3, to_day = $4 \
         WHERE tenant = $5 AND run_id = $6",
    )
    .bind(arrival)
    .bind(run.end_time.unwrap_or(run.create_time).0)
    .bind(from.days())
    .bind(to.days())
    .bind(tenant.as_str())
    .bind(&run.id)
    .execute(conn)
    .await?;
    if marked.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Lines of earlier periods, by period.
pub(super) async fn lines(pool: &Pool, tenant: &TenantId, wanted: &StatedQuery) -> Result<Vec<StatedRow>, StoreError> {
    let runs = stating_runs(pool, tenant, wanted).await?;
    let mut all = Vec::new();
    for (days, run) in &runs {
        all.extend(of_run(pool, tenant, *days, run).await?);
    }
    let older = openings::stated(pool, tenant, wanted).await?;
    all.extend(older.into_iter().filter(|line| !runs.contains_key(&line.content.days)).map(of_opening));
    // Stable: within a period lines keep their order.
    all.sort_by_key(|row| row.days);
    Ok(all)
}

/// How many lines of an older system count after one arrival and not after the other, by partner: those of periods that
/// no run stated.
pub(super) async fn openings_changed(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &StatedQuery,
    since: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let changed = openings::changed(pool, tenant, wanted, since).await?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let runs = stating_runs(pool, tenant, wanted).await?;
    let mut keys: BTreeMap<String, BTreeSet<SourceKey>> = BTreeMap::new();
    for (partner, key, _) in changed.into_iter().filter(|(_, _, days)| !runs.contains_key(days)) {
        keys.entry(partner).or_default().insert(key);
    }
    Ok(keys.into_iter().map(|(partner, keys)| (partner, i64::try_from(keys.len()).unwrap_or(i64::MAX))).collect())
}

/// The newest final run of each period, or the one that is named.
async fn stating_runs(
    pool: &Pool,
    tenant: &TenantId,
    wanted: &StatedQuery,
) -> Result<BTreeMap<Days, String>, StoreError> {
    let rows = sqlx::query(
        "SELECT run_id, period, from_day, to_day FROM runs \
         WHERE tenant = $1 AND programme = $2 AND stated_arrival IS NOT NULL AND stated_arrival <= $3 \
         ORDER BY stated_arrival, run_id",
    )
    .bind(tenant.as_str())
    .bind(&wanted.programme)
    .bind(wanted.up_to_arrival)
    .fetch_all(pool.reader())
    .await?;
    let mut runs = BTreeMap::new();
    for row in rows {
        let (days, run): (Days, String) = (days(&row)?, row.try_get("run_id")?);
        let counts = wanted.runs.as_ref().is_none_or(|named| named.contains(&run));
        if counts && wanted.from <= days.0 && days.1 <= wanted.before {
            runs.insert(days, run);
        }
    }
    Ok(runs)
}

/// The days of a run's period. A run from before they were kept has a period whose text says everything.
fn days(row: &DbRow) -> Result<Days, StoreError> {
    let kept: (Option<i64>, Option<i64>) = (row.try_get("from_day")?, row.try_get("to_day")?);
    if let (Some(from), Some(to)) = kept {
        return Ok((Date::from_days(from), Date::from_days(to)));
    }
    let text: String = row.try_get("period")?;
    let period: Period = text.parse().map_err(|e: String| StoreError::Corrupt(format!("runs: {e}")))?;
    Ok((period.from(), period.to()))
}

async fn of_run(pool: &Pool, tenant: &TenantId, days: Days, run: &str) -> Result<Vec<StatedRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.partner_id, s.statement_id, s.currency, l.line_id, l.amount, l.carried \
         FROM statements s JOIN statement_lines l ON l.tenant = s.tenant AND l.statement_id = s.statement_id \
         WHERE s.tenant = $1 AND s.run_id = $2 ORDER BY s.business_key, s.currency, l.ordinal",
    )
    .bind(tenant.as_str())
    .bind(run)
    .fetch_all(pool.reader())
    .await?;
    rows.iter().map(|row| of_line(row, days)).collect()
}

fn of_line(row: &DbRow, days: Days) -> Result<StatedRow, StoreError> {
    let id: String = row.try_get("line_id")?;
    let statement: String = row.try_get("statement_id")?;
    let carried: Option<String> = row.try_get("carried")?;
    // "slot.rule" or "slot.rule.part"; none of the three has a point.
    let mut parts = id.splitn(3, '.').map(str::to_owned);
    Ok(StatedRow {
        partner_id: row.try_get("partner_id")?,
        slot: parts.next().unwrap_or_default(),
        rule: parts.next().unwrap_or_default(),
        part: parts.next().unwrap_or_default(),
        days,
        amount: MinorAmount { currency: currency(row.try_get("currency")?)?, value: row.try_get("amount")? },
        carried: carried.as_deref().map(fraction).transpose()?.unwrap_or_default(),
        source: format!("statements/{statement}/lines/{id}"),
    })
}

/// What a line hands on, as it is kept; `None`: nothing.
pub(super) fn carried(value: Option<&Exact>) -> Option<String> {
    value.filter(|value| !value.is_zero()).map(|value| format!("{}/{}", value.numerator(), value.denominator()))
}

fn fraction(text: &str) -> Result<Exact, StoreError> {
    serde_json::from_value(text.into()).map_err(|e| StoreError::Corrupt(format!("carried {text:?}: {e}")))
}

fn of_opening(kept: Revision<OpeningLine>) -> StatedRow {
    let source = format!("{}, revision {}", kept.content.name(), kept.revision);
    let line = kept.content;
    StatedRow {
        partner_id: line.partner_id,
        slot: line.slot,
        rule: line.rule,
        part: line.part,
        days: line.days,
        amount: line.amount,
        carried: line.carried.into(),
        source,
    }
}
