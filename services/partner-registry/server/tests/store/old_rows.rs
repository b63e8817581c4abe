//! What migrations make of rows that were there before them.

use partner_registry_server::store::{postgres, sqlite};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, migrate::Migrator};
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase, engines};

/// What was there before a version of the schema.
fn before(all: &Migrator, version: i64) -> Migrator {
    Migrator::with_migrations(all.iter().filter(|one| one.version < version).cloned().collect())
}

/// Number, currency and what is used, once a version of the schema has come over uses that were there: partner, year,
/// number, currency, amount, and what was used then. Their partners are not there, which nothing looks at here.
async fn usages(engine: Engine, version: i64, rows: &[(&str, i64, i64, &str, i64, i64)]) -> Vec<(i64, String, i64)> {
    let database = TestDatabase::create(engine).await;
    let row = |(partner, year, number, currency, amount, used): &(&str, i64, i64, &str, i64, i64)| {
        let money = |value: &i64| format!(r#"{{"currency":"{currency}","value":{value}}}"#);
        let content = format!(r#"{{"amount":{},"used":{}}}"#, money(amount), money(used));
        format!("('acme', '{partner}', 'campaign', {year}, {number}, {used}, '{content}')")
    };
    let rows = rows.iter().map(row).collect::<Vec<_>>().join(", ");
    let columns = "tenant, partner_id, benefit, year, number, used, content";
    let insert = AssertSqlSafe(format!("INSERT INTO benefit_usages ({columns}) VALUES {rows}"));
    let read = "SELECT number, currency, used FROM benefit_usages ORDER BY partner_id, year, number";
    let options = || PoolOptions::for_service("test");
    match engine {
        Engine::Sqlite => {
            let pool = sqlite::Pool::open(database.place(), options()).await.expect("opened");
            pool.migrate(&before(&sqlite::MIGRATIONS, version)).await.expect("as it was");
            let mut own = SqliteConnection::connect(database.url()).await.expect("connected");
            sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut own).await.expect("set");
            sqlx::query(insert).execute(&mut own).await.expect("kept");
            pool.migrate(&sqlite::MIGRATIONS).await.expect("migrated");
            sqlx::query_as(read).fetch_all(&mut own).await.expect("rows")
        }
        Engine::Postgres => {
            let pool = postgres::Pool::open(database.url(), options()).await.expect("opened");
            pool.migrate(&before(&postgres::MIGRATIONS, version)).await.expect("as it was");
            let mut own = PgConnection::connect(database.url()).await.expect("connected");
            let free = "ALTER TABLE benefit_usages DROP CONSTRAINT benefit_usages_tenant_partner_id_fkey";
            sqlx::query(free).execute(&mut own).await.expect("set");
            sqlx::query(insert).execute(&mut own).await.expect("kept");
            pool.migrate(&postgres::MIGRATIONS).await.expect("migrated");
            sqlx::query_as(read).fetch_all(&mut own).await.expect("rows")
        }
    }
}

/// 30.00 CNY were used; then the allowance was given in USD, and what was used of both was one sum: 20.00 USD came back that
/// nobody had used, and count for nothing.
#[tokio::test]
async fn allowances_of_two_currencies_are_told_apart() {
    let rows = [
        ("a", 2026, 1, "CNY", 3_000, 3_000),
        ("a", 2026, 2, "USD", -2_000, 1_000),
        ("a", 2026, 3, "USD", 6_000, 7_000),
        ("a", 2026, 4, "CNY", 500, 7_500),
        ("a", 2026, 5, "USD", -1_000, 6_500),
        ("a", 2027, 1, "USD", 700, 700),
        ("b", 2026, 1, "CNY", 900, 900),
    ];
    let expected = [
        (1, "CNY", 3_000),
        (2, "USD", 0),
        (3, "USD", 6_000),
        (4, "CNY", 3_500),
        (5, "USD", 5_000),
        (1, "USD", 700),
        (1, "CNY", 900),
    ];
    for engine in engines() {
        let told = usages(engine, 131, &rows).await;
        let told: Vec<_> = told.iter().map(|(number, currency, used)| (*number, currency.as_str(), *used)).collect();
        assert_eq!(told, expected);
    }
}
