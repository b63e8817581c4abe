//! Courses, definitions, sessions, persons, results, certificates, enrolments, and their history.

use async_trait::async_trait;
use partner_registry_domain::{
    duplicates::folded,
    training::{CertificateName, Collection, TrainingItem, TrainingName, TrainingRevision},
};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    Db, Pool, Tx,
    list::{escaped, push_condition},
    own::DueRow,
    rows::{json, to_json},
    training_rows::{self, ItemRow, TrainingRevisionRow, column, key, key_columns, push_is, select},
};
use crate::ports::{Due, TrainingColumn, TrainingQuery, TrainingReads, TrainingSource, TrainingTest, TrainingTx};

/// What every revision is read from.
const REVISIONS: &str = "SELECT action, actor, reason, record_time, snapshot FROM training_revisions WHERE tenant = ";

/// Reads in a store: outside a transaction, or in one.
macro_rules! reads {
    ($store:ty, $connection:ident) => {
        #[async_trait]
        impl TrainingSource for $store {
            async fn training_item(
                &mut self,
                tenant: &TenantId,
                name: &TrainingName,
            ) -> Result<Option<TrainingItem>, StoreError> {
                one(self.$connection(), tenant, name).await
            }

            async fn training_items(
                &mut self,
                tenant: &TenantId,
                query: &TrainingQuery,
            ) -> Result<Vec<TrainingItem>, StoreError> {
                let rows: Vec<ItemRow> = page(tenant, query).build_query_as().fetch_all(self.$connection()).await?;
                rows.into_iter().map(|row| row.read(query.collection)).collect()
            }

            async fn training_revision(
                &mut self,
                tenant: &TenantId,
                name: &TrainingName,
                revision: i64,
            ) -> Result<Option<TrainingRevision>, StoreError> {
                let mut query = QueryBuilder::<Db>::new(REVISIONS);
                query.push_bind(tenant.as_str()).push(" AND subject = ").push_bind(name.to_string());
                query.push(" AND revision = ").push_bind(revision);
                let row: Option<TrainingRevisionRow> =
                    query.build_query_as().fetch_optional(self.$connection()).await?;
                row.map(TrainingRevisionRow::read).transpose()
            }
        }
    };
}

reads!(Pool, reader);
reads!(Tx, conn);

#[async_trait]
impl TrainingReads for Pool {
    fn training_source(&self) -> Box<dyn TrainingSource> {
        Box::new(self.clone())
    }

    async fn training_revisions(
        &self,
        tenant: &TenantId,
        name: &TrainingName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<TrainingRevision>, StoreError> {
        let mut query = QueryBuilder::<Db>::new(REVISIONS);
        query.push_bind(tenant.as_str()).push(" AND subject = ").push_bind(name.to_string());
        query.push(" AND revision < ").push_bind(before.unwrap_or(i64::MAX));
        query.push(" ORDER BY revision DESC LIMIT ").push_bind(i64::from(limit));
        let rows: Vec<TrainingRevisionRow> = query.build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(TrainingRevisionRow::read).collect()
    }

    async fn due_certificates(
        &self,
        today: Date,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Due<CertificateName>>, StoreError> {
        let rows: Vec<DueRow> = sqlx::query_as(
            "SELECT tenant, partner_id, id, uid FROM certificates
             WHERE state = 'ISSUED' AND expires_on < $1 AND uid > $2 ORDER BY uid LIMIT $3",
        )
        .bind(today.days())
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(DueRow::read).collect()
    }
}

#[async_trait]
impl TrainingTx for Tx {
    async fn lock_catalogue(&mut self, tenant: &TenantId) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO training_catalogues (tenant) VALUES ($1)
             ON CONFLICT (tenant) DO UPDATE SET tenant = excluded.tenant",
        )
        .bind(tenant.as_str())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn take_places(&mut self, tenant: &TenantId, session: &ResourceId, count: i32) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE training_sessions SET enrolled = enrolled + $1
             WHERE tenant = $2 AND id = $3 AND enrolled + $1 >= 0 AND enrolled + $1 <= capacity",
        )
        .bind(i64::from(count))
        .bind(tenant.as_str())
        .bind(session.as_str())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn write_training(&mut self, tenant: &TenantId, item: &TrainingItem) -> Result<(), StoreError> {
        if item.stamp().revision == 1 {
            training_rows::insert(self, tenant, item).await
        } else {
            training_rows::update(self, tenant, item).await
        }
    }

