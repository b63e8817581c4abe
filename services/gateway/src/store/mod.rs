//! Where keys and the audit are kept: SQLite or PostgreSQL, with one SQL text.

use std::sync::Arc;

use tributary_sql::{PoolOptions, StoreError, StoreUrl};

use crate::ports::GatewayStore;

pub mod postgres;
pub mod sqlite;

/// Opens the store of a URL and brings its tables up to date.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn open(url: &StoreUrl) -> Result<Arc<dyn GatewayStore>, StoreError> {
    let options = PoolOptions::for_service(crate::SERVICE);
    Ok(match url {
        StoreUrl::Sqlite(path) => Arc::new(sqlite::open(path, options).await?),
        StoreUrl::Postgres(url) => Arc::new(postgres::open(url, options).await?),
    })
}
