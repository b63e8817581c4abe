//! Puts store, use cases, subscription and the gRPC service together; the only file that names everything.

use std::sync::Arc;

use tributary_bus::{Bus, Subscription};
use tributary_core::{Clock, Fault, IdSource};
use tributary_proto::tributary::analytics::v1::{
    attribution_service_server::AttributionServiceServer, metric_service_server::MetricServiceServer,
};
use tributary_rpc::{
    Edge,
    client::{Backend, authorised},
    service::{Service, ServiceBuilder},
    token::{TokenSigner, TokenVerifier},
};
use tributary_sql::PoolOptions;

use crate::{
    DOMAIN, NAME,
    app::{App, CONSUMER, EVENT_TYPES, FactEvents, journeys::Journeys},
    config::Settings,
    incentive::IncentiveClient,
    rpc::{Rpc, attribution::AttributionRpc},
    store,
};

/// What the service gets from outside.
pub struct Deps {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where events come from.
    pub bus: Arc<dyn Bus>,
    /// Whose tokens are trusted.
    pub verifier: TokenVerifier,
    /// Signs the service's own calls.
    pub signer: Arc<TokenSigner>,
    /// incentive-calculation.
    pub incentive_calculation: Backend,
}

/// Opens the store, subscribes to the events and builds the service.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let open = store::open(&settings.store, PoolOptions::for_service(NAME)).await?;
    let backend = authorised(deps.incentive_calculation, deps.signer, deps.clock.clone(), NAME);
    let app =
        Arc::new(App { store: open.store, facts: Arc::new(IncentiveClient { backend }), clock: deps.clock.clone() });
    deps.bus.subscribe(Subscription {
        consumer: CONSUMER,
        event_types: EVENT_TYPES,
        handler: Arc::new(FactEvents { app: app.clone() }),
        dead_letters: open.dead_letters,
    });
    let edge = Edge::new(DOMAIN);
    let journeys = Arc::new(Journeys { store: open.journeys, clock: deps.clock.clone(), ids: deps.ids.clone() });
    let attribution = AttributionRpc { journeys, edge: edge.clone() };
    let rpc = Rpc { app, edge: edge.clone() };
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock, deps.ids)
        .add(AttributionServiceServer::new(attribution))
        .add(MetricServiceServer::new(rpc))
        .build()
        .await
}
