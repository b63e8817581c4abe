//! The service with everything that a test of obligations needs: a clock, callers by name, a second replica.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use contract_risk_domain::{Contract, ContractState, Draft};
use contract_risk_server::{Deps, Settings, app::Obligations, build, ports::ContractWrite, store};
use prost::Message;
use tributary_core::{Date, Event, RequestContext, ResourceId, Role, TenantId, Timestamp, Zone};
use tributary_lifecycle::{CancellationToken, Worker};
use tributary_proto::{
    google::r#type::{Date as RawDate, Money},
    tributary::contract::v1::{
        self as pb, Obligation, ObligationKind, Proof, obligation_service_client::ObligationServiceClient,
    },
};
use tributary_rpc::{
    client::{self, Backend},
    status::Described,
    token::TokenSigner,
};
use tributary_sql::PoolOptions;
use tributary_testkit::{CountingIds, ManualClock, TestDatabase, engines};

use crate::support::{Kept, database};

/// A running service.
pub struct Desk {
    pub clock: Arc<ManualClock>,
    pub client: ObligationServiceClient<Backend>,
    /// The worker that sends reminders; it does not run by itself.
    pub reminders: Mutex<Option<Worker>>,
    bus: Arc<Kept>,
    ids: Arc<CountingIds>,
    stop: CancellationToken,
    database: TestDatabase,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The service on every engine, with the active contracts `a` of partner `p` and `b` of partner `q`, on a day.
pub async fn desks(today: &str) -> Vec<Desk> {
    let mut desks = Vec::new();
    for engine in engines() {
        let database = database(engine).await;
        let settings = Settings { store: database.url().parse().expect("a store url"), ..Settings::default() };
        let signer = Arc::new(TokenSigner::generate().expect("key"));
        let (bus, clock) = (Arc::new(Kept::default()), Arc::new(ManualClock::default()));
        let ids = Arc::new(CountingIds::new());
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            bus: bus.clone(),
            verifier: signer.verifier(),
            signer: signer.clone(),
            incentive_calculation: client::deferred().0,
        };
        let service = build(settings, deps).await.expect("the service");
        let stop = CancellationToken::new();
        let mut reminders = None;
        for worker in service.workers {
            match worker.name {
                "contract-risk-reminders" => reminders = Some(worker),
                "contract-risk-relay" => drop(tokio::spawn((worker.run)(stop.clone()))),
                _ => {}
            }
        }
        let backend = client::authorised(client::local(service.router), signer, clock.clone(), "gateway");
        let client = ObligationServiceClient::new(backend);
        let desk = Desk { clock, client, reminders: Mutex::new(reminders), bus, ids, stop, database };
        desk.set(today);
        for (contract, partner) in [("a", "p"), ("b", "q")] {
            desk.contract(contract, partner, None, ContractState::Active).await;
        }
        desks.push(desk);
    }
    desks
}

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

/// A day as the API writes it.
pub fn raw(text: &str) -> Option<RawDate> {
    let (year, month, day) = day(text).ymd();
    Some(RawDate { year, month, day })
}

/// An amount in fen as the API writes it.
pub fn fen(value: i64) -> Option<Money> {
    let nanos = i32::try_from(value % 100).expect("small") * 10_000_000;
    Some(Money { currency_code: "CNY".to_owned(), units: value / 100, nanos })
}

/// A milestone due on a day.
pub fn milestone(due_on: &str) -> Obligation {
    Obligation {
        kind: ObligationKind::Milestone.into(),
        title: "Opening of the shop".to_owned(),
        due_on: raw(due_on),
        owner: "li.wei".to_owned(),
        ..Obligation::default()
    }
}

/// A payment of an amount in fen due on a day.
pub fn payment(due_on: &str, amount: i64) -> Obligation {
    Obligation { kind: ObligationKind::Payment.into(), amount: fen(amount), ..milestone(due_on) }
}

/// A proof of a day, with an amount in fen where one is paid.
pub fn proof(on: &str, amount: Option<i64>) -> Proof {
    Proof { title: "receipt".to_owned(), fulfilled_on: raw(on), amount: amount.and_then(fen), ..Proof::default() }
}

/// A call of a subject of the default tenant.
pub fn by<T>(subject: &str, message: T) -> tonic::Request<T> {
    let caller = RequestContext {
        tenant: TenantId::default_tenant(),
        subject: subject.to_owned(),
        roles: vec![Role::Legal],
        scope: tributary_core::Scope::Tenant,
        request_id: "call-1".to_owned(),
    };
    client::on_behalf(&caller, message)
}

pub type Answer<T> = Result<T, Described>;

/// Calls a method as a subject.
macro_rules! ask {
    ($desk:expr, $subject:expr, $method:ident, $message:expr) => {
        $desk
            .client
            .clone()
            .$method(crate::obligations::desk::by($subject, $message))
            .await
            .map(tonic::Response::into_inner)
            .map_err(|status| crate::support::said(&status))
    };
}
pub(crate) use ask;

impl Desk {
    /// Sets the clock to nine in the morning of a day in Shanghai, which is one o'clock UTC.
    pub fn set(&self, today: &str) {
        self.clock.set(Timestamp(0).plus_seconds(day(today).days() * 86_400 + 3_600));
    }

