//! Puts store, use cases, the gRPC service and the relay together; the only file that names everything.

use std::sync::Arc;

use tokio::sync::Notify;
use tributary_bus::{Bus, Handler, Relay, Subscription};
use tributary_core::{Clock, Fault, IdSource};
use tributary_events::Events;
use tributary_feed::{FactEvents, IncentiveClient};
use tributary_lifecycle::Worker;
use tributary_proto::tributary::contract::v1::{
    alert_service_server::AlertServiceServer, contract_service_server::ContractServiceServer,
    obligation_service_server::ObligationServiceServer,
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
        Contracts, Obligations,
        alerts::{self, Alerts, ChangeEvents, StandardRules},
        copies::{self, DocumentEvents, SalesCopy},
    },
    config::Settings,
    rpc::{AlertRpc, ContractRpc, ObligationRpc},
    store, workers,
};

/// What the service gets from outside.
pub struct Deps {
    /// The present.
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

/// Makes the store when it is missing and brings it to the newest version.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn migrate(store: &StoreUrl) -> Result<(), Fault> {
    store::open(store, PoolOptions::for_service(NAME)).await?;
    Ok(())
}

/// Opens the store and builds the service.
///
/// # Errors
/// When the settings are wrong, or the store cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let zone = settings.zone()?;
    let open = store::open(&settings.store, PoolOptions::for_service(NAME)).await?;
    let owner = format!("{NAME}-{}", deps.ids.uuid().simple());
    let relay = Arc::new(Relay::new(NAME, open.outbox.clone(), deps.bus.clone(), deps.clock.clone(), owner));
    let waker = relay.clone();
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || waker.wake());
    let obligations = Arc::new(Obligations {
        store: open.obligations.clone(),
        contracts: open.store.clone(),
        clock: deps.clock.clone(),
        zone: zone.clone(),
        ids: deps.ids.clone(),
        wake: wake.clone(),
    });
    let contracts = Arc::new(Contracts {
        store: open.store.clone(),
        clock: deps.clock.clone(),
        zone: zone.clone(),
        ids: deps.ids.clone(),
        wake: wake.clone(),
    });
    let alerts = Arc::new(Alerts {
        store: open.alerts,
        contracts: open.store,
        obligations: open.obligations,
        copies: open.copies.clone(),
        arrivals: open.arrivals,
        standard: StandardRules::shipped()?,
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        zone,
        wake,
        due: Arc::new(Notify::new()),
    });
    let (clock, due, store) = (deps.clock.clone(), alerts.due.clone(), open.copies);
    let documents = DocumentEvents { store: store.clone(), clock: clock.clone(), due: due.clone() };
    let backend = authorised(deps.incentive_calculation, deps.signer, clock.clone(), NAME);
    let sales = Arc::new(SalesCopy { store, clock, due });
    let facts = FactEvents { source: Arc::new(IncentiveClient { backend }), sink: sales };
    let changes = ChangeEvents { app: alerts.clone() };
    let subscription = |consumer, event_types, handler: Arc<dyn Handler>| Subscription {
        consumer,
        event_types,
        handler,
        dead_letters: open.dead_letters.clone(),
    };
    let subscriptions = vec![
        subscription(copies::SALES_CONSUMER, tributary_feed::EVENT_TYPES, Arc::new(facts)),
        subscription(copies::DOCUMENT_CONSUMER, copies::DOCUMENT_EVENT_TYPES, Arc::new(documents)),
        subscription(alerts::CONSUMER, alerts::EVENT_TYPES, Arc::new(changes)),
    ];
    for subscription in &subscriptions {
        deps.bus.subscribe(subscription.clone());
    }
    let edge = Edge::new(DOMAIN);
    let events = Events::new(edge.clone(), NAME, open.outbox.clone(), relay.clone(), subscriptions);
    let contract_service = ContractRpc { app: contracts.clone(), edge: edge.clone() };
    let alert_service = AlertRpc { app: alerts.clone(), edge: edge.clone() };
    let obligation_service = ObligationRpc { app: obligations.clone(), edge: edge.clone() };
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock, deps.ids)
        .add(AlertServiceServer::new(alert_service))
        .add(ContractServiceServer::new(contract_service))
        .add(ObligationServiceServer::new(obligation_service))
        .add(events.server())
        .worker(Worker::new("contract-risk-relay", move |stop| relay.clone().run(stop)))
        .worker(workers::calendar(contracts))
        .worker(workers::evaluate_alerts(alerts))
        .worker(workers::reminders(obligations))
        .store(open.outbox)
        .build()
        .await
}
