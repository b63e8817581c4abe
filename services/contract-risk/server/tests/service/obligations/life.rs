//! The life of an obligation: created, filed, returned, accepted, waived, rescheduled.

use contract_risk_domain::ContractState;
use tonic::Code;
use tributary_core::Timestamp;
use tributary_proto::tributary::contract::v1::{
    self as pb, Obligation, ObligationChanged, ObligationKind,
    ObligationState::{Accepted, Open, Submitted, Unspecified, Waived},
    Party, Proof,
};

use super::desk::{ask, desks, fields, milestone, payment, proof, raw, reason};

#[tokio::test]
async fn what_is_filed_is_accepted_by_someone_else() {
    for desk in desks("2026-03-02").await {
        let created = desk.create("a", "opening", milestone("2026-03-31")).await.expect("created");
        assert_eq!((&*created.name, &*created.etag), ("contracts/a/obligations/opening", "r1"));
        assert_eq!((created.state(), created.debtor()), (Open, Party::Partner));
        assert_eq!((&*created.partner, created.uid.len()), ("partners/p", 36));
        assert_eq!(desk.get(&created.name).await.expect("there"), created);

        desk.set("2026-03-30");
        let filed = desk.submit("maker", &created, proof("2026-03-29", None)).await.expect("filed");
        assert_eq!((filed.state(), &*filed.etag), (Submitted, "r2"));
        assert_eq!(filed.proofs[0].submitter, "maker");
        assert_eq!(reason(desk.accept("maker", &filed).await), "MAKER_IS_CHECKER");
        assert_eq!(reason(desk.accept("checker", &created).await), "ETAG_MISMATCH");
        let returned = desk.give_back(&filed, "the photo is of another shop").await.expect("returned");
        assert_eq!((returned.state(), returned.proofs[0].returned), (Open, true));
        let again = desk.submit("clerk", &returned, proof("2026-03-30", None)).await.expect("filed again");
        let done = desk.accept("maker", &again).await.expect("accepted");
        assert_eq!((done.state(), done.fulfilled_on), (Accepted, raw("2026-03-30")));
        assert_eq!(reason(desk.waive(&done, "no need").await), "OBLIGATION_TRANSITION_REFUSED");

        let request =
            pb::ListObligationTransitionsRequest { name: done.name.clone(), page_size: 3, ..Default::default() };
        let first = ask!(desk, "legal", list_obligation_transitions, request.clone()).expect("history");
        let rest = pb::ListObligationTransitionsRequest { page_token: first.next_page_token.clone(), ..request };
        let rest = ask!(desk, "legal", list_obligation_transitions, rest).expect("history");
        assert_eq!(rest.next_page_token, "");
        let lines: Vec<_> = first.transitions.iter().chain(&rest.transitions).collect();
        let told: Vec<_> = lines.iter().map(|t| (t.from_state(), t.to_state(), &*t.actor, &*t.reason)).collect();
        assert_eq!(
            told,
            [
                (Unspecified, Open, "legal", ""),
                (Open, Submitted, "maker", ""),
                (Submitted, Open, "checker", "the photo is of another shop"),
                (Open, Submitted, "clerk", ""),
                (Submitted, Accepted, "maker", ""),
            ]
        );
        let events: Vec<ObligationChanged> = desk.events("ObligationChanged", &done.name, 5).await;
        assert_eq!(events[4].obligation.as_ref(), Some(&done));
        assert_eq!((events[4].from_state(), &*events[4].actor), (Submitted, "maker"));
        assert_eq!((events[0].from_state(), &*events[2].reason), (Unspecified, "the photo is of another shop"));
    }
}

#[tokio::test]
async fn waived_and_rescheduled() {
    for desk in desks("2026-03-02").await {
        let created = desk.create("a", "one", milestone("2026-03-31")).await.expect("created");
        let moved = desk.reschedule(&created, "2026-04-30").await.expect("moved");
        assert_eq!((moved.due_on, moved.state(), &*moved.etag), (raw("2026-04-30"), Open, "r2"));
        let refused = desk.reschedule(&moved, "2026-04-30").await.expect_err("the same day");
        assert_eq!(fields(&refused), ["due_on"]);
        let waived = desk.waive(&moved, "the shop opens elsewhere").await.expect("waived");
        assert_eq!(waived.state(), Waived);
        let refused = desk.submit("maker", &waived, proof("2026-03-01", None)).await.expect_err("waived");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "OBLIGATION_TRANSITION_REFUSED"));
        assert_eq!(refused.metadata["state"], "WAIVED");
        let silent = pb::WaiveObligationRequest { name: waived.name, etag: waived.etag, ..Default::default() };
        let refused = ask!(desk, "legal", waive_obligation, silent).expect_err("no reason");
        assert_eq!(fields(&refused), ["reason"]);
        assert_eq!(reason(desk.get("contracts/a/obligations/two").await), "OBLIGATION_NOT_FOUND");
        let lost = Obligation {
            name: "contracts/a/obligations/two".to_owned(),
            etag: "r1".to_owned(),
            ..milestone("2026-01-01")
        };
        assert_eq!(reason(desk.accept("checker", &lost).await), "OBLIGATION_NOT_FOUND");
        let request = pb::ListObligationTransitionsRequest { name: lost.name, ..Default::default() };
        assert_eq!(reason(ask!(desk, "legal", list_obligation_transitions, request)), "OBLIGATION_NOT_FOUND");
    }
}

