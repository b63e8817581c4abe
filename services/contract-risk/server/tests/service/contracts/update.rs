//! `UpdateContract`, revisions and redlines.

use prost_types::FieldMask;
use tonic::Code;
use tributary_proto::tributary::contract::v1::{
    self as pb, CompareContractRevisionsRequest, Contract, ListContractRevisionsRequest, RedlineKind,
};

use super::desk::{Answer, ask, changed, clause, fields, full, reason};
use crate::support::{Running, call_as, said, services};

/// Changes the fields of a mask.
async fn update(desk: &Running, contract: Contract, paths: &[&str]) -> Answer {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = pb::UpdateContractRequest {
        contract: Some(contract),
        update_mask: Some(FieldMask { paths }),
        note: "as agreed".to_owned(),
        ..Default::default()
    };
    ask!(desk, "qian", update_contract, request)
}

#[tokio::test]
async fn a_mask_changes_what_it_names() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[("erp", "V-1")])).await;
        let values = Contract {
            name: draft.name.clone(),
            etag: draft.etag.clone(),
            title: "New".to_owned(),
            ..Contract::default()
        };
        let titled = update(&desk, values.clone(), &["title"]).await.expect("changed");
        let expected = Contract {
            title: "New".to_owned(),
            etag: titled.etag.clone(),
            author: "qian".to_owned(),
            terms_digest: titled.terms_digest.clone(),
            update_time: titled.update_time,
            ..draft.clone()
        };
        assert_eq!(titled, expected, "a draft changes in place, everything else is as it was");
        assert_ne!((&titled.etag, &titled.terms_digest), (&draft.etag, &draft.terms_digest));
        assert_eq!(reason(update(&desk, values.clone(), &["title"]).await), "ETAG_MISMATCH");

        // What differs in nothing leaves no trace.
        let same = Contract { etag: titled.etag.clone(), ..values.clone() };
        assert_eq!(update(&desk, same, &["title"]).await.expect("the same"), titled);
        // No mask: what is set. "*": everything.
        let set = Contract {
            etag: titled.etag.clone(),
            principal: "Other Ltd.".to_owned(),
            title: String::new(),
            ..values.clone()
        };
        let set = update(&desk, set, &[]).await.expect("changed");
        assert_eq!((&*set.title, &*set.principal, set.clauses.len()), ("New", "Other Ltd.", 2));
        let partner = "partners/p".to_owned();
        let all = Contract { etag: set.etag.clone(), partner, effective_from: set.effective_from, ..values.clone() };
        let all = update(&desk, all, &["*"]).await.expect("changed");
        assert_eq!((&*all.partner, &*all.principal, all.clauses.len(), all.effective_to), ("partners/p", "", 0, None));
        assert_eq!(all.revision, 1);
        // The ref was given up and is free.
        let taken = desk.draft(full("sz", &[("erp", "V-1")])).await;
        let clash = Contract { etag: all.etag.clone(), external_refs: taken.external_refs.clone(), ..values };
        assert_eq!(reason(update(&desk, clash, &["external_refs"]).await), "EXTERNAL_REF_TAKEN");
        let events = desk.events("contracts/gz", 4).await;
        assert_eq!(changed(&events[3]).2, "qian");
    }
}

