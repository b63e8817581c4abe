//! Periods and what true-ups settle of them.

use async_trait::async_trait;
use incentive_calculation_domain::{
    close::{LineKey, PayeeChanges, ProgrammePeriod, TrueUp},
    rate::RateKey,
    run::Run,
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, Days, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Connection, Db, DbRow, Pool, changes, figures,
    plans::{body, json},
    rates, stated,
};
use crate::ports::{Arrivals, Arrived, ClosingReads, SettledLine, StatedQuery};

/// Rows of one statement: 12 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const ONE: &str = "SELECT body FROM periods WHERE tenant = $1 AND programme = $2 AND period = $3";

pub(super) async fn lock_period(
    conn: &mut Connection,
    tenant: &TenantId,
    programme: &str,
    period: &str,
) -> Result<Option<ProgrammePeriod>, StoreError> {
    sqlx::query("UPDATE periods SET revision = revision WHERE tenant = $1 AND programme = $2 AND period = $3")
        .bind(tenant.as_str())
        .bind(programme)
        .bind(period)
        .execute(&mut *conn)
        .await?;
    let row = sqlx::query(ONE).bind(tenant.as_str()).bind(programme).bind(period).fetch_optional(conn).await?;
    row.as_ref().map(body).transpose()
}

pub(super) async fn all_periods(
    conn: &mut Connection,
    tenant: &TenantId,
    programme: &str,
) -> Result<Vec<ProgrammePeriod>, StoreError> {
    let rows =
        sqlx::query("SELECT body FROM periods WHERE tenant = $1 AND programme = $2 ORDER BY to_day, from_day, period")
            .bind(tenant.as_str())
            .bind(programme)
            .fetch_all(conn)
            .await?;
    rows.iter().map(body).collect()
}

