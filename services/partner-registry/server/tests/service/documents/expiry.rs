//! The calendar: documents expire at midnight in the zone, once, whoever looks.

use std::time::Duration;

use tributary_core::Timestamp;
use tributary_proto::tributary::partner::v1::{
    self as pb, DocumentFindingCode as F, DocumentGate as Gate, DocumentKind as K, DocumentState as S,
};

use super::{document, document_name, licence, renewing};
use crate::harness::{Suite, date, dealer, refused, suites, suites_with};

/// 2026-07-01T15:59:59Z, the last second of 1 July in Shanghai.
const LAST_SECOND: Timestamp = Timestamp(1_782_921_599_000_000);

/// Documents of partner a, verified in this order.
async fn verified(suite: &Suite, documents: &[(&str, pb::Document)]) {
    for (own, document) in documents {
        suite.submit(own, document.clone()).await.expect("submitted");
        suite.verify(own).await.expect("verified");
    }
}

#[tokio::test]
async fn an_expired_licence_turns_the_gate_red_and_is_told() {
    for suite in suites().await {
        let partner = suite.create("a", dealer("A")).await.expect("created");
        let missing = (Gate::Red, vec![(F::NoBusinessLicence, String::new())]);
        assert_eq!(suite.gate(None).await, missing);
        suite.submit("l", licence(date(2026, 7, 1))).await.expect("submitted");
        assert_eq!(suite.gate(None).await, missing, "submitted is not verified");
        suite.verify("l").await.expect("verified");
        assert_eq!(suite.gate(None).await, (Gate::Green, vec![]));
        let over = (Gate::Red, vec![(F::NoBusinessLicence, String::new()), (F::LicenceExpired, document_name("l"))]);
        assert_eq!(suite.gate(date(2026, 7, 2)).await, over, "tomorrow, seen today");

        suite.clock.set(LAST_SECOND);
        assert_eq!(suite.gate(None).await, (Gate::Green, vec![]));
        suite.clock.advance(Duration::from_secs(1));
        assert_eq!(suite.gate(None).await, over, "at midnight, whether the worker has come by or not");

        let events = suite.events_of(&document_name("l"), 3).await;
        let event: pb::DocumentChanged = prost::Message::decode(events[2].data.as_slice()).expect("decodes");
        let revision = event.revision.expect("whole");
        assert_eq!((event.partner_uid, revision.action.as_str()), (partner.uid, "EXPIRED"));
        assert_eq!(revision.actor, "service:partner-registry");
        let expired = suite.document("l").await;
        assert_eq!((expired.state(), expired.reviewer.as_str(), expired.revision), (S::Expired, "lawyer", 3));
        assert_eq!(revision.document, Some(expired));
        assert_eq!(suite.gate(None).await, over);
        assert_eq!(suite.gate(date(2026, 7, 1)).await, (Gate::Green, vec![]), "yesterday it was good");

        // Its renewal opens the gate again.
        suite.submit("new", renewing("l", licence(date(2027, 7, 1)))).await.expect("submitted");
        assert_eq!(suite.gate(None).await, over);
        suite.verify("new").await.expect("verified");
        assert_eq!(suite.gate(None).await, (Gate::Green, vec![]));
        assert_eq!(suite.actions("l").await, ["SUBMITTED", "VERIFIED", "EXPIRED", "SUPERSEDED"]);
    }
}

#[tokio::test]
async fn only_what_is_due_and_still_counts_expires() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        let (today, tomorrow) = (date(2026, 7, 1), date(2026, 7, 2));
        let kinds = [("later", licence(tomorrow)), ("never", licence(None)), ("old", licence(today))];
        verified(&suite, &kinds).await;
        verified(&suite, &[("new", renewing("old", licence(None)))]).await;
        suite.submit("rejected", licence(today)).await.expect("submitted");
        suite.reject("rejected").await.expect("rejected");
        suite.submit("waiting", licence(today)).await.expect("submitted");
        // Made last: when it is expired, the worker has passed all the others.
        verified(&suite, &[("due", document(K::QualityCertificate, today))]).await;

        suite.clock.set(LAST_SECOND.plus_seconds(1));
        suite.events_of(&document_name("due"), 3).await;
        for (own, state) in [
            ("later", S::Verified),
            ("never", S::Verified),
            ("new", S::Verified),
            ("old", S::Superseded),
            ("rejected", S::Rejected),
            ("waiting", S::Expired),
            ("due", S::Expired),
        ] {
            assert_eq!(suite.document(own).await.state(), state, "{own}");
        }
        let (reason, _, metadata) = refused(suite.verify("waiting").await);
        assert_eq!((reason.as_str(), metadata["state"].as_str()), ("DOCUMENT_STATE_REFUSED", "EXPIRED"));
        // A certificate is named and does not block; what nobody ever accepted is not even named.
        let certificate = (F::DocumentExpired, document_name("due"));
        assert_eq!(suite.gate(None).await, (Gate::Green, vec![certificate]));
    }
}

#[tokio::test]
async fn midnight_is_that_of_the_zone() {
    for suite in suites_with(|settings| settings.zone = "America/Los_Angeles".to_owned()).await {
        suite.create("a", dealer("A")).await.expect("created");
        // It is 21:00 on 30 June there.
        verified(&suite, &[("later", licence(date(2026, 7, 1))), ("due", licence(date(2026, 6, 30)))]).await;
        // 2026-07-01T07:00:00Z.
        suite.clock.advance(Duration::from_secs(3 * 3600));
        suite.events_of(&document_name("due"), 3).await;
        assert_eq!(suite.document("later").await.state(), S::Verified);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_expire_each_document_once() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        for n in 0..20 {
            suite.submit(&format!("d{n}"), licence(date(2026, 7, 1))).await.expect("submitted");
        }
        suite.start_replica().await;
        suite.start_replica().await;
        suite.clock.set(LAST_SECOND.plus_seconds(1));
        for n in 0..20 {
            suite.events_of(&document_name(&format!("d{n}")), 2).await;
        }
        // One more day has every replica look again, and find one new document due.
        suite.submit("last", licence(date(2026, 7, 2))).await.expect("submitted");
        suite.clock.advance(Duration::from_secs(86_400));
        suite.events_of(&document_name("last"), 2).await;
        for n in 0..20 {
            let own = format!("d{n}");
            assert_eq!(suite.actions(&own).await, ["SUBMITTED", "EXPIRED"], "{own}");
            assert_eq!(suite.events_of(&document_name(&own), 2).await.len(), 2, "{own}");
        }
    }
}
