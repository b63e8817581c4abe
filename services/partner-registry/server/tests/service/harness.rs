//! A running service per engine, with clients, a clock set by hand and the events it published.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use partner_registry_server::{
    Deps, Settings, build,
    ports::RegistryStore,
    store::{postgres, sqlite},
};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use tributary_bus::{Bus, BusError, Subscription};
use tributary_core::{Event, RequestContext, Role, SystemIds, TenantId};
use tributary_proto::{
    google::r#type::Date,
    tributary::{
        common::v1::ExternalRef,
        partner::v1::{
            self as pb, benefit_service_client::BenefitServiceClient,
            certification_service_client::CertificationServiceClient, deal_service_client::DealServiceClient,
            document_service_client::DocumentServiceClient, hierarchy_service_client::HierarchyServiceClient,
            partner_service_client::PartnerServiceClient, territory_service_client::TerritoryServiceClient,
            tier_programme_service_client::TierProgrammeServiceClient, tier_service_client::TierServiceClient,
            training_service_client::TrainingServiceClient,
        },
    },
};
use tributary_rpc::{
    client::{self, Backend},
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_sql::{PoolOptions, StoreUrl};
use tributary_testkit::{ManualClock, TestDatabase, engines};

/// Keeps every event that was published.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Event>>);

#[async_trait::async_trait]
impl Bus for Recorder {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(events);
        Ok(())
    }

    fn subscribe(&self, _: Subscription) {}
}

/// A running service.
pub(crate) struct Suite {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) context: RequestContext,
    backend: Backend,
    settings: Settings,
    signer: Arc<TokenSigner>,
    events: Arc<Recorder>,
    stop: CancellationToken,
    _database: TestDatabase,
}

/// One per engine. The clock stands at 2026-07-01T04:00:00Z, noon in Shanghai.
pub(crate) async fn suites() -> Vec<Suite> {
    suites_with(|_| {}).await
}

/// One per engine, with other settings.
pub(crate) async fn suites_with(change: impl Fn(&mut Settings)) -> Vec<Suite> {
    let mut suites = Vec::new();
    for engine in engines() {
        let database = TestDatabase::migrated(engine, async |url| {
            partner_registry_server::migrate(&Settings::new(url.parse().expect("url"))).await.expect("migrated")
        })
        .await;
        let mut settings = Settings::new(database.url().parse().expect("url"));
        change(&mut settings);
        let clock = Arc::new(ManualClock::at_seconds(1_782_878_400));
        let events = Arc::new(Recorder::default());
        let signer = Arc::new(TokenSigner::generate().expect("key"));
        let stop = CancellationToken::new();
        let backend = start(&settings, &clock, &events, &signer, &stop).await;
        let context = context("channel-manager", Role::ChannelManager);
        suites.push(Suite { clock, context, backend, settings, signer, events, stop, _database: database });
    }
    suites
}

/// Builds the service, runs its workers until the stop, and makes the way to it.
async fn start(
    settings: &Settings,
    clock: &Arc<ManualClock>,
    events: &Arc<Recorder>,
    signer: &Arc<TokenSigner>,
    stop: &CancellationToken,
) -> Backend {
    let deps = Deps {
        clock: clock.clone(),
        ids: Arc::new(SystemIds),
        bus: events.clone(),
        verifier: signer.verifier(),
        signer: signer.clone(),
        incentive_calculation: client::deferred().0,
    };
    let service = build(settings.clone(), deps).await.expect("builds");
    tokio::spawn(tributary_lifecycle::run_workers(service.workers, stop.clone()));
    client::authorised(client::local(service.router), signer.clone(), clock.clone(), "test")
}