pub(super) async fn insert_period(
    conn: &mut Connection,
    tenant: &TenantId,
    period: &ProgrammePeriod,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO periods (tenant, programme, period, from_day, to_day, state, revision, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant.as_str())
    .bind(period.programme.as_str())
    .bind(&period.period)
    .bind(period.from.days())
    .bind(period.to.days())
    .bind(period.state().as_str())
    .bind(period.revision)
    .bind(json(period)?)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update_period(
    conn: &mut Connection,
    tenant: &TenantId,
    period: &ProgrammePeriod,
) -> Result<(), StoreError> {
    let updated = sqlx::query(
        "UPDATE periods SET state = $1, revision = $2, body = $3, from_day = $4, to_day = $5 \
         WHERE tenant = $6 AND programme = $7 AND period = $8 AND revision = $9",
    )
    .bind(period.state().as_str())
    .bind(period.revision)
    .bind(json(period)?)
    .bind(period.from.days())
    .bind(period.to.days())
    .bind(tenant.as_str())
    .bind(period.programme.as_str())
    .bind(&period.period)
    .bind(period.revision.saturating_sub(1))
    .execute(conn)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

pub(super) async fn run_in_progress(
    conn: &mut Connection,
    tenant: &TenantId,
    programme: &str,
    period: &str,
) -> Result<bool, StoreError> {
    let held: Option<String> =
        sqlx::query_scalar("SELECT run_id FROM run_locks WHERE tenant = $1 AND programme = $2 AND period = $3")
            .bind(tenant.as_str())
            .bind(programme)
            .bind(period)
            .fetch_optional(conn)
            .await?;
    Ok(held.is_some())
}

pub(super) async fn insert_true_ups(
    conn: &mut Connection,
    tenant: &TenantId,
    run: &Run,
    true_ups: &[TrueUp],
) -> Result<(), StoreError> {
    let programme = run.programme.as_ref().map_or("", |p| p.as_str());
    let origins: Vec<_> = true_ups.iter().flat_map(|t| t.origins.iter().map(move |o| (t, o))).collect();
    for chunk in origins.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO true_up_origins (tenant, programme, period, run_id, partner, currency, slot, rule, part, \
             stated, difference, plan_version) ",
        );
        query.push_values(chunk, |mut row, (true_up, origin)| {
            row.push_bind(tenant.as_str())
                .push_bind(programme)
                .push_bind(&origin.period)
                .push_bind(&run.id)
                .push_bind(&true_up.partner)
                .push_bind(true_up.amount.currency.code())
                .push_bind(&origin.slot)
                .push_bind(&origin.rule)
                .push_bind(&origin.part)
                .push_bind(origin.stated.value)
                .push_bind(origin.difference.value)
                .push_bind(&origin.plan_version);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

const SETTLED: &str = "SELECT run_id, period, partner, currency, slot, rule, part, stated, difference, plan_version \
     FROM true_up_origins WHERE tenant = ";

fn settled(row: &DbRow) -> Result<SettledLine, StoreError> {
    Ok(SettledLine {
        run: row.try_get(0)?,
        period: row.try_get(1)?,
        key: LineKey {
            partner: row.try_get(2)?,
            currency: Currency::parse(row.try_get(3)?)
                .map_err(|e| StoreError::Corrupt(format!("true_up_origins: {e}")))?,
            slot: row.try_get(4)?,
            rule: row.try_get(5)?,
            part: row.try_get(6)?,
        },
        stated: row.try_get(7)?,
        difference: row.try_get(8)?,
        plan_version: row.try_get(9)?,
    })
}

#[async_trait]
impl ClosingReads for Pool {
    async fn period(
        &self,
        tenant: &TenantId,
        programme: &str,
        period: &str,
    ) -> Result<Option<ProgrammePeriod>, StoreError> {
        let query = sqlx::query(ONE).bind(tenant.as_str()).bind(programme).bind(period);
        query.fetch_optional(self.reader()).await?.as_ref().map(body).transpose()
    }

    async fn periods(
        &self,
        tenant: &TenantId,
        programme: &str,
        after: Option<(Date, Date, &str)>,
        limit: u32,
    ) -> Result<Vec<ProgrammePeriod>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT body FROM periods WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND programme = ").push_bind(programme);
        if let Some((to, from, period)) = after {
            query.push(" AND (to_day, from_day, period) < (").push_bind(to.days());
            query.push(", ").push_bind(from.days()).push(", ").push_bind(period.to_owned()).push(")");
        }
        query.push(" ORDER BY to_day DESC, from_day DESC, period DESC LIMIT ").push_bind(i64::from(limit));
        query.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn settled(&self, tenant: &TenantId, programme: &str, period: &str) -> Result<Vec<SettledLine>, StoreError> {
        let mut query = QueryBuilder::<Db>::new(SETTLED);
        query.push_bind(tenant.as_str()).push(" AND programme = ").push_bind(programme);
        query.push(" AND period = ").push_bind(period).push(" ORDER BY run_id");
        query.build().fetch_all(self.reader()).await?.iter().map(settled).collect()
    }

    async fn settled_by(&self, tenant: &TenantId, run: &str) -> Result<Vec<SettledLine>, StoreError> {
        let mut query = QueryBuilder::<Db>::new(SETTLED);
        query.push_bind(tenant.as_str()).push(" AND run_id = ").push_bind(run);
        query.build().fetch_all(self.reader()).await?.iter().map(settled).collect()
    }

    async fn arrived(
        &self,
        tenant: &TenantId,
        windows: &[(Date, Date)],
        since: i64,
        up_to: i64,
    ) -> Result<Arrived, StoreError> {
        changes::arrived(self, tenant, windows, since, up_to).await
    }

    async fn arrived_by_payee(
        &self,
        tenant: &TenantId,
        windows: &[(Date, Date)],
        since: i64,
        up_to: i64,
    ) -> Result<Vec<(String, PayeeChanges)>, StoreError> {
        changes::arrived_by_payee(self, tenant, windows, since, up_to).await
    }

    async fn attributes_arrived(
        &self,
        tenant: &TenantId,
        before: Date,
        since: i64,
        up_to: i64,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        changes::attributes_arrived(self, tenant, before, since, up_to).await
    }

    async fn batch_at(&self, tenant: &TenantId, time: Timestamp) -> Result<i64, StoreError> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT MAX(batch) FROM fact_batches WHERE tenant = $1 AND record_time <= $2")
                .bind(tenant.as_str())
                .bind(time.0)
                .fetch_one(self.reader())
                .await?;
        Ok(found.unwrap_or(0))
    }

    async fn arrivals_at(&self, tenant: &TenantId, time: Timestamp) -> Result<Arrivals, StoreError> {
        changes::arrivals_at(self, tenant, time).await
    }

    async fn figures_changed(
        &self,
        tenant: &TenantId,
        wanted: (&[String], Days),
        between: (i64, i64),
    ) -> Result<Vec<(String, i64)>, StoreError> {
        figures::changed(self, tenant, wanted, between).await
    }

    async fn rates_changed(
        &self,
        tenant: &TenantId,
        table: (&str, Currency),
        days: Days,
        between: (i64, i64),
    ) -> Result<Vec<RateKey>, StoreError> {
        rates::changed(self, tenant, table, days, between).await
    }

    async fn opening_lines_changed(
        &self,
        tenant: &TenantId,
        query: &StatedQuery,
        since: i64,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        stated::openings_changed(self, tenant, query, since).await
    }
}
