//! The store on both engines. The SQL is written once in `shared/` and compiled once per engine.

pub mod postgres;
pub mod sqlite;

use std::sync::Arc;

use tributary_sql::{DeadLetterStore, OutboxStore, PoolOptions, StoreError, StoreUrl};

use crate::ports::{
    ingest::IngestStore,
    journeys::JourneyReads,
    sales::{CampaignSums, SalesStore},
    targets::TargetStore,
    versions::VersionReads,
};

/// An opened, migrated store with the parts the bus needs.
pub struct OpenStore {
    /// The copy of the facts.
    pub sales: Arc<dyn SalesStore>,
    /// Touchpoints and costs of the same database.
    pub campaigns: Arc<dyn CampaignSums>,
    /// Rows that come in, of the same database.
    pub ingest: Arc<dyn IngestStore>,
    /// Journeys of the same database.
    pub journeys: Arc<dyn JourneyReads>,
    /// Targets of the same database.
    pub targets: Arc<dyn TargetStore>,
    /// Which state the data of the same database are in.
    pub versions: Arc<dyn VersionReads>,
    /// Events of the same database.
    pub outbox: Arc<dyn OutboxStore>,
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
            Ok(OpenStore::of(pool))
        }
        StoreUrl::Postgres(url) => {
            let pool = Arc::new(postgres::Pool::open(url, options).await?);
            pool.migrate(&postgres::MIGRATIONS).await?;
            Ok(OpenStore::of(pool))
        }
    }
}

impl OpenStore {
    /// Every port of one pool.
    fn of<P>(pool: Arc<P>) -> Self
    where
        P: SalesStore
            + CampaignSums
            + IngestStore
            + JourneyReads
            + TargetStore
            + VersionReads
            + OutboxStore
            + DeadLetterStore
            + 'static,
    {
        Self {
            sales: pool.clone(),
            campaigns: pool.clone(),
            ingest: pool.clone(),
            journeys: pool.clone(),
            targets: pool.clone(),
            versions: pool.clone(),
            outbox: pool.clone(),
            dead_letters: pool,
        }
    }
}
