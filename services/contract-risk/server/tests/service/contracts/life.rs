//! Negotiation, review, signatures, withdrawal: the verbs through the API.

use tonic::Code;
use tributary_proto::tributary::contract::v1::{
    self as pb, ContractState as S, ListContractTransitionsRequest, Party, Signature,
};

use super::desk::{act, ask, changed, fields, full, of_other_tenant, raw, reason};
use crate::support::services;

#[tokio::test]
async fn a_contract_is_drafted_negotiated_reviewed_and_signed() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[("erp", "V-1")])).await;
        assert_eq!((draft.state(), draft.revision, &*draft.author), (S::Draft, 1, "zhao"));
        assert_eq!((draft.terms_digest.len(), draft.commitments.len(), draft.clauses.len()), (64, 1, 2));
        assert_eq!(desk.get("contracts/gz").await, draft);
        assert_eq!(of_other_tenant(&desk, "contracts/gz").await.reason, "CONTRACT_NOT_FOUND");

        // What is not possible names the state and what is.
        let refused = desk.submit(&draft).await.expect_err("too early");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "CONTRACT_TRANSITION_REFUSED"));
        let metadata = |key: &str| refused.metadata.get(key).map(String::as_str);
        assert_eq!((metadata("state"), metadata("verb")), (Some("DRAFT"), Some("SubmitContract")));
        assert_eq!(metadata("possible"), Some("NegotiateContract, WithdrawContract"));

        let talked = desk.negotiate(&draft).await.expect("negotiating");
        assert_eq!(reason(desk.negotiate(&draft).await), "ETAG_MISMATCH");
        let handed = desk.submit(&talked).await.expect("under review");
        assert_eq!(reason(desk.approve("zhao", &handed).await), "MAKER_IS_CHECKER");
        assert_eq!(reason(desk.sign(&handed, Party::Partner, "2025-12-20").await), "CONTRACT_NOT_APPROVED");

        // Returned, revised, handed in again.
        let back = act!(desk, "legal", return_contract, ReturnContractRequest, handed, "clause 2 is missing");
        let back = back.expect("returned");
        let mut better = back.clone();
        better.title = "Dealer agreement Guangzhou 2026, second draft".to_owned();
        let update = pb::UpdateContractRequest {
            contract: Some(better),
            note: "with clause 2".to_owned(),
            ..Default::default()
        };
        let better = ask!(desk, "qian", update_contract, update).expect("revised");
        assert_eq!((better.revision, &*better.author, better.state()), (2, "qian", S::Negotiating));
        let handed = desk.submit(&better).await.expect("under review");
        let approved = desk.approve("legal", &handed).await.expect("approved");
        let approval = approved.approval.as_ref().expect("given");
        assert_eq!((&*approval.reviewer, approval.revision, &*approval.comment), ("legal", 2, "fine"));

        let half = desk.sign(&approved, Party::Partner, "2025-12-18").await.expect("signed by one");
        assert_eq!((half.state(), half.signatures.len()), (S::LegalReview, 1));
        assert_eq!(reason(desk.sign(&half, Party::Partner, "2025-12-18").await), "SIGNATURE_EXISTS");
        let signed = desk.sign(&half, Party::Principal, "2025-12-20").await.expect("signed by both");
        assert_eq!((signed.state(), signed.signatures.len()), (S::Signed, 2));
        assert_eq!(signed.signatures[0].recorded_by, "legal");
        assert_eq!(signed.signatures[1].terms_digest, signed.terms_digest);

        let told = desk.history("contracts/gz").await;
        let told: Vec<_> = told.iter().map(|(from, to, actor, why)| (*from, *to, &**actor, &**why)).collect();
        assert_eq!(
            told,
            [
                (S::Unspecified, S::Draft, "zhao", ""),
                (S::Draft, S::Negotiating, "zhao", "let us talk"),
                (S::Negotiating, S::LegalReview, "zhao", "please check"),
                (S::LegalReview, S::Negotiating, "legal", "clause 2 is missing"),
                (S::Negotiating, S::LegalReview, "zhao", "please check"),
                (S::LegalReview, S::LegalReview, "legal", "fine"),
                (S::LegalReview, S::LegalReview, "legal", ""),
                (S::LegalReview, S::Signed, "legal", ""),
            ]
        );
        // Creation, seven verbs and the update are nine events.
        let events = desk.events("contracts/gz", 9).await;
        assert_eq!(events[0].event_type, "tributary.contract.v1.ContractCreated");
        assert_eq!(changed(&events[4]), (S::Negotiating, S::Negotiating, "qian".to_owned()));
        assert_eq!(changed(&events[8]), (S::LegalReview, S::Signed, "legal".to_owned()));
        let last = <pb::ContractChanged as prost::Message>::decode(events[8].data.as_slice()).expect("decodes");
        assert_eq!(last.contract, Some(signed));
    }
}

