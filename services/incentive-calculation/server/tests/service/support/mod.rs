//! A service in this process with its bus, its workers, its stand-in upstream and callers with signed tokens.

mod app;
mod benefits;
mod calls;
mod events;
mod gate;
mod inputs;
mod messages;
mod registry;

use std::sync::{Arc, Mutex, PoisonError};

use incentive_calculation_server::{Deps, Settings, build, config::RunSettings};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use tributary_bus::InProcessBus;
use tributary_core::{RequestContext, Role, TenantId};
use tributary_evidence::LogSigner;
use tributary_lifecycle::Worker;
use tributary_proto::{
    google::longrunning::operations_client::OperationsClient,
    tributary::{
        incentive::v1::{
            accrual_service_client::AccrualServiceClient, calendar_service_client::CalendarServiceClient,
            closing_service_client::ClosingServiceClient, deposit_service_client::DepositServiceClient,
            evidence_service_client::EvidenceServiceClient, fact_service_client::FactServiceClient,
            figure_service_client::FigureServiceClient, fund_service_client::FundServiceClient,
            go_live_service_client::GoLiveServiceClient, ledger_service_client::LedgerServiceClient,
            plan_service_client::PlanServiceClient, price_service_client::PriceServiceClient,
            rate_service_client::RateServiceClient, run_service_client::RunServiceClient,
            settlement_service_client::SettlementServiceClient, simulation_service_client::SimulationServiceClient,
            subsidy_service_client::SubsidyServiceClient,
        },
        partner::v1::{benefit_service_server::BenefitServiceServer, partner_service_server::PartnerServiceServer},
    },
};
use tributary_rpc::{
    Edge,
    client::{self, Backend},
    service::ServiceBuilder,
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase, engines};

pub use calls::*;
use events::Recorder;
pub use events::dealer;
pub use gate::{LEASE, reached, runner};
pub use inputs::*;
pub use messages::*;
use registry::Registry;

/// A service. The clock stands at 2012-10-05T00:00:00Z, in the grace days of the third quarter.
pub struct World {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub registry: Registry,
    pub database: TestDatabase,
    events: Arc<Recorder>,
    backend: Backend,
    workers: Mutex<Vec<Worker>>,
    stop: CancellationToken,
}

/// One per engine, workers running.
pub async fn worlds() -> Vec<World> {
    let worlds = resting_worlds().await;
    worlds.iter().for_each(World::start);
    worlds
}

/// One per engine whose workers rest until [`World::start`]: runs that are asked for wait.
pub async fn resting_worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for engine in engines() {
        worlds.push(world(engine).await);
    }
    worlds
}

/// One on an engine, its workers at rest.
pub async fn world(engine: Engine) -> World {
    world_of(engine, 0).await
}

