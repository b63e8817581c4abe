//! Sums per day of live accruals: filters with the batch they have reached, days and keys by partner.

use std::collections::BTreeMap;

use async_trait::async_trait;
use incentive_calculation_domain::accrual::{Added, CountedKey, DayKey, DaySums, Filter};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Currency, Date, TenantId};
use tributary_sql::{StoreError, push_rows};

use super::{Connection, Db, DbRow, Pool, Tx, facts, plans::json};
use crate::ports::{
    StoredFact,
    accruals::{AccrualReads, AccrualTx, KeptDay, KeptFilter},
};

/// Rows of one statement: at most 11 values each, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl AccrualReads for Pool {
    async fn tenants_with_active_plans(&self) -> Result<Vec<TenantId>, StoreError> {
        let tenants: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT tenant FROM plan_versions WHERE state = 'ACTIVE' ORDER BY tenant")
                .fetch_all(self.reader())
                .await?;
        tenants.into_iter().map(|t| TenantId::parse(&t).map_err(StoreError::Corrupt)).collect()
    }

    async fn active_numbers(&self, tenant: &TenantId) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT plan_id, version FROM plan_versions WHERE tenant = $1 AND state = 'ACTIVE' ORDER BY plan_id, version",
        )
        .bind(tenant.as_str())
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    async fn filter_behind(&self, tenant: &TenantId, batch: i64) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM accrual_filters WHERE tenant = $1 AND through_batch < $2 LIMIT 1")
            .bind(tenant.as_str())
            .bind(batch)
            .fetch_optional(self.reader())
            .await?;
        Ok(row.is_some())
    }

    async fn accrual_filters(&self, tenant: &TenantId) -> Result<Vec<KeptFilter>, StoreError> {
        let rows = sqlx::query(
            "SELECT filter_id, body, through_batch FROM accrual_filters WHERE tenant = $1 ORDER BY filter_id",
        )
        .bind(tenant.as_str())
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(kept_filter).collect()
    }

    async fn facts_of_batches(
        &self,
        tenant: &TenantId,
        after: i64,
        through: i64,
    ) -> Result<Vec<StoredFact>, StoreError> {
        facts::of_batches(self, tenant, after, through).await
    }

    async fn facts_moved(&self, tenant: &TenantId, after: i64, through: i64) -> Result<Vec<StoredFact>, StoreError> {
        facts::moved(self, tenant, after, through).await
    }

    async fn accrual_days(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        partners: &[String],
        (from, to): (Date, Date),
    ) -> Result<Vec<KeptDay>, StoreError> {
        let mut days: BTreeMap<DayKey, KeptDay> = BTreeMap::new();
        for chunk in partners.chunks(ROWS_PER_STATEMENT) {
            let mut query = rows_of("partner_id, day, currency, net, gross, cost, quantity, facts", "accrual_days");
            window(&mut query, tenant, &filter.id, chunk, (from, to));
            for row in query.build().fetch_all(self.reader()).await? {
                let (key, sums) = day(&row)?;
                days.insert(key.clone(), KeptDay { key, sums, keys: Vec::new() });
            }
            let mut query = rows_of("partner_id, day, currency, counted_key, facts", "accrual_keys");
            window(&mut query, tenant, &filter.id, chunk, (from, to));
            for row in query.build().fetch_all(self.reader()).await? {
                let text: &str = row.try_get(3)?;
                let key = CountedKey::parse(text)
                    .ok_or_else(|| StoreError::Corrupt(format!("accrual_keys: {text:?} is not a key")))?;
                if let Some(day) = days.get_mut(&day_key(&row)?) {
                    day.keys.push((key, row.try_get(4)?));
                }
            }
        }
        Ok(days.into_values().collect())
    }

    async fn ever_below(&self, tenant: &TenantId, parents: &[String]) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for chunk in parents.chunks(ROWS_PER_STATEMENT) {
            let mut query = rows_of("DISTINCT partner_id", "hierarchy_links");
            query.push(" WHERE tenant = ").push_bind(tenant.as_str()).push(" AND parent_id IN (");
            let mut list = query.separated(", ");
            for parent in chunk {
                list.push_bind(parent.as_str());
            }
            query.push(")");
            found.extend(query.build_query_scalar::<String>().fetch_all(self.reader()).await?);
        }
        Ok(found)
    }

    async fn accrual_partners(
        &self,
        tenant: &TenantId,
        filters: &[String],
        (from, to): (Date, Date),
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        if filters.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = rows_of("DISTINCT partner_id", "accrual_days");
        query.push(" WHERE tenant = ").push_bind(tenant.as_str()).push(" AND filter_id IN (");
        let mut list = query.separated(", ");
        for filter in filters {
            list.push_bind(filter.as_str());
        }
        query.push(") AND partner_id > ").push_bind(after);
        query.push(" AND day >= ").push_bind(from.days()).push(" AND day < ").push_bind(to.days());
        query.push(" ORDER BY partner_id LIMIT ").push_bind(i64::from(limit));
        Ok(query.build_query_scalar().fetch_all(self.reader()).await?)
    }
}

