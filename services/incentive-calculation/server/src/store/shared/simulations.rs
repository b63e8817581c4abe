//! Simulations: kept whole as JSON, their changes beside them in an order that can be paged.

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Db, DbRow, Pool, Tx,
    plans::{body, json},
};
use crate::ports::simulations::{ChangeCursor, NamedChange, Simulation, SimulationReads, SimulationTx};

/// Rows of one statement, far under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl SimulationReads for Pool {
    async fn simulation(&self, tenant: &TenantId, id: &str) -> Result<Option<Simulation>, StoreError> {
        let row = sqlx::query("SELECT body FROM simulations WHERE tenant = $1 AND simulation_id = $2")
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn simulated_changes(
        &self,
        tenant: &TenantId,
        id: &str,
        descending: bool,
        after: Option<&ChangeCursor>,
        limit: u32,
    ) -> Result<Vec<(i64, NamedChange)>, StoreError> {
        let (side, order) = if descending { ("<", "DESC") } else { (">", "ASC") };
        let mut query = QueryBuilder::<Db>::new("SELECT body, ordinal FROM simulation_changes WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND simulation_id = ").push_bind(id);
        if let Some(after) = after {
            query.push(" AND (difference, ordinal) ").push(side).push(" (").push_bind(after.difference);
            query.push(", ").push_bind(after.ordinal).push(")");
        }
        query.push(" ORDER BY difference ").push(order).push(", ordinal ").push(order);
        query.push(" LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(self.reader()).await?;
        rows.iter().map(|row: &DbRow| Ok((row.try_get(1)?, body(row)?))).collect()
    }
}

#[async_trait]
impl SimulationTx for Tx {
    async fn forget_simulations(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let old = "SELECT tenant, simulation_id FROM simulations WHERE create_time < $1 ORDER BY create_time LIMIT $2";
        let old = sqlx::query(old).bind(before.0).bind(i64::from(most)).fetch_all(self.conn()).await?;
        let mut forgotten = 0;
        for row in &old {
            let (tenant, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            sqlx::query("DELETE FROM simulation_changes WHERE tenant = $1 AND simulation_id = $2")
                .bind(&tenant)
                .bind(&id)
                .execute(self.conn())
                .await?;
            // Another replica may have been first.
            forgotten += sqlx::query("DELETE FROM simulations WHERE tenant = $1 AND simulation_id = $2")
                .bind(&tenant)
                .bind(&id)
                .execute(self.conn())
                .await?
                .rows_affected();
        }
        Ok(forgotten)
    }

    async fn insert_simulation(
        &mut self,
        tenant: &TenantId,
        simulation: &Simulation,
        changes: &[NamedChange],
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO simulations (tenant, simulation_id, create_time, body) VALUES ($1, $2, $3, $4)")
            .bind(tenant.as_str())
            .bind(&simulation.id)
            .bind(simulation.create_time.0)
            .bind(json(simulation)?)
            .execute(self.conn())
            .await?;
        let numbered: Vec<_> = (0_i64..).zip(changes).collect();
        for chunk in numbered.chunks(ROWS_PER_STATEMENT) {
            let bodies = chunk.iter().map(|(_, change)| json(change)).collect::<Result<Vec<_>, _>>()?;
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO simulation_changes (tenant, simulation_id, ordinal, difference, body) ",
            );
            query.push_values(chunk.iter().zip(bodies), |mut row, ((ordinal, named), body)| {
                row.push_bind(tenant.as_str()).push_bind(&simulation.id).push_bind(*ordinal);
                row.push_bind(named.change.difference()).push_bind(body);
            });
            query.build().execute(self.conn()).await?;
        }
        Ok(())
    }
}
