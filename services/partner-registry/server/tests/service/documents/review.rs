//! Review and renewal.

use futures::future::join_all;
use tributary_core::Role;
use tributary_proto::tributary::partner::v1::{self as pb, DocumentKind as K, DocumentState as S};

use super::{document, document_name, licence, renewing};
use crate::harness::{answer, date, dealer, refused, suites};

#[tokio::test]
async fn another_subject_reviews_and_the_history_tells() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        suite.submit("x", licence(None)).await.expect("submitted");
        // The maker is not the checker, whatever the role.
        let verify = pb::VerifyDocumentRequest {
            name: document_name("x"),
            note: "查过登记".to_owned(),
            etag: "r1".to_owned(),
            request_id: "one".to_owned(),
        };
        let own = suite.ask_as("channel-manager", Role::Admin, verify.clone());
        let (reason, _, metadata) = refused(answer(suite.documents().verify_document(own).await));
        assert_eq!((reason.as_str(), metadata["submitter"].as_str()), ("MAKER_IS_CHECKER", "channel-manager"));
        assert_eq!(suite.document("x").await.revision, 1);

        suite.clock.advance(std::time::Duration::from_secs(60));
        let call = async || {
            let request = suite.ask_as("lawyer", Role::Legal, verify.clone());
            answer(suite.documents().verify_document(request).await)
        };
        let verified = call().await.expect("verified");
        assert_eq!((verified.state(), verified.reviewer.as_str()), (S::Verified, "lawyer"));
        assert_eq!((verified.review_note.as_str(), verified.etag.as_str()), ("查过登记", "r2"));
        let now = Some(prost_types::Timestamp { seconds: 1_782_878_460, nanos: 0 });
        assert_eq!((verified.review_time, verified.update_time), (now, now));
        assert_eq!(call().await, Ok(verified.clone()), "the same request_id, the first answer");

        let (reason, _, metadata) = refused(suite.verify("x").await);
        assert_eq!((reason.as_str(), metadata["possible"].as_str()), ("DOCUMENT_STATE_REFUSED", "RejectDocument"));
        let stale = pb::RejectDocumentRequest {
            name: document_name("x"),
            reason: "r".to_owned(),
            etag: "r1".to_owned(),
            request_id: "one".to_owned(),
        };
        let stale = suite.ask_as("lawyer", Role::Legal, stale);
        assert_eq!(refused(answer(suite.documents().reject_document(stale).await)).0, "ETAG_MISMATCH");
        let rejected = suite.reject("x").await.expect("rejected");
        assert_eq!((rejected.state(), rejected.review_note.as_str()), (S::Rejected, "不清楚"));
        assert_eq!(refused(suite.reject("x").await).0, "DOCUMENT_STATE_REFUSED");

        let history = suite.history("x").await;
        let told: Vec<_> = history.iter().map(|r| (r.action.as_str(), r.actor.as_str(), r.reason.as_str())).collect();
        assert_eq!(
            told,
            [
                ("REJECTED", "lawyer", "不清楚"),
                ("VERIFIED", "lawyer", "查过登记"),
                ("SUBMITTED", "channel-manager", "")
            ]
        );
        assert_eq!(history[1].document.as_ref(), Some(&verified));
        // Page by page it is the same list.
        let page = async |page_token| {
            let request = pb::ListDocumentRevisionsRequest { name: document_name("x"), page_size: 2, page_token };
            answer(suite.documents().list_document_revisions(suite.ask(request)).await).expect("page")
        };
        let first = page(String::new()).await;
        let last = page(first.next_page_token).await;
        assert_eq!([first.revisions, last.revisions].concat(), history);
        let events = suite.events_of(&document_name("x"), 3).await;
        assert_eq!(events.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    }
}

