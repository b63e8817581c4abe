//! Training: written at the revision before only, found by what is asked, places never more than there are.

use std::collections::BTreeMap;

use partner_registry_domain::{
    ExternalRef,
    training::{
        Certificate, CertificateDefinition, CertificateState, Collection, Course, CourseContent, CourseKind,
        DefinitionContent, DefinitionState, Enrolment, EnrolmentState, ExamResult, Item, Person, PersonContent, Score,
        SessionContent, SessionState, Stamp, TrainingItem, TrainingName, TrainingRevision, TrainingSession,
    },
};
use partner_registry_server::ports::{
    Condition, Span, TrainingColumn as Column, TrainingQuery, TrainingTest as Test, Wanted,
};
use tributary_core::{IdSource as _, SystemIds, Timestamp};
use tributary_sql::StoreError;

use crate::{Bench, benches, day, draft, id, partner, reference};

fn stamp() -> Stamp {
    Stamp::new(SystemIds.uuid(), Timestamp(1_000))
}

fn score(hundredths: i64) -> Score {
    Score::of_hundredths(hundredths).expect("a score")
}

fn course(own: &str) -> Course {
    let content = CourseContent {
        display_name: format!("Course {own} 50%"),
        kind: Some(CourseKind::Online),
        passing_score: Some(score(8_000)),
        validity_months: 0,
        prerequisites: [].into(),
        description: String::new(),
    };
    Course { id: id(own), content, retired_on: None, terms_since: None, stamp: stamp() }
}

fn definition(own: &str) -> CertificateDefinition {
    let content = DefinitionContent {
        display_name: own.to_owned(),
        courses: [id("c")].into(),
        validity_months: 6,
        renewal_days: 0,
        description: String::new(),
    };
    CertificateDefinition { id: id(own), content, state: DefinitionState::Active, terms_since: None, stamp: stamp() }
}

fn session(own: &str, capacity: i32) -> TrainingSession {
    let content = SessionContent {
        course: id("c"),
        date: Some(day("2026-07-10")),
        place: "上海 Studio 2".to_owned(),
        capacity,
        trainer_note: String::new(),
    };
    let (state, cancellation_reason) = (SessionState::Scheduled, String::new());
    TrainingSession { id: id(own), content, enrolled: 0, state, cancellation_reason, stamp: stamp() }
}

fn person(of: &str, own: &str, external_ref: Option<ExternalRef>) -> Person {
    let content = PersonContent {
        display_name: format!("李 {own}"),
        email: "li@example.com".to_owned(),
        role: "Host".to_owned(),
        external_ref,
        labels: BTreeMap::new(),
        active_from: Some(day("2026-01-01")),
        active_until: (own == "y").then(|| day("2026-08-31")),
    };
    Person { partner: id(of), id: id(own), content, erased: false, stamp: stamp() }
}

fn result(of: &str, own: &str, who: &str, hundredths: i64) -> ExamResult {
    ExamResult {
        partner: id(of),
        id: id(own),
        person: id(who),
        course: id("c"),
        score: score(hundredths),
        taken_on: day("2026-06-01"),
        session: None,
        source: Some(reference("lms", own)),
        passing_score: score(8_000),
        attempt: 1,
        voided: false,
        maker: "maker".to_owned(),
        stamp: stamp(),
    }
}

fn certificate(of: &str, own: &str, who: &str, expires_on: Option<&str>) -> Certificate {
    Certificate {
        partner: id(of),
        id: id(own),
        person: id(who),
        definition: id("host"),
        earned_on: day("2026-06-01"),
        valid_from: day("2026-06-01"),
        expires_on: expires_on.map(day),
        renews: None,
        results: vec![id("r")],
        definition_revision: 1,
        state: CertificateState::Issued,
        revoked_from: None,
        revoked_by_hand: None,
        revocation_reason: String::new(),
        stamp: stamp(),
    }
}

