//! Puts store, use cases, subscription and the gRPC service together; the only file that names everything.

use std::sync::Arc;

use tributary_bus::{Bus, Relay, Subscription};
use tributary_cache::{Cache, Shelf};
use tributary_core::{Clock, Fault, IdSource};
use tributary_events::Events;
use tributary_feed::{EVENT_TYPES, FactEvents, IncentiveClient};
use tributary_lifecycle::Worker;
use tributary_proto::tributary::analytics::v1::{
    attribution_service_server::AttributionServiceServer, ingest_service_server::IngestServiceServer,
    metric_service_server::MetricServiceServer, target_service_server::TargetServiceServer,
};
use tributary_rpc::{
    Edge,
    client::{Backend, authorised},
    service::{Service, ServiceBuilder},
    token::{TokenSigner, TokenVerifier},
};
use tributary_sql::{PoolOptions, StoreUrl};

use crate::{
    DOMAIN, NAME,
    app::{
        attribute::Attribution,
        ingest::Ingest,
        metrics::Metrics,
        take_in::{CONSUMER, SalesCopy},
        targets::Targets,
    },
    config::Settings,
    rpc::{answers::Answers, attribution::AttributionRpc, ingest::IngestRpc, metrics::MetricRpc, targets::TargetRpc},
    store,
};

/// What the service gets from outside.
pub struct Deps {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where events come from and go.
    pub bus: Arc<dyn Bus>,
    /// Where answers are kept for a while.
    pub cache: Arc<dyn Cache>,
    /// Whose tokens are trusted.
    pub verifier: TokenVerifier,
    /// Signs the service's own calls.
    pub signer: Arc<TokenSigner>,
    /// incentive-calculation.
    pub incentive_calculation: Backend,
}

/// Form of the answers that are kept: raised with every change of what an answer to the same question over the same data
/// says or how it is written, so that releases never give out each other's.
const ANSWERS: u32 = 1;

/// Makes the store when it is missing and brings it to the newest version.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn migrate(store: &StoreUrl) -> Result<(), Fault> {
    store::open(store, PoolOptions::for_service(NAME)).await?;
    Ok(())
}

/// Opens the store, subscribes to the events and builds the service.
///
/// # Errors
/// `INVALID_REQUEST` for wrong settings; when the store cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let zone = Arc::new(settings.check()?);
    let open = store::open(&settings.store, PoolOptions::for_service(NAME)).await?;
    let backend = authorised(deps.incentive_calculation, deps.signer, deps.clock.clone(), NAME);
    let copy = Arc::new(SalesCopy { store: open.sales.clone(), clock: deps.clock.clone(), ids: deps.ids.clone() });
    let subscription = Subscription {
        consumer: CONSUMER,
        event_types: EVENT_TYPES,
        handler: Arc::new(FactEvents { source: Arc::new(IncentiveClient { backend }), sink: copy }),
        dead_letters: open.dead_letters,
    };
    deps.bus.subscribe(subscription.clone());
    let edge = Edge::new(DOMAIN);
    let ingest = Arc::new(Ingest { store: open.ingest, clock: deps.clock.clone(), ids: deps.ids.clone() });
    let attribution = Arc::new(Attribution { journeys: open.journeys });
    let answers = Answers { shelf: Arc::new(Shelf::new(deps.cache, NAME, ANSWERS)), versions: open.versions };
    let attribution =
        AttributionRpc { ingest: ingest.clone(), attribution, answers: answers.clone(), edge: edge.clone() };
    let ingest = IngestRpc { ingest, zone: zone.clone(), edge: edge.clone() };
    let metrics = Arc::new(Metrics { sales: open.sales, campaigns: open.campaigns });
    let owner = format!("{NAME}-{}", deps.ids.uuid().simple());
    let relay = Arc::new(Relay::new(NAME, open.outbox.clone(), deps.bus, deps.clock.clone(), owner));
    let events = Events::new(edge.clone(), NAME, open.outbox.clone(), relay.clone(), vec![subscription]);
    let waker = relay.clone();
    let targets = Arc::new(Targets {
        store: open.targets,
        metrics: metrics.clone(),
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        zone,
        wake: Box::new(move || waker.wake()),
    });
    let watch = targets.clone();
    let targets = TargetRpc { targets, edge: edge.clone() };
    let metrics = MetricRpc { metrics, answers, edge: edge.clone() };
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock, deps.ids)
        .add(AttributionServiceServer::new(attribution))
        .add(IngestServiceServer::new(ingest))
        .add(MetricServiceServer::new(metrics))
        .add(TargetServiceServer::new(targets))
        .add(events.server())
        .worker(Worker::new("analytics-relay", move |stop| relay.clone().run(stop)))
        .worker(Worker::new("analytics-target-watch", move |stop| watch.clone().watch(stop)))
        .store(open.outbox)
        .build()
        .await
}
