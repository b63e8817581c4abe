//! Submission.

use tributary_core::Role;
use tributary_proto::tributary::partner::v1::{self as pb, DocumentKind as K, DocumentState as S};

use super::{document, document_name, licence, renewing};
use crate::harness::{answer, date, dealer, name, refused, suites};

#[tokio::test]
async fn a_document_is_kept_with_its_history_and_told() {
    for suite in suites().await {
        let partner = suite.create("a", dealer("A")).await.expect("created");
        let sent = pb::Document { issued_on: date(2020, 2, 29), ..licence(date(2026, 7, 1)) };
        let made = suite.submit("licence-2026", sent.clone()).await.expect("submitted");
        assert_eq!(made, suite.document("licence-2026").await);
        let now = Some(prost_types::Timestamp { seconds: 1_782_878_400, nanos: 0 });
        let expected = pb::Document {
            name: document_name("licence-2026"),
            uid: made.uid.clone(),
            state: S::Submitted.into(),
            submitter: "channel-manager".to_owned(),
            revision: 1,
            create_time: now,
            update_time: now,
            etag: "r1".to_owned(),
            ..sent
        };
        assert_eq!(made, expected);

        let revision = pb::DocumentRevision {
            document: Some(made),
            action: "SUBMITTED".to_owned(),
            actor: "channel-manager".to_owned(),
            reason: String::new(),
            record_time: now,
        };
        assert_eq!(suite.history("licence-2026").await, std::slice::from_ref(&revision));
        let events = suite.events_of(&document_name("licence-2026"), 1).await;
        assert_eq!(events[0].event_type, "tributary.partner.v1.DocumentChanged");
        let event: pb::DocumentChanged = prost::Message::decode(events[0].data.as_slice()).expect("decodes");
        assert_eq!(event, pb::DocumentChanged { revision: Some(revision), partner_uid: partner.uid });
        // A document is no revision of the partner.
        assert_eq!(suite.get("a").await.revision, 1);
    }
}

#[tokio::test]
async fn ids_are_unique_per_partner_and_generated_when_not_given() {
    for suite in suites().await {
        for id in ["a", "b"] {
            suite.create(id, dealer(id)).await.expect("created");
        }
        suite.submit("x", licence(None)).await.expect("submitted");
        let (reason, _, metadata) = refused(suite.submit("x", licence(None)).await);
        assert_eq!((reason.as_str(), metadata["document"].as_str()), ("DOCUMENT_EXISTS", "partners/a/documents/x"));
        let one = suite.submit("", licence(None)).await.expect("submitted").name;
        let two = suite.submit("", licence(None)).await.expect("submitted").name;
        assert!(one.starts_with("partners/a/documents/d") && one != two, "{one} {two}");
        let request = pb::SubmitDocumentRequest {
            parent: name("b"),
            document: Some(licence(None)),
            document_id: "x".to_owned(),
            ..Default::default()
        };
        let other = answer(suite.documents().submit_document(suite.ask(request)).await).expect("submitted");
        assert_eq!(other.name, "partners/b/documents/x");
    }
}

#[tokio::test]
async fn every_violation_comes_at_once() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        // The day in Shanghai is 1 July.
        let wrong = pb::Document {
            kind: 9,
            issued_on: date(2026, 7, 2),
            expires_on: date(2026, 6, 30),
            file_digest: "ABC".to_owned(),
            supersedes: "partners/b/documents/x".to_owned(),
            size_bytes: 0,
            ..licence(None)
        };
        let (reason, mut fields, _) = refused(suite.submit("Bad Id", wrong).await);
        fields.sort();
        fields.dedup();
        assert_eq!(reason, "INVALID_REQUEST");
        assert_eq!(
            fields,
            [
                "document.expires_on",
                "document.file_digest",
                "document.issued_on",
                "document.kind",
                "document.size_bytes",
                "document.supersedes",
                "document_id"
            ]
        );
        let bad_day = pb::Document { issued_on: date(2026, 2, 30), ..licence(None) };
        assert_eq!(refused(suite.submit("x", bad_day).await).1, ["document.issued_on"]);
        // What only the day decides is told too when it stands alone.
        assert_eq!(refused(suite.submit("x", licence(date(2026, 6, 30))).await).1, ["document.expires_on"]);
        let untitled = pb::Document { title: String::new(), ..document(K::Other, None) };
        assert_eq!(refused(suite.submit("x", untitled).await).1, ["document.title"]);
        let empty = pb::SubmitDocumentRequest { parent: name("a"), ..Default::default() };
        let (_, fields, _) = refused(answer(suite.documents().submit_document(suite.ask(empty)).await));
        assert_eq!(fields, ["document"]);
    }
}