async fn write(bench: &Bench, items: Vec<TrainingItem>) -> Result<(), StoreError> {
    let mut tx = bench.store.begin().await?;
    for item in items {
        tx.write_training(&bench.tenant, &item).await?;
    }
    tx.commit().await
}

/// Two partners, one course, one definition, x at a, y at b.
async fn seeded() -> Vec<Bench> {
    let benches = benches().await;
    for bench in &benches {
        bench.seed(&[&partner("a", draft("A")), &partner("b", draft("B"))]).await;
        let items = vec![
            course("c").into_item(),
            definition("host").into_item(),
            person("a", "x", Some(reference("hr", "1"))).into_item(),
            person("b", "y", None).into_item(),
        ];
        write(bench, items).await.expect("written");
    }
    benches
}

async fn ids(bench: &Bench, query: &TrainingQuery) -> Vec<String> {
    let mut source = bench.store.training_source();
    let found = source.training_items(&bench.tenant, query).await.expect("page");
    found.into_iter().map(|item| item.name().id.to_string()).collect()
}

#[tokio::test]
async fn everything_is_read_back_and_changes_at_the_revision_before_only() {
    for bench in seeded().await {
        let enrolment = Enrolment {
            partner: id("a"),
            person: id("x"),
            session: id("s"),
            state: EnrolmentState::Enrolled,
            stamp: stamp(),
        };
        let all = vec![
            session("s", 2).into_item(),
            result("a", "r", "x", 9_000).into_item(),
            certificate("a", "z", "x", Some("2026-12-01")).into_item(),
            enrolment.clone().into_item(),
        ];
        write(&bench, all.clone()).await.expect("written");
        let mut source = bench.store.training_source();
        for item in all {
            assert_eq!(source.training_item(&bench.tenant, &item.name()).await, Ok(Some(item)));
        }
        let absent = TrainingName::of_tenant(Collection::Course, &id("none"));
        assert_eq!(source.training_item(&bench.tenant, &absent).await, Ok(None));
        let next = Enrolment {
            state: EnrolmentState::Attended,
            stamp: enrolment.stamp.next(Timestamp(2_000)),
            ..enrolment.clone()
        };
        write(&bench, vec![next.clone().into_item()]).await.expect("the next");
        assert!(matches!(write(&bench, vec![next.into_item()]).await, Err(StoreError::Conflict)));
        assert!(matches!(write(&bench, vec![enrolment.into_item()]).await, Err(StoreError::AlreadyExists(_))));
        let twin = person("b", "twin", Some(reference("hr", "1")));
        assert!(matches!(write(&bench, vec![twin.into_item()]).await, Err(StoreError::AlreadyExists(_))), "one key");
        let same = ExamResult { id: id("other"), ..result("a", "r", "x", 9_000) };
        assert!(matches!(write(&bench, vec![same.into_item()]).await, Err(StoreError::AlreadyExists(_))), "one source");
        assert!(write(&bench, vec![result("a", "q", "none", 1).into_item()]).await.is_err(), "of nobody");
    }
}

#[tokio::test]
async fn places_are_never_more_than_there_are() {
    for bench in seeded().await {
        let first = session("s", 2);
        write(&bench, vec![first.clone().into_item()]).await.expect("written");
        let take = async |count| {
            let mut tx = bench.store.begin().await.expect("begin");
            let taken = tx.take_places(&bench.tenant, &id("s"), count).await.expect("asked");
            tx.commit().await.expect("commit");
            taken
        };
        assert_eq!([take(1).await, take(1).await, take(1).await, take(0).await], [true, true, false, true]);
        let enrolled = async || {
            let mut source = bench.store.training_source();
            let found = source.training_item(&bench.tenant, &first.name()).await.expect("read").expect("there");
            TrainingSession::from_item(found).expect("a session").enrolled
        };
        assert_eq!(enrolled().await, 2);
        let content = SessionContent { capacity: 3, ..first.content.clone() };
        let wider = TrainingSession { content, stamp: first.stamp.next(Timestamp(2_000)), ..first.clone() };
        write(&bench, vec![wider.clone().into_item()]).await.expect("wider");
        assert_eq!(enrolled().await, 2, "what is taken stays");
        let content = SessionContent { capacity: 1, ..first.content.clone() };
        let narrow = TrainingSession { content, stamp: wider.stamp.next(Timestamp(3_000)), ..wider };
        assert!(matches!(write(&bench, vec![narrow.into_item()]).await, Err(StoreError::Constraint(_))));
        assert_eq!([take(-2).await, take(-1).await], [true, false]);
    }
}

