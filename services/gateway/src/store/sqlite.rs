//! Keys in a SQLite file.

use std::path::Path;

pub use tributary_sql::sqlite::{Db, Pool, Tx};
use tributary_sql::{PoolOptions, StoreError};

#[path = "shared/audit.rs"]
mod audit;
#[path = "shared/feed.rs"]
mod feed;
#[path = "shared/keys.rs"]
mod keys;
#[path = "shared/webhooks.rs"]
mod webhooks;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// Opens the file and brings its tables up to date.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn open(path: &Path, options: PoolOptions) -> Result<Pool, StoreError> {
    let pool = Pool::open(path, options).await?;
    pool.migrate(&MIGRATIONS).await?;
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row as _};
    use tributary_sql::PoolOptions;

    use super::webhooks::{CLAIM, DUE};

    /// What is off or gone may leave very many deliveries behind: neither statement reads them.
    #[tokio::test]
    async fn hot_queries_go_through_their_indexes() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = PoolOptions::for_service("test");
        let pool = super::open(&folder.path().join("gateway.db"), options).await.expect("opens");
        for (sql, searches) in [
            (DUE, "SEARCH d USING COVERING INDEX webhook_deliveries_waiting (tenant=? AND webhook=?)"),
            (
                CLAIM,
                "SEARCH d USING COVERING INDEX webhook_deliveries_waiting \
              (tenant=? AND webhook=? AND next_attempt_time<?)",
            ),
        ] {
            let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(pool.reader()).await;
            let steps: Vec<String> = plan.expect("a plan").iter().map(|row| row.get(3)).collect();
            assert!(steps.iter().any(|step| step.starts_with(searches)), "{searches}: {steps:#?}");
            assert!(!steps.iter().any(|step| step.starts_with("SCAN d")), "{steps:#?}");
        }
    }
}