/// One on an engine whose runs add up with so many tasks (0: one per core), its workers at rest.
pub async fn world_of(engine: Engine, tasks: u16) -> World {
    let database = TestDatabase::migrated(engine, async |url| {
        incentive_calculation_server::migrate(&url.parse().expect("a store url")).await.expect("migrated")
    })
    .await;
    let signer = Arc::new(TokenSigner::generate().expect("key"));
    let (clock, ids) = (Arc::new(ManualClock::at_seconds(1_349_395_200)), Arc::new(CountingIds::new()));
    let events = Arc::new(Recorder::new(InProcessBus::new(clock.clone())));
    let registry = Registry::default();
    let edge = Edge::new("partner.tributary");
    let upstream = ServiceBuilder::new("partner-registry", &edge, signer.verifier(), clock.clone(), ids.clone())
        .add(PartnerServiceServer::new(registry.clone()))
        .add(BenefitServiceServer::new(registry.clone()))
        .build()
        .await
        .expect("the upstream");
    let deps = Deps {
        clock: clock.clone(),
        ids,
        bus: events.clone(),
        verifier: signer.verifier(),
        signer: signer.clone(),
        log_signer: Arc::new(LogSigner::from_seed(&[7; 32])),
        partner_registry: client::local(upstream.router),
    };
    let settings = Settings {
        store: database.url().parse().expect("a store url"),
        run: RunSettings { workers: tasks },
        ..Settings::default()
    };
    let service = build(settings, deps).await.expect("the service");
    let backend = client::authorised(client::local(service.router), signer, clock.clone(), "gateway");
    let (workers, stop) = (Mutex::new(service.workers), CancellationToken::new());
    World { engine, clock, registry, database, events, backend, workers, stop }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// Starts the workers that rest still.
    pub fn start(&self) {
        self.start_but("");
    }

    /// Starts the workers but one, which a later start starts.
    pub fn start_but(&self, name: &str) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let (rest, now) = std::mem::take(&mut *workers).into_iter().partition(|w| w.name == name);
        *workers = rest;
        tokio::spawn(tributary_lifecycle::run_workers(now, self.stop.clone()));
    }

    pub fn facts(&self) -> FactServiceClient<Backend> {
        FactServiceClient::new(self.backend.clone())
    }

    pub fn figures(&self) -> FigureServiceClient<Backend> {
        FigureServiceClient::new(self.backend.clone())
    }

    pub fn rates(&self) -> RateServiceClient<Backend> {
        RateServiceClient::new(self.backend.clone())
    }

    pub fn calendars(&self) -> CalendarServiceClient<Backend> {
        CalendarServiceClient::new(self.backend.clone())
    }

    pub fn go_live(&self) -> GoLiveServiceClient<Backend> {
        GoLiveServiceClient::new(self.backend.clone())
    }

    pub fn ledger(&self) -> LedgerServiceClient<Backend> {
        LedgerServiceClient::new(self.backend.clone())
    }

    pub fn evidence(&self) -> EvidenceServiceClient<Backend> {
        EvidenceServiceClient::new(self.backend.clone())
    }

    pub fn plans(&self) -> PlanServiceClient<Backend> {
        PlanServiceClient::new(self.backend.clone())
    }

    pub fn prices(&self) -> PriceServiceClient<Backend> {
        PriceServiceClient::new(self.backend.clone())
    }

    pub fn runs(&self) -> RunServiceClient<Backend> {
        RunServiceClient::new(self.backend.clone())
    }

    pub fn closing(&self) -> ClosingServiceClient<Backend> {
        ClosingServiceClient::new(self.backend.clone())
    }

    pub fn accruals(&self) -> AccrualServiceClient<Backend> {
        AccrualServiceClient::new(self.backend.clone())
    }

    pub fn deposits(&self) -> DepositServiceClient<Backend> {
        DepositServiceClient::new(self.backend.clone())
    }

    pub fn funds(&self) -> FundServiceClient<Backend> {
        FundServiceClient::new(self.backend.clone())
    }

    pub fn subsidies(&self) -> SubsidyServiceClient<Backend> {
        SubsidyServiceClient::new(self.backend.clone())
    }

    pub fn settlements(&self) -> SettlementServiceClient<Backend> {
        SettlementServiceClient::new(self.backend.clone())
    }

    pub fn simulations(&self) -> SimulationServiceClient<Backend> {
        SimulationServiceClient::new(self.backend.clone())
    }

    pub fn operations(&self) -> OperationsClient<Backend> {
        OperationsClient::new(self.backend.clone())
    }
}

/// Somebody who calls.
#[derive(Clone)]
pub struct Caller(RequestContext);

impl Caller {
    /// Somebody of a tenant.
    pub fn new(tenant: &str, subject: &str, role: Role) -> Self {
        let tenant = TenantId::parse(tenant).expect("tenant");
        Self(RequestContext {
            tenant,
            subject: subject.to_owned(),
            roles: vec![role],
            scope: tributary_core::Scope::Tenant,
            request_id: "call-1".to_owned(),
        })
    }

    /// A partner's own user.
    pub fn of_partner(id: &str) -> Self {
        let Self(context) = Self::new("default", &format!("portal of {id}"), Role::Partner);
        Self(RequestContext { scope: tributary_core::Scope::Partners(vec![format!("partners/{id}")]), ..context })
    }

    pub fn ask<T>(&self, message: T) -> tonic::Request<T> {
        client::on_behalf(&self.0, message)
    }

    pub fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }
}

/// Mei of channel management: brings facts, writes plans.
pub fn mei() -> Caller {
    Caller::new("default", "mei", Role::ChannelManager)
}

/// Fang of finance: approves, activates, calculates.
pub fn fang() -> Caller {
    Caller::new("default", "fang", Role::Finance)
}

/// Ada, who administrates.
pub fn ada() -> Caller {
    Caller::new("default", "ada", Role::Admin)
}

pub fn answer<T>(result: Result<Response<T>, Status>) -> Result<T, Box<Described>> {
    result.map(Response::into_inner).map_err(|status| Box::new(describe(&status)))
}

/// Why a call was refused.
pub fn refused<T: std::fmt::Debug>(result: Result<Response<T>, Status>) -> Described {
    *answer(result).expect_err("refused")
}

/// The reason of a refusal.
pub fn reason<T: std::fmt::Debug>(result: Result<Response<T>, Status>) -> String {
    refused(result).reason
}
