//! Puts store, ports, use cases, gRPC services and workers together; the only file that names everything.

use std::sync::Arc;

use tokio::sync::Notify;
use tributary_bus::{Bus, Relay, Subscription};
use tributary_core::{Clock, Fault, IdSource, Zone};
use tributary_events::Events;
use tributary_evidence::LogSigner;
use tributary_lifecycle::Worker;
use tributary_proto::{
    google::longrunning::operations_server::OperationsServer,
    tributary::incentive::v1::{
        accrual_service_server::AccrualServiceServer, calendar_service_server::CalendarServiceServer,
        closing_service_server::ClosingServiceServer, deposit_service_server::DepositServiceServer,
        evidence_service_server::EvidenceServiceServer, fact_service_server::FactServiceServer,
        figure_service_server::FigureServiceServer, fund_service_server::FundServiceServer,
        go_live_service_server::GoLiveServiceServer, ledger_service_server::LedgerServiceServer,
        plan_service_server::PlanServiceServer, price_service_server::PriceServiceServer,
        rate_service_server::RateServiceServer, run_service_server::RunServiceServer,
        settlement_service_server::SettlementServiceServer, simulation_service_server::SimulationServiceServer,
        subsidy_service_server::SubsidyServiceServer,
    },
};
use tributary_rpc::{
    Edge,
    client::{Backend, authorised},
    operations::OperationsService,
    service::{Service, ServiceBuilder},
    token::{TokenSigner, TokenVerifier},
};
use tributary_sql::{OperationRunner, PoolOptions, StoreUrl};

use crate::{
    AREA, DOMAIN, NAME,
    app::{
        App, accruals,
        evidence::{self, EvidenceLog},
        ledger, operations,
        partner_copy::{CONSUMER, EVENT_TYPES, PartnerEvents},
        sealing, simulations,
    },
    config::Settings,
    registry::RegistryClient,
    rpc::Rpc,
    store,
};

/// What the service gets from outside.
pub struct Deps {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where events go and come from.
    pub bus: Arc<dyn Bus>,
    /// Whose tokens are trusted.
    pub verifier: TokenVerifier,
    /// Signs the service's own calls.
    pub signer: Arc<TokenSigner>,
    /// Signs the heads of the evidence log.
    pub log_signer: Arc<LogSigner>,
    /// partner-registry.
    pub partner_registry: Backend,
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
/// When the settings are wrong or the store cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let zone = Zone::parse(&settings.zone).map_err(|e| Fault::invalid_field("zone", e))?;
    settings.evidence.check_name().map_err(|why| Fault::invalid_field("evidence.name", why))?;
    let open = store::open(&settings.store, PoolOptions::for_service(NAME)).await?;
    let owner = format!("{NAME}-{}", deps.ids.uuid().simple());

    let log = EvidenceLog { name: settings.evidence.name.clone(), signer: deps.log_signer };
    evidence::keep_key(open.store.as_ref(), &log, settings.evidence.change_key).await?;

    let relay = Arc::new(Relay::new(NAME, open.outbox.clone(), deps.bus.clone(), deps.clock.clone(), owner.clone()));
    let registry = authorised(deps.partner_registry, deps.signer, deps.clock.clone(), NAME);
    // The runner runs handlers that hold the app, and the app wakes the runner: a cell closes the circle.
    let runner: Arc<std::sync::OnceLock<Arc<OperationRunner>>> = Arc::default();
    let (wake_relay, wake_runner) = (relay.clone(), runner.clone());
    let facts_came = Arc::new(Notify::new());
    let wake_accruals = facts_came.clone();
    let app = Arc::new(App {
        operations: open.operations.clone(),
        store: open.store,
        registry: Arc::new(RegistryClient { backend: registry, zone: zone.clone() }),
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        zone,
        desk: ledger::Desk::default(),
        evidence: log,
        workers: settings.run.tasks(),
        wake: Arc::new(move || {
            wake_relay.wake();
            wake_accruals.notify_one();
            if let Some(runner) = wake_runner.get() {
                runner.wake();
            }
        }),
    });
    let built =
        Arc::new(OperationRunner::new(open.operations.clone(), operations::handlers(&app), deps.clock.clone(), owner));
    let runner = runner.get_or_init(|| built).clone();

    let subscription = Subscription {
        consumer: CONSUMER,
        event_types: EVENT_TYPES,
        handler: Arc::new(PartnerEvents { app: app.clone() }),
        dead_letters: open.dead_letters,
    };
    deps.bus.subscribe(subscription.clone());

    let edge = Edge::new(DOMAIN);
    let events = Events::new(edge.clone(), NAME, open.outbox.clone(), relay.clone(), vec![subscription]);
    let rpc = Rpc { app: app.clone(), edge: edge.clone() };
    let (reservations, sealed) = (app.clone(), app.clone());
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock.clone(), deps.ids)
        .add(FactServiceServer::new(rpc.clone()))
        .add(DepositServiceServer::new(rpc.clone()))
        .add(EvidenceServiceServer::new(rpc.clone()))
        .add(FigureServiceServer::new(rpc.clone()))
        .add(FundServiceServer::new(rpc.clone()))
        .add(RateServiceServer::new(rpc.clone()))
        .add(CalendarServiceServer::new(rpc.clone()))
        .add(GoLiveServiceServer::new(rpc.clone()))
        .add(LedgerServiceServer::new(rpc.clone()))
        .add(PlanServiceServer::new(rpc.clone()))
        .add(PriceServiceServer::new(rpc.clone()))
        .add(RunServiceServer::new(rpc.clone()))
        .add(AccrualServiceServer::new(rpc.clone()))
        .add(SettlementServiceServer::new(rpc.clone()))
        .add(SimulationServiceServer::new(rpc.clone()))
        .add(SubsidyServiceServer::new(rpc.clone()))
        .add(events.server())
        .add(ClosingServiceServer::new(rpc))
        .add(OperationsServer::new(OperationsService::new(edge.clone(), AREA, open.operations, deps.clock)))
        .store(open.outbox)
        .worker(Worker::new("incentive-calculation-relay", move |stop| relay.clone().run(stop)))
        .worker(Worker::new("incentive-calculation-runs", move |stop| runner.clone().run(stop)))
        .worker(Worker::new("incentive-calculation-reservations", move |stop| {
            ledger::follow(reservations.clone(), stop)
        }))
        .worker(simulations::forget(app.clone(), settings.simulations))
        .worker(Worker::new("incentive-calculation-sealing", move |stop| sealing::follow(sealed.clone(), stop)))
        .worker(Worker::new("incentive-calculation-accruals", move |stop| {
            accruals::follow(app.clone(), facts_came.clone(), stop)
        }))
        .build()
        .await
}
