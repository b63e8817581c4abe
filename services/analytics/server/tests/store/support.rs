//! Opens a fresh store on each engine.

use std::sync::Arc;

use analytics_server::{
    ports::{
        ingest::IngestStore,
        journeys::JourneyReads,
        sales::{CampaignSums, SalesStore},
        targets::TargetStore,
        versions::VersionReads,
    },
    store,
};
use tributary_core::TenantId;
use tributary_sql::PoolOptions;
use tributary_testkit::{TestDatabase, engines};

/// A store and the database that holds it.
pub struct Opened {
    pub sales: Arc<dyn SalesStore>,
    pub campaigns: Arc<dyn CampaignSums>,
    pub ingest: Arc<dyn IngestStore>,
    pub journeys: Arc<dyn JourneyReads>,
    pub targets: Arc<dyn TargetStore>,
    pub versions: Arc<dyn VersionReads>,
    _database: TestDatabase,
}

/// One fresh store per engine.
pub async fn stores() -> Vec<Opened> {
    let mut opened = Vec::new();
    for engine in engines() {
        let database = TestDatabase::migrated(engine, async |url| {
            analytics_server::migrate(&url.parse().expect("a store url")).await.expect("migrated")
        })
        .await;
        let url = database.url().parse().expect("a store url");
        let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
        opened.push(Opened {
            sales: open.sales,
            campaigns: open.campaigns,
            ingest: open.ingest,
            journeys: open.journeys,
            targets: open.targets,
            versions: open.versions,
            _database: database,
        });
    }
    opened
}

pub fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub fn other_tenant() -> TenantId {
    TenantId::parse("other").expect("tenant")
}