#[tokio::test]
async fn partner_and_renewed_document_have_to_be_there() {
    for suite in suites().await {
        assert_eq!(refused(suite.submit("x", licence(None)).await).0, "PARTNER_NOT_FOUND");
        suite.create("a", dealer("A")).await.expect("created");
        let (reason, _, metadata) = refused(suite.submit("x", renewing("old", licence(None))).await);
        assert_eq!(
            (reason.as_str(), metadata["document"].as_str()),
            ("DOCUMENT_NOT_FOUND", "partners/a/documents/old")
        );
        suite.submit("old", licence(None)).await.expect("submitted");
        let (reason, _, metadata) = refused(suite.submit("x", renewing("old", licence(None))).await);
        assert_eq!((reason.as_str(), metadata["state"].as_str()), ("RENEWAL_REFUSED", "SUBMITTED"));
        for own in ["x", "nothing"] {
            let request = pb::GetDocumentRequest { name: document_name(own) };
            let missing = answer(suite.documents().get_document(suite.ask(request)).await);
            assert_eq!(refused(missing).0, "DOCUMENT_NOT_FOUND");
            let request = pb::ListDocumentRevisionsRequest { name: document_name(own), ..Default::default() };
            let missing = answer(suite.documents().list_document_revisions(suite.ask(request)).await);
            assert_eq!(refused(missing).0, "DOCUMENT_NOT_FOUND");
        }
    }
}

#[tokio::test]
async fn a_repeated_submission_has_one_effect_even_after_the_expiry() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        let submit = async |document| {
            let request = pb::SubmitDocumentRequest {
                parent: name("a"),
                document: Some(document),
                request_id: "one".to_owned(),
                ..Default::default()
            };
            answer(suite.documents().submit_document(suite.ask(request)).await)
        };
        let first = submit(licence(date(2026, 7, 2))).await.expect("submitted");
        assert_eq!(submit(licence(date(2026, 7, 2))).await, Ok(first.clone()));
        assert_eq!(refused(submit(licence(date(2026, 7, 3))).await).0, "REQUEST_ID_REUSED");
        // A week later the same document could not be submitted any more.
        suite.clock.advance(std::time::Duration::from_secs(7 * 86_400));
        assert_eq!(submit(licence(date(2026, 7, 2))).await, Ok(first));
        assert_eq!(refused(suite.submit("", licence(date(2026, 7, 2))).await).1, ["document.expires_on"]);
    }
}

#[tokio::test]
async fn who_may_do_what() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        for (role, submits, reads) in [
            (Role::Admin, true, true),
            (Role::Legal, true, true),
            (Role::ChannelManager, true, true),
            (Role::Finance, false, true),
            (Role::Analyst, false, true),
            (Role::Auditor, false, true),
            (Role::Service, false, false),
        ] {
            let permitted = |reason: &str| reason != "PERMISSION_DENIED";
            let submit =
                pb::SubmitDocumentRequest { parent: name("a"), document: Some(licence(None)), ..Default::default() };
            let submitted = answer(suite.documents().submit_document(suite.ask_as("s", role, submit)).await);
            assert_eq!(submitted.as_ref().err().is_none_or(|e| permitted(&e.reason)), submits, "{role:?}");
            let verify = pb::VerifyDocumentRequest { name: document_name("x"), ..Default::default() };
            let verified = answer(suite.documents().verify_document(suite.ask_as("s", role, verify)).await);
            assert_eq!(permitted(&refused(verified).0), submits, "{role:?}");
            let reject =
                pb::RejectDocumentRequest { name: document_name("x"), reason: "r".to_owned(), ..Default::default() };
            let rejected = answer(suite.documents().reject_document(suite.ask_as("s", role, reject)).await);
            assert_eq!(permitted(&refused(rejected).0), submits, "{role:?}");
            let list = pb::ListDocumentsRequest { parent: name("-"), ..Default::default() };
            let listed = answer(suite.documents().list_documents(suite.ask_as("s", role, list)).await);
            assert_eq!(listed.is_ok(), reads, "{role:?}");
            let check = pb::CheckDocumentsRequest { partner: name("a"), date: None };
            let checked = answer(suite.documents().check_documents(suite.ask_as("s", role, check)).await);
            assert_eq!(checked.is_ok(), reads, "{role:?}");
        }
    }
}
