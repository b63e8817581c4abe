//! The store on both engines. The SQL is written once in `shared/` and compiled once per engine.

pub mod postgres;
pub mod sqlite;

use std::sync::Arc;

use tributary_sql::{ArrivalStore, DeadLetterStore, OutboxStore, PoolOptions, StoreError, StoreUrl};

use crate::ports::{AlertStore, ContractStore, CopyStore, ObligationStore};

/// An opened, migrated store with the part the relay needs.
pub struct OpenStore {
    /// The service's own ports.
    pub store: Arc<dyn ContractStore>,
    /// Obligations in the same database.
    pub obligations: Arc<dyn ObligationStore>,
    /// Alerts, rules and turns in the same database.
    pub alerts: Arc<dyn AlertStore>,
    /// The copies of sales and documents in the same database.
    pub copies: Arc<dyn CopyStore>,
    /// Which batches of facts are in.
    pub arrivals: Arc<dyn ArrivalStore>,
    /// Dead letters of the same database.
    pub dead_letters: Arc<dyn DeadLetterStore>,
    /// The outbox of the same database.
    pub outbox: Arc<dyn OutboxStore>,
}

/// Every part of one pool. A macro, because the pools of the engines are types of their own.
macro_rules! whole {
    ($pool:ident) => {
        OpenStore {
            store: $pool.clone(),
            obligations: $pool.clone(),
            alerts: $pool.clone(),
            copies: $pool.clone(),
            arrivals: $pool.clone(),
            dead_letters: $pool.clone(),
            outbox: $pool,
        }
    };
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
            Ok(whole!(pool))
        }
        StoreUrl::Postgres(url) => {
            let pool = Arc::new(postgres::Pool::open(url, options).await?);
            pool.migrate(&postgres::MIGRATIONS).await?;
            Ok(whole!(pool))
        }
    }
}
