//! Successors.

use tributary_proto::tributary::contract::v1::{self as pb, Contract, ContractState as S};

use super::desk::{act, ask, changed, fields, full, raw, reason};
use crate::support::{Running, call_of_partner, services};

async fn renew(desk: &Running, contract: &Contract, id: &str, request_id: &str) -> super::desk::Answer {
    let request = pb::RenewContractRequest {
        name: contract.name.clone(),
        etag: contract.etag.clone(),
        reason: "a good year".to_owned(),
        contract_id: id.to_owned(),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    ask!(desk, "zhao", renew_contract, request)
}

/// What the contract's own partner reads of it, by itself and in a list: its successor, its owner, how many external refs.
async fn seen(desk: &Running, contract: &Contract) -> (String, String, usize) {
    let get = pb::GetContractRequest { name: contract.name.clone() };
    let got =
        desk.client.clone().get_contract(call_of_partner(&contract.partner, get)).await.expect("its own").into_inner();
    let list = pb::ListContractsRequest { partner: contract.partner.clone(), ..Default::default() };
    let list = desk.client.clone().list_contracts(call_of_partner(&contract.partner, list)).await.expect("its own");
    let listed = list.into_inner().contracts.into_iter().find(|one| one.name == got.name);
    assert_eq!(listed.as_ref(), Some(&got));
    (got.successor, got.owner, got.external_refs.len())
}

#[tokio::test]
async fn a_signed_successor_renews_a_contract() {
    for desk in services().await {
        desk.set("2026-03-05");
        let draft = desk.draft(full("gz", &[("erp", "V-1")])).await;
        let active = desk.signed(&draft, "2026-01-02").await;
        let next = renew(&desk, &active, "gz-2027", "r-1").await.expect("drafted");
        assert_eq!((&*next.name, next.state(), next.revision), ("contracts/gz-2027", S::Draft, 1));
        assert_eq!((next.effective_from, next.effective_to), (raw("2027-01-01"), raw("2028-01-01")));
        assert_eq!((&*next.predecessor, &*next.author), ("contracts/gz", "zhao"));
        assert_eq!(
            (&next.commitments, &next.clauses, &next.labels),
            (&active.commitments, &active.clauses, &active.labels)
        );
        assert!(next.external_refs.is_empty());
        assert_eq!(renew(&desk, &active, "gz-2027", "r-1").await.expect("repeated"), next);

        let active = desk.get("contracts/gz").await;
        assert_eq!((active.state(), &*active.successor), (S::Active, "contracts/gz-2027"));
        // To the partner the draft of a renewal is not there, nor is its name, nor what only we keep.
        assert_eq!(seen(&desk, &active).await, (String::new(), String::new(), 0));
        let refused = renew(&desk, &active, "", "").await.expect_err("there is one");
        assert_eq!(refused.reason, "SUCCESSOR_EXISTS");
        assert_eq!(refused.metadata.get("successor").map(String::as_str), Some("contracts/gz-2027"));

        let signed = desk.signed(&next, "2026-03-05").await;
        assert_eq!(signed.state(), S::Signed);
        let renewed = desk.get("contracts/gz").await;
        assert_eq!(renewed.state(), S::Renewed);
        assert_eq!(seen(&desk, &active).await.0, "contracts/gz-2027", "it is signed");
        let steps = desk.history("contracts/gz").await;
        let (from, to, actor, why) = steps.last().expect("steps");
        assert_eq!((*from, *to, &**actor, &**why), (S::Active, S::Renewed, "legal", "contracts/gz-2027 is signed"));
        let events = desk.events("contracts/gz", 9).await;
        assert_eq!(changed(&events[8]), (S::Active, S::Renewed, "legal".to_owned()));

        // On the same day the one ends and the other begins.
        desk.set("2027-01-01");
        desk.moved("contracts/gz", S::Ended).await;
        desk.moved("contracts/gz-2027", S::Active).await;
    }
}

#[tokio::test]
async fn a_successor_that_is_withdrawn_leaves_room_for_another() {
    for desk in services().await {
        desk.set("2026-03-05");
        let draft = desk.draft(full("gz", &[])).await;
        let active = desk.signed(&draft, "2026-01-02").await;
        let next = renew(&desk, &active, "gz-2027", "").await.expect("drafted");
        act!(desk, "zhao", withdraw_contract, WithdrawContractRequest, next, "too dear").expect("withdrawn");
        let free = desk.get("contracts/gz").await;
        assert_eq!((free.state(), &*free.successor), (S::Active, ""));
        assert_eq!(reason(renew(&desk, &free, "gz-2027", "").await), "CONTRACT_EXISTS");
        let other = renew(&desk, &free, "gz-2027b", "").await.expect("drafted");
        assert_eq!(desk.get("contracts/gz").await.successor, other.name);
    }
}

#[tokio::test]
async fn what_has_no_end_or_is_not_in_force_is_not_renewed() {
    for desk in services().await {
        desk.set("2026-03-05");
        let mut open = full("open", &[]);
        open.contract.as_mut().expect("set").effective_to = None;
        let draft = desk.draft(open).await;
        assert_eq!(reason(renew(&desk, &draft, "", "").await), "CONTRACT_TRANSITION_REFUSED");
        let active = desk.signed(&draft, "2026-01-02").await;
        assert_eq!(reason(renew(&desk, &active, "", "").await), "CONTRACT_OPEN_ENDED");

        let draft = desk.draft(full("gz", &[])).await;
        let active = desk.signed(&draft, "2026-01-02").await;
        let wrong = pb::RenewContractRequest {
            name: active.name.clone(),
            etag: active.etag.clone(),
            effective_to: raw("2027-01-01"),
            ..Default::default()
        };
        assert_eq!(fields(ask!(desk, "zhao", renew_contract, wrong)), ["effective_to"]);
        assert_eq!(desk.get("contracts/gz").await, active, "a refusal changes nothing");
    }
}
