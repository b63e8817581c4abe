//! Facts in columns, and the rows that are not in them.

use async_trait::async_trait;
use incentive_calculation_domain::engine::Fields;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{Db, Pool, Tx, measured};
use crate::{
    ports::{
        StoredFact,
        segments::{Loose, SegmentQuery, SegmentReads, SegmentTx, StoredSegment},
    },
    segment::{Encoded, month_of},
};

/// Rows of one statement: 7 values each, some of them long.
const ROWS_PER_STATEMENT: usize = 100;

#[async_trait]
impl SegmentReads for Pool {
    async fn sealed_through(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        let through = sqlx::query_scalar("SELECT through_batch FROM fact_seals WHERE tenant = $1")
            .bind(tenant.as_str())
            .fetch_optional(self.reader())
            .await?;
        Ok(through.unwrap_or(0))
    }

    async fn segments(&self, tenant: &TenantId, wanted: &SegmentQuery) -> Result<Vec<StoredSegment>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT partner_id, month, through_batch, facts, core");
        if wanted.rest {
            query.push(", rest");
        }
        query.push(" FROM fact_segments WHERE tenant = ").push_bind(tenant.as_str());
        if let Some((partner, month)) = &wanted.after {
            query.push(" AND (partner_id, month) > (").push_bind(partner).push(", ").push_bind(*month).push(")");
        }
        if let Some(partners) = &wanted.partners {
            query.push(" AND partner_id IN (");
            let mut list = query.separated(", ");
            partners.iter().for_each(|partner| {
                list.push_bind(partner);
            });
            query.push(")");
        }
        if !wanted.windows.is_empty() {
            query.push(" AND (");
            for (i, (from, to)) in wanted.windows.iter().enumerate() {
                query.push(if i == 0 { "month BETWEEN " } else { " OR month BETWEEN " }).push_bind(month_of(*from));
                query.push(" AND ").push_bind(month_of(to.plus_days(-1)));
            }
            query.push(")");
        }
        query.push(" ORDER BY partner_id, month LIMIT ").push_bind(i64::from(wanted.limit));
        let rows = query.build().fetch_all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                let rest = if wanted.rest { row.try_get(5)? } else { Vec::new() };
                Ok(StoredSegment {
                    partner_id: row.try_get(0)?,
                    month: row.try_get(1)?,
                    through_batch: row.try_get(2)?,
                    facts: row.try_get(3)?,
                    encoded: Encoded { core: row.try_get(4)?, rest },
                })
            })
            .collect()
    }

    async fn loose_facts(
        &self,
        tenant: &TenantId,
        loose: Loose,
        windows: &[(Date, Date)],
        fields: Fields,
        limit: u32,
    ) -> Result<Option<Vec<StoredFact>>, StoreError> {
        measured::loose(self, tenant, loose, windows, fields, limit).await
    }

    async fn facts_after(&self, tenant: &TenantId, batch: i64, limit: u32) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar(
            "SELECT COUNT(*) FROM (SELECT 1 FROM facts WHERE tenant = $1 AND batch > $2 LIMIT $3) AS counted",
        )
        .bind(tenant.as_str())
        .bind(batch)
        .bind(i64::from(limit))
        .fetch_one(self.reader())
        .await?;
        Ok(count)
    }

    async fn batches_of(&self, tenant: &TenantId, after: i64, facts: i64) -> Result<i64, StoreError> {
        let rows = sqlx::query(
            "SELECT batch, COUNT(*) FROM (SELECT batch FROM facts WHERE tenant = $1 AND batch > $2 ORDER BY batch \
             LIMIT $3) AS counted GROUP BY batch ORDER BY batch",
        )
        .bind(tenant.as_str())
        .bind(after)
        // One more than fit tells that the last batch is cut.
        .bind(facts.saturating_add(1))
        .fetch_all(self.reader())
        .await?;
        let (mut through, mut sum) = (0, 0_i64);
        for row in &rows {
            let (batch, count): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            sum = sum.saturating_add(count);
            if through > 0 && sum > facts {
                break;
            }
            through = batch;
        }
        Ok(through)
    }
}

#[async_trait]
impl SegmentTx for Tx {
    async fn put_segments(&mut self, tenant: &TenantId, segments: &[StoredSegment]) -> Result<(), StoreError> {
        for chunk in segments.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO fact_segments (tenant, partner_id, month, through_batch, facts, core, rest) ",
            );
            query.push_values(chunk, |mut row, segment| {
                row.push_bind(tenant.as_str())
                    .push_bind(&segment.partner_id)
                    .push_bind(segment.month)
                    .push_bind(segment.through_batch)
                    .push_bind(segment.facts)
                    .push_bind(&segment.encoded.core)
                    .push_bind(&segment.encoded.rest);
            });
            query.push(
                " ON CONFLICT (tenant, partner_id, month) DO UPDATE SET through_batch = excluded.through_batch, \
                 facts = excluded.facts, core = excluded.core, rest = excluded.rest \
                 WHERE fact_segments.through_batch < excluded.through_batch",
            );
            query.build().persistent(chunk.len() == ROWS_PER_STATEMENT).execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn move_sealed(&mut self, tenant: &TenantId, through: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO fact_seals (tenant, through_batch) VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE \
             SET through_batch = excluded.through_batch WHERE fact_seals.through_batch < excluded.through_batch",
        )
        .bind(tenant.as_str())
        .bind(through)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}
