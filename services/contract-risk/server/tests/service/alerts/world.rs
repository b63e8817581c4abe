//! The service with its bus, its stand-in upstream, a clock to be set and callers by name.

use std::{
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use async_trait::async_trait;
use contract_risk_server::{Deps, Settings, build};
use tonic::Response;
use tributary_bus::{Bus, BusError, InProcessBus, Subscription};
use tributary_core::{Date, Event, RequestContext, Role, TenantId, Timestamp};
use tributary_lifecycle::CancellationToken;
use tributary_proto::{
    google::r#type as ty,
    tributary::{
        common::v1::ExternalRef,
        contract::v1::{
            self as pb, alert_service_client::AlertServiceClient, contract_service_client::ContractServiceClient,
            obligation_service_client::ObligationServiceClient,
        },
        incentive::v1::fact_service_server::FactServiceServer,
    },
};
use tributary_rpc::{
    Edge,
    client::{self, Backend},
    service::ServiceBuilder,
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_testkit::{CountingIds, ManualClock, TestDatabase, engines};

use super::incentive::Incentive;
use crate::support::database;

/// The bus of the process, which also keeps what went over it.
pub struct Recording {
    bus: InProcessBus,
    pub kept: Mutex<Vec<Event>>,
}

#[async_trait]
impl Bus for Recording {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        self.kept.lock().expect("lock").extend_from_slice(events);
        self.bus.publish(events).await
    }

    fn subscribe(&self, subscription: Subscription) {
        self.bus.subscribe(subscription);
    }
}

/// A running service.
pub struct World {
    pub alerts: AlertServiceClient<Backend>,
    pub obligations: ObligationServiceClient<Backend>,
    contracts: ContractServiceClient<Backend>,
    pub clock: Arc<ManualClock>,
    pub incentive: Incentive,
    pub bus: Arc<Recording>,
    pub events: AtomicU64,
    ids: Arc<CountingIds>,
    stop: CancellationToken,
    database: Arc<TestDatabase>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The service on every engine at noon of a day in Shanghai. Evaluations run only when they are asked for.
pub async fn worlds(today: &str) -> Vec<World> {
    worlds_with(today, &["contract-risk-relay", "contract-risk-calendar"]).await
}

/// The same with evaluations that run by themselves.
pub async fn awake_worlds(today: &str) -> Vec<World> {
    worlds_with(today, &["contract-risk-relay", "contract-risk-calendar", "contract-risk-alerts"]).await
}

async fn worlds_with(today: &str, workers: &[&str]) -> Vec<World> {
    let mut worlds = Vec::new();
    for engine in engines() {
        let database = Arc::new(database(engine).await);
        let clock = Arc::new(ManualClock::new(noon(today)));
        worlds.push(world(database, clock, Arc::new(CountingIds::new()), Incentive::default(), workers).await);
    }
    worlds
}

async fn world(
    database: Arc<TestDatabase>,
    clock: Arc<ManualClock>,
    ids: Arc<CountingIds>,
    incentive: Incentive,
    workers: &[&str],
) -> World {
    let signer = Arc::new(TokenSigner::generate().expect("key"));
    let bus = Arc::new(Recording { bus: InProcessBus::new(clock.clone()), kept: Mutex::default() });
    let edge = Edge::new("incentive.tributary");
    let upstream = ServiceBuilder::new("incentive-calculation", &edge, signer.verifier(), clock.clone(), ids.clone())
        .add(FactServiceServer::new(incentive.clone()))
        .build()
        .await
        .expect("the upstream");
    let deps = Deps {
        clock: clock.clone(),
        ids: ids.clone(),
        bus: bus.clone(),
        verifier: signer.verifier(),
        signer: signer.clone(),
        incentive_calculation: client::local(upstream.router),
    };
    let settings = Settings { store: database.url().parse().expect("a store url"), ..Settings::default() };
    let service = build(settings, deps).await.expect("the service");
    let stop = CancellationToken::new();
    for worker in service.workers.into_iter().filter(|worker| workers.contains(&worker.name)) {
        tokio::spawn((worker.run)(stop.clone()));
    }
    let backend = client::authorised(client::local(service.router), signer, clock.clone(), "gateway");
    World {
        alerts: AlertServiceClient::new(backend.clone()),
        obligations: ObligationServiceClient::new(backend.clone()),
        contracts: ContractServiceClient::new(backend),
        clock,
        incentive,
        bus,
        events: AtomicU64::new(1),
        ids,
        stop,
        database,
    }
}

fn noon(day: &str) -> Timestamp {
    // 04:00 UTC is noon in Shanghai.
    Timestamp(0).plus_seconds(Date::parse(day).expect("a date").days() * 86_400 + 4 * 3_600)
}

/// A day as messages write it.
pub fn day(text: &str) -> ty::Date {
    let (year, month, day) = Date::parse(text).expect("a date").ymd();
    ty::Date { year, month, day }
}

pub fn decimal(text: &str) -> Option<ty::Decimal> {
    Some(ty::Decimal { value: text.to_owned() })
}

pub fn yuan(units: i64) -> ty::Money {
    ty::Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

/// A request of a subject of a tenant.
pub fn by<T>(subject: &str, tenant: &str, message: T) -> tonic::Request<T> {
    let caller = RequestContext {
        tenant: TenantId::parse(tenant).expect("tenant"),
        subject: subject.to_owned(),
        roles: vec![Role::Legal],
        scope: tributary_core::Scope::Tenant,
        request_id: "call-1".to_owned(),
    };
    client::on_behalf(&caller, message)
}

/// A request of somebody of the default tenant.
pub fn call<T>(message: T) -> tonic::Request<T> {
    by("zhao", "default", message)
}

/// An answer, or the refusal decoded.
pub async fn answer<T>(call: impl Future<Output = Result<Response<T>, tonic::Status>>) -> Result<T, Described> {
    call.await.map(Response::into_inner).map_err(|status| describe(&status))
}

/// 365,000 yuan of purchases a year: 1,000 a day in a year of 365 days.
pub fn purchases() -> pb::Commitment {
    pb::Commitment {
        commitment_id: "annual-purchases".to_owned(),
        kind: pb::CommitmentKind::Purchase.into(),
        cadence: pb::Cadence::Year.into(),
        target: Some(pb::commitment::Target::Amount(yuan(365_000))),
        product_line: String::new(),
    }
}

impl World {
    /// The service started anew on its store, with evaluations that run by themselves.
    pub async fn restarted(self) -> Self {
        self.stop.cancel();
        let (database, clock, ids) = (self.database.clone(), self.clock.clone(), self.ids.clone());
        world(database, clock, ids, self.incentive.clone(), &["contract-risk-relay", "contract-risk-alerts"]).await
    }

    /// Sets the clock to noon of a day.
    pub fn set(&self, today: &str) {
        self.clock.set(noon(today));
    }

    /// A signed contract over 2026 with a partner; its resource name.
    pub async fn contract(&self, key: &str, partner: &str, commitments: Vec<pb::Commitment>) -> String {
        self.contract_of("default", key, partner, commitments).await
    }

    pub async fn contract_of(
        &self,
        tenant: &str,
        key: &str,
        partner: &str,
        commitments: Vec<pb::Commitment>,
    ) -> String {
        let contract = pb::Contract {
            name: format!("contracts/{key}"),
            partner: format!("partners/{partner}"),
            title: "Dealer agreement".to_owned(),
            effective_from: Some(day("2026-01-01")),
            effective_to: Some(day("2027-01-01")),
            external_refs: vec![ExternalRef { system: "erp".to_owned(), id: key.to_owned() }],
            commitments,
            ..pb::Contract::default()
        };
        let row = pb::ContractImport {
            contract: Some(contract),
            state: pb::ContractState::Signed.into(),
            terminates_on: None,
        };
        let request = pb::ImportContractsRequest { contracts: vec![row], request_id: String::new() };
        let answer = self.contracts.clone().import_contracts(by("zhao", tenant, request)).await;
        let results = answer.expect("imported").into_inner().results;
        assert_eq!(results[0].error, None);
        results[0].name.clone()
    }

    /// Evaluates everything of the default tenant: raised, updated, resolved, standing.
    pub async fn evaluate(&self) -> (i64, i64, i64, i64) {
        let request = pb::EvaluateAlertsRequest { partner: String::new() };
        let done = answer(self.alerts.clone().evaluate_alerts(call(request))).await.expect("evaluated");
        (done.raised_count, done.updated_count, done.resolved_count, done.standing_count)
    }

    /// Alerts of a filter, newest first.
    pub async fn list(&self, filter: &str) -> Vec<pb::Alert> {
        let request = pb::ListAlertsRequest { filter: filter.to_owned(), ..pb::ListAlertsRequest::default() };
        answer(self.alerts.clone().list_alerts(call(request))).await.expect("listed").alerts
    }

    /// Alerts that stand, newest first.
    pub async fn standing(&self) -> Vec<pb::Alert> {
        self.list(r#"state != "RESOLVED""#).await
    }

    /// The one alert that stands.
    pub async fn only(&self) -> pb::Alert {
        let mut standing = self.standing().await;
        assert_eq!(standing.len(), 1, "{standing:?}");
        standing.remove(0)
    }

    /// Waits until some alerts stand.
    pub async fn wait_for(&self, what: &str, good: impl Fn(&[pb::Alert]) -> bool) -> Vec<pb::Alert> {
        let mut standing = Vec::new();
        for _ in 0..1_500 {
            standing = self.standing().await;
            if good(&standing) {
                return standing;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{what} did not come: {standing:?}");
    }
}
