//! The evidence log: its end, which whoever adds locks, its entries, and its complete subtrees, so that a proof reads as
//! many rows as the log has doublings.

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use tributary_core::{TenantId, Timestamp};
use tributary_evidence::{Frontier, Hash, NodeId, leaf};

use super::{Db, Pool, Tx};
use crate::{Evidence, EvidenceStore, EvidenceTx, NewEvidence, StoreError, push_rows};

type DbRow = <Db as sqlx::Database>::Row;

/// Rows of one statement, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl EvidenceTx for Tx {
    async fn attest(&mut self, tenant: &TenantId, entries: &[NewEvidence], now: Timestamp) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        // Written even though nothing changes yet: so the row is locked until the end.
        let row = sqlx::query(
            "INSERT INTO evidence_heads (tenant, size, peaks) VALUES ($1, 0, $2)
             ON CONFLICT (tenant) DO UPDATE SET size = evidence_heads.size RETURNING size, peaks",
        )
        .bind(tenant.as_str())
        .bind(Vec::<u8>::new())
        .fetch_one(self.conn())
        .await?;
        let mut end = frontier(&row)?;
        let first = stored(end.size())?;
        let nodes: Vec<(NodeId, Hash)> =
            entries.iter().flat_map(|entry| end.push(leaf(entry.content.as_bytes()))).collect();
        for (from, chunk) in (first..).step_by(ROWS_PER_STATEMENT).zip(entries.chunks(ROWS_PER_STATEMENT)) {
            let mut query =
                QueryBuilder::<Db>::new("INSERT INTO evidence (tenant, position, subject, content, record_time) ");
            query.push_values((from..).zip(chunk), |mut row, (position, entry)| {
                row.push_bind(tenant.as_str()).push_bind(position).push_bind(&entry.subject);
                row.push_bind(&entry.content).push_bind(now.0);
            });
            query.build().persistent(chunk.len() == 1).execute(self.conn()).await?;
        }
        for chunk in nodes.chunks(ROWS_PER_STATEMENT) {
            let mut rows = Vec::with_capacity(chunk.len());
            for (id, hash) in chunk {
                rows.push((i64::from(id.level), stored(id.index)?, hash.to_vec()));
            }
            let mut query = QueryBuilder::<Db>::new("INSERT INTO evidence_nodes (tenant, level, place, hash) ");
            query.push_values(rows, |mut row, (level, place, hash)| {
                row.push_bind(tenant.as_str()).push_bind(level).push_bind(place).push_bind(hash);
            });
            query.build().persistent(chunk.len() < 3).execute(self.conn()).await?;
        }
        let moved = sqlx::query("UPDATE evidence_heads SET size = $1, peaks = $2 WHERE tenant = $3 AND size = $4")
            .bind(stored(end.size())?)
            .bind(end.peaks().concat())
            .bind(tenant.as_str())
            .bind(first)
            .execute(self.conn())
            .await?;
        if moved.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

#[async_trait]
impl EvidenceStore for Pool {
    async fn evidence_frontier(&self, tenant: &TenantId) -> Result<Frontier, StoreError> {
        let row = sqlx::query("SELECT size, peaks FROM evidence_heads WHERE tenant = $1")
            .bind(tenant.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map_or_else(|| Ok(Frontier::default()), frontier)
    }

    async fn evidence_nodes(&self, tenant: &TenantId, nodes: &[NodeId]) -> Result<Vec<(NodeId, Hash)>, StoreError> {
        let mut found = Vec::with_capacity(nodes.len());
        for chunk in nodes.chunks(ROWS_PER_STATEMENT) {
            let mut wanted = Vec::with_capacity(chunk.len());
            for id in chunk {
                wanted.push((i64::from(id.level), stored(id.index)?));
            }
            let mut query = QueryBuilder::<Db>::new("SELECT level, place, hash FROM evidence_nodes WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND (level, place) IN ");
            push_rows(&mut query, wanted, |mut row, (level, place)| {
                row.push_bind(level).push_bind(place);
            });
            for row in query.build().persistent(false).fetch_all(self.reader()).await? {
                let level = u32::try_from(row.try_get::<i64, _>(0)?).map_err(|_| corrupt("a level is no number"))?;
                let id = NodeId { level, index: number(row.try_get(1)?)? };
                found.push((id, hash(row.try_get(2)?)?));
            }
        }
        Ok(found)
    }

    async fn evidence(&self, tenant: &TenantId, from: i64, limit: u32) -> Result<Vec<Evidence>, StoreError> {
        let text = "SELECT position, subject, content, record_time FROM evidence \
                    WHERE tenant = $1 AND position >= $2 ORDER BY position LIMIT $3";
        let read = sqlx::query(text).bind(tenant.as_str()).bind(from).bind(i64::from(limit));
        read.fetch_all(self.reader()).await?.iter().map(entry).collect()
    }

    async fn evidence_about(&self, tenant: &TenantId, subject: &str) -> Result<Vec<Evidence>, StoreError> {
        let text = "SELECT position, subject, content, record_time FROM evidence \
                    WHERE tenant = $1 AND subject = $2 ORDER BY position";
        let read = sqlx::query(text).bind(tenant.as_str()).bind(subject);
        read.fetch_all(self.reader()).await?.iter().map(entry).collect()
    }
}

fn entry(row: &DbRow) -> Result<Evidence, StoreError> {
    Ok(Evidence {
        position: row.try_get(0)?,
        subject: row.try_get(1)?,
        content: row.try_get(2)?,
        record_time: Timestamp(row.try_get(3)?),
    })
}

fn frontier(row: &DbRow) -> Result<Frontier, StoreError> {
    let peaks: Vec<u8> = row.try_get(1)?;
    let (hashes, rest) = peaks.as_chunks::<32>();
    let end = Frontier::new(number(row.try_get(0)?)?, hashes.to_vec());
    end.filter(|_| rest.is_empty()).ok_or_else(|| corrupt("the end does not fit its size"))
}

fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    bytes.try_into().map_err(|_| corrupt("a hash is not 32 bytes"))
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("evidence: {what}"))
}

fn stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Internal("an evidence log beyond 63 bits".to_owned()))
}

fn number(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| corrupt("a place is below 0"))
}