#[async_trait]
impl AccrualTx for Tx {
    async fn add_filters(&mut self, tenant: &TenantId, filters: &[Filter]) -> Result<(), StoreError> {
        for filter in filters {
            sqlx::query(
                "INSERT INTO accrual_filters (tenant, filter_id, body, through_batch) VALUES ($1, $2, $3, 0) \
                 ON CONFLICT (tenant, filter_id) DO NOTHING",
            )
            .bind(tenant.as_str())
            .bind(filter.id())
            .bind(json(filter)?)
            .execute(self.conn())
            .await?;
        }
        Ok(())
    }

    async fn move_filter(&mut self, tenant: &TenantId, id: &str, from: i64, to: i64) -> Result<bool, StoreError> {
        let moved = sqlx::query(
            "UPDATE accrual_filters SET through_batch = $1 WHERE tenant = $2 AND filter_id = $3 AND through_batch = $4",
        )
        .bind(to)
        .bind(tenant.as_str())
        .bind(id)
        .bind(from)
        .execute(self.conn())
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    async fn day_sums(
        &mut self,
        tenant: &TenantId,
        filter: &str,
        keys: &[DayKey],
    ) -> Result<Vec<(DayKey, DaySums)>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(ROWS_PER_STATEMENT) {
            let mut query = rows_of("partner_id, day, currency, net, gross, cost, quantity, facts", "accrual_days");
            query.push(" WHERE tenant = ").push_bind(tenant.as_str()).push(" AND filter_id = ").push_bind(filter);
            query.push(" AND (partner_id, day, currency) IN ");
            push_rows(&mut query, chunk, |mut row, key| {
                row.push_bind(&key.partner).push_bind(key.day.days()).push_bind(key.currency.code());
            });
            for row in query.build().fetch_all(self.conn()).await? {
                found.push(day(&row)?);
            }
        }
        Ok(found)
    }

    async fn put_days(&mut self, tenant: &TenantId, filter: &str, days: &Added) -> Result<(), StoreError> {
        let (empty, sums): (Vec<_>, Vec<_>) = days.days.iter().partition(|(_, sums)| sums.facts == 0);
        put_sums(self.conn(), tenant, filter, &sums).await?;
        for chunk in empty.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new("DELETE FROM accrual_days WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND filter_id = ").push_bind(filter);
            query.push(" AND (partner_id, day, currency) IN ");
            push_rows(&mut query, chunk, |mut row, (key, _)| {
                row.push_bind(&key.partner).push_bind(key.day.days()).push_bind(key.currency.code());
            });
            query.build().execute(self.conn()).await?;
        }
        let (more, less): (Vec<_>, Vec<_>) = days.keys.iter().filter(|(_, n)| **n != 0).partition(|(_, n)| **n > 0);
        count_up(self.conn(), tenant, filter, &more).await?;
        count_down(self.conn(), tenant, filter, &less).await
    }
}

type Counted<'a> = (&'a (DayKey, CountedKey), &'a i64);

async fn put_sums(
    conn: &mut Connection,
    tenant: &TenantId,
    filter: &str,
    sums: &[(&DayKey, &DaySums)],
) -> Result<(), StoreError> {
    for chunk in sums.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO accrual_days (tenant, filter_id, partner_id, day, currency, net, gross, cost, quantity, facts) ",
        );
        query.push_values(chunk, |mut row, (key, sums)| {
            row.push_bind(tenant.as_str()).push_bind(filter).push_bind(&key.partner).push_bind(key.day.days());
            row.push_bind(key.currency.code()).push_bind(sums.net.to_string()).push_bind(sums.gross.to_string());
            row.push_bind(sums.cost.to_string()).push_bind(sums.quantity.to_string()).push_bind(sums.facts);
        });
        query.push(
            " ON CONFLICT (tenant, filter_id, partner_id, day, currency) DO UPDATE SET net = excluded.net, \
             gross = excluded.gross, cost = excluded.cost, quantity = excluded.quantity, facts = excluded.facts",
        );
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

