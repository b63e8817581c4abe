//! Puts the service together; the only file that names everything.

use std::sync::Arc;

use tributary_bus::{Bus, Relay, Subscription};
use tributary_core::{Clock, Fault, IdSource};
use tributary_events::Events;
use tributary_feed::{FactEvents, IncentiveClient};
use tributary_lifecycle::Worker;
use tributary_rpc::{
    Edge,
    client::{Backend, authorised},
    service::{Service, ServiceBuilder},
    token::{TokenSigner, TokenVerifier},
};
use tributary_sql::{ArrivalStore, DeadLetterStore, OutboxStore, PoolOptions, StoreUrl};

use crate::{
    ERROR_DOMAIN, Settings,
    app::{CONSUMER, PurchaseCopy, Registry},
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
    /// Signs the service's own calls.
    pub signer: Arc<TokenSigner>,
    /// incentive-calculation, where facts are read.
    pub incentive_calculation: Backend,
}

/// Opens and migrates the store and builds the service.
///
/// # Errors
/// `INVALID_REQUEST` with every wrong setting; the store's fault when it cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let checked = settings.check()?;
    let OpenStore { store, arrivals, dead_letters, outbox } = open(&settings).await?;
    let owner = format!("{NAME}-{}", deps.ids.uuid().simple());
    let relay = Arc::new(Relay::new(NAME, outbox.clone(), deps.bus.clone(), deps.clock.clone(), owner));
    let waker = relay.clone();
    let backend = authorised(deps.incentive_calculation, deps.signer, deps.clock.clone(), NAME);
    let purchases = Subscription {
        consumer: CONSUMER,
        event_types: tributary_feed::EVENT_TYPES,
        handler: Arc::new(FactEvents {
            source: Arc::new(IncentiveClient { backend }),
            sink: Arc::new(PurchaseCopy { store: store.clone(), clock: deps.clock.clone() }),
        }),
        dead_letters,
    };
    deps.bus.subscribe(purchases.clone());
    let registry = Arc::new(Registry {
        store,
        arrivals,
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        zone: checked.zone,
        max_depth: checked.max_depth,
        wake: Box::new(move || waker.wake()),
    });
    let edge = Edge::new(ERROR_DOMAIN);
    let events = Events::new(edge.clone(), NAME, outbox.clone(), relay.clone(), vec![purchases]);
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock, deps.ids)
        .add(rpc::partners(edge.clone(), registry.clone()))
        .add(rpc::tiers(edge.clone(), registry.clone()))
        .add(rpc::tier_programmes(edge.clone(), registry.clone()))
        .add(rpc::benefits(edge.clone(), registry.clone()))
        .add(rpc::hierarchy(edge.clone(), registry.clone()))
        .add(rpc::documents(edge.clone(), registry.clone()))
        .add(rpc::territories(edge.clone(), registry.clone()))
        .add(rpc::deals(edge.clone(), registry.clone()))
        .add(rpc::training(edge.clone(), registry.clone()))
        .add(rpc::certification(edge.clone(), registry.clone()))
        .add(events.server())
        .worker(Worker::new("partner-registry-relay", move |stop| relay.clone().run(stop)))
        .worker(workers::expire(registry))
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

/// An opened, migrated store in its roles.
pub(crate) struct OpenStore {
    pub store: Arc<dyn RegistryStore>,
    arrivals: Arc<dyn ArrivalStore>,
    dead_letters: Arc<dyn DeadLetterStore>,
    outbox: Arc<dyn OutboxStore>,
}

/// Every role of one pool. A macro, because the pools of the engines are types of their own.
macro_rules! whole {
    ($pool:ident) => {
        OpenStore { store: $pool.clone(), arrivals: $pool.clone(), dead_letters: $pool.clone(), outbox: $pool }
    };
}

pub(crate) async fn open(settings: &Settings) -> Result<OpenStore, Fault> {
    let options = PoolOptions { max_connections: settings.max_connections, ..PoolOptions::for_service(NAME) };
    match &settings.store {
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
