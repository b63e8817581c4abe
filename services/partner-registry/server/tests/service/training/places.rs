//! Sessions: never more enrolled than places, also of many at once; attendance.

use futures::future::join_all;
use tributary_proto::tributary::partner::v1::{self as pb, EnrolmentState as E};

use super::{Result, days, person, person_name, result};
use crate::{
    harness::{Suite, answer, date, name, refused, suites},
    own_rows::of,
};

const SESSION: &str = "trainingSessions/s";

fn session(of: &str, capacity: i32) -> pb::TrainingSession {
    pb::TrainingSession {
        course: format!("courses/{of}"),
        date: date(2026, 7, 10),
        place: "Shanghai, studio 2".to_owned(),
        capacity,
        trainer_note: "bring lights".to_owned(),
        ..Default::default()
    }
}

async fn schedule(suite: &Suite, session: pb::TrainingSession) -> Result<pb::TrainingSession> {
    let request = pb::CreateTrainingSessionRequest {
        training_session: Some(session),
        training_session_id: "s".to_owned(),
        ..Default::default()
    };
    answer(suite.training().create_training_session(suite.ask(request)).await)
}

async fn there(suite: &Suite) -> pb::TrainingSession {
    let get = pb::GetTrainingSessionRequest { name: SESSION.to_owned() };
    answer(suite.training().get_training_session(suite.ask(get)).await).expect("there")
}

fn enrolling(partner: &str, who: &str) -> pb::EnrolPersonRequest {
    pb::EnrolPersonRequest { person: person_name(partner, who), session: SESSION.to_owned(), ..Default::default() }
}

async fn enrol(suite: &Suite, partner: &str, who: &str) -> Result<pb::Enrolment> {
    answer(suite.training().enrol_person(suite.ask(enrolling(partner, who))).await)
}

async fn attend(suite: &Suite, enrolment: &str, attended: bool) -> Result<pb::Enrolment> {
    let request = pb::RecordAttendanceRequest { name: enrolment.to_owned(), attended, ..Default::default() };
    answer(suite.training().record_attendance(suite.ask(request)).await)
}

#[tokio::test]
async fn places_are_taken_given_back_and_used() {
    for suite in suites().await {
        suite.school(&["alpine"]).await;
        for who in ["li", "wang"] {
            suite.person("alpine", who, person(who)).await.expect("added");
        }
        let late = pb::TrainingSession { date: date(2026, 6, 30), ..session("online", 1) };
        assert_eq!(refused(schedule(&suite, late).await).1, ["training_session.date"]);
        let made = schedule(&suite, session("online", 1)).await.expect("scheduled");
        assert_eq!(schedule(&suite, session("online", 1)).await, Ok(made.clone()), "the same again");
        let taken = enrol(&suite, "alpine", "li").await.expect("a place");
        assert_eq!((taken.state(), taken.name.as_str()), (E::Enrolled, "partners/alpine/persons/li/enrolments/s"));
        assert_eq!(enrol(&suite, "alpine", "li").await, Ok(taken.clone()), "it keeps the place");
        let (reason, _, metadata) = refused(enrol(&suite, "alpine", "wang").await);
        assert_eq!((reason.as_str(), metadata["capacity"].as_str()), ("TRAINING_SESSION_FULL", "1"));
        assert_eq!(refused(attend(&suite, &taken.name, true).await).0, "TRAINING_SESSION_NOT_STARTED");
        let cancel = pb::CancelEnrolmentRequest { name: taken.name.clone(), ..Default::default() };
        answer(suite.training().cancel_enrolment(of(&["alpine"], cancel)).await).expect("given back");
        let other = answer(suite.training().enrol_person(of(&["alpine"], enrolling("alpine", "wang"))).await);
        let other = other.expect("its own people");
        assert_eq!(refused(enrol(&suite, "alpine", "li").await).0, "TRAINING_SESSION_FULL");
        let more = |capacity| pb::UpdateTrainingSessionRequest {
            training_session: Some(pb::TrainingSession { name: SESSION.to_owned(), capacity, ..Default::default() }),
            reason: "a larger room".to_owned(),
            ..Default::default()
        };
        let wider = answer(suite.training().update_training_session(suite.ask(more(2))).await).expect("wider");
        assert_eq!((wider.capacity, wider.enrolled_count, wider.place), (2, 1, made.place));
        let again = enrol(&suite, "alpine", "li").await.expect("a place");
        assert_eq!((again.revision, there(&suite).await.enrolled_count), (3, 2));
        let narrow = answer(suite.training().update_training_session(suite.ask(more(1))).await);
        assert_eq!(refused(narrow).0, "TRAINING_SESSION_FULL");
        let seen = pb::GetTrainingSessionRequest { name: SESSION.to_owned() };
        let seen = answer(suite.training().get_training_session(of(&["alpine"], seen)).await).expect("open");
        assert_eq!((seen.trainer_note.as_str(), seen.enrolled_count), ("", 2));

        // Nine days later it is the 10th.
        suite.clock.advance(days(9));
        assert_eq!(attend(&suite, &again.name, true).await.expect("there").state(), E::Attended);
        assert_eq!(attend(&suite, &again.name, false).await.expect("corrected").state(), E::Absent);
        assert_eq!(attend(&suite, &other.name, true).await.expect("there").state(), E::Attended);
        let list = pb::ListEnrolmentsRequest {
            parent: name("-"),
            filter: "session = \"s\" AND state = ATTENDED".to_owned(),
            ..Default::default()
        };
        let found = answer(suite.training().list_enrolments(suite.ask(list)).await).expect("page").enrolments;
        assert_eq!(found.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), [other.name.as_str()]);
        let told = suite.training_history(&again.name).await;
        let told: Vec<&str> = told.iter().map(|(action, _)| action.as_str()).collect();
        assert_eq!(told, ["ENROLLED", "CANCELLED", "ENROLLED", "ATTENDED", "ABSENT"]);
        suite.clock.advance(days(1));
        suite.person("alpine", "zhao", person("zhao")).await.expect("added");
        answer(suite.training().update_training_session(suite.ask(more(3))).await).expect("its day may stay");
        assert_eq!(refused(enrol(&suite, "alpine", "zhao").await).0, "TRAINING_SESSION_OVER");
    }
}

