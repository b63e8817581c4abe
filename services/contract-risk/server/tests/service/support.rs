//! A service in this process, a caller with a signed token, and a bus that keeps what it is given.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contract_risk_server::{Deps, Settings, build};
use tonic::Status;
use tributary_bus::{Bus, BusError, Subscription};
use tributary_core::{Event, RequestContext, Role, TenantId};
use tributary_lifecycle::{CancellationToken, Worker};
use tributary_proto::{
    google::r#type::Date,
    tributary::{
        common::v1::ExternalRef,
        contract::v1::{
            Contract, CreateContractRequest, ListContractsRequest, contract_service_client::ContractServiceClient,
        },
    },
};
use tributary_rpc::{
    client::{self, Backend},
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase, engines};

/// Keeps events.
#[derive(Default)]
pub struct Kept(pub Mutex<Vec<Event>>);

#[async_trait]
impl Bus for Kept {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        self.0.lock().expect("lock").extend_from_slice(events);
        Ok(())
    }

    fn subscribe(&self, _: Subscription) {}
}

/// A running service.
pub struct Running {
    pub client: ContractServiceClient<Backend>,
    pub bus: Arc<Kept>,
    pub clock: Arc<ManualClock>,
    /// The worker that moves contracts on; it does not run by itself.
    pub calendar: Worker,
    stop: CancellationToken,
    _database: TestDatabase,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A migrated database of its own.
pub async fn database(engine: Engine) -> TestDatabase {
    let migrate =
        async |url: &str| contract_risk_server::migrate(&url.parse().expect("a store url")).await.expect("migrated");
    TestDatabase::migrated(engine, migrate).await
}

/// The service on every engine, workers started.
pub async fn services() -> Vec<Running> {
    let mut running = Vec::new();
    for engine in engines() {
        let database = database(engine).await;
        let settings = Settings { store: database.url().parse().expect("a store url"), ..Settings::default() };
        let signer = Arc::new(TokenSigner::generate().expect("key"));
        let (bus, clock) = (Arc::new(Kept::default()), Arc::new(ManualClock::default()));
        let deps = Deps {
            clock: clock.clone(),
            ids: Arc::new(CountingIds::new()),
            bus: bus.clone(),
            verifier: signer.verifier(),
            signer: signer.clone(),
            incentive_calculation: client::deferred().0,
        };
        let service = build(settings, deps).await.expect("the service");
        // Whoever remembers requests must also forget them.
        assert!(service.workers.iter().any(|worker| worker.name == "forget-requests"));
        let stop = CancellationToken::new();
        let (mut calendar, others): (Vec<_>, Vec<_>) =
            service.workers.into_iter().partition(|worker| worker.name == "contract-risk-calendar");
        for worker in others {
            tokio::spawn((worker.run)(stop.clone()));
        }
        let backend = client::authorised(client::local(service.router), signer, clock.clone(), "gateway");
        running.push(Running {
            client: ContractServiceClient::new(backend),
            bus,
            clock,
            calendar: calendar.remove(0),
            stop,
            _database: database,
        });
    }
    running
}

/// A call of "legal" of a tenant.
pub fn call<T>(tenant: &str, message: T) -> tonic::Request<T> {
    call_as(tenant, "legal", message)
}

/// A call of a subject of a tenant.
pub fn call_as<T>(tenant: &str, subject: &str, message: T) -> tonic::Request<T> {
    let caller = RequestContext {
        tenant: TenantId::parse(tenant).expect("tenant"),
        subject: subject.to_owned(),
        roles: vec![Role::Legal],
        scope: tributary_core::Scope::Tenant,
        request_id: "call-1".to_owned(),
    };
    client::on_behalf(&caller, message)
}

/// A call of a user of a partner, by its resource name.
pub fn call_of_partner<T>(partner: &str, message: T) -> tonic::Request<T> {
    let caller = RequestContext {
        tenant: TenantId::default_tenant(),
        subject: "portal".to_owned(),
        roles: vec![Role::Partner],
        scope: tributary_core::Scope::Partners(vec![partner.to_owned()]),
        request_id: "call-1".to_owned(),
    };
    client::on_behalf(&caller, message)
}

impl Running {
    pub async fn create(&self, tenant: &str, request: CreateContractRequest) -> Result<Contract, Described> {
        let answer = self.client.clone().create_contract(call(tenant, request)).await;
        answer.map(tonic::Response::into_inner).map_err(|s| said(&s))
    }

    /// Names of a page and the token of the next.
    pub async fn list(&self, partner: &str, size: i32, token: &str) -> Result<(Vec<String>, String), Described> {
        let query = ListContractsRequest {
            partner: partner.to_owned(),
            page_size: size,
            page_token: token.to_owned(),
            filter: String::new(),
        };
        let answer = self.client.clone().list_contracts(call("default", query)).await.map_err(|s| said(&s))?;
        let page = answer.into_inner();
        Ok((page.contracts.into_iter().map(|c| c.name).collect(), page.next_page_token))
    }
}

/// A refusal, decoded.
pub fn said(status: &Status) -> Described {
    describe(status)
}

/// A request for a contract of partner `p` in 2026.
pub fn request(contract_id: &str, refs: &[(&str, &str)]) -> CreateContractRequest {
    let refs = refs.iter().map(|(system, id)| ExternalRef { system: (*system).to_owned(), id: (*id).to_owned() });
    CreateContractRequest {
        contract: Some(Contract {
            partner: "partners/p".to_owned(),
            title: "Dealer agreement Guangzhou 2026".to_owned(),
            effective_from: Some(Date { year: 2026, month: 1, day: 1 }),
            effective_to: Some(Date { year: 2027, month: 1, day: 1 }),
            external_refs: refs.collect(),
            ..Contract::default()
        }),
        contract_id: contract_id.to_owned(),
        request_id: String::new(),
    }
}
