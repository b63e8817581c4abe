//! The status verbs and the history.

use std::time::Duration;

use tributary_proto::tributary::partner::v1::{self as pb, PartnerStatus as S};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, dealer, name, refused, suites};

#[derive(Debug, Clone, Copy)]
enum Verb {
    Submit,
    Admit,
    Reject,
    Activate,
    Probation,
    Freeze,
    Unfreeze,
    StartExit,
    CompleteExit,
}

async fn change(suite: &Suite, verb: Verb, etag: &str, request_id: &str) -> Result<pb::Partner, Box<Described>> {
    let request = suite.ask(pb::ChangePartnerStatusRequest {
        name: name("a"),
        reason: format!("{verb:?}, 因为"),
        etag: etag.to_owned(),
        request_id: request_id.to_owned(),
    });
    let mut client = suite.partners();
    answer(match verb {
        Verb::Submit => client.submit_partner_application(request).await,
        Verb::Admit => client.admit_partner(request).await,
        Verb::Reject => client.reject_partner(request).await,
        Verb::Activate => client.activate_partner(request).await,
        Verb::Probation => client.place_partner_on_probation(request).await,
        Verb::Freeze => client.freeze_partner(request).await,
        Verb::Unfreeze => client.unfreeze_partner(request).await,
        Verb::StartExit => client.start_partner_exit(request).await,
        Verb::CompleteExit => client.complete_partner_exit(request).await,
    })
}

async fn prospect(suite: &Suite) {
    let request =
        pb::CreatePartnerRequest { partner: Some(dealer("A")), partner_id: "a".to_owned(), ..Default::default() };
    answer(suite.partners().create_partner(suite.ask(request)).await).expect("created");
}

async fn page(suite: &Suite, size: i32, token: &str) -> pb::ListPartnerRevisionsResponse {
    let request = pb::ListPartnerRevisionsRequest { name: name("a"), page_size: size, page_token: token.to_owned() };
    answer(suite.partners().list_partner_revisions(suite.ask(request)).await).expect("history")
}

#[tokio::test]
async fn a_life_leaves_a_full_history() {
    for suite in suites().await {
        prospect(&suite).await;
        let life = [
            (Verb::Submit, S::Applicant, "APPLICATION_SUBMITTED"),
            (Verb::Reject, S::Rejected, "REJECTED"),
            (Verb::Submit, S::Applicant, "APPLICATION_SUBMITTED"),
            (Verb::Admit, S::Admitted, "ADMITTED"),
            (Verb::Activate, S::Active, "ACTIVATED"),
            (Verb::Probation, S::Probation, "PLACED_ON_PROBATION"),
            (Verb::Freeze, S::Frozen, "FROZEN"),
            (Verb::Unfreeze, S::Probation, "UNFROZEN"),
            (Verb::StartExit, S::Exiting, "EXIT_STARTED"),
            (Verb::CompleteExit, S::Exited, "EXIT_COMPLETED"),
        ];
        for (verb, status, _) in life {
            suite.clock.advance(Duration::from_secs(1));
            let partner = change(&suite, verb, "", "").await.expect("possible");
            assert_eq!(partner.status(), status, "{verb:?}");
        }
        let all = page(&suite, 0, "").await;
        assert_eq!((all.revisions.len(), all.next_page_token.as_str()), (11, ""));
        assert_eq!(all.revisions[10].action, "CREATED");
        assert_eq!(all.revisions[10].previous_status(), S::Unspecified);
        let mut before = S::Prospect;
        for (revision, (verb, status, action)) in all.revisions.iter().rev().skip(1).zip(life) {
            let partner = revision.partner.as_ref().expect("whole");
            assert_eq!((revision.action.as_str(), partner.status()), (action, status));
            assert_eq!(revision.previous_status(), before);
            assert_eq!(revision.reason, format!("{verb:?}, 因为"));
            assert_eq!((revision.actor.as_str(), partner.display_name.as_str()), ("channel-manager", "A"));
            assert_eq!(revision.record_time, partner.update_time);
            before = status;
        }
        // Page by page it is the same list.
        let (mut paged, mut token) = (Vec::new(), String::new());
        loop {
            let next = page(&suite, 4, &token).await;
            paged.extend(next.revisions);
            token = next.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(paged, all.revisions);
        // One event per revision, in order.
        let events = suite.events_of("partners/a", 11).await;
        let sequences: Vec<i64> = events.iter().map(|e| e.sequence).collect();
        assert_eq!(sequences, (1..=11).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn refusals_name_the_status_and_what_is_possible() {
    for suite in suites().await {
        prospect(&suite).await;
        let (reason, _, metadata) = refused(change(&suite, Verb::Freeze, "", "").await);
        assert_eq!(reason, "STATUS_TRANSITION_REFUSED");
        assert_eq!(metadata["status"], "PROSPECT");
        assert_eq!(metadata["possible"], "SubmitPartnerApplication");
        assert_eq!(refused(change(&suite, Verb::Submit, "r9", "").await).0, "ETAG_MISMATCH");
        assert_eq!(suite.get("a").await.revision, 1);
    }
}

#[tokio::test]
async fn a_repeated_verb_has_one_effect() {
    for suite in suites().await {
        prospect(&suite).await;
        let first = change(&suite, Verb::Submit, "r1", "one").await.expect("applied");
        assert_eq!(change(&suite, Verb::Submit, "r1", "one").await, Ok(first));
        // The key of one verb says nothing about another verb.
        assert_eq!(change(&suite, Verb::Admit, "", "one").await.expect("admitted").status(), S::Admitted);
        assert_eq!(suite.get("a").await.revision, 3);
    }
}