#[tokio::test]
async fn overdue_is_read_off_the_clock() {
    for desk in desks("2026-03-02").await {
        let open = desk.create("a", "open", milestone("2026-03-31")).await.expect("created");
        let filed = desk.create("a", "filed", milestone("2026-03-31")).await.expect("created");
        let overdue = |o: Obligation| (o.overdue, o.days_overdue);
        let read = async |name: &str| overdue(desk.get(name).await.expect("there"));
        desk.set("2026-03-31");
        desk.submit("maker", &filed, proof("2026-03-31", None)).await.expect("filed");
        // The last minute of the day in Shanghai: 15:59 UTC, and one minute later.
        desk.clock.set(Timestamp(0).plus_seconds(20_543 * 86_400 + 15 * 3_600 + 59 * 60));
        assert_eq!(read(&open.name).await, (false, 0));
        desk.clock.set(Timestamp(0).plus_seconds(20_543 * 86_400 + 16 * 3_600));
        assert_eq!(read(&open.name).await, (true, 1));
        desk.set("2026-04-30");
        assert_eq!(read(&open.name).await, (true, 30));
        assert_eq!(read(&filed.name).await, (false, 0), "done in time, waits for acceptance");
        let late = desk.submit("maker", &open, proof("2026-04-02", None)).await.expect("filed");
        assert_eq!(overdue(late.clone()), (true, 30), "done late, not accepted");
        assert_eq!(overdue(desk.accept("checker", &late).await.expect("accepted")), (false, 0));
    }
}

#[tokio::test]
async fn a_proof_is_of_a_day_that_has_begun_in_the_zone() {
    for desk in desks("2026-03-30").await {
        let created = desk.create("a", "one", milestone("2026-03-31")).await.expect("created");
        let refused = desk.submit("maker", &created, proof("2026-03-31", None)).await.expect_err("tomorrow");
        assert_eq!(fields(&refused), ["proof.fulfilled_on"]);
        // 2026-03-30T16:30Z is half past midnight of the 31st in Shanghai.
        desk.clock.set(Timestamp(0).plus_seconds(20_542 * 86_400 + 16 * 3_600 + 1_800));
        desk.submit("maker", &created, proof("2026-03-31", None)).await.expect("filed");
    }
}

#[tokio::test]
async fn contracts_must_exist_and_not_be_over() {
    for desk in desks("2026-03-02").await {
        desk.contract("ended", "p", Some("2026-02-01"), ContractState::Ended).await;
        desk.contract("withdrawn", "p", None, ContractState::Withdrawn).await;
        desk.contract("draft", "p", None, ContractState::Draft).await;
        // Its last day was yesterday, and the calendar's worker has not come by.
        desk.contract("yesterday", "p", Some("2026-03-02"), ContractState::Active).await;
        for (contract, state) in [("ended", "ENDED"), ("withdrawn", "WITHDRAWN"), ("yesterday", "ENDED")] {
            let refused = desk.create(contract, "one", milestone("2026-03-31")).await.expect_err("over");
            assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "CONTRACT_OVER"));
            assert_eq!(refused.metadata["state"], state);
        }
        let refused = desk.create("nowhere", "one", milestone("2026-03-31")).await.expect_err("no contract");
        assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "CONTRACT_NOT_FOUND"));
        desk.create("draft", "one", milestone("2026-03-31")).await.expect("a draft may plan");
        let refused = desk.create("draft", "one", milestone("2026-03-31")).await.expect_err("taken");
        assert_eq!((refused.code, &*refused.reason), (Code::AlreadyExists, "OBLIGATION_EXISTS"));
        // What was owed before the end is still owed: it can be filed.
        let open = desk.create("a", "", milestone("2026-03-31")).await.expect("created");
        assert!(open.name.starts_with("contracts/a/obligations/o"), "{}", open.name);
    }
}