#[tokio::test]
async fn the_history_is_paged() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        desk.signed(&draft, "2025-12-20").await;
        let mut request =
            ListContractTransitionsRequest { name: "contracts/gz".to_owned(), page_size: 2, ..Default::default() };
        let mut states = Vec::new();
        loop {
            let page = ask!(desk, "legal", list_contract_transitions, request.clone()).expect("a page");
            assert!(page.transitions.len() <= 2);
            states.extend(page.transitions.iter().map(|t| t.to_state()));
            match page.next_page_token.as_str() {
                "" => break,
                token => request.page_token = token.to_owned(),
            }
        }
        let expected = [S::Draft, S::Negotiating, S::LegalReview, S::LegalReview, S::LegalReview, S::Signed];
        assert_eq!(states, expected);
        request.name = "contracts/sz".to_owned();
        request.page_token.clear();
        assert_eq!(reason(ask!(desk, "legal", list_contract_transitions, request)), "CONTRACT_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_signature_must_fit_what_is_signed() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let talked = desk.negotiate(&draft).await.expect("negotiating");
        let handed = desk.submit(&talked).await.expect("under review");
        let approved = desk.approve("legal", &handed).await.expect("approved");
        let sign = |signature: Signature| {
            let request = pb::SignContractRequest {
                name: approved.name.clone(),
                etag: approved.etag.clone(),
                signature: Some(signature),
                ..Default::default()
            };
            let desk = &desk;
            async move { ask!(desk, "legal", sign_contract, request) }
        };
        let good = Signature {
            party: Party::Partner.into(),
            signer: "Zhang San".to_owned(),
            signed_on: raw("2025-12-20"),
            terms_digest: approved.terms_digest.clone(),
            ..Signature::default()
        };
        let annotated = fields(sign(Signature::default()).await);
        let expected = ["party", "signer", "signed_on", "terms_digest"].map(|field| format!("signature.{field}"));
        assert_eq!(annotated, expected);
        let wrong = Signature { signed_on: raw("2025-12-21"), terms_digest: "0".repeat(64), ..good.clone() };
        assert_eq!(fields(sign(wrong).await), ["signature.signed_on", "signature.terms_digest"]);
        // Nothing was recorded by the refusals.
        assert!(sign(good).await.is_ok());
    }
}

#[tokio::test]
async fn a_contract_is_withdrawn_before_it_is_signed_and_needs_a_reason() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        assert_eq!(fields(act!(desk, "zhao", withdraw_contract, WithdrawContractRequest, draft, "")), ["reason"]);
        assert_eq!(fields(act!(desk, "zhao", withdraw_contract, WithdrawContractRequest, draft, "  ")), ["reason"]);
        let gone = act!(desk, "zhao", withdraw_contract, WithdrawContractRequest, draft, "no budget").expect("gone");
        assert_eq!(gone.state(), S::Withdrawn);
        let refused = desk.negotiate(&gone).await.expect_err("over");
        assert_eq!(refused.metadata.get("possible").map(String::as_str), Some(""));

        let signed = desk.draft(full("sz", &[])).await;
        let signed = desk.signed(&signed, "2025-12-20").await;
        let late = act!(desk, "zhao", withdraw_contract, WithdrawContractRequest, signed, "changed my mind");
        assert_eq!(reason(late), "CONTRACT_TRANSITION_REFUSED");
    }
}

#[tokio::test]
async fn verbs_repeat_their_first_answer_and_want_an_etag() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let request = |etag: &str, request_id: &str| pb::NegotiateContractRequest {
            name: draft.name.clone(),
            etag: etag.to_owned(),
            reason: String::new(),
            request_id: request_id.to_owned(),
        };
        assert_eq!(fields(ask!(desk, "zhao", negotiate_contract, request("", ""))), ["etag"]);
        let first = ask!(desk, "zhao", negotiate_contract, request(&draft.etag, "n-1")).expect("negotiating");
        desk.submit(&first).await.expect("under review");
        let again = ask!(desk, "zhao", negotiate_contract, request(&draft.etag, "n-1")).expect("repeated");
        assert_eq!(again, first, "as it was then");
        let other = ask!(desk, "zhao", negotiate_contract, request("v9", "n-1"));
        assert_eq!(reason(other), "REQUEST_ID_REUSED");
        assert_eq!(desk.history("contracts/gz").await.len(), 3, "created, negotiated once, submitted");
        assert_eq!(
            reason(desk.negotiate(&pb::Contract { name: "contracts/no".to_owned(), ..draft }).await),
            "CONTRACT_NOT_FOUND"
        );
    }
}