    async fn add_training_revision(
        &mut self,
        tenant: &TenantId,
        revision: &TrainingRevision,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO training_revisions (tenant, subject, revision, action, actor, reason, record_time, snapshot)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(tenant.as_str())
        .bind(revision.item.name().to_string())
        .bind(revision.item.stamp().revision)
        .bind(&revision.action)
        .bind(&revision.actor)
        .bind(&revision.reason)
        .bind(revision.record_time.0)
        .bind(to_json(&revision.item)?)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn erase_history(&mut self, tenant: &TenantId, person: &TrainingName) -> Result<(), StoreError> {
        let subject = person.to_string();
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT revision, snapshot FROM training_revisions WHERE tenant = $1 AND subject = $2")
                .bind(tenant.as_str())
                .bind(&subject)
                .fetch_all(self.conn())
                .await?;
        for (revision, snapshot) in rows {
            let TrainingItem::Person(person) = json(&snapshot)? else { continue };
            let erased = to_json(&TrainingItem::Person(person.without_personal_data()))?;
            sqlx::query(
                "UPDATE training_revisions SET snapshot = $1 WHERE tenant = $2 AND subject = $3 AND revision = $4",
            )
            .bind(erased)
            .bind(tenant.as_str())
            .bind(&subject)
            .bind(revision)
            .execute(self.conn())
            .await?;
        }
        Ok(())
    }
}

async fn one<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    name: &TrainingName,
) -> Result<Option<TrainingItem>, StoreError> {
    let mut query = select(name.collection, tenant);
    push_is(&mut query, name);
    let row: Option<ItemRow> = query.build_query_as().fetch_optional(executor).await?;
    row.map(|row| row.read(name.collection)).transpose()
}

/// The query of a page, in the order of names.
fn page(tenant: &TenantId, query: &TrainingQuery) -> QueryBuilder<Db> {
    let mut sql = select(query.collection, tenant);
    if let Some(span) = &query.partners {
        if span.first == span.last {
            sql.push(" AND partner_id = ").push_bind(span.first.to_string());
        } else {
            sql.push(" AND partner_id >= ").push_bind(span.first.to_string());
            sql.push(" AND partner_id <= ").push_bind(span.last.to_string());
        }
    }
    let columns = key_columns(query.collection);
    if let Some(after) = &query.after {
        sql.push(" AND (").push(columns).push(") > (");
        let mut values = sql.separated(", ");
        for (_, value) in key(after) {
            values.push_bind(value);
        }
        sql.push(")");
    }
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push_condition(&mut sql, condition, &|sql, test| push_test(sql, query.collection, test));
    }
    sql.push(" ORDER BY ").push(columns).push(" LIMIT ").push_bind(query.limit.map_or(i64::MAX, i64::from));
    sql
}

/// Pushes a test, which is never NULL.
fn push_test(sql: &mut QueryBuilder<Db>, collection: Collection, test: &TrainingTest) {
    let mut named = |asked: TrainingColumn, operator: &str| {
        let (column, is_folded) = column(collection, asked);
        sql.push(column).push(" IS NOT NULL AND ").push(column).push(operator);
        is_folded
    };
    match test {
        TrainingTest::Is(asked, text) => {
            let is_folded = named(*asked, " = ");
            sql.push_bind(if is_folded { folded(text) } else { text.clone() });
        }
        TrainingTest::Has(asked, fragment) => {
            named(*asked, " LIKE ");
            sql.push_bind(format!("%{}%", escaped(&folded(fragment)))).push(r" ESCAPE '\'");
        }
        TrainingTest::Flag(asked, flag) => {
            named(*asked, " = ");
            sql.push_bind(i64::from(*flag));
        }
        TrainingTest::Before(asked, day) => {
            named(*asked, " < ");
            sql.push_bind(day.days());
        }
        TrainingTest::On(asked, day) => {
            named(*asked, " = ");
            sql.push_bind(day.days());
        }
        TrainingTest::After(asked, day) => {
            named(*asked, " > ");
            sql.push_bind(day.days());
        }
    }
}
