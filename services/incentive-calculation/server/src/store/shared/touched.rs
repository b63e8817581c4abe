//! What can change lines between two snapshots.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{Db, Pool, facts::within};
use crate::ports::TouchedReads;

/// What arrives in the copy of partners.
const PARTNERS: [&str; 3] = ["partner_revisions", "tier_assignments", "hierarchy_links"];

/// Adds that a column lies in `(since, up_to]`.
fn between(query: &mut QueryBuilder<Db>, column: &str, (since, up_to): (i64, i64)) {
    query.push("(").push(column).push(" > ").push_bind(since);
    query.push(" AND ").push(column).push(" <= ").push_bind(up_to).push(")");
}

async fn names(pool: &Pool, mut query: QueryBuilder<Db>) -> Result<BTreeSet<String>, StoreError> {
    let rows = query.build().fetch_all(pool.reader()).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

#[async_trait]
impl TouchedReads for Pool {
    async fn partners_arrived(
        &self,
        tenant: &TenantId,
        since: i64,
        up_to: i64,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut all = BTreeSet::new();
        for table in PARTNERS {
            let mut query = QueryBuilder::<Db>::new("SELECT DISTINCT partner_id FROM ");
            query.push(table).push(" WHERE tenant = ").push_bind(tenant.as_str()).push(" AND ");
            between(&mut query, "arrival", (since, up_to));
            all.extend(names(self, query).await?);
        }
        Ok(all)
    }

    async fn runs_stated(
        &self,
        tenant: &TenantId,
        programme: &str,
        since: i64,
        up_to: i64,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT run_id FROM runs WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND programme = ").push_bind(programme).push(" AND ");
        between(&mut query, "stated_arrival", (since, up_to));
        names(self, query).await
    }

    async fn facts_gained(
        &self,
        tenant: &TenantId,
        windows: &[(Date, Date)],
        since: i64,
        up_to: i64,
    ) -> Result<i64, StoreError> {
        if windows.is_empty() || up_to <= since {
            return Ok(0);
        }
        // Facts that are new, on the days on which they count now. A link that came later than `up_to` is not known there.
        let mut query = QueryBuilder::<Db>::new(
            "SELECT COUNT(*) FROM facts f LEFT JOIN fact_links l \
             ON f.original_source_id <> '' AND l.tenant = f.tenant AND l.source_system = f.source_system \
             AND l.source_id = f.source_id AND l.batch <= ",
        );
        query.push_bind(up_to).push(" WHERE f.tenant = ").push_bind(tenant.as_str()).push(" AND ");
        between(&mut query, "f.batch", (since, up_to));
        query.push(" AND ((l.sale_day IS NULL AND (");
        within(&mut query, "f.occurred_on", windows);
        query.push(")) OR ");
        within(&mut query, "l.sale_day", windows);
        query.push(")");
        let new: i64 = query.build_query_scalar().persistent(false).fetch_one(self.reader()).await?;
        // Earlier returns whose sale has become known: from their own day to that of the sale.
        let mut query = QueryBuilder::<Db>::new("SELECT COUNT(*)");
        for (day, sign) in [("l.sale_day", ""), ("l.own_day", "-")] {
            query.push(", CAST(COALESCE(SUM(CASE WHEN ");
            within(&mut query, day, windows);
            query.push(" THEN ").push(sign).push("1 ELSE 0 END), 0) AS BIGINT)");
        }
        query.push(
            " FROM fact_links l JOIN facts f ON f.tenant = l.tenant \
             AND f.source_system = l.source_system AND f.source_id = l.source_id WHERE l.tenant = ",
        );
        query.push_bind(tenant.as_str()).push(" AND ");
        between(&mut query, "l.batch", (since, up_to));
        query.push(" AND f.batch <= ").push_bind(since);
        let row = query.build().persistent(false).fetch_one(self.reader()).await?;
        let (came, left): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        Ok(new.saturating_add(came).saturating_add(left))
    }
}