async fn count_up(
    conn: &mut Connection,
    tenant: &TenantId,
    filter: &str,
    more: &[Counted<'_>],
) -> Result<(), StoreError> {
    for chunk in more.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO accrual_keys (tenant, filter_id, partner_id, day, currency, counted_key, facts) ",
        );
        query.push_values(chunk, |mut row, ((key, counted), facts)| {
            row.push_bind(tenant.as_str()).push_bind(filter).push_bind(&key.partner).push_bind(key.day.days());
            row.push_bind(key.currency.code()).push_bind(counted.text()).push_bind(**facts);
        });
        query.push(
            " ON CONFLICT (tenant, filter_id, partner_id, day, currency, counted_key) \
             DO UPDATE SET facts = accrual_keys.facts + excluded.facts",
        );
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Returns that moved to another day: few, one by one. A key of no fact any more is gone.
async fn count_down(
    conn: &mut Connection,
    tenant: &TenantId,
    filter: &str,
    less: &[Counted<'_>],
) -> Result<(), StoreError> {
    for ((key, counted), facts) in less {
        let of_key = |mut query: QueryBuilder<Db>| {
            query.push(" WHERE tenant = ").push_bind(tenant.as_str().to_owned());
            query.push(" AND filter_id = ").push_bind(filter.to_owned());
            query.push(" AND partner_id = ").push_bind(key.partner.clone());
            query.push(" AND day = ").push_bind(key.day.days()).push(" AND currency = ").push_bind(key.currency.code());
            query.push(" AND counted_key = ").push_bind(counted.text());
            query
        };
        let mut lower = QueryBuilder::<Db>::new("UPDATE accrual_keys SET facts = facts + ");
        lower.push_bind(**facts);
        of_key(lower).build().execute(&mut *conn).await?;
        let mut gone = of_key(QueryBuilder::<Db>::new("DELETE FROM accrual_keys"));
        gone.push(" AND facts = 0").build().execute(&mut *conn).await?;
    }
    Ok(())
}

fn rows_of(columns: &str, table: &str) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(columns).push(" FROM ").push(table);
    query
}

fn window(
    query: &mut QueryBuilder<Db>,
    tenant: &TenantId,
    filter: &str,
    partners: &[String],
    (from, to): (Date, Date),
) {
    query.push(" WHERE tenant = ").push_bind(tenant.as_str().to_owned());
    query.push(" AND filter_id = ").push_bind(filter.to_owned()).push(" AND partner_id IN (");
    let mut list = query.separated(", ");
    for partner in partners {
        list.push_bind(partner.clone());
    }
    query.push(") AND day >= ").push_bind(from.days()).push(" AND day < ").push_bind(to.days());
}

fn kept_filter(row: &DbRow) -> Result<KeptFilter, StoreError> {
    let body: String = row.try_get(1)?;
    let filter = serde_json::from_str(&body).map_err(|e| StoreError::Corrupt(format!("accrual_filters: {e}")))?;
    Ok(KeptFilter { id: row.try_get(0)?, filter, through_batch: row.try_get(2)? })
}

fn day_key(row: &DbRow) -> Result<DayKey, StoreError> {
    let currency = Currency::parse(row.try_get(2)?).map_err(StoreError::Corrupt)?;
    Ok(DayKey { partner: row.try_get(0)?, day: Date::from_days(row.try_get(1)?), currency })
}

fn day(row: &DbRow) -> Result<(DayKey, DaySums), StoreError> {
    let wide = |column: usize| -> Result<i128, StoreError> {
        let text: &str = row.try_get(column)?;
        text.parse().map_err(|e| StoreError::Corrupt(format!("accrual_days: {text:?} is not a sum: {e}")))
    };
    let sums = DaySums { net: wide(3)?, gross: wide(4)?, cost: wide(5)?, quantity: wide(6)?, facts: row.try_get(7)? };
    Ok((day_key(row)?, sums))
}
