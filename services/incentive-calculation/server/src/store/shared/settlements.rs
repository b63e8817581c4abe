//! Settlements and exports: kept whole as JSON beside the columns that queries and constraints need.

use async_trait::async_trait;
use incentive_calculation_domain::settlement::{Export, RunAccrual, Settlement};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, TenantId};
use tributary_sql::{StoreError, push_rows};

use super::{
    Db, DbRow, Pool, Tx,
    plans::{body, json},
};
use crate::ports::settlements::{AccrualsOf, SettlementQuery, SettlementReads, SettlementTx};

/// Rows of one statement, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

const EXPORT: &str = "SELECT body FROM payable_exports WHERE tenant = $1 AND export_id = $2";

/// A query's conditions after `select`.
fn found(select: &str, tenant: &TenantId, wanted: &SettlementQuery) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(select);
    query.push(" FROM settlements WHERE tenant = ").push_bind(tenant.as_str().to_owned());
    let equal = [("programme", &wanted.programme), ("period", &wanted.period), ("partner_id", &wanted.partner)];
    for (column, value) in equal {
        if let Some(value) = value {
            query.push(" AND ").push(column).push(" = ").push_bind(value.clone());
        }
    }
    if !wanted.states.is_empty() {
        query.push(" AND state IN (");
        let mut list = query.separated(", ");
        for state in &wanted.states {
            list.push_bind(state.as_str());
        }
        query.push(")");
    }
    if wanted.payable {
        query.push(" AND payable > 0");
    }
    if !wanted.after.is_empty() {
        query.push(" AND settlement_id > ").push_bind(wanted.after.clone());
    }
    query
}

