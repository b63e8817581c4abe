//! SQLite finds rows by the index that leads to few of them, from the first day of a store on.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first surprise")]

use sqlx::{QueryBuilder, Row, Sqlite};
use tributary_sql::{PoolOptions, push_rows, sqlite::Pool};

/// Keys of two columns, an index that tells more than the key does, and one over some of the rows.
const TABLES: &str = "
    CREATE TABLE sales (
        tenant TEXT NOT NULL, system TEXT NOT NULL, id TEXT NOT NULL, payee TEXT NOT NULL, batch INTEGER NOT NULL,
        original TEXT NOT NULL, PRIMARY KEY (tenant, system, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sales_by_payee ON sales (tenant, payee);
    CREATE INDEX sales_by_batch ON sales (tenant, batch);
    CREATE INDEX sales_by_original ON sales (tenant, system, original) WHERE original <> '';";

async fn plan(pool: &Pool, mut query: QueryBuilder<Sqlite>) -> String {
    let rows = query.build().fetch_all(pool.reader()).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).filter(|step| step.contains("sales")).collect()
}

fn pairs(start: &str, end: &str) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new("EXPLAIN QUERY PLAN SELECT batch FROM sales WHERE tenant = 't'");
    query.push(start);
    push_rows(&mut query, [("a", "b"), ("c", "d")], |mut row, (system, id)| {
        row.push_bind(system).push_bind(id);
    });
    query.push(end);
    query
}

#[tokio::test]
async fn rows_are_found_by_the_index_that_leads_to_few() {
    let directory = tempfile::tempdir().unwrap();
    let migrations = directory.path().join("migrations");
    std::fs::create_dir(&migrations).unwrap();
    std::fs::write(migrations.join("0900_sales.sql"), TABLES).unwrap();
    let migrator = sqlx::migrate::Migrator::new(migrations.as_path()).await.unwrap();
    // The second time the file is there, and is told nothing new.
    for _ in 0..2 {
        let pool = Pool::open(directory.path().join("store.db"), PoolOptions::for_service("test")).await.unwrap();
        pool.migrate(&migrator).await.unwrap();
        let keys = plan(&pool, pairs(" AND batch < 9 AND (system, id) IN ", "")).await;
        assert!(keys.contains("USING PRIMARY KEY (tenant=? AND system=? AND id=?)"), "{keys}");
        let originals = plan(&pool, pairs(" AND original <> '' AND batch < 9 AND (system, original) IN ", "")).await;
        assert!(
            originals.contains("USING INDEX sales_by_original (tenant=? AND system=? AND original=?)"),
            "{originals}"
        );
        let payee = QueryBuilder::new(
            "EXPLAIN QUERY PLAN SELECT batch FROM sales WHERE tenant = 't' AND payee = 'p' ORDER BY system, id LIMIT 9",
        );
        let payee = plan(&pool, payee).await;
        assert!(payee.contains("USING INDEX sales_by_payee (tenant=? AND payee=?)"), "{payee}");
        let batches = QueryBuilder::new(
            "EXPLAIN QUERY PLAN SELECT id FROM sales WHERE tenant = 't' AND batch > 3 AND batch <= 9 AND payee > 'p'",
        );
        let batches = plan(&pool, batches).await;
        assert!(batches.contains("USING INDEX sales_by_batch (tenant=? AND batch>? AND batch<?)"), "{batches}");
    }
}
