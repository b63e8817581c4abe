//! The store on both engines. The SQL is written once in `shared/` and compiled once per engine.

pub mod postgres;
pub mod sqlite;

use std::sync::Arc;

use tributary_sql::{DeadLetterStore, OperationStore, OutboxStore, PoolOptions, StoreError, StoreUrl};

use crate::ports::IncentiveStore;

/// An opened, migrated store with the parts the workers need.
pub struct OpenStore {
    /// The service's own ports.
    pub store: Arc<dyn IncentiveStore>,
    /// The outbox of the same database.
    pub outbox: Arc<dyn OutboxStore>,
    /// Dead letters of the same database.
    pub dead_letters: Arc<dyn DeadLetterStore>,
    /// Operations of the same database.
    pub operations: Arc<dyn OperationStore>,
}

/// Opens and migrates the store at `url`.
///
/// # Errors
/// When the database cannot be reached, created or migrated.
pub async fn open(url: &StoreUrl, options: PoolOptions) -> Result<OpenStore, StoreError> {
    match url {
        StoreUrl::Sqlite(path) => {
            let pool = Arc::new(sqlite::Pool::open(path, options).await?);
            pool.migrate(&sqlite::MIGRATIONS).await?;
            Ok(OpenStore { store: pool.clone(), outbox: pool.clone(), dead_letters: pool.clone(), operations: pool })
        }
        StoreUrl::Postgres(url) => {
            let pool = Arc::new(postgres::Pool::open(url, options).await?);
            pool.migrate(&postgres::MIGRATIONS).await?;
            Ok(OpenStore { store: pool.clone(), outbox: pool.clone(), dead_letters: pool.clone(), operations: pool })
        }
    }
}