#[tokio::test]
async fn all_violations_come_at_once() {
    for desk in desks("2026-03-02").await {
        let wrong = Obligation {
            title: String::new(),
            due_on: raw("2026-03-31"),
            kind: ObligationKind::Delivery.into(),
            unit: "t".to_owned(),
            ..payment("2026-03-31", 100)
        };
        let request = pb::CreateObligationRequest {
            parent: "contracts/A".to_owned(),
            obligation: Some(wrong),
            obligation_id: "-".to_owned(),
            request_id: String::new(),
        };
        let refused = ask!(desk, "legal", create_obligation, request).expect_err("wrong");
        assert_eq!(refused.code, Code::InvalidArgument);
        let mut found = fields(&refused);
        found.sort_unstable();
        found.dedup();
        let kind = "obligation.kind";
        assert!(!found.contains(&kind));
        assert_eq!(found, ["obligation.amount", "obligation.title", "obligation.unit", "obligation_id", "parent"]);
        let created = desk.create("a", "one", payment("2026-03-31", 100)).await.expect("created");
        let empty = pb::SubmitProofRequest { name: created.name, etag: created.etag, ..Default::default() };
        assert_eq!(fields(&ask!(desk, "maker", submit_proof, empty).expect_err("no proof")), ["proof"]);
    }
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    for desk in desks("2026-03-02").await {
        let request = pb::CreateObligationRequest {
            parent: "contracts/a".to_owned(),
            obligation: Some(milestone("2026-03-20")),
            obligation_id: String::new(),
            request_id: "r-1".to_owned(),
        };
        let first = ask!(desk, "legal", create_obligation, request.clone()).expect("created");
        // Whatever became of the obligation, the day and the contract since.
        let filed = desk.submit("maker", &first, proof("2026-03-02", None)).await.expect("filed");
        desk.set("2026-03-25");
        assert_eq!(ask!(desk, "legal", create_obligation, request.clone()).expect("again"), first);
        let other = pb::CreateObligationRequest { obligation: Some(milestone("2026-04-30")), ..request };
        assert_eq!(reason(ask!(desk, "legal", create_obligation, other)), "REQUEST_ID_REUSED");

        let accept = pb::AcceptObligationRequest {
            name: filed.name.clone(),
            etag: filed.etag.clone(),
            reason: "seen".to_owned(),
            request_id: "r-1".to_owned(),
        };
        let accepted = ask!(desk, "checker", accept_obligation, accept.clone()).expect("accepted");
        assert_eq!(ask!(desk, "checker", accept_obligation, accept).expect("again"), accepted);
        let events: Vec<ObligationChanged> = desk.events("ObligationChanged", &first.name, 3).await;
        assert_eq!(events[2].reason, "seen");
    }
}

#[tokio::test]
async fn a_proof_keeps_what_it_says() {
    for desk in desks("2026-03-02").await {
        let created = desk.create("a", "one", milestone("2026-03-31")).await.expect("created");
        let full = Proof {
            sha256: "0f".repeat(32),
            uri: "https://files.example.org/7781.pdf".to_owned(),
            ..proof("2026-03-01", None)
        };
        let filed = desk.submit("maker", &created, full.clone()).await.expect("filed");
        let kept = &filed.proofs[0];
        assert_eq!((&kept.sha256, &kept.uri, kept.fulfilled_on), (&full.sha256, &full.uri, raw("2026-03-01")));
        // Nine in the morning in Shanghai: 2026-03-02T01:00:00Z is 20514 days and one hour after 1970.
        assert_eq!(kept.submit_time.map(|t| t.seconds), Some(20_514 * 86_400 + 3_600));
        let paid = desk.submit("maker", &filed, proof("2026-03-01", Some(100))).await.expect_err("not a payment");
        assert_eq!(fields(&paid), ["proof.amount"]);
    }
}

/// Unused fields of the output are passed over on input.
#[tokio::test]
async fn what_the_server_sets_cannot_be_set() {
    for desk in desks("2026-03-02").await {
        let forged = Obligation {
            state: Accepted.into(),
            fulfilled_on: raw("2026-03-01"),
            partner: "partners/z".to_owned(),
            etag: "r9".to_owned(),
            ..milestone("2026-03-31")
        };
        let created = desk.create("a", "one", forged).await.expect("created");
        assert_eq!((created.state(), created.fulfilled_on), (Open, None));
        assert_eq!((&*created.partner, &*created.etag), ("partners/p", "r1"));
    }
}
