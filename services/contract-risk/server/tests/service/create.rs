//! `CreateContract`: drafts, every violation, repeats, taken keys, the event.

use std::time::Duration;

use prost::Message as _;
use tonic::Code;
use tributary_proto::{
    google::r#type::Date,
    tributary::contract::v1::{Contract, ContractCreated, ContractState, CreateContractRequest},
};

use crate::support::{request, services};

#[tokio::test]
async fn a_contract_is_a_draft_and_an_event() {
    for service in services().await {
        let created = service.create("default", request("gz", &[("erp", "V-1")])).await.expect("created");
        assert_eq!((&*created.name, &*created.partner, &*created.etag), ("contracts/gz", "partners/p", "v1"));
        assert_eq!(created.state(), ContractState::Draft);
        assert_eq!(created.effective_to, Some(Date { year: 2027, month: 1, day: 1 }));
        // The clock stands at 2012-07-01T00:00:00Z.
        assert_eq!(created.create_time.map(|t| (t.seconds, t.nanos)), Some((1_341_100_800, 0)));
        assert_eq!(created.uid.len(), 36);

        let event = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let first = service.bus.0.lock().expect("lock").first().cloned();
                match first {
                    Some(event) => return event,
                    None => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        });
        let event = event.await.expect("the event is published");
        assert_eq!(event.event_type, "tributary.contract.v1.ContractCreated");
        assert_eq!((&*event.source, &*event.subject, event.sequence), ("contract-risk", "contracts/gz", 1));
        let data = ContractCreated::decode(event.data.as_slice()).expect("decodes");
        assert_eq!(data.contract, Some(created));
    }
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    for service in services().await {
        let with_id = |mut r: CreateContractRequest| {
            r.request_id = "r-1".to_owned();
            r
        };
        let generated = with_id(request("", &[("erp", "V-1")]));
        let first = service.create("default", generated.clone()).await.expect("created");
        assert_eq!(service.create("default", generated.clone()).await.expect("repeated"), first);
        assert_eq!(service.list("", 0, "").await.expect("list").0, std::slice::from_ref(&first.name));
        let refused = service.create("default", with_id(request("", &[("erp", "V-2")]))).await.expect_err("reused");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "REQUEST_ID_REUSED"));
        // Another tenant has ids, refs and request ids of its own.
        let other = service.create("acme", generated).await.expect("created");
        assert_ne!(other.uid, first.uid);
    }
}

#[tokio::test]
async fn taken_keys_name_their_holder() {
    for service in services().await {
        service.create("default", request("gz", &[("erp", "V-1")])).await.expect("created");
        let refused = service.create("default", request("gz", &[])).await.expect_err("taken");
        assert_eq!((refused.code, &*refused.reason), (Code::AlreadyExists, "CONTRACT_EXISTS"));
        assert_eq!(refused.metadata.get("contract").map(String::as_str), Some("contracts/gz"));
        let refused = service.create("default", request("sz", &[("erp", "V-1")])).await.expect_err("taken");
        assert_eq!((refused.code, &*refused.reason), (Code::AlreadyExists, "EXTERNAL_REF_TAKEN"));
        for (key, value) in [("contract", "contracts/gz"), ("system", "erp"), ("id", "V-1")] {
            assert_eq!(refused.metadata.get(key).map(String::as_str), Some(value));
        }
    }
}

#[tokio::test]
async fn all_violations_come_at_once() {
    let fields = |violations: &[tributary_core::Violation]| -> Vec<String> {
        violations.iter().map(|v| v.field.clone()).collect()
    };
    for service in services().await {
        // What annotations say.
        let empty = CreateContractRequest { contract: Some(Contract::default()), ..Default::default() };
        let refused = service.create("default", empty).await.expect_err("empty");
        assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "INVALID_REQUEST"));
        let mut found = fields(&refused.violations);
        found.dedup();
        assert_eq!(found, ["contract.partner", "contract.title", "contract.effective_from"]);
        // What only the domain knows.
        let mut wrong = request("gz", &[("erp", "1"), ("erp", "2")]);
        let contract = wrong.contract.as_mut().expect("set");
        contract.title = " ".to_owned();
        contract.effective_to = contract.effective_from;
        let refused = service.create("default", wrong).await.expect_err("wrong");
        assert_eq!(
            fields(&refused.violations),
            ["contract.title", "contract.effective_to", "contract.external_refs[1].system"]
        );
    }
}