    /// Puts a contract from 2026-01-01 on into the store.
    pub async fn contract(&self, contract: &str, partner: &str, to: Option<&str>, state: ContractState) {
        let draft = Draft {
            partner: format!("partners/{partner}"),
            title: "Dealer agreement".to_owned(),
            effective_from: Some((2026, 1, 1)),
            effective_to: to.map(|to| day(to).ymd()),
            external_refs: vec![contract_risk_domain::ExternalRef {
                system: "erp".to_owned(),
                id: format!("V-{contract}"),
            }],
            ..Draft::default()
        };
        let terms = draft.check().expect("a good draft");
        let id = ResourceId::parse(contract).expect("an id");
        let contract = Contract { state, ..Contract::new(id, contract.to_owned(), terms, "author", Timestamp(1)) };
        let mut tx = self.open().await.store.begin().await.expect("begin");
        let write = ContractWrite { before: None, after: contract };
        tx.write_contracts(&TenantId::default_tenant(), &[write]).await.expect("written");
        tx.commit().await.expect("commit");
    }

    async fn open(&self) -> store::OpenStore {
        let url = self.database.url().parse().expect("a store url");
        store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens")
    }

    /// Another replica on the same store.
    pub async fn replica(&self) -> Obligations {
        let open = self.open().await;
        Obligations {
            store: open.obligations,
            contracts: open.store,
            clock: self.clock.clone(),
            zone: Zone::shanghai(),
            ids: self.ids.clone(),
            wake: Arc::new(|| ()),
        }
    }

    pub async fn create(&self, contract: &str, id: &str, obligation: Obligation) -> Answer<Obligation> {
        let request = pb::CreateObligationRequest {
            parent: format!("contracts/{contract}"),
            obligation: Some(obligation),
            obligation_id: id.to_owned(),
            request_id: String::new(),
        };
        ask!(self, "legal", create_obligation, request)
    }

    pub async fn get(&self, name: &str) -> Answer<Obligation> {
        ask!(self, "legal", get_obligation, pb::GetObligationRequest { name: name.to_owned() })
    }

    pub async fn submit(&self, who: &str, of: &Obligation, proof: Proof) -> Answer<Obligation> {
        let request = pb::SubmitProofRequest {
            name: of.name.clone(),
            etag: of.etag.clone(),
            proof: Some(proof),
            ..pb::SubmitProofRequest::default()
        };
        ask!(self, who, submit_proof, request)
    }

    pub async fn accept(&self, who: &str, of: &Obligation) -> Answer<Obligation> {
        let request = pb::AcceptObligationRequest {
            name: of.name.clone(),
            etag: of.etag.clone(),
            ..pb::AcceptObligationRequest::default()
        };
        ask!(self, who, accept_obligation, request)
    }

    pub async fn give_back(&self, of: &Obligation, reason: &str) -> Answer<Obligation> {
        let request = pb::ReturnObligationRequest {
            name: of.name.clone(),
            etag: of.etag.clone(),
            reason: reason.to_owned(),
            request_id: String::new(),
        };
        ask!(self, "checker", return_obligation, request)
    }

    pub async fn waive(&self, of: &Obligation, reason: &str) -> Answer<Obligation> {
        let request = pb::WaiveObligationRequest {
            name: of.name.clone(),
            etag: of.etag.clone(),
            reason: reason.to_owned(),
            request_id: String::new(),
        };
        ask!(self, "legal", waive_obligation, request)
    }

    pub async fn reschedule(&self, of: &Obligation, due_on: &str) -> Answer<Obligation> {
        let request = pb::RescheduleObligationRequest {
            name: of.name.clone(),
            etag: of.etag.clone(),
            reason: "agreed by mail".to_owned(),
            due_on: raw(due_on),
            request_id: String::new(),
        };
        ask!(self, "legal", reschedule_obligation, request)
    }

    /// Filed by `maker` and accepted by `checker`.
    pub async fn finish(&self, of: &Obligation, on: &str, amount: Option<i64>) -> Obligation {
        let filed = self.submit("maker", of, proof(on, amount)).await.expect("filed");
        self.accept("checker", &filed).await.expect("accepted")
    }

    /// The events of a type about a subject once there are so many.
    pub async fn events<M: Message + Default>(&self, name: &str, subject: &str, count: usize) -> Vec<M> {
        let event_type = format!("tributary.contract.v1.{name}");
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let found: Vec<Event> = {
                let events = self.bus.0.lock().expect("lock");
                events.iter().filter(|e| e.event_type == event_type && e.subject == subject).cloned().collect()
            };
            assert!(found.len() <= count, "{} events {name} of {subject}", found.len());
            if found.len() == count {
                return found.iter().map(|e| M::decode(e.data.as_slice()).expect("decodes")).collect();
            }
            assert!(tokio::time::Instant::now() < deadline, "{} events {name} of {subject}", found.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The fields of the violations, in the order found.
pub fn fields(refused: &Described) -> Vec<&str> {
    refused.violations.iter().map(|v| v.field.as_str()).collect()
}

/// The reason of a refusal.
pub fn reason<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    answer.expect_err("refused").reason
}
