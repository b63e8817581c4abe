//! Short ways to do what tests of contracts do.

use std::time::Duration;

use prost::Message;
use tributary_core::{Date, Event};
use tributary_lifecycle::CancellationToken;
use tributary_proto::{
    google::r#type::{Date as RawDate, Money},
    tributary::contract::v1::{
        self as pb, Cadence, Clause, Commitment, CommitmentKind, Contract, ContractState, CreateContractRequest, Party,
        Signature, commitment::Target,
    },
};
use tributary_rpc::status::Described;

use crate::support::{Running, call_as, request, said};

/// Calls a method as a subject: `ask!(desk, "legal", get_contract, request)`.
macro_rules! ask {
    ($desk:expr, $subject:expr, $method:ident, $request:expr) => {{
        let answer = $desk.client.clone().$method(crate::support::call_as("default", $subject, $request)).await;
        answer.map(tonic::Response::into_inner).map_err(|status| crate::support::said(&status))
    }};
}
pub(super) use ask;

/// Calls a verb that takes name, etag and reason.
macro_rules! act {
    ($desk:expr, $subject:expr, $method:ident, $request:ident, $contract:expr, $reason:expr) => {{
        let request = tributary_proto::tributary::contract::v1::$request {
            name: $contract.name.clone(),
            etag: $contract.etag.clone(),
            reason: $reason.to_owned(),
            ..Default::default()
        };
        crate::contracts::desk::ask!($desk, $subject, $method, request)
    }};
}
pub(super) use act;

pub type Answer = Result<Contract, Described>;

/// A day as the API writes it.
pub fn raw(text: &str) -> Option<RawDate> {
    let (year, month, day) = Date::parse(text).expect("a day").ymd();
    Some(RawDate { year, month, day })
}

/// The reason of a refusal.
pub fn reason<T: std::fmt::Debug>(result: Result<T, Described>) -> String {
    result.expect_err("refused").reason
}

/// The fields of a refusal.
pub fn fields<T: std::fmt::Debug>(result: Result<T, Described>) -> Vec<String> {
    result.expect_err("refused").violations.into_iter().map(|v| v.field).collect()
}

/// A contract of the year 2026 with a commitment, two clauses and labels.
pub fn full(contract_id: &str, refs: &[(&str, &str)]) -> CreateContractRequest {
    let mut request = request(contract_id, refs);
    let contract = request.contract.as_mut().expect("set");
    contract.principal = "Jiangnan Brand Ltd.".to_owned();
    contract.commitments = vec![Commitment {
        commitment_id: "annual".to_owned(),
        kind: CommitmentKind::Purchase.into(),
        cadence: Cadence::Year.into(),
        target: Some(Target::Amount(Money { currency_code: "CNY".to_owned(), units: 2_000_000, nanos: 0 })),
        product_line: String::new(),
    }];
    contract.clauses = vec![clause("price", "The price is 0.75 of list."), clause("notice", "Notice is in writing.")];
    contract.labels = [("z", "1"), ("a", "2"), ("m", "3")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    request
}

pub fn clause(clause_id: &str, text: &str) -> Clause {
    Clause { clause_id: clause_id.to_owned(), title: String::new(), text: text.to_owned() }
}

impl Running {
    /// Noon of a day in Shanghai.
    pub fn set(&self, day: &str) {
        let midnight_utc = Date::parse(day).expect("a day").days() * 86_400;
        self.clock.set(tributary_core::Timestamp(0).plus_seconds(midnight_utc + 4 * 3600));
    }

    pub async fn get(&self, name: &str) -> Contract {
        let request = pb::GetContractRequest { name: name.to_owned() };
        ask!(self, "legal", get_contract, request).expect("there")
    }

    pub async fn negotiate(&self, contract: &Contract) -> Answer {
        act!(self, "zhao", negotiate_contract, NegotiateContractRequest, contract, "let us talk")
    }

    pub async fn submit(&self, contract: &Contract) -> Answer {
        act!(self, "zhao", submit_contract, SubmitContractRequest, contract, "please check")
    }

    pub async fn approve(&self, subject: &str, contract: &Contract) -> Answer {
        act!(self, subject, approve_contract, ApproveContractRequest, contract, "fine")
    }

    pub async fn sign(&self, contract: &Contract, party: Party, signed_on: &str) -> Answer {
        let signature = Signature {
            party: party.into(),
            signer: "Zhang San".to_owned(),
            signed_on: raw(signed_on),
            terms_digest: contract.terms_digest.clone(),
            ..Signature::default()
        };
        let request = pb::SignContractRequest {
            name: contract.name.clone(),
            etag: contract.etag.clone(),
            signature: Some(signature),
            ..Default::default()
        };
        ask!(self, "legal", sign_contract, request)
    }

    /// Creates a contract as "zhao".
    pub async fn draft(&self, request: CreateContractRequest) -> Contract {
        ask!(self, "zhao", create_contract, request).expect("created")
    }

    /// Takes a draft through negotiation, review and both signatures.
    pub async fn signed(&self, draft: &Contract, signed_on: &str) -> Contract {
        let talked = self.negotiate(draft).await.expect("negotiating");
        let handed = self.submit(&talked).await.expect("under review");
        let approved = self.approve("legal", &handed).await.expect("approved");
        let half = self.sign(&approved, Party::Partner, signed_on).await.expect("signed by one");
        self.sign(&half, Party::Principal, signed_on).await.expect("signed by both")
    }

    /// Runs the calendar until a contract is in a state.
    pub async fn moved(&self, name: &str, state: ContractState) -> Contract {
        let stop = CancellationToken::new();
        let running = tokio::spawn((self.calendar.run)(stop.clone()));
        let found = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                let contract = self.get(name).await;
                if contract.state() == state {
                    return contract;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let found = found.await.expect("the calendar moves it");
        stop.cancel();
        running.await.expect("the calendar ends");
        found
    }

    /// The history: states as (from, to), actor and reason.
    pub async fn history(&self, name: &str) -> Vec<(ContractState, ContractState, String, String)> {
        let request = pb::ListContractTransitionsRequest { name: name.to_owned(), ..Default::default() };
        let steps = ask!(self, "legal", list_contract_transitions, request).expect("history").transitions;
        steps.into_iter().map(|t| (t.from_state(), t.to_state(), t.actor, t.reason)).collect()
    }

    /// The first so many events about a subject, decoded.
    pub async fn events(&self, subject: &str, count: usize) -> Vec<Event> {
        let found = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                let all = self.bus.0.lock().expect("lock").clone();
                let found: Vec<_> = all.into_iter().filter(|event| event.subject == subject).collect();
                if found.len() >= count {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        found.await.expect("the events are published")
    }
}

/// What a `ContractChanged` says: state before and after, actor.
pub fn changed(event: &Event) -> (ContractState, ContractState, String) {
    assert_eq!(event.event_type, "tributary.contract.v1.ContractChanged");
    let data = pb::ContractChanged::decode(event.data.as_slice()).expect("decodes");
    (data.from_state(), data.contract.as_ref().expect("set").state(), data.actor)
}

/// A refusal of a call of another tenant.
pub async fn of_other_tenant(desk: &Running, name: &str) -> Described {
    let request = pb::GetContractRequest { name: name.to_owned() };
    let answer = desk.client.clone().get_contract(call_as("acme", "legal", request)).await;
    said(&answer.expect_err("not there"))
}
