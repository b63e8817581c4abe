//! Puts the service together; the only file that names everything.

use std::sync::Arc;

use tributary_bus::{Bus, Relay};
use tributary_core::{Clock, Fault, IdSource};
use tributary_events::Events;
use tributary_lifecycle::Worker;
use tributary_rpc::{
    Edge,
    service::{Service, ServiceBuilder},
    token::TokenVerifier,
};
use tributary_sql::{OutboxStore, PoolOptions, StoreUrl};

use crate::{
    ERROR_DOMAIN, Settings,
    app::Registry,
    ports::RegistryStore,
    rpc,
    store::{postgres, sqlite},
    workers,
};

/// Name of the service, and source of its events.
pub const NAME: &str = "partner-registry";

/// What the service needs from outside.
#[derive(Clone)]
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where events go.
    pub bus: Arc<dyn Bus>,
    /// Whose tokens are trusted.
    pub verifier: TokenVerifier,
}

/// Opens and migrates the store and builds the service.
///
/// # Errors
/// `INVALID_REQUEST` with every wrong setting; the store's fault when it cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let checked = settings.check()?;
    let (store, outbox) = open(&settings).await?;
    let owner = format!("{NAME}-{}", deps.ids.uuid().simple());
    let relay = Arc::new(Relay::new(NAME, outbox.clone(), deps.bus, deps.clock.clone(), owner));
    let waker = relay.clone();
    let registry = Arc::new(Registry {
        store,
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        zone: checked.zone,
        max_depth: checked.max_depth,
        wake: Box::new(move || waker.wake()),
    });
    let edge = Edge::new(ERROR_DOMAIN);
    let events = Events::new(edge.clone(), NAME, outbox.clone(), relay.clone(), Vec::new());
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock, deps.ids)
        .add(rpc::partners(edge.clone(), registry.clone()))
        .add(rpc::tiers(edge.clone(), registry.clone()))
        .add(rpc::hierarchy(edge.clone(), registry.clone()))
        .add(rpc::documents(edge.clone(), registry.clone()))
        .add(rpc::territories(edge.clone(), registry.clone()))
        .add(events.server())
        .worker(Worker::new("partner-registry-relay", move |stop| relay.clone().run(stop)))
        .worker(workers::expire_documents(registry))
        .store(outbox)
        .build()
        .await
}

/// Makes the store when it is missing and brings it to the newest version.
///
/// # Errors
/// `INVALID_REQUEST` with every wrong setting; the store's fault when it cannot be opened or migrated.
pub async fn migrate(settings: &Settings) -> Result<(), Fault> {
    settings.check()?;
    open(settings).await.map(|_| ())
}

async fn open(settings: &Settings) -> Result<(Arc<dyn RegistryStore>, Arc<dyn OutboxStore>), Fault> {
    let options = PoolOptions { max_connections: settings.max_connections, ..PoolOptions::for_service(NAME) };
    match &settings.store {
        StoreUrl::Sqlite(path) => {
            let pool = sqlite::Pool::open(path, options).await?;
            pool.migrate(&sqlite::MIGRATIONS).await?;
            Ok((Arc::new(pool.clone()), Arc::new(pool)))
        }
        StoreUrl::Postgres(url) => {
            let pool = postgres::Pool::open(url, options).await?;
            pool.migrate(&postgres::MIGRATIONS).await?;
            Ok((Arc::new(pool.clone()), Arc::new(pool)))
        }
    }
}
