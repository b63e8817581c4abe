//! Keys in a PostgreSQL database.
#![expect(clippy::duplicate_mod, reason = "one SQL text for both engines: each mounts the files of shared/ once")]

pub use tributary_sql::postgres::{Db, Pool, Tx};
use tributary_sql::{PoolOptions, StoreError};

#[path = "shared/audit.rs"]
mod audit;
#[path = "shared/feed.rs"]
mod feed;
#[path = "shared/keys.rs"]
mod keys;
#[path = "shared/webhooks.rs"]
mod webhooks;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn open(url: &str, options: PoolOptions) -> Result<Pool, StoreError> {
    let pool = Pool::open(url, options).await?;
    pool.migrate(&MIGRATIONS).await?;
    Ok(pool)
}