#[async_trait]
impl SettlementReads for Pool {
    async fn settlement(&self, tenant: &TenantId, id: &str) -> Result<Option<Settlement>, StoreError> {
        let row = sqlx::query("SELECT body FROM settlements WHERE tenant = $1 AND settlement_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn settlements(&self, tenant: &TenantId, query: &SettlementQuery) -> Result<Vec<Settlement>, StoreError> {
        let mut read = found("SELECT body", tenant, query);
        read.push(" ORDER BY settlement_id LIMIT ").push_bind(i64::from(query.limit));
        read.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn count_settlements(&self, tenant: &TenantId, query: &SettlementQuery) -> Result<i64, StoreError> {
        let row = found("SELECT COUNT(*)", tenant, query).build().fetch_one(self.reader()).await?;
        Ok(row.try_get(0)?)
    }

    async fn payable_export(&self, tenant: &TenantId, id: &str) -> Result<Option<Export>, StoreError> {
        let row = sqlx::query(EXPORT).bind(tenant.as_str()).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }
}

#[async_trait]
impl SettlementTx for Tx {
    async fn settlements_of(&mut self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Settlement>, StoreError> {
        let mut list = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new("SELECT body FROM settlements WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND settlement_id IN (");
            let mut wanted = query.separated(", ");
            for id in chunk {
                wanted.push_bind(id);
            }
            query.push(") ORDER BY settlement_id");
            for row in query.build().persistent(false).fetch_all(self.conn()).await? {
                list.push(body(&row)?);
            }
        }
        Ok(list)
    }

    async fn insert_settlements(&mut self, tenant: &TenantId, settlements: &[Settlement]) -> Result<(), StoreError> {
        for chunk in settlements.chunks(ROWS_PER_STATEMENT) {
            let bodies = chunk.iter().map(json).collect::<Result<Vec<_>, _>>()?;
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO settlements (tenant, settlement_id, programme, period, partner_id, currency, state, payable, \
                 revision, body) ",
            );
            query.push_values(chunk.iter().zip(bodies), |mut row, (settlement, body)| {
                row.push_bind(tenant.as_str())
                    .push_bind(&settlement.id)
                    .push_bind(&settlement.programme)
                    .push_bind(&settlement.period)
                    .push_bind(&settlement.partner)
                    .push_bind(settlement.currency.code())
                    .push_bind(settlement.state.as_str())
                    .push_bind(settlement.amounts.payable)
                    .push_bind(settlement.revision)
                    .push_bind(body);
            });
            query.build().persistent(false).execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn update_settlements(&mut self, tenant: &TenantId, settlements: &[Settlement]) -> Result<(), StoreError> {
        for chunk in settlements.chunks(ROWS_PER_STATEMENT) {
            let bodies = chunk.iter().map(json).collect::<Result<Vec<_>, _>>()?;
            let mut query = QueryBuilder::<Db>::new(
                "UPDATE settlements SET state = next.column2, payable = next.column3, revision = next.column4, \
                 body = next.column5 FROM (",
            );
            query.push_values(chunk.iter().zip(bodies), |mut row, (settlement, body)| {
                row.push_bind(&settlement.id)
                    .push_bind(settlement.state.as_str())
                    .push_bind(settlement.amounts.payable)
                    .push_bind(settlement.revision)
                    .push_bind(body);
            });
            query.push(") AS next WHERE settlements.tenant = ").push_bind(tenant.as_str());
            query.push(" AND settlements.settlement_id = next.column1 AND settlements.revision = next.column4 - 1");
            let updated = query.build().persistent(chunk.len() == 1).execute(self.conn()).await?;
            if usize::try_from(updated.rows_affected()) != Ok(chunk.len()) {
                return Err(StoreError::Conflict);
            }
        }
        Ok(())
    }

    async fn payable_export_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Export>, StoreError> {
        let row = sqlx::query(EXPORT).bind(tenant.as_str()).bind(id).fetch_optional(self.conn()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_payable_export(&mut self, tenant: &TenantId, export: &Export) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO payable_exports (tenant, export_id, create_time, body) VALUES ($1, $2, $3, $4)")
            .bind(tenant.as_str())
            .bind(&export.id)
            .bind(export.create_time.0)
            .bind(json(export)?)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn run_accruals(
        &mut self,
        tenant: &TenantId,
        (programme, period): (&str, &str),
        wanted: AccrualsOf<'_>,
    ) -> Result<Vec<RunAccrual>, StoreError> {
        let mut query = QueryBuilder::<Db>::new(
            "SELECT programme, period, partner_id, currency, statement_id, version, amount FROM run_accruals WHERE tenant = ",
        );
        query.push_bind(tenant.as_str()).push(" AND programme = ").push_bind(programme);
        query.push(" AND period = ").push_bind(period);
        match wanted {
            AccrualsOf::Partners([]) => return Ok(Vec::new()),
            AccrualsOf::Partners(partners) => {
                query.push(" AND partner_id IN (");
                let mut list = query.separated(", ");
                for partner in partners {
                    list.push_bind(partner);
                }
                query.push(") ORDER BY partner_id, currency");
            }
            AccrualsOf::Before(version, limit) => {
                query.push(" AND version < ").push_bind(version).push(" ORDER BY partner_id, currency LIMIT ");
                query.push_bind(i64::from(limit));
            }
        }
        query.build().persistent(false).fetch_all(self.conn()).await?.iter().map(run_accrual).collect()
    }

    async fn insert_run_accruals(&mut self, tenant: &TenantId, accruals: &[RunAccrual]) -> Result<(), StoreError> {
        for chunk in accruals.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO run_accruals (tenant, programme, period, partner_id, currency, statement_id, version, amount) ",
            );
            query.push_values(chunk, |mut row, accrual| {
                row.push_bind(tenant.as_str())
                    .push_bind(&accrual.programme)
                    .push_bind(&accrual.period)
                    .push_bind(&accrual.partner)
                    .push_bind(accrual.currency.code())
                    .push_bind(&accrual.statement)
                    .push_bind(accrual.version)
                    .push_bind(accrual.amount);
            });
            query.build().persistent(false).execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn delete_run_accruals(&mut self, tenant: &TenantId, accruals: &[RunAccrual]) -> Result<(), StoreError> {
        for chunk in accruals.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new("DELETE FROM run_accruals WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND (programme, period, partner_id, currency) IN ");
            push_rows(&mut query, chunk, |mut row, accrual| {
                row.push_bind(&accrual.programme)
                    .push_bind(&accrual.period)
                    .push_bind(&accrual.partner)
                    .push_bind(accrual.currency.code());
            });
            query.build().persistent(false).execute(self.conn()).await?;
        }
        Ok(())
    }
}

fn run_accrual(row: &DbRow) -> Result<RunAccrual, StoreError> {
    Ok(RunAccrual {
        programme: row.try_get("programme")?,
        period: row.try_get("period")?,
        partner: row.try_get("partner_id")?,
        currency: Currency::parse(row.try_get("currency")?).map_err(StoreError::Corrupt)?,
        statement: row.try_get("statement_id")?,
        version: row.try_get("version")?,
        amount: row.try_get("amount")?,
    })
}
