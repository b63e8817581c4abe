//! Runs, statements and lines: kept whole as JSON beside the columns that queries and constraints need.

use std::collections::BTreeMap;

use async_trait::async_trait;
use incentive_calculation_domain::run::{Run, Statement, StatementLine};
use sqlx::{QueryBuilder, Row};
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{
    Connection, Db, DbRow, Pool,
    plans::{body, json},
    stated,
};
use crate::ports::{RunReads, StatementCursor, StatementOrder};

/// Rows of one statement, far under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

pub(super) async fn lock(conn: &mut Connection, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO run_locks (tenant, programme, period, run_id) VALUES ($1, $2, $3, $4)")
        .bind(tenant.as_str())
        .bind(run.programme.as_ref().map_or("", |p| p.as_str()))
        .bind(&run.period)
        .bind(&run.id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn unlock(conn: &mut Connection, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM run_locks WHERE tenant = $1 AND run_id = $2")
        .bind(tenant.as_str())
        .bind(&run.id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn insert(conn: &mut Connection, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO runs (tenant, run_id, programme, period, create_time, body) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.as_str())
    .bind(&run.id)
    .bind(run.programme.as_ref().map_or("", |p| p.as_str()))
    .bind(&run.period)
    .bind(run.create_time.0)
    .bind(json(run)?)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(conn: &mut Connection, tenant: &TenantId, run: &Run) -> Result<(), StoreError> {
    let updated = sqlx::query("UPDATE runs SET body = $1 WHERE tenant = $2 AND run_id = $3")
        .bind(json(run)?)
        .bind(tenant.as_str())
        .bind(&run.id)
        .execute(conn)
        .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

pub(super) async fn insert_statements(
    conn: &mut Connection,
    tenant: &TenantId,
    statements: &[(Statement, Vec<StatementLine>)],
) -> Result<(), StoreError> {
    for chunk in statements.chunks(ROWS_PER_STATEMENT) {
        let bodies = chunk.iter().map(|(s, _)| json(s)).collect::<Result<Vec<_>, _>>()?;
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO statements (tenant, statement_id, run_id, partner_id, business_key, currency, total, body) ",
        );
        query.push_values(chunk.iter().zip(bodies), |mut row, ((statement, _), body)| {
            row.push_bind(tenant.as_str())
                .push_bind(&statement.id)
                .push_bind(&statement.run)
                .push_bind(statement.partner.trim_start_matches("partners/"))
                .push_bind(&statement.partner_business_key)
                .push_bind(statement.total.currency.code())
                .push_bind(statement.total.value)
                .push_bind(body);
        });
        query.build().execute(&mut *conn).await?;
    }
    let mut lines = Vec::new();
    for (statement, list) in statements {
        for (ordinal, line) in (0_i64..).zip(list) {
            let carried = stated::carried(line.trace.carried.as_ref());
            lines.push((statement.id.as_str(), ordinal, line.id(), line.amount.value, carried, json(line)?));
        }
    }
    for chunk in lines.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO statement_lines (tenant, statement_id, ordinal, line_id, amount, carried, body) ",
        );
        query.push_values(chunk, |mut row, (statement, ordinal, id, amount, carried, body)| {
            row.push_bind(tenant.as_str())
                .push_bind(*statement)
                .push_bind(*ordinal)
                .push_bind(id)
                .push_bind(*amount)
                .push_bind(carried)
                .push_bind(body);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Adds their lines to statements.
async fn with_lines(
    pool: &Pool,
    tenant: &TenantId,
    rows: &[DbRow],
) -> Result<Vec<(Statement, Vec<StatementLine>)>, StoreError> {
    let mut statements =
        rows.iter().map(|r| Ok((body(r)?, Vec::new()))).collect::<Result<Vec<(Statement, _)>, StoreError>>()?;
    if statements.is_empty() {
        return Ok(statements);
    }
    let mut query = QueryBuilder::<Db>::new("SELECT body, statement_id FROM statement_lines WHERE tenant = ");
    query.push_bind(tenant.as_str()).push(" AND statement_id IN (");
    let mut list = query.separated(", ");
    for (statement, _) in &statements {
        list.push_bind(statement.id.clone());
    }
    query.push(") ORDER BY statement_id, ordinal");
    let mut lines: BTreeMap<String, Vec<StatementLine>> = BTreeMap::new();
    for row in query.build().fetch_all(pool.reader()).await? {
        lines.entry(row.try_get(1)?).or_default().push(body(&row)?);
    }
    for (statement, list) in &mut statements {
        *list = lines.remove(&statement.id).unwrap_or_default();
    }
    Ok(statements)
}

#[async_trait]
impl RunReads for Pool {
    async fn run(&self, tenant: &TenantId, id: &str) -> Result<Option<Run>, StoreError> {
        let row = sqlx::query("SELECT body FROM runs WHERE tenant = $1 AND run_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn runs(
        &self,
        tenant: &TenantId,
        programme: &str,
        period: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Run>, StoreError> {
        // Run ids grow with time (UUIDv7), so the newest come first.
        let rows = sqlx::query(
            "SELECT body FROM runs WHERE tenant = $1 AND ($2 = '' OR programme = $2) AND ($3 = '' OR period = $3) \
             AND ($4 = '' OR run_id < $4) ORDER BY run_id DESC LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(programme)
        .bind(period)
        .bind(before.unwrap_or(""))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(body).collect()
    }

    async fn statement(
        &self,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Option<(Statement, Vec<StatementLine>)>, StoreError> {
        let row = sqlx::query("SELECT body FROM statements WHERE tenant = $1 AND statement_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        Ok(with_lines(self, tenant, row.as_slice()).await?.pop())
    }

    async fn statements(
        &self,
        tenant: &TenantId,
        run: &str,
        partner_id: &str,
        order: StatementOrder,
        after: Option<&StatementCursor>,
        limit: u32,
    ) -> Result<Vec<(Statement, Vec<StatementLine>)>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT body FROM statements WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND run_id = ").push_bind(run);
        if !partner_id.is_empty() {
            query.push(" AND partner_id = ").push_bind(partner_id);
        }
        if let Some(c) = after {
            let by_key = |query: &mut QueryBuilder<Db>| {
                query.push("(business_key, currency) > (").push_bind(c.business_key.clone());
                query.push(", ").push_bind(c.currency.clone()).push(")");
            };
            query.push(" AND ");
            match order {
                StatementOrder::ByPartner => by_key(&mut query),
                StatementOrder::ByTotalDescending => {
                    query.push("(total < ").push_bind(c.total).push(" OR (total = ").push_bind(c.total).push(" AND ");
                    by_key(&mut query);
                    query.push("))");
                }
            }
        }
        query.push(match order {
            StatementOrder::ByPartner => " ORDER BY business_key, currency LIMIT ",
            StatementOrder::ByTotalDescending => " ORDER BY total DESC, business_key, currency LIMIT ",
        });
        query.push_bind(i64::from(limit));
        let rows = query.build().fetch_all(self.reader()).await?;
        with_lines(self, tenant, &rows).await
    }
}
