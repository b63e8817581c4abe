//! The store on both engines. The SQL is written once in `shared/` and compiled once per engine.

pub mod postgres;
pub mod sqlite;

use std::sync::Arc;

use tributary_sql::{DeadLetterStore, PoolOptions, StoreError, StoreUrl};

use crate::ports::{SalesStore, journeys::JourneyStore};

/// An opened, migrated store with the part the bus needs.
pub struct OpenStore {
    /// The service's own ports.
    pub store: Arc<dyn SalesStore>,
    /// Journeys of the same database.
    pub journeys: Arc<dyn JourneyStore>,
    /// Dead letters of the same database.
    pub dead_letters: Arc<dyn DeadLetterStore>,
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
            Ok(OpenStore { store: pool.clone(), journeys: pool.clone(), dead_letters: pool })
        }
        StoreUrl::Postgres(url) => {
            let pool = Arc::new(postgres::Pool::open(url, options).await?);
            pool.migrate(&postgres::MIGRATIONS).await?;
            Ok(OpenStore { store: pool.clone(), journeys: pool.clone(), dead_letters: pool })
        }
    }
}
