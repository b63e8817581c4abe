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