#[tokio::test]
async fn everything_wrong_with_an_update_is_said_at_once() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let mut wrong = draft.clone();
        wrong.etag.clear();
        wrong.partner = "partners/q".to_owned();
        wrong.title = " ".to_owned();
        wrong.owner = "x".repeat(101);
        wrong.clauses.push(clause("price", "Twice."));
        let found = fields(update(&desk, wrong.clone(), &["title", "clauses"]).await);
        assert_eq!(found, ["contract.etag", "contract.partner", "contract.title", "contract.clauses[2].clause_id"]);
        let found = fields(update(&desk, wrong.clone(), &[]).await);
        assert!(found.contains(&"contract.owner".to_owned()), "{found:?}");
        let unknown = Contract { etag: draft.etag.clone(), ..wrong };
        let found = fields(update(&desk, unknown, &["state", "nothing"]).await);
        assert_eq!(found, ["update_mask", "update_mask"]);
        let no_contract = ask!(desk, "qian", update_contract, pb::UpdateContractRequest::default());
        assert_eq!(no_contract.expect_err("refused").code, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn negotiation_keeps_every_revision_and_shows_the_redline() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let talked = desk.negotiate(&draft).await.expect("negotiating");
        let mut second = talked.clone();
        second.clauses[0].text = "The price is 0.8 of list.".to_owned();
        second.payment = Some(pb::PaymentTerms { payment_days: 30, ..pb::PaymentTerms::default() });
        let second = update(&desk, second, &["clauses", "payment"]).await.expect("revised");
        let mut third = second.clone();
        third.clauses.swap(0, 1);
        let third = update(&desk, third, &["clauses"]).await.expect("revised");
        assert_eq!((second.revision, third.revision), (2, 3));

        let list = |size: i32, token: &str| ListContractRevisionsRequest {
            name: "contracts/gz".to_owned(),
            page_size: size,
            page_token: token.to_owned(),
        };
        let page = ask!(desk, "legal", list_contract_revisions, list(2, "")).expect("a page");
        let rest = ask!(desk, "legal", list_contract_revisions, list(2, &page.next_page_token)).expect("a page");
        assert_eq!(rest.next_page_token, "");
        let all: Vec<_> = page.revisions.iter().chain(&rest.revisions).collect();
        let told: Vec<_> = all.iter().map(|r| (r.revision, &*r.author, &*r.note, &*r.terms_digest)).collect();
        assert_eq!(
            told,
            [
                (3, "qian", "as agreed", &*third.terms_digest),
                (2, "qian", "as agreed", &*second.terms_digest),
                (1, "zhao", "", &*draft.terms_digest),
            ]
        );
        let first = all[2].terms.clone().expect("terms");
        assert_eq!((&first.clauses, &first.commitments), (&draft.clauses, &draft.commitments));
        assert_eq!((&*first.name, &*first.etag, first.state), ("", "", 0), "without what the server sets");

        let compare = |from_revision, to_revision| CompareContractRevisionsRequest {
            name: "contracts/gz".to_owned(),
            from_revision,
            to_revision,
        };
        let diff = ask!(desk, "legal", compare_contract_revisions, compare(1, 2)).expect("a redline");
        let told: Vec<_> = diff.changes.iter().map(|c| (&*c.field, &*c.before, &*c.after)).collect();
        assert_eq!(
            told,
            [
                ("payment.payment_days", "", "30"),
                ("clauses[price].text", "The price is 0.75 of list.", "The price is 0.8 of list."),
            ]
        );
        let pieces: Vec<_> = diff.changes[1].redline.iter().map(|p| (p.kind(), &*p.text)).collect();
        assert_eq!(
            pieces,
            [
                (RedlineKind::Kept, "The price is "),
                (RedlineKind::Deleted, "0.75"),
                (RedlineKind::Inserted, "0.8"),
                (RedlineKind::Kept, " of list."),
            ]
        );
        // Unset: the current one against the one before.
        let diff = ask!(desk, "legal", compare_contract_revisions, compare(0, 0)).expect("a redline");
        assert_eq!((diff.from_revision, diff.to_revision, diff.changes.len()), (2, 3, 1));
        let order = &diff.changes[0];
        assert_eq!((&*order.field, &*order.before, &*order.after), ("clauses", "price, notice", "notice, price"));
        for (from, to) in [(0, 1), (1, 4), (9, 0)] {
            let missing = ask!(desk, "legal", compare_contract_revisions, compare(from, to));
            assert_eq!(reason(missing), "REVISION_NOT_FOUND", "{from} {to}");
        }
    }
}

#[tokio::test]
async fn signed_terms_stay_and_what_is_ours_does_not() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let signed = desk.signed(&draft, "2025-12-20").await;
        let title = Contract { title: "New".to_owned(), ..signed.clone() };
        let refused = update(&desk, title, &["title"]).await.expect_err("signed");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "CONTRACT_NOT_EDITABLE"));
        assert_eq!(refused.metadata.get("state").map(String::as_str), Some("SIGNED"));
        let owner = Contract { owner: "li.wei".to_owned(), ..signed.clone() };
        let owned = update(&desk, owner, &["owner"]).await.expect("ours");
        assert_eq!((&*owned.owner, owned.revision, &owned.terms_digest), ("li.wei", 1, &signed.terms_digest));
        assert_eq!(
            (&owned.signatures, &owned.approval, &*owned.author),
            (&signed.signatures, &signed.approval, "zhao")
        );
    }
}

#[tokio::test]
async fn of_many_changes_with_one_etag_one_wins() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let talked = desk.negotiate(&draft).await.expect("negotiating");
        let attempts = (0..64).map(|n| {
            let mut client = desk.client.clone();
            let contract = Contract { title: format!("Title {n}"), ..talked.clone() };
            let request = pb::UpdateContractRequest {
                contract: Some(contract),
                update_mask: Some(FieldMask { paths: vec!["title".to_owned()] }),
                ..Default::default()
            };
            tokio::spawn(async move { client.update_contract(call_as("default", "qian", request)).await })
        });
        let attempts: Vec<_> = attempts.collect();
        let (mut won, mut lost) = (Vec::new(), 0);
        for attempt in attempts {
            match attempt.await.expect("ends") {
                Ok(answer) => won.push(answer.into_inner()),
                Err(status) => {
                    let refused = said(&status);
                    assert_eq!((refused.code, &*refused.reason), (Code::Aborted, "ETAG_MISMATCH"));
                    lost += 1;
                }
            }
        }
        assert_eq!((won.len(), lost), (1, 63));
        assert_eq!(desk.get("contracts/gz").await, won[0]);
        let list = ListContractRevisionsRequest { name: "contracts/gz".to_owned(), ..Default::default() };
        assert_eq!(ask!(desk, "legal", list_contract_revisions, list).expect("a page").revisions.len(), 2);
    }
}

#[tokio::test]
async fn an_update_is_repeated_with_its_first_answer() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let request = pb::UpdateContractRequest {
            contract: Some(Contract { title: "New".to_owned(), ..draft.clone() }),
            request_id: "u-1".to_owned(),
            ..Default::default()
        };
        let first = ask!(desk, "qian", update_contract, request.clone()).expect("changed");
        desk.negotiate(&first).await.expect("negotiating");
        assert_eq!(ask!(desk, "qian", update_contract, request.clone()).expect("repeated"), first);
        let other = pb::UpdateContractRequest { note: "other".to_owned(), ..request };
        assert_eq!(reason(ask!(desk, "qian", update_contract, other)), "REQUEST_ID_REUSED");
    }
}