#[tokio::test]
async fn who_may_have_a_place() {
    for suite in suites().await {
        suite.school(&["alpine"]).await;
        suite.person("alpine", "li", person("li")).await.expect("added");
        let gone = pb::Person { active_until: date(2026, 7, 9), ..person("gone") };
        suite.person("alpine", "gone", gone).await.expect("added");
        schedule(&suite, session("live", 5)).await.expect("scheduled");
        let (reason, _, metadata) = refused(enrol(&suite, "alpine", "li").await);
        assert_eq!((reason.as_str(), metadata["courses"].as_str()), ("PREREQUISITE_MISSING", "courses/online"));
        suite.result("alpine", "", result("alpine", "li", "online", "90", date(2026, 6, 1))).await.expect("recorded");
        enrol(&suite, "alpine", "li").await.expect("passed what comes first");
        assert_eq!(refused(enrol(&suite, "alpine", "gone").await).0, "PERSON_NOT_ACTIVE");
        assert_eq!(refused(enrol(&suite, "alpine", "nobody").await).0, "PERSON_NOT_FOUND");
        let cancel = || pb::CancelTrainingSessionRequest {
            name: SESSION.to_owned(),
            reason: "the trainer is ill".to_owned(),
            ..Default::default()
        };
        let cancelled = answer(suite.training().cancel_training_session(suite.ask(cancel())).await).expect("cancelled");
        assert_eq!((cancelled.state(), cancelled.enrolled_count), (pb::TrainingSessionState::Cancelled, 1));
        let again = answer(suite.training().cancel_training_session(suite.ask(cancel())).await);
        assert_eq!(refused(again).0, "TRAINING_SESSION_CANCELLED");
        let stray =
            pb::ExamResult { session: SESSION.to_owned(), ..result("alpine", "li", "online", "90", date(2026, 6, 2)) };
        assert_eq!(refused(suite.result("alpine", "", stray).await).1, ["exam_result.session"]);
    }
}

/// Twelve people of three partners ask for five places at the same instant.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_as_many_get_a_place_as_there_are() {
    for suite in suites().await {
        suite.school(&["a", "b", "c"]).await;
        schedule(&suite, session("online", 5)).await.expect("scheduled");
        let mut people = Vec::new();
        for partner in ["a", "b", "c"] {
            for who in ["p1", "p2", "p3", "p4"] {
                suite.person(partner, who, person(who)).await.expect("added");
                people.push((partner, who));
            }
        }
        let calls = people.iter().map(|(partner, who)| enrol(&suite, partner, who));
        let done = join_all(calls).await;
        let (some, none): (Vec<_>, Vec<_>) = done.into_iter().partition(std::result::Result::is_ok);
        assert_eq!((some.len(), none.len()), (5, 7));
        for refusal in none {
            assert_eq!(refused(refusal).0, "TRAINING_SESSION_FULL");
        }
        assert_eq!(there(&suite).await.enrolled_count, 5);
    }
}
