//! What migrations make of rows that were there before them.

use incentive_calculation_server::store::{postgres, sqlite};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, migrate::Migrator};
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase, engines};

/// What was there before a version of the schema.
fn before(all: &Migrator, version: i64) -> Migrator {
    Migrator::with_migrations(all.iter().filter(|one| one.version < version).cloned().collect())
}

/// Keys of proofs with what they stand for, once a version of the schema has come over rows that were there.
async fn proofs(engine: Engine, version: i64, rows: &str) -> Vec<(String, String, i64)> {
    let database = TestDatabase::create(engine).await;
    let insert = AssertSqlSafe(format!("INSERT INTO subsidy_proofs (tenant, proof, subsidy_id, claim) VALUES {rows}"));
    let read = "SELECT proof, subsidy_id, claim FROM subsidy_proofs ORDER BY subsidy_id, claim, proof";
    let options = || PoolOptions::for_service("test");
    match engine {
        Engine::Sqlite => {
            let pool = tributary_sql::sqlite::Pool::open(database.place(), options()).await.expect("opened");
            pool.migrate(&before(&sqlite::MIGRATIONS, version)).await.expect("as it was");
            let mut own = SqliteConnection::connect(database.url()).await.expect("connected");
            sqlx::query(insert).execute(&mut own).await.expect("kept");
            pool.migrate(&sqlite::MIGRATIONS).await.expect("migrated");
            sqlx::query_as(read).fetch_all(&mut own).await.expect("rows")
        }
        Engine::Postgres => {
            let pool = tributary_sql::postgres::Pool::open(database.url(), options()).await.expect("opened");
            pool.migrate(&before(&postgres::MIGRATIONS, version)).await.expect("as it was");
            let mut own = PgConnection::connect(database.url()).await.expect("connected");
            sqlx::query(insert).execute(&mut own).await.expect("kept");
            pool.migrate(&postgres::MIGRATIONS).await.expect("migrated");
            sqlx::query_as(read).fetch_all(&mut own).await.expect("rows")
        }
    }
}

#[tokio::test]
async fn invoices_of_before_are_spelled_as_those_of_now() {
    let rows = "('acme', 'invoice 91310 24-1', 'a', 1), ('acme', 'invoice 91310 241', 'b', 1), \
                ('acme', 'invoice ９１３１０ ＡＢ２４－３', 'c', 2), ('acme', 'invoice 91310 24–4\u{200b}', 'd', 1), \
                ('acme', 'sha256 0a-1', 'e', 1), ('other', 'invoice 91310 24-1', 'f', 1)";
    for engine in engines() {
        let kept = proofs(engine, 202, rows).await;
        let kept: Vec<_> =
            kept.iter().map(|(proof, subsidy, claim)| (proof.as_str(), subsidy.as_str(), *claim)).collect();
        let expected = [
            // The same invoice as that of b: neither loses its key.
            ("invoice 91310 24-1", "a", 1),
            ("invoice 91310 241", "b", 1),
            ("invoice 91310 AB243", "c", 2),
            ("invoice 91310 244", "d", 1),
            ("sha256 0a-1", "e", 1),
            ("invoice 91310 241", "f", 1),
        ];
        assert_eq!(kept, expected);
    }
}