#[tokio::test]
async fn every_test_of_a_list_is_exact_under_not() {
    for bench in seeded().await {
        let retired = Course { retired_on: Some(day("2026-07-01")), ..course("d") };
        let retired = Course {
            content: CourseContent {
                display_name: "Post".to_owned(),
                kind: Some(CourseKind::Classroom),
                ..retired.content
            },
            ..retired
        };
        let other = ExamResult { source: None, taken_on: day("2026-06-02"), ..result("b", "q", "y", 100) };
        let items = vec![
            retired.into_item(),
            session("s", 2).into_item(),
            TrainingSession {
                content: SessionContent {
                    place: "Paris".to_owned(),
                    date: Some(day("2026-07-11")),
                    ..session("t", 1).content
                },
                ..session("t", 1)
            }
            .into_item(),
            ExamResult { session: Some(id("s")), ..result("a", "r", "x", 9_000) }.into_item(),
            other.into_item(),
            certificate("a", "m", "x", Some("2026-12-01")).into_item(),
            certificate("b", "n", "y", None).into_item(),
        ];
        write(&bench, items).await.expect("written");
        let text = |text: &str| text.to_owned();
        for (collection, test, own, other) in [
            (Collection::Course, Test::Is(Column::Name, text("course C 50%")), "c", "d"),
            (Collection::Course, Test::Has(Column::Name, text("0%")), "c", "d"),
            (Collection::Course, Test::Is(Column::Kind, text("ONLINE")), "c", "d"),
            (Collection::Course, Test::Is(Column::State, text("RETIRED")), "d", "c"),
            (Collection::Session, Test::Has(Column::Place, text("上海 studio")), "s", "t"),
            (Collection::Session, Test::On(Column::Day, day("2026-07-11")), "t", "s"),
            (Collection::Person, Test::Is(Column::Reference, text("hr:1")), "x", "y"),
            (Collection::Person, Test::Before(Column::ActiveUntil, day("2026-09-01")), "y", "x"),
            (Collection::Person, Test::Has(Column::Name, text("李 X")), "x", "y"),
            (Collection::Result, Test::Flag(Column::Passed, true), "r", "q"),
            (Collection::Result, Test::After(Column::TakenOn, day("2026-06-01")), "q", "r"),
            (Collection::Result, Test::Is(Column::Session, text("s")), "r", "q"),
            (Collection::Result, Test::Is(Column::Person, text("y")), "q", "r"),
            (Collection::Certificate, Test::Before(Column::ExpiresOn, day("2030-01-01")), "m", "n"),
            (Collection::Certificate, Test::Is(Column::Person, text("x")), "m", "n"),
        ] {
            let asked = |condition| TrainingQuery { condition: Some(condition), ..TrainingQuery::all(collection) };
            let is = Condition::Is(test.clone());
            assert_eq!(ids(&bench, &asked(is.clone())).await, [own], "{test:?}");
            assert_eq!(ids(&bench, &asked(Condition::Not(Box::new(is)))).await, [other], "not {test:?}");
        }
        for test in [Test::Is(Column::Role, "hOST".to_owned()), Test::On(Column::ActiveFrom, day("2026-01-01"))] {
            let asked =
                TrainingQuery { condition: Some(Condition::Is(test)), ..TrainingQuery::all(Collection::Person) };
            assert_eq!(ids(&bench, &asked).await, ["x", "y"]);
        }
        let after = TrainingName::at_partner(Collection::Certificate, &id("a"), &id("m"));
        let page = TrainingQuery { after: Some(after), limit: Some(1), ..TrainingQuery::all(Collection::Certificate) };
        assert_eq!(ids(&bench, &page).await, ["n"]);
        let span = Some(Span { first: id("a"), last: id("a0") });
        let of_a = TrainingQuery { partners: span, ..TrainingQuery::all(Collection::Certificate) };
        assert_eq!(ids(&bench, &of_a).await, ["m"]);
        assert_eq!(ids(&bench, &TrainingQuery::at(Collection::Certificate, &id("b"), vec![])).await, ["n"]);
    }
}

