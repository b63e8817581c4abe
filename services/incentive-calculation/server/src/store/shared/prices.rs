//! Price lists and promotions: kept whole as JSON beside the columns that queries and constraints need; items are rows.

use async_trait::async_trait;
use incentive_calculation_domain::price::{Item, PriceList, Promotion};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::{StoreError, push_rows};

use super::{
    Db, DbRow, Pool, Tx, counters,
    plans::{body, json},
};
use crate::ports::prices::{ItemQuery, ListVersion, PriceListQuery, PriceReads, PriceTx, PromotionQuery};

const LIST: &str = "SELECT body FROM price_list_versions WHERE tenant = $1 AND list_id = $2 AND version = $3";
const PROMOTION: &str = "SELECT body FROM promotions WHERE tenant = $1 AND promotion_id = $2";
/// SKUs and versions per statement of a read.
const CHUNK: usize = 500;

fn item(row: &DbRow) -> Result<Item, StoreError> {
    Ok(Item {
        sku: row.try_get("sku")?,
        list_price: row.try_get("list_price")?,
        unit: row.try_get("unit")?,
        product_line: row.try_get("product_line")?,
        floor_price: row.try_get("floor_price")?,
    })
}

fn replaced(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

#[async_trait]
impl PriceReads for Pool {
    async fn price_list(&self, tenant: &TenantId, list: &str, version: i64) -> Result<Option<PriceList>, StoreError> {
        let row =
            sqlx::query(LIST).bind(tenant.as_str()).bind(list).bind(version).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn price_lists(&self, tenant: &TenantId, query: &PriceListQuery) -> Result<Vec<PriceList>, StoreError> {
        let mut read = QueryBuilder::<Db>::new("SELECT body FROM price_list_versions WHERE tenant = ");
        read.push_bind(tenant.as_str().to_owned());
        if let Some(list) = &query.list {
            read.push(" AND list_id = ").push_bind(list.clone());
        }
        if let Some(state) = query.state {
            read.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(day) = query.day {
            read.push(" AND effective_from <= ").push_bind(day.days());
            read.push(" AND (effective_to IS NULL OR effective_to > ").push_bind(day.days()).push(")");
        }
        if let Some((list, version)) = &query.after {
            read.push(" AND (list_id, version) > (").push_bind(list.clone()).push(", ").push_bind(*version).push(")");
        }
        read.push(" ORDER BY list_id, version LIMIT ").push_bind(i64::from(query.limit));
        read.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn price_lists_on(&self, tenant: &TenantId, day: Date) -> Result<Vec<PriceList>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM price_list_versions WHERE tenant = $1 AND state IN ('APPROVED', 'RETIRED') \
             AND effective_from <= $2 AND (effective_to IS NULL OR effective_to > $2) ORDER BY list_id, version",
        )
        .bind(tenant.as_str())
        .bind(day.days())
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(body).collect()
    }

    async fn price_items(&self, tenant: &TenantId, query: &ItemQuery) -> Result<Vec<Item>, StoreError> {
        let rows = sqlx::query(
            "SELECT sku, list_price, unit, product_line, floor_price FROM price_items \
             WHERE tenant = $1 AND list_id = $2 AND version = $3 AND sku > $4 AND ($5 = '' OR product_line = $5) \
             ORDER BY sku LIMIT $6",
        )
        .bind(tenant.as_str())
        .bind(&query.of.0)
        .bind(query.of.1)
        .bind(&query.after)
        .bind(query.product_line.as_deref().unwrap_or_default())
        .bind(i64::from(query.limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(item).collect()
    }

    async fn priced(
        &self,
        tenant: &TenantId,
        versions: &[ListVersion],
        skus: &[String],
    ) -> Result<Vec<(ListVersion, Item)>, StoreError> {
        let mut found = Vec::new();
        for versions in versions.chunks(CHUNK) {
            for skus in skus.chunks(CHUNK) {
                let mut read = QueryBuilder::<Db>::new(
                    "SELECT list_id, version, sku, list_price, unit, product_line, floor_price FROM price_items \
                     WHERE tenant = ",
                );
                read.push_bind(tenant.as_str().to_owned()).push(" AND sku IN (");
                let mut wanted = read.separated(", ");
                for sku in skus {
                    wanted.push_bind(sku.clone());
                }
                read.push(") AND (list_id, version) IN ");
                push_rows(&mut read, versions, |mut row, (list, version)| {
                    row.push_bind(list.clone()).push_bind(*version);
                });
                for row in &read.build().persistent(false).fetch_all(self.reader()).await? {
                    found.push(((row.try_get("list_id")?, row.try_get("version")?), item(row)?));
                }
            }
        }
        Ok(found)
    }

    async fn promotion(&self, tenant: &TenantId, id: &str) -> Result<Option<Promotion>, StoreError> {
        let row = sqlx::query(PROMOTION).bind(tenant.as_str()).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn promotions(&self, tenant: &TenantId, query: &PromotionQuery) -> Result<Vec<Promotion>, StoreError> {
        let mut read = QueryBuilder::<Db>::new("SELECT body FROM promotions WHERE tenant = ");
        read.push_bind(tenant.as_str().to_owned());
        if let Some(state) = query.state {
            read.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(day) = query.day {
            read.push(" AND first_day <= ").push_bind(day.days()).push(" AND end_day > ").push_bind(day.days());
        }
        if !query.after.is_empty() {
            read.push(" AND promotion_id > ").push_bind(query.after.clone());
        }
        read.push(" ORDER BY promotion_id LIMIT ").push_bind(i64::from(query.limit));
        read.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn promotions_within(
        &self,
        tenant: &TenantId,
        first: Date,
        last: Date,
    ) -> Result<Vec<Promotion>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM promotions WHERE tenant = $1 AND state IN ('APPROVED', 'RETIRED') \
             AND end_day > $2 AND first_day <= $3 ORDER BY promotion_id",
        )
        .bind(tenant.as_str())
        .bind(first.days())
        .bind(last.days())
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(body).collect()
    }
}

#[async_trait]
impl PriceTx for Tx {
    async fn lock_prices(&mut self, tenant: &TenantId) -> Result<(), StoreError> {
        counters::next(self.conn(), tenant, counters::PRICES).await?;
        Ok(())
    }

    async fn next_price_version(&mut self, tenant: &TenantId, list: &str) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "INSERT INTO price_lists (tenant, list_id, last_version) VALUES ($1, $2, 1) \
             ON CONFLICT (tenant, list_id) DO UPDATE SET last_version = price_lists.last_version + 1 \
             RETURNING last_version",
        )
        .bind(tenant.as_str())
        .bind(list)
        .fetch_one(self.conn())
        .await?;
        Ok(row.try_get(0)?)
    }

    async fn price_list_of(
        &mut self,
        tenant: &TenantId,
        list: &str,
        version: i64,
    ) -> Result<Option<PriceList>, StoreError> {
        let row = sqlx::query(LIST).bind(tenant.as_str()).bind(list).bind(version).fetch_optional(self.conn()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_price_list(&mut self, tenant: &TenantId, list: &PriceList) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO price_list_versions \
             (tenant, list_id, version, state, effective_from, effective_to, revision, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(tenant.as_str())
        .bind(&list.id)
        .bind(list.version)
        .bind(list.life.state.as_str())
        .bind(list.from.days())
        .bind(list.to.map(Date::days))
        .bind(list.life.revision)
        .bind(json(list)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn update_price_list(&mut self, tenant: &TenantId, list: &PriceList) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE price_list_versions SET state = $1, revision = $2, body = $3 \
             WHERE tenant = $4 AND list_id = $5 AND version = $6 AND revision = $7",
        )
        .bind(list.life.state.as_str())
        .bind(list.life.revision)
        .bind(json(list)?)
        .bind(tenant.as_str())
        .bind(&list.id)
        .bind(list.version)
        .bind(list.life.revision.saturating_sub(1))
        .execute(self.conn())
        .await?;
        replaced(updated.rows_affected())
    }

    async fn put_price_items(
        &mut self,
        tenant: &TenantId,
        (list, version): &ListVersion,
        items: &[Item],
    ) -> Result<i64, StoreError> {
        let mut write = QueryBuilder::<Db>::new(
            "INSERT INTO price_items (tenant, list_id, version, sku, product_line, unit, list_price, floor_price) ",
        );
        write.push_values(items, |mut row, item| {
            row.push_bind(tenant.as_str())
                .push_bind(list)
                .push_bind(*version)
                .push_bind(&item.sku)
                .push_bind(&item.product_line)
                .push_bind(&item.unit)
                .push_bind(item.list_price)
                .push_bind(item.floor_price);
        });
        write.push(
            " ON CONFLICT (tenant, list_id, version, sku) DO UPDATE SET product_line = excluded.product_line, \
             unit = excluded.unit, list_price = excluded.list_price, floor_price = excluded.floor_price",
        );
        write.build().persistent(false).execute(self.conn()).await?;
        let count =
            sqlx::query_scalar("SELECT COUNT(*) FROM price_items WHERE tenant = $1 AND list_id = $2 AND version = $3")
                .bind(tenant.as_str())
                .bind(list)
                .bind(*version)
                .fetch_one(self.conn())
                .await?;
        Ok(count)
    }

    async fn copy_price_items(
        &mut self,
        tenant: &TenantId,
        from: &ListVersion,
        to: &ListVersion,
    ) -> Result<i64, StoreError> {
        let copied = sqlx::query(
            "INSERT INTO price_items (tenant, list_id, version, sku, product_line, unit, list_price, floor_price) \
             SELECT tenant, CAST($1 AS TEXT), CAST($2 AS BIGINT), sku, product_line, unit, list_price, floor_price \
             FROM price_items WHERE tenant = $3 AND list_id = $4 AND version = $5",
        )
        .bind(&to.0)
        .bind(to.1)
        .bind(tenant.as_str())
        .bind(&from.0)
        .bind(from.1)
        .execute(self.conn())
        .await?;
        i64::try_from(copied.rows_affected()).map_err(|e| StoreError::Internal(e.to_string()))
    }

    async fn lists_with_items_of(
        &mut self,
        tenant: &TenantId,
        (list, version): &ListVersion,
    ) -> Result<Vec<(PriceList, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT v.body, (SELECT MIN(a.sku) FROM price_items a JOIN price_items b \
             ON b.tenant = a.tenant AND b.list_id = v.list_id AND b.version = v.version AND b.sku = a.sku \
             WHERE a.tenant = v.tenant AND a.list_id = $2 AND a.version = $3) AS shared \
             FROM price_list_versions v WHERE v.tenant = $1 AND v.list_id <> $2 AND v.state IN ('APPROVED', 'RETIRED') \
             ORDER BY v.list_id, v.version",
        )
        .bind(tenant.as_str())
        .bind(list)
        .bind(*version)
        .fetch_all(self.conn())
        .await?;
        let mut found = Vec::new();
        for row in &rows {
            if let Some(sku) = row.try_get::<Option<String>, _>("shared")? {
                found.push((body(row)?, sku));
            }
        }
        Ok(found)
    }

    async fn promotion_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Promotion>, StoreError> {
        let row = sqlx::query(PROMOTION).bind(tenant.as_str()).bind(id).fetch_optional(self.conn()).await?;
        row.as_ref().map(body).transpose()
    }

    async fn insert_promotion(&mut self, tenant: &TenantId, promotion: &Promotion) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO promotions (tenant, promotion_id, state, first_day, end_day, revision, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(tenant.as_str())
        .bind(&promotion.id)
        .bind(promotion.life.state.as_str())
        .bind(promotion.first_day.days())
        .bind(promotion.end_day.days())
        .bind(promotion.life.revision)
        .bind(json(promotion)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn update_promotion(&mut self, tenant: &TenantId, promotion: &Promotion) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE promotions SET state = $1, revision = $2, body = $3 \
             WHERE tenant = $4 AND promotion_id = $5 AND revision = $6",
        )
        .bind(promotion.life.state.as_str())
        .bind(promotion.life.revision)
        .bind(json(promotion)?)
        .bind(tenant.as_str())
        .bind(&promotion.id)
        .bind(promotion.life.revision.saturating_sub(1))
        .execute(self.conn())
        .await?;
        replaced(updated.rows_affected())
    }
}
