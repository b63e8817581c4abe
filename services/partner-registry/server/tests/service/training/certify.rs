//! From results to certificates, their correction, revocation and end.

use prost::Message as _;
use tributary_core::Timestamp;
use tributary_proto::tributary::{common::v1::ExternalRef, partner::v1 as pb};

use super::{course, decimal, definition, person, person_name, result};
use crate::harness::{answer, date, name, refused, suites};

/// 2027-01-01T00:00:00 in Shanghai. Python: datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
const NEW_YEAR: Timestamp = Timestamp(1_798_732_800_000_000);

#[tokio::test]
async fn the_last_pass_brings_the_certificate() {
    for suite in suites().await {
        suite.school(&["alpine"]).await;
        suite.person("alpine", "li", person("李娜")).await.expect("added");
        // Told in the wrong order: the simulation first.
        suite.result("alpine", "r2", result("alpine", "li", "live", "80", date(2026, 6, 30))).await.expect("recorded");
        let failed = suite.result("alpine", "r0", result("alpine", "li", "online", "79.99", date(2026, 5, 1))).await;
        let failed = failed.expect("recorded");
        assert_eq!((failed.passed, failed.attempt, failed.maker.as_str()), (false, 1, "channel-manager"));
        assert_eq!(suite.certificates("alpine", "").await, Ok(vec![]));
        let before = suite.may("alpine", "li", None).await;
        assert_eq!(
            before.missing,
            [
                "live-host was never earned",
                "live was passed on 2026-06-30, before what has to be passed first",
                "online was not passed",
            ]
        );
        let source = Some(ExternalRef { system: "lms".to_owned(), id: "4711".to_owned() });
        let told = pb::ExamResult { source, ..result("alpine", "li", "online", "87.25", date(2026, 6, 1)) };
        let passed = suite.result("alpine", "", told.clone()).await.expect("recorded");
        assert_eq!(
            (passed.score.clone(), passed.passing_score.clone(), passed.attempt),
            (decimal("87.25"), decimal("80"), 2)
        );
        assert_eq!(suite.result("alpine", "", told.clone()).await, Ok(passed.clone()), "known by its source");
        let other = pb::ExamResult { score: decimal("88"), ..told };
        let (reason, _, metadata) = refused(suite.result("alpine", "", other).await);
        assert_eq!((reason.as_str(), metadata["exam_result"].as_str()), ("EXAM_RESULT_EXISTS", passed.name.as_str()));

        let held = suite.certificates("alpine", "").await.expect("page");
        let [certificate] = held.as_slice() else { panic!("{held:?}") };
        assert_eq!(certificate.person, person_name("alpine", "li"));
        assert_eq!((certificate.earned_on, certificate.valid_from), (date(2026, 6, 30), date(2026, 6, 30)));
        assert_eq!((certificate.expires_on, certificate.state()), (date(2026, 12, 30), pb::CertificateState::Issued));
        assert_eq!(certificate.exam_results, ["partners/alpine/examResults/r2", passed.name.as_str()]);
        let may = suite.may("alpine", "li", None).await;
        assert_eq!(
            (may.allowed, may.until, may.certificate.as_str()),
            (true, date(2026, 12, 31), certificate.name.as_str())
        );
        for (filter, count) in [
            ("state = ISSUED AND person = \"li\"", 1),
            ("state = EXPIRED", 0),
            ("valid_on = 2026-06-29", 0),
            ("valid_on = 2026-12-30", 1),
            ("valid_on = 2026-12-31 OR expires_on > 2026-12-30", 0),
            ("certificate_definition = \"live-host\" AND NOT expires_on < 2026-12-30", 1),
        ] {
            assert_eq!(suite.certificates("-", filter).await.expect("page").len(), count, "{filter}");
        }
        let event = &suite.events_of(&certificate.name, 1).await[0];
        assert_eq!(event.event_type, "tributary.partner.v1.CertificateChanged");
        let event = pb::CertificateChanged::decode(event.data.as_slice()).expect("decodes");
        assert_eq!(event.revision.expect("there").action, "ISSUED");

        // The last valid day is over at midnight in Shanghai, one day before this.
        suite.clock.set(NEW_YEAR);
        assert_eq!(suite.certificates("-", "state = EXPIRED").await.expect("page").len(), 1, "recorded yet or not");
        suite.events_of(&certificate.name, 2).await;
        let told = suite.training_history(&certificate.name).await;
        assert_eq!(told[1], ("EXPIRED".to_owned(), "service:partner-registry".to_owned()));
        assert_eq!(suite.certificates("-", "state = EXPIRED").await.expect("page").len(), 1);
        let late = suite.may("alpine", "li", None).await;
        assert_eq!(late.missing, ["live-host expired: its last valid day was 2026-12-30"]);
    }
}

