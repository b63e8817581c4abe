//! Leaves of the trees over the statements of final runs.

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{Db, Pool, Tx, facts::hash};
use crate::ports::evidence::{StatementEvidenceReads, StatementEvidenceTx, StatementLeaf};

/// Rows of one statement, far under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl StatementEvidenceReads for Pool {
    async fn statement_leaves(&self, tenant: &TenantId, run: &str) -> Result<Vec<StatementLeaf>, StoreError> {
        let text =
            "SELECT statement_id, hash FROM statement_evidence WHERE tenant = $1 AND run_id = $2 ORDER BY position";
        let rows = sqlx::query(text).bind(tenant.as_str()).bind(run).fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok(StatementLeaf { statement: row.try_get(0)?, hash: hash(row.try_get(1)?)? })).collect()
    }
}

#[async_trait]
impl StatementEvidenceTx for Tx {
    async fn keep_statement_leaves(
        &mut self,
        tenant: &TenantId,
        run: &str,
        leaves: &[StatementLeaf],
    ) -> Result<(), StoreError> {
        for (from, chunk) in (0_i64..).step_by(ROWS_PER_STATEMENT).zip(leaves.chunks(ROWS_PER_STATEMENT)) {
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO statement_evidence (tenant, run_id, position, statement_id, hash) ",
            );
            query.push_values((from..).zip(chunk), |mut row, (position, leaf)| {
                row.push_bind(tenant.as_str()).push_bind(run).push_bind(position);
                row.push_bind(&leaf.statement).push_bind(leaf.hash.to_vec());
            });
            query.build().persistent(chunk.len() == ROWS_PER_STATEMENT).execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn known_log_key(&mut self, key: &str) -> Result<String, StoreError> {
        let text = "INSERT INTO evidence_key (only_row, key) VALUES (1, $1) \
                    ON CONFLICT (only_row) DO UPDATE SET key = evidence_key.key RETURNING key";
        Ok(sqlx::query_scalar(text).bind(key).fetch_one(self.conn()).await?)
    }

    async fn change_log_key(&mut self, key: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE evidence_key SET key = $1").bind(key).execute(self.conn()).await?;
        Ok(())
    }
}