#[tokio::test]
async fn a_rejection_needs_a_reason() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        suite.submit("x", licence(None)).await.expect("submitted");
        for reason in ["", " \n", &"r".repeat(1001)] {
            let request =
                pb::RejectDocumentRequest { name: document_name("x"), reason: reason.to_owned(), ..Default::default() };
            let request = suite.ask_as("lawyer", Role::Legal, request);
            let (code, fields, _) = refused(answer(suite.documents().reject_document(request).await));
            assert_eq!((code.as_str(), fields), ("INVALID_REQUEST", vec!["reason".to_owned()]));
        }
        assert_eq!(suite.document("x").await.state(), S::Submitted);
    }
}

#[tokio::test]
async fn a_renewal_takes_over_and_gives_back() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        suite.submit("old", licence(date(2026, 7, 1))).await.expect("submitted");
        suite.verify("old").await.expect("verified");
        let new = suite.submit("new", renewing("old", licence(date(2027, 7, 1)))).await.expect("submitted");
        assert_eq!(new.supersedes, document_name("old"));
        assert_eq!(suite.document("old").await.state(), S::Verified, "until the renewal is verified");

        suite.verify("new").await.expect("verified");
        let old = suite.document("old").await;
        assert_eq!(
            (old.state(), old.superseded_by.as_str(), old.revision),
            (S::Superseded, "partners/a/documents/new", 3)
        );
        assert_eq!(suite.gate(date(2027, 7, 1)).await, (pb::DocumentGate::Green, vec![]));
        let (reason, _, metadata) = refused(suite.submit("third", renewing("old", licence(None))).await);
        assert_eq!((reason.as_str(), metadata["supersedes"].as_str()), ("RENEWAL_REFUSED", "partners/a/documents/old"));
        let permit = renewing("new", document(K::IndustryPermit, None));
        assert_eq!(refused(suite.submit("third", permit).await).0, "RENEWAL_REFUSED");

        suite.reject("new").await.expect("rejected");
        let old = suite.document("old").await;
        assert_eq!((old.state(), old.superseded_by.as_str()), (S::Verified, ""));
        assert_eq!(suite.actions("old").await, ["SUBMITTED", "VERIFIED", "SUPERSEDED", "REINSTATED"]);
        let events = suite.events_of(&document_name("old"), 4).await;
        let states = events.iter().map(|event| {
            let event: pb::DocumentChanged = prost::Message::decode(event.data.as_slice()).expect("decodes");
            event.revision.and_then(|r| r.document).expect("whole").state()
        });
        assert_eq!(states.collect::<Vec<_>>(), [S::Submitted, S::Verified, S::Superseded, S::Verified]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_document_is_decided_once_and_renewed_once() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        suite.submit("old", licence(None)).await.expect("submitted");
        let verify = |own: String| {
            let request = pb::VerifyDocumentRequest { name: document_name(&own), ..Default::default() };
            let (mut client, request) = (suite.documents(), suite.ask_as("lawyer", Role::Legal, request));
            tokio::spawn(async move { answer(client.verify_document(request).await) })
        };
        let results = join_all((0..8).map(|_| verify("old".to_owned()))).await;
        let results: Vec<_> = results.into_iter().map(|r| r.expect("ran")).collect();
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        let mut errors = results.iter().filter_map(|r| r.as_ref().err());
        assert!(errors.all(|e| e.reason == "DOCUMENT_STATE_REFUSED"), "{results:?}");

        for n in 0..6 {
            suite.submit(&format!("new{n}"), renewing("old", licence(None))).await.expect("submitted");
        }
        let results = join_all((0..6).map(|n| verify(format!("new{n}")))).await;
        let results: Vec<_> = results.into_iter().map(|r| r.expect("ran")).collect();
        let won: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).map(|d| d.name.clone()).collect();
        assert_eq!(won.len(), 1, "{results:?}");
        assert!(results.iter().filter_map(|r| r.as_ref().err()).all(|e| e.reason == "RENEWAL_REFUSED"), "{results:?}");
        assert_eq!(suite.document("old").await.superseded_by, won[0]);
    }
}