#[tokio::test]
async fn history_erasure_due_certificates_and_tiers() {
    for bench in seeded().await {
        let who = person("a", "x", Some(reference("hr", "1")));
        let revision = TrainingRevision {
            item: who.clone().into_item(),
            action: "CREATED".to_owned(),
            actor: "me".to_owned(),
            reason: "因为".to_owned(),
            record_time: Timestamp(1_000),
        };
        let mut tx = bench.store.begin().await.expect("begin");
        tx.lock_catalogue(&bench.tenant).await.expect("locked");
        tx.lock_catalogue(&bench.tenant).await.expect("again");
        tx.add_training_revision(&bench.tenant, &revision).await.expect("added");
        tx.commit().await.expect("commit");
        let revisions = async |before| bench.store.training_revisions(&bench.tenant, &who.name(), before, 5).await;
        assert_eq!(revisions(None).await, Ok(vec![revision.clone()]));
        assert_eq!(revisions(Some(1)).await, Ok(vec![]));
        let mut tx = bench.store.begin().await.expect("begin");
        tx.erase_history(&bench.tenant, &who.name()).await.expect("erased");
        tx.commit().await.expect("commit");
        let left = TrainingRevision { item: who.without_personal_data().into_item(), ..revision };
        assert_eq!(revisions(None).await, Ok(vec![left.clone()]));
        let mut source = bench.store.training_source();
        assert_eq!(source.training_revision(&bench.tenant, &who.name(), 1).await, Ok(Some(left)));
        assert_eq!(source.training_revision(&bench.tenant, &who.name(), 2).await, Ok(None));

        let (m, n) = (certificate("a", "m", "x", Some("2026-12-01")), certificate("b", "n", "y", None));
        let gone = Certificate {
            state: CertificateState::Revoked,
            revoked_from: Some(day("2026-07-01")),
            ..certificate("b", "o", "y", Some("2026-12-01"))
        };
        let items = vec![m.clone().into_item(), n.into_item(), gone.into_item()];
        write(&bench, items).await.expect("written");
        let due = async |today, after| bench.store.due_certificates(day(today), after, 10).await.expect("read");
        assert_eq!(due("2026-12-01", None).await, []);
        let found = due("2026-12-02", None).await;
        assert_eq!(found.iter().map(|d| d.name.to_string()).collect::<Vec<_>>(), ["partners/a/certificates/m"]);
        assert_eq!(due("2026-12-02", Some(m.stamp.uid)).await, []);

        let wanted = Wanted { certified: vec![id("host"), id("none")], ..Wanted::default() };
        let span = Span { first: id("a"), last: id("b") };
        let known = bench.store.tier_source().known(&bench.tenant, &span, &wanted).await.expect("known");
        let days = |own: &str| {
            let one = |c: &partner_registry_domain::tier::Certified| {
                format!("{} {} {}", c.person, c.from, c.until.map(|end| end.to_string()).unwrap_or_default())
            };
            known[&id(own)].inputs.certified.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(days("a"), ["x 2026-06-01 2026-12-02"]);
        assert_eq!(days("b"), ["y 2026-06-01 2026-09-01", "y 2026-06-01 2026-07-01"], "cut by work and revocation");
    }
}
