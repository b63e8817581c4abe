//! A store with one table of a service: `ledger`, whose rows stand for effects.

use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use tributary_core::{NewEvent, TenantId, Timestamp};
use tributary_sql::{PoolOptions, UnitOfWork};
use tributary_testkit::{CountingIds, TestDatabase};
use uuid::Uuid;

use super::{ENGINE, Pool, Tx};

/// 2012-07-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp(1_341_100_800_000_000);

pub fn ledger() -> Migrator {
    let sql = "CREATE TABLE ledger (
        entry BIGINT NOT NULL PRIMARY KEY,
        amount BIGINT NOT NULL CONSTRAINT amount_positive CHECK (amount > 0),
        parent BIGINT REFERENCES ledger (entry)
    )";
    migrator(&[(100, sql)])
}

pub fn migrator(migrations: &[(i64, &'static str)]) -> Migrator {
    let migrations = migrations.iter().map(|(number, sql)| {
        Migration::new(*number, "of the service".into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// A fresh, migrated store; `None` (and a line on stdout) where the engine is not available.
pub async fn store() -> Option<(TestDatabase, Pool)> {
    let database = empty().await?;
    let pool = again(&database).await;
    pool.migrate(&ledger()).await.expect("migrated");
    Some((database, pool))
}

pub async fn empty() -> Option<TestDatabase> {
    if ENGINE.is_available() { Some(TestDatabase::create(ENGINE).await) } else { None }
}

/// One more pool on the same database.
pub async fn again(database: &TestDatabase) -> Pool {
    Pool::open(database.place(), PoolOptions::for_service("ledger-service")).await.expect("opened")
}

pub fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub fn id(number: u64) -> Uuid {
    CountingIds::numbered(number)
}

pub fn event(number: u64, subject: &str) -> NewEvent {
    NewEvent {
        id: id(number),
        tenant: tenant(),
        event_type: "tributary.ledger.v1.EntryMade".to_owned(),
        subject: subject.to_owned(),
        time: NOW,
        data: number.to_be_bytes().to_vec(),
    }
}

pub async fn publish(pool: &Pool, events: impl IntoIterator<Item = NewEvent>) {
    let mut tx = pool.begin().await.expect("begun");
    tx.publish_all(events.into_iter().collect()).await.expect("published");
    commit(tx).await;
}

pub async fn insert(tx: &mut Tx, entry: i64, amount: i64) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO ledger (entry, amount) VALUES ($1, $2)")
        .bind(entry)
        .bind(amount)
        .execute(tx.conn())
        .await
        .map(|_| ())
}

/// Stands for an effect: an entry of its own, so that several would all be kept if they happened.
pub async fn effect(tx: &mut Tx) {
    static LAST: AtomicI64 = AtomicI64::new(1_000_000);
    insert(tx, LAST.fetch_add(1, Ordering::SeqCst), 1).await.expect("an entry");
}

pub async fn commit(tx: Tx) {
    Box::new(tx).commit().await.expect("committed");
}

pub async fn entries(pool: &Pool) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM ledger").fetch_one(pool.reader()).await.expect("counted")
}
