//! Deals, their history and the policy.

use async_trait::async_trait;
use partner_registry_domain::{Deal, DealName, DealPolicy, DealRevision, DealState, deal::Lead, duplicates::folded};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    Db, Pool, Tx, deal_leads,
    deal_rows::{self, DealRevisionRow, DealRow},
    list::{escaped, push_condition},
    own::{DueRow, push_after, push_is},
    rows::to_json,
};
use crate::ports::{DealDay, DealQuery, DealReads, DealSource, DealTest, DealTx, Due};

#[async_trait]
impl DealReads for Pool {
    fn deal_source(&self) -> Box<dyn DealSource> {
        Box::new(self.clone())
    }

    async fn deal(&self, tenant: &TenantId, name: &DealName) -> Result<Option<Deal>, StoreError> {
        one(self.reader(), tenant, name).await
    }

    async fn list_deals(&self, tenant: &TenantId, query: &DealQuery) -> Result<Vec<Deal>, StoreError> {
        let rows: Vec<DealRow> = page(tenant, query).build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(DealRow::read).collect()
    }

    async fn deal_revisions(
        &self,
        tenant: &TenantId,
        name: &DealName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DealRevision>, StoreError> {
        let rows: Vec<DealRevisionRow> = sqlx::query_as(
            "SELECT action, actor, reason, record_time, previous_state, previous_protection_end, snapshot
             FROM deal_revisions
             WHERE tenant = $1 AND partner_id = $2 AND deal_id = $3 AND revision < $4
             ORDER BY revision DESC LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(name.partner.as_str())
        .bind(name.id.as_str())
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(DealRevisionRow::read).collect()
    }

    async fn due_deals(&self, today: Date, after: Option<Uuid>, limit: u32) -> Result<Vec<Due<DealName>>, StoreError> {
        let rows: Vec<DueRow> = sqlx::query_as(
            "SELECT tenant, partner_id, id, uid FROM deals
             WHERE state = 'APPROVED' AND protection_end <= $1 AND uid > $2 ORDER BY uid LIMIT $3",
        )
        .bind(today.days())
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(DueRow::read).collect()
    }
}

/// Looks up in a store: outside a transaction, or in one.
macro_rules! looks_up {
    ($store:ty, $connection:ident) => {
        #[async_trait]
        impl DealSource for $store {
            async fn holder(
                &mut self,
                tenant: &TenantId,
                lead: &Lead,
                today: Date,
            ) -> Result<Option<Deal>, StoreError> {
                deal_leads::holder(self.$connection(), tenant, lead, today).await
            }

            async fn open_customers(
                &mut self,
                tenant: &TenantId,
                product_line: &str,
                not_of: Option<&ResourceId>,
                today: Date,
            ) -> Result<Vec<(DealName, String)>, StoreError> {
                deal_leads::open_customers(self.$connection(), tenant, product_line, not_of, today).await
            }

            async fn deal_policy(&mut self, tenant: &TenantId) -> Result<DealPolicy, StoreError> {
                deal_leads::policy(self.$connection(), tenant).await
            }
        }
    };
}

looks_up!(Pool, reader);
looks_up!(Tx, conn);

#[async_trait]
impl DealTx for Tx {
    async fn queue_leads(&mut self, tenant: &TenantId, product_line: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO deal_lines (tenant, product_line) VALUES ($1, $2)
             ON CONFLICT (tenant, product_line) DO UPDATE SET product_line = excluded.product_line",
        )
        .bind(tenant.as_str())
        .bind(product_line)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn stored_deal(&mut self, tenant: &TenantId, name: &DealName) -> Result<Option<Deal>, StoreError> {
        one(self.conn(), tenant, name).await
    }

    async fn write_deal(&mut self, tenant: &TenantId, deal: &Deal, today: Date) -> Result<(), StoreError> {
        if deal.revision == 1 {
            deal_rows::insert(self, tenant, deal).await?;
        } else {
            deal_rows::update(self, tenant, deal).await?;
        }
        deal_leads::hold(self, tenant, deal, today).await
    }

    async fn add_deal_revision(&mut self, tenant: &TenantId, revision: &DealRevision) -> Result<(), StoreError> {
        deal_rows::insert_revision(self, tenant, revision).await
    }

    async fn add_deal_policy(&mut self, tenant: &TenantId, policy: &DealPolicy) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO deal_policies (tenant, revision, body) VALUES ($1, $2, $3)")
            .bind(tenant.as_str())
            .bind(policy.revision)
            .bind(to_json(policy)?)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

/// The beginning of every query for deals, up to the condition on the tenant.
fn select(tenant: &TenantId) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT body FROM deals WHERE tenant = ");
    query.push_bind(tenant.as_str());
    query
}

async fn one<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    name: &DealName,
) -> Result<Option<Deal>, StoreError> {
    let mut query = select(tenant);
    push_is(&mut query, name);
    let row: Option<DealRow> = query.build_query_as().fetch_optional(executor).await?;
    row.map(DealRow::read).transpose()
}

/// The query of a page, in the order of partner and id.
fn page(tenant: &TenantId, query: &DealQuery) -> QueryBuilder<Db> {
    let mut sql = select(tenant);
    push_after(&mut sql, query.partner.as_ref(), query.after.as_ref());
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push_condition(&mut sql, condition, &|sql, test| push_test(sql, test, query.today));
    }
    sql.push(" ORDER BY partner_id, id LIMIT ").push_bind(i64::from(query.limit));
    sql
}

/// Pushes a test of a deal, which is never NULL.
fn push_test(sql: &mut QueryBuilder<Db>, test: &DealTest, today: Date) {
    match test {
        // An approved deal whose protection is over counts as expired, whether that is recorded yet or not.
        DealTest::State(state @ DealState::Approved) => {
            sql.push("state = ").push_bind(state.as_str());
            sql.push(" AND protection_end > ").push_bind(today.days());
        }
        DealTest::State(state @ DealState::Expired) => {
            sql.push("state = ").push_bind(state.as_str()).push(" OR state = ");
            sql.push_bind(DealState::Approved.as_str());
            sql.push(" AND protection_end <= ").push_bind(today.days());
        }
        DealTest::State(state) => {
            sql.push("state = ").push_bind(state.as_str());
        }
        DealTest::Customer(name) => {
            sql.push("customer_folded = ").push_bind(folded(name));
        }
        DealTest::CustomerContains(fragment) => {
            let pattern = format!("%{}%", escaped(&folded(fragment)));
            sql.push("customer_folded LIKE ").push_bind(pattern).push(r" ESCAPE '\'");
        }
        DealTest::ProductLine(line) => {
            sql.push("product_line = ").push_bind(line);
        }
        DealTest::Before(which, day) => push_day(sql, *which, " < ", *day),
        DealTest::On(which, day) => push_day(sql, *which, " = ", *day),
        DealTest::After(which, day) => push_day(sql, *which, " > ", *day),
    }
}

fn push_day(sql: &mut QueryBuilder<Db>, which: DealDay, operator: &str, day: Date) {
    let column = match which {
        DealDay::DecideBy => "decide_by",
        DealDay::ProtectionEnd => "protection_end",
    };
    sql.push(column).push(" IS NOT NULL AND ").push(column).push(operator).push_bind(day.days());
}
