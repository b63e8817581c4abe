//! Courses and definitions: no cycles, masks, retirement, lists.

use futures::future::join_all;
use tributary_proto::tributary::partner::v1 as pb;

use super::{course, decimal, definition};
use crate::harness::{Suite, answer, date, refused, suites};

fn update(own: &str, course: pb::Course, paths: &[&str]) -> pb::UpdateCourseRequest {
    let update_mask = Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let course = Some(pb::Course { name: format!("courses/{own}"), ..course });
    pb::UpdateCourseRequest { course, update_mask, ..Default::default() }
}

async fn retire(suite: &Suite, own: &str) -> super::Result<pb::Course> {
    let (name, reason) = (format!("courses/{own}"), "replaced".to_owned());
    let request = pb::RetireCourseRequest { name, reason, ..Default::default() };
    answer(suite.training().retire_course(suite.ask(request)).await)
}

#[tokio::test]
async fn courses_are_made_changed_and_retired() {
    for suite in suites().await {
        suite.school(&[]).await;
        let same = suite.course("online", course("Online exam", &[])).await.expect("the same again");
        assert_eq!((same.name.as_str(), same.revision, same.state()), ("courses/online", 1, pb::CourseState::Active));
        assert_eq!(refused(suite.course("online", course("Other", &[])).await).0, "COURSE_EXISTS");
        assert_eq!(refused(suite.course("x", course("X", &["none"])).await).0, "COURSE_NOT_FOUND");
        let cycle = answer(
            suite
                .training()
                .update_course(suite.ask(update("online", course("", &["live"]), &["prerequisites"])))
                .await,
        );
        let (reason, _, metadata) = refused(cycle);
        assert_eq!((reason.as_str(), metadata["path"].as_str()), ("COURSE_CYCLE", "online → live → online"));

        let wrong = pb::Course { kind: 0, passing_score: decimal("100.01"), validity_months: -1, ..course(" ", &[]) };
        let (reason, mut fields, _) = refused(suite.course("No", wrong).await);
        fields.sort();
        fields.dedup();
        let expected =
            ["course.display_name", "course.kind", "course.passing_score", "course.validity_months", "course_id"];
        assert_eq!((reason.as_str(), fields), ("INVALID_REQUEST", expected.map(str::to_owned).to_vec()));
        let exact = pb::Course { passing_score: decimal("72.5"), ..Default::default() };
        let changed = answer(suite.training().update_course(suite.ask(update("online", exact, &[]))).await);
        let changed = changed.expect("changed");
        assert_eq!(
            (changed.passing_score, changed.revision, changed.display_name.as_str()),
            (decimal("72.5"), 2, "Online exam")
        );
        let mask =
            answer(suite.training().update_course(suite.ask(update("online", course("", &[]), &["state"]))).await);
        assert_eq!(refused(mask).1, ["update_mask"]);
        let stale = pb::Course { etag: same.etag, description: "d".to_owned(), ..Default::default() };
        let stale = answer(suite.training().update_course(suite.ask(update("online", stale, &[]))).await);
        assert_eq!(refused(stale).0, "ETAG_MISMATCH");

        let (reason, _, metadata) = refused(retire(&suite, "online").await);
        assert_eq!(reason, "COURSE_IN_USE");
        assert_eq!(metadata["users"], "courses/live, certificateDefinitions/live-host");
        let end = pb::RetireCertificateDefinitionRequest {
            name: "certificateDefinitions/live-host".to_owned(),
            reason: "replaced".to_owned(),
            ..Default::default()
        };
        answer(suite.training().retire_certificate_definition(suite.ask(end)).await).expect("retired");
        let retired = retire(&suite, "live").await.expect("retired");
        assert_eq!((retired.state(), retired.retired_on), (pb::CourseState::Retired, date(2026, 7, 1)));
        assert_eq!(refused(retire(&suite, "live").await).0, "COURSE_RETIRED");
        assert_eq!(refused(suite.definition("other", definition(1, &["live"])).await).0, "COURSE_RETIRED");
        let list = pb::ListCoursesRequest {
            filter: "state = ACTIVE AND display_name : \"EXAM\"".to_owned(),
            ..Default::default()
        };
        let found = answer(suite.training().list_courses(suite.ask(list)).await).expect("page").courses;
        assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["courses/online"]);
        assert_eq!(suite.events_of("courses/live", 2).await.len(), 2);
        let told = suite.training_history("courses/live").await;
        assert_eq!(told.iter().map(|(action, _)| action.as_str()).collect::<Vec<_>>(), ["CREATED", "RETIRED"]);
    }
}

/// Two changes, each without a cycle, that would make one together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_cycle_comes_of_changes_at_once() {
    for suite in suites().await {
        for own in ["a", "b"] {
            suite.course(own, course(own, &[])).await.expect("created");
        }
        let calls = [("a", "b"), ("b", "a")].map(|(own, needed)| {
            let request = suite.ask(update(own, course("", &[needed]), &["prerequisites"]));
            let mut client = suite.training();
            async move { answer(client.update_course(request).await) }
        });
        let done = join_all(calls).await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        let refused = done.into_iter().find_map(Result::err).expect("one");
        assert_eq!(refused.reason, "COURSE_CYCLE");
    }
}