fn context(subject: &str, role: Role) -> RequestContext {
    RequestContext {
        tenant: TenantId::default_tenant(),
        subject: subject.to_owned(),
        roles: vec![role],
        scope: tributary_core::Scope::Tenant,
        request_id: String::new(),
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Suite {
    pub(crate) fn partners(&self) -> PartnerServiceClient<Backend> {
        PartnerServiceClient::new(self.backend.clone())
    }

    pub(crate) fn tiers(&self) -> TierServiceClient<Backend> {
        TierServiceClient::new(self.backend.clone())
    }

    pub(crate) fn programmes(&self) -> TierProgrammeServiceClient<Backend> {
        TierProgrammeServiceClient::new(self.backend.clone())
    }

    pub(crate) fn benefits(&self) -> BenefitServiceClient<Backend> {
        BenefitServiceClient::new(self.backend.clone())
    }

    pub(crate) fn trees(&self) -> HierarchyServiceClient<Backend> {
        HierarchyServiceClient::new(self.backend.clone())
    }

    pub(crate) fn documents(&self) -> DocumentServiceClient<Backend> {
        DocumentServiceClient::new(self.backend.clone())
    }

    pub(crate) fn territories(&self) -> TerritoryServiceClient<Backend> {
        TerritoryServiceClient::new(self.backend.clone())
    }

    pub(crate) fn deals(&self) -> DealServiceClient<Backend> {
        DealServiceClient::new(self.backend.clone())
    }

    pub(crate) fn training(&self) -> TrainingServiceClient<Backend> {
        TrainingServiceClient::new(self.backend.clone())
    }

    pub(crate) fn certification(&self) -> CertificationServiceClient<Backend> {
        CertificationServiceClient::new(self.backend.clone())
    }

    /// The store below the service.
    pub(crate) async fn store(&self) -> Arc<dyn RegistryStore> {
        let options = PoolOptions::for_service("partner-registry");
        match &self.settings.store {
            StoreUrl::Sqlite(path) => Arc::new(sqlite::Pool::open(path, options).await.expect("open")),
            StoreUrl::Postgres(url) => Arc::new(postgres::Pool::open(url, options).await.expect("open")),
        }
    }

    /// Runs the workers of another replica on the same store.
    pub(crate) async fn start_replica(&self) {
        start(&self.settings, &self.clock, &self.events, &self.signer, &self.stop).await;
    }

    /// A request of somebody else.
    pub(crate) fn ask_as<T>(&self, subject: &str, role: Role, message: T) -> tonic::Request<T> {
        client::on_behalf(&context(subject, role), message)
    }

    /// A request of the channel manager.
    pub(crate) fn ask<T>(&self, message: T) -> tonic::Request<T> {
        client::on_behalf(&self.context, message)
    }

    /// Creates a partner with an id of its own.
    pub(crate) async fn create(&self, id: &str, partner: pb::Partner) -> Result<pb::Partner, Box<Described>> {
        let request = pb::CreatePartnerRequest {
            partner: Some(partner),
            partner_id: id.to_owned(),
            initial_status: pb::PartnerStatus::Active.into(),
            ..Default::default()
        };
        answer(self.partners().create_partner(self.ask(request)).await)
    }

    pub(crate) async fn get(&self, id: &str) -> pb::Partner {
        let request = pb::GetPartnerRequest { name: name(id) };
        answer(self.partners().get_partner(self.ask(request)).await).expect("there")
    }

    /// The events of a subject, once there are `count`.
    pub(crate) async fn events_of(&self, subject: &str, count: usize) -> Vec<Event> {
        for _ in 0..200 {
            let all = self.events.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let found: Vec<Event> = all.into_iter().filter(|e| e.subject == subject).collect();
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} events of {subject} did not come within ten seconds");
    }
}

pub(crate) fn answer<T>(result: Result<Response<T>, Status>) -> Result<T, Box<Described>> {
    result.map(Response::into_inner).map_err(|status| Box::new(describe(&status)))
}

/// The refusal's reason and violated fields.
pub(crate) fn refused<T: std::fmt::Debug>(
    result: Result<T, Box<Described>>,
) -> (String, Vec<String>, HashMap<String, String>) {
    let described = result.expect_err("refused");
    (described.reason, described.violations.into_iter().map(|v| v.field).collect(), described.metadata)
}

pub(crate) fn name(id: &str) -> String {
    format!("partners/{id}")
}

pub(crate) fn dealer(display_name: &str) -> pb::Partner {
    pb::Partner { display_name: display_name.to_owned(), kind: pb::PartnerKind::Dealer.into(), ..Default::default() }
}

pub(crate) fn reference(system: &str, id: &str) -> ExternalRef {
    ExternalRef { system: system.to_owned(), id: id.to_owned() }
}

pub(crate) fn registration(number: &str) -> Option<pb::Registration> {
    Some(pb::Registration { scheme: "CN-USCC".to_owned(), number: number.to_owned() })
}

pub(crate) fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}