#[tokio::test]
async fn a_correction_takes_back_what_does_not_follow() {
    for suite in suites().await {
        suite.school(&["alpine"]).await;
        suite.person("alpine", "li", person("李娜")).await.expect("added");
        suite.passes("alpine", "li", (5, 1), (6, 1)).await;
        let issued = suite.certificates("alpine", "").await.expect("page").remove(0);
        let correct = |score: &str, request_id: &str| pb::CorrectExamResultRequest {
            name: "partners/alpine/examResults/li-live-6-1".to_owned(),
            score: decimal(score),
            reason: "counted wrongly".to_owned(),
            request_id: request_id.to_owned(),
            ..Default::default()
        };
        let mut service = suite.certification();
        let corrected = answer(service.correct_exam_result(suite.ask(correct("79", "one"))).await).expect("corrected");
        assert_eq!((corrected.passed, corrected.revision), (false, 2));
        let again = answer(service.correct_exam_result(suite.ask(correct("79", "one"))).await);
        assert_eq!(again, Ok(corrected), "the same request");
        assert_eq!(
            refused(answer(service.correct_exam_result(suite.ask(correct("78", "one"))).await)).0,
            "REQUEST_ID_REUSED"
        );
        let gone = suite.certificates("alpine", "").await.expect("page").remove(0);
        assert_eq!((gone.state(), &gone.name), (pb::CertificateState::Revoked, &issued.name));
        assert_eq!(gone.revoked_from, date(2026, 6, 1), "it never was valid");
        answer(service.correct_exam_result(suite.ask(correct("80", "two"))).await).expect("corrected");
        let held = suite.certificates("alpine", "state = ISSUED").await.expect("page");
        assert_eq!(held.iter().map(|c| c.valid_from).collect::<Vec<_>>(), [date(2026, 6, 1)]);

        let revoke = |name: &str| pb::RevokeCertificateRequest {
            name: name.to_owned(),
            reason: "cheated".to_owned(),
            ..Default::default()
        };
        let revoked = answer(service.revoke_certificate(suite.ask(revoke(&held[0].name))).await).expect("revoked");
        assert_eq!((revoked.revoked_from, revoked.revocation_reason.as_str()), (date(2026, 7, 1), "cheated"));
        let twice = answer(service.revoke_certificate(suite.ask(revoke(&held[0].name))).await);
        assert_eq!(refused(twice).0, "CERTIFICATE_STATE_REFUSED");
        suite.passes("alpine", "li", (7, 1), (7, 1)).await;
        assert_eq!(suite.certificates("alpine", "state = ISSUED").await, Ok(vec![]), "passes of the day do not count");
        let check = suite.may("alpine", "li", None).await;
        assert_eq!(check.missing, ["live-host was revoked from 2026-07-01 on: cheated"]);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    for suite in suites().await {
        suite.school(&["alpine", "birch"]).await;
        let left = pb::Person { active_until: date(2026, 3, 31), ..person("王伟") };
        suite.person("alpine", "wang", left).await.expect("added");
        suite.person("birch", "other", person("张三")).await.expect("added");
        let told = |own: &str, of: &str, on| result("alpine", own, of, "90", on);
        for (told, reason) in [
            (told("wang", "online", date(2026, 4, 1)), "PERSON_NOT_ACTIVE"),
            (told("nobody", "online", date(2026, 3, 1)), "PERSON_NOT_FOUND"),
            (told("wang", "none", date(2026, 3, 1)), "COURSE_NOT_FOUND"),
            (
                pb::ExamResult {
                    session: "trainingSessions/none".to_owned(),
                    ..told("wang", "online", date(2026, 3, 1))
                },
                "TRAINING_SESSION_NOT_FOUND",
            ),
        ] {
            assert_eq!(refused(suite.result("alpine", "", told).await).0, reason);
        }
        let source = Some(ExternalRef { system: "No".to_owned(), id: String::new() });
        let wrong = pb::ExamResult { source, score: decimal("100.001"), ..told("wang", "online", date(2026, 7, 2)) };
        let (_, mut fields, _) = refused(suite.result("alpine", "", wrong).await);
        fields.sort();
        fields.dedup();
        assert!(fields.contains(&"exam_result.score".to_owned()), "{fields:?}");
        assert!(fields.contains(&"exam_result.taken_on".to_owned()), "{fields:?}");
        let stray =
            pb::ExamResult { person: person_name("birch", "other"), ..told("wang", "online", date(2026, 3, 1)) };
        assert_eq!(refused(suite.result("alpine", "", stray).await).1, ["exam_result.person"]);
    }
}

/// A definition that comes later than the passes, and other terms.
#[tokio::test]
async fn refreshing_issues_what_was_earned_before() {
    for suite in suites().await {
        suite.school(&["alpine"]).await;
        suite.person("alpine", "li", person("李娜")).await.expect("added");
        suite.passes("alpine", "li", (5, 1), (6, 1)).await;
        suite.course("third", course("Third", &[])).await.expect("created");
        suite.definition("expert", definition(0, &["live"])).await.expect("created");
        let refresh = || pb::RefreshCertificatesRequest { parent: name("alpine"), ..Default::default() };
        let done = answer(suite.certification().refresh_certificates(suite.ask(refresh())).await).expect("done");
        assert_eq!((done.issued_count, done.revoked_count), (1, 0));
        let expert = suite.certificates("alpine", "certificate_definition = \"expert\"").await.expect("page");
        assert_eq!((expert[0].valid_from, expert[0].expires_on), (date(2026, 6, 1), None));
        let more = pb::UpdateCertificateDefinitionRequest {
            certificate_definition: Some(pb::CertificateDefinition {
                name: "certificateDefinitions/expert".to_owned(),
                ..definition(0, &["live", "third"])
            }),
            ..Default::default()
        };
        let changed = answer(suite.training().update_certificate_definition(suite.ask(more)).await).expect("changed");
        assert_eq!(changed.terms_since, date(2026, 7, 1));
        let done = answer(suite.certification().refresh_certificates(suite.ask(refresh())).await).expect("done");
        assert_eq!((done.issued_count, done.revoked_count), (0, 0), "what was earned stays");
    }
}
