//! Training: certificates that follow from results in whatever order, renewed, revoked; who may do duty; who holds what.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use partner_registry_domain::training::{
    Certificate, CertificateDefinition, CertificateState, Collection, Correction, Course, CourseContent, CourseKind,
    DefinitionContent, DefinitionState, Enrolment, EnrolmentState, ExamResult, Holding, Ledger, Mask, Masked, Person,
    PersonContent, Score, SessionContent, SessionState, Stamp, TrainingName, TrainingSession, check::qualified, cycle,
};
use proptest::prelude::*;
use tributary_core::{Date, IdSource as _, ResourceId, SystemIds, Timestamp};

const NOW: Timestamp = Timestamp(1_782_878_400_000_000);

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn stamp() -> Stamp {
    Stamp::new(SystemIds.uuid(), NOW)
}

fn score(hundredths: i64) -> Score {
    Score::of_hundredths(hundredths).expect("a score")
}

fn course(own: &str, months: i32, prerequisites: &[&str]) -> Course {
    let content = CourseContent {
        display_name: own.to_owned(),
        kind: Some(CourseKind::Online),
        passing_score: Some(score(8_000)),
        validity_months: months,
        prerequisites: prerequisites.iter().map(|own| id(own)).collect(),
        description: String::new(),
    };
    Course { id: id(own), content, retired_on: None, terms_since: None, stamp: stamp() }
}

fn courses(all: Vec<Course>) -> BTreeMap<ResourceId, Course> {
    all.into_iter().map(|course| (course.id.clone(), course)).collect()
}

/// "online" and "live", six months, renewed in the last 30 days.
fn live_host() -> CertificateDefinition {
    let content = DefinitionContent {
        display_name: "Live host".to_owned(),
        courses: [id("live"), id("online")].into(),
        validity_months: 6,
        renewal_days: 30,
        description: String::new(),
    };
    let state = DefinitionState::Active;
    CertificateDefinition { id: id("live-host"), content, state, terms_since: None, stamp: stamp() }
}

fn two() -> BTreeMap<ResourceId, Course> {
    courses(vec![course("online", 0, &[]), course("live", 0, &[])])
}

fn result(own: &str, of: &str, on: &str, hundredths: i64) -> ExamResult {
    ExamResult {
        partner: id("alpine"),
        id: id(own),
        person: id("li"),
        course: id(of),
        score: score(hundredths),
        taken_on: day(on),
        session: None,
        source: None,
        passing_score: score(8_000),
        attempt: 1,
        voided: false,
        maker: "trainer".to_owned(),
        stamp: stamp(),
    }
}

fn person(own: &str, from: &str, until: Option<&str>) -> Person {
    let content = PersonContent {
        display_name: "李娜".to_owned(),
        email: "li@example.com".to_owned(),
        role: "host".to_owned(),
        external_ref: None,
        labels: BTreeMap::new(),
        active_from: Some(day(from)),
        active_until: until.map(day),
    };
    Person { partner: id("alpine"), id: id(own), content, erased: false, stamp: stamp() }
}

/// Settles, and gives back all certificates afterwards.
fn settled(
    courses: &BTreeMap<ResourceId, Course>,
    definition: &CertificateDefinition,
    results: &[ExamResult],
    held: Vec<Certificate>,
) -> Vec<Certificate> {
    let ledger = Ledger { courses, results };
    let new = || (SystemIds.resource_id('c'), SystemIds.uuid());
    let done = ledger.settle((&id("alpine"), &id("li")), definition, &held, NOW, new);
    let again = |c: &Certificate| done.revoked.iter().find(|revoked| revoked.id == c.id).cloned();
    let kept = held.iter().map(|c| again(c).unwrap_or_else(|| c.clone())).collect::<Vec<_>>();
    kept.into_iter().chain(done.issued).collect()
}

/// Earned, first day, last day of those that are not revoked, in the order of days.
fn live(held: &[Certificate]) -> Vec<(String, String, String)> {
    let mut all: Vec<_> = held
        .iter()
        .filter(|c| c.state != CertificateState::Revoked)
        .map(|c| {
            let last = c.expires_on.map(|last| last.to_string()).unwrap_or_default();
            (c.earned_on.to_string(), c.valid_from.to_string(), last)
        })
        .collect();
    all.sort();
    all
}

fn days(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn the_last_pass_earns_it_and_months_are_clamped() {
    let mut results = vec![result("a", "online", "2026-02-10", 8_000), result("b", "live", "2026-08-30", 7_999)];
    assert_eq!(live(&settled(&two(), &live_host(), &results, Vec::new())), days(&[]), "79.99 is no pass");
    results.push(result("c", "live", "2026-08-31", 10_000));
    let held = settled(&two(), &live_host(), &results, Vec::new());
    // Six months after 31 August is 28 February.
    assert_eq!(live(&held), days(&[("2026-08-31", "2026-08-31", "2027-02-28")]));
    assert_eq!(held[0].results, [id("c"), id("a")], "in the order of courses: live, online");
    assert_eq!(settled(&two(), &live_host(), &results, held.clone()), held, "settling again changes nothing");
    let covers = |on| held[0].covers(day(on));
    assert_eq!(
        [covers("2026-08-30"), covers("2026-08-31"), covers("2027-02-28"), covers("2027-03-01")],
        [false, true, true, false]
    );
    assert_eq!(held[0].clone().on(day("2027-02-28")).state, CertificateState::Issued);
    assert_eq!(held[0].clone().on(day("2027-03-01")).state, CertificateState::Expired);
    assert_eq!(held[0].expire(day("2027-02-28"), NOW), None);
    assert_eq!(held[0].expire(day("2027-03-01"), NOW).map(|c| c.stamp.revision), Some(2));
    let forever = DefinitionContent { validity_months: 0, ..live_host().content };
    let forever = CertificateDefinition { content: forever, ..live_host() };
    assert_eq!(live(&settled(&two(), &forever, &results, Vec::new())), days(&[("2026-08-31", "2026-08-31", "")]));
}

#[test]
fn new_passes_renew_it_without_a_lost_day_in_the_last_30_days() {
    let first = [result("a", "online", "2026-08-30", 9_000), result("b", "live", "2026-08-31", 9_000)];
    // The last 30 days before 28 February and with it begin on 30 January.
    for (second, expected) in [
        (("2027-01-20", "2027-01-29"), ("2027-01-29", "2027-01-29", "2027-07-29")),
        (("2027-01-20", "2027-01-30"), ("2027-01-30", "2027-03-01", "2027-08-28")),
        (("2027-01-20", "2027-02-28"), ("2027-02-28", "2027-03-01", "2027-08-28")),
        (("2027-02-28", "2027-03-01"), ("2027-03-01", "2027-03-01", "2027-09-01")),
    ] {
        let again = [result("c", "online", second.0, 9_000), result("d", "live", second.1, 9_000)];
        let results = [&first[..], &again].concat();
        let held = settled(&two(), &live_host(), &results, Vec::new());
        assert_eq!(live(&held), days(&[("2026-08-31", "2026-08-31", "2027-02-28"), expected]));
        let renews = (expected.1 == "2027-03-01" && expected.0 != expected.1).then(|| held[0].id.clone());
        assert_eq!(held[1].renews, renews, "{expected:?}");
        // One of two courses is not enough.
        let half = [&first[..], &again[..1]].concat();
        assert_eq!(live(&settled(&two(), &live_host(), &half, Vec::new())).len(), 1);
    }
}

#[test]
fn corrections_and_late_results_are_followed() {
    let mut results = vec![result("a", "online", "2026-03-01", 9_000), result("b", "live", "2026-03-10", 9_000)];
    let held = settled(&two(), &live_host(), &results, Vec::new());
    assert_eq!(live(&held), days(&[("2026-03-10", "2026-03-10", "2026-09-10")]));
    // Told late: it was passed five days before.
    results.push(result("c", "live", "2026-03-05", 8_000));
    let held = settled(&two(), &live_host(), &results, held);
    assert_eq!(live(&held), days(&[("2026-03-05", "2026-03-05", "2026-09-05")]));
    let gone = held.iter().find(|c| c.state == CertificateState::Revoked).expect("the first one");
    assert_eq!((gone.revoked_from, gone.revoked_by_hand), (Some(day("2026-03-10")), None), "never was valid");
    assert!(!gone.covers(day("2026-03-10")));

    let void = Correction { void: true, ..Correction::default() };
    let online = two()[&id("online")].clone();
    results[0] = results[0].correct(&void, &online, day("2026-07-01"), NOW).expect("possible").expect("differs");
    assert!(!results[0].passed());
    let held = settled(&two(), &live_host(), &results, held);
    assert_eq!(live(&held), days(&[]));
    let again = results[0].correct(&void, &online, day("2026-07-01"), NOW).expect_err("refused");
    assert_eq!(again.reason().code, "EXAM_RESULT_VOID");
    let later = Correction { taken_on: Some(day("2026-07-02")), ..Correction::default() };
    let late = results[1].correct(&later, &online, day("2026-07-01"), NOW).expect_err("of a day to come");
    assert_eq!(late.violations()[0].field, "taken_on");
}

#[test]
fn what_somebody_revoked_is_earned_by_new_passes_only() {
    let mut results = vec![result("a", "online", "2026-03-01", 9_000), result("b", "live", "2026-03-10", 9_000)];
    let held = settled(&two(), &live_host(), &results, Vec::new());
    let revoked = held[0].revoke("sold wine to children", day("2026-04-01"), NOW).expect("possible");
    assert!(revoked.covers(day("2026-03-31")) && !revoked.covers(day("2026-04-01")));
    assert_eq!(
        revoked.revoke("again", day("2026-04-02"), NOW).expect_err("refused").reason().code,
        "CERTIFICATE_STATE_REFUSED"
    );
    let held = vec![revoked];
    // A pass of the day itself, and one of the other course after it: not yet.
    results.push(result("c", "online", "2026-04-01", 9_000));
    results.push(result("d", "live", "2026-04-02", 9_000));
    let held = settled(&two(), &live_host(), &results, held);
    assert_eq!(live(&held), days(&[]));
    results.push(result("e", "online", "2026-04-03", 9_000));
    let held = settled(&two(), &live_host(), &results, held);
    assert_eq!(live(&held), days(&[("2026-04-03", "2026-04-03", "2026-10-03")]));
}

#[test]
fn other_terms_leave_what_was_earned_before() {
    let results = vec![result("a", "online", "2026-03-01", 9_000), result("b", "live", "2026-03-10", 9_000)];
    let before = live_host();
    let held = settled(&two(), &before, &results, Vec::new());
    let content = DefinitionContent { validity_months: 1, ..before.content.clone() };
    let after = before.change(content, day("2026-06-01"), NOW).expect("differs");
    assert_eq!(after.terms_since, Some(day("2026-06-01")));
    assert_eq!(settled(&two(), &after, &results, held.clone()), held);
    let named = DefinitionContent { display_name: "Host".to_owned(), ..before.content.clone() };
    assert_eq!(before.change(named, day("2026-06-01"), NOW).expect("differs").terms_since, None, "a name is no term");
    let retired = after.retire(NOW).expect("active");
    assert_eq!(settled(&two(), &retired, &results, held.clone()), held, "valid until it expires");
    assert_eq!(settled(&two(), &retired, &results, Vec::new()), [], "and none is issued");
    assert_eq!(retired.retire(NOW).expect_err("refused").reason().code, "CERTIFICATE_DEFINITION_RETIRED");
}

#[test]
fn prerequisites_come_first_and_passes_lapse() {
    let courses = courses(vec![course("online", 2, &[]), course("live", 0, &["online"])]);
    let of = |results: &[ExamResult]| live(&settled(&courses, &live_host(), results, Vec::new()));
    let online = |on| result("a", "online", on, 9_000);
    let on = |on| result("b", "live", on, 9_000);
    assert_eq!(of(&[online("2026-03-02"), on("2026-03-01")]), days(&[]), "live before online");
    assert_eq!(of(&[online("2026-03-01"), on("2026-03-01")]).len(), 1, "on one day");
    // A pass of online counts for two months, its day of the second month included.
    assert_eq!(of(&[online("2026-03-31"), on("2026-05-31")]).len(), 1);
    assert_eq!(of(&[online("2026-03-31"), on("2026-06-01")]), days(&[]));
    let ledger = |results: Vec<ExamResult>| {
        let ledger = Ledger { courses: &courses, results: &results };
        ledger.missing(&live_host(), day("2026-06-02"))
    };
    assert_eq!(ledger(vec![]), ["live was not passed", "online was not passed"]);
    assert_eq!(
        ledger(vec![online("2026-03-02"), on("2026-03-01")]),
        [
            "live was passed on 2026-03-01, before what has to be passed first",
            "online was passed on 2026-03-02, which counts no longer on 2026-06-02"
        ]
    );
}

#[test]
fn duty_needs_a_valid_certificate_and_work() {
    let courses = two();
    let results = [result("a", "online", "2026-03-01", 9_000), result("b", "live", "2026-03-10", 9_000)];
    let certificates = settled(&courses, &live_host(), &results, Vec::new());
    let holding = Holding { person: person("li", "2026-01-01", Some("2026-08-31")), certificates };
    let ledger = Ledger { courses: &courses, results: &results };
    let check = |holding: &Holding, on| holding.check(&live_host(), &ledger, day(on));
    let may = check(&holding, "2026-03-10");
    assert_eq!((may.allowed, may.until, may.missing), (true, Some(day("2026-09-01")), Vec::<String>::new()));
    assert_eq!(may.certificate, Some(holding.certificates[0].id.clone()));
    assert_eq!(check(&holding, "2026-03-09").missing, ["live-host begins on 2026-03-10 only", "live was not passed"]);
    let gone = check(&holding, "2026-09-01");
    assert_eq!((gone.allowed, gone.until), (false, None));
    assert_eq!(gone.missing, ["partners/alpine/persons/li does not work for the partner on 2026-09-01"]);
    let staying = Holding { person: person("li", "2026-01-01", None), ..holding.clone() };
    assert_eq!(check(&staying, "2026-09-11").missing, ["live-host expired: its last valid day was 2026-09-10"]);
    let revoked = holding.certificates[0].revoke("cheated", day("2026-04-01"), NOW).expect("possible");
    let revoked = Holding { certificates: vec![revoked], ..staying };
    assert_eq!(check(&revoked, "2026-04-01").missing, ["live-host was revoked from 2026-04-01 on: cheated"]);
    assert_eq!(check(&revoked, "2026-03-31").until, Some(day("2026-04-01")));
}

#[test]
fn enough_people_hold_it_until_too_few_do() {
    let certificate = |from: &str, last: &str| Certificate {
        valid_from: day(from),
        earned_on: day(from),
        expires_on: Some(day(last)),
        ..settled(
            &two(),
            &live_host(),
            &[result("a", "online", "2026-03-01", 9_000), result("b", "live", "2026-03-10", 9_000)],
            Vec::new(),
        )
        .remove(0)
    };
    let holding = |own: &str, until, certificates| Holding { person: person(own, "2026-01-01", until), certificates };
    let all = [
        holding("a", None, vec![certificate("2026-03-01", "2026-08-31"), certificate("2026-09-01", "2027-02-28")]),
        holding("b", Some("2026-06-30"), vec![certificate("2026-03-01", "2026-08-31")]),
        holding("c", None, vec![certificate("2026-07-01", "2026-09-30")]),
        holding("d", None, vec![]),
    ];
    // By hand: a from March to February, b from March to June, c from July to September.
    for (minimum, on, holders, until) in [
        (2, "2026-03-01", vec!["a", "b"], Some("2026-10-01")),
        (1, "2026-03-01", vec!["a", "b"], Some("2027-03-01")),
        (2, "2026-07-01", vec!["a", "c"], Some("2026-10-01")),
        (3, "2026-07-01", vec!["a", "c"], None),
        (1, "2026-02-28", vec![], None),
    ] {
        let found = qualified(&all, minimum, day(on));
        assert_eq!(found.holders, holders.iter().map(|own| id(own)).collect::<Vec<_>>(), "{minimum} on {on}");
        assert_eq!(found.until, until.map(day), "{minimum} on {on}");
        assert_eq!(found.held(), until.is_some());
    }
    assert_eq!(qualified(&all, 3, day("2026-07-01")).missing(&id("live-host")), "1 more person with live-host");
    assert_eq!(qualified(&all, 4, day("2026-02-28")).missing(&id("live-host")), "4 more persons with live-host");
    assert_eq!(qualified(&all, 1, day("2026-03-01")).missing(&id("live-host")), "");
}

#[test]
fn cycles_are_found_with_their_path() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph: BTreeMap<ResourceId, BTreeSet<ResourceId>> = BTreeMap::new();
        for (course, needed) in edges {
            graph.entry(id(course)).or_default().insert(id(needed));
        }
        graph
    };
    let path = |edges| cycle(&id("a"), &graph(edges)).map(|p| p.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(path(&[("a", "b"), ("b", "c"), ("d", "a")]), None);
    assert_eq!(path(&[("a", "a")]), Some(vec!["a".to_owned(), "a".to_owned()]));
    let found = path(&[("a", "b"), ("b", "c"), ("c", "a"), ("b", "d")]).expect("found");
    assert_eq!(found, ["a", "b", "c", "a"]);
    assert_eq!(path(&[("a", "b"), ("b", "c"), ("c", "b")]), None, "a cycle elsewhere is not this one's");
}

#[test]
fn who_a_person_is_can_be_erased() {
    let before = person("li", "2026-01-01", None);
    let after = before.erase(day("2026-07-01"), NOW).expect("not yet");
    let PersonContent { display_name, email, role, active_from, active_until, .. } = after.content.clone();
    assert_eq!((display_name.as_str(), email.as_str(), role.as_str()), ("", "", ""));
    assert_eq!((active_from, active_until), (Some(day("2026-01-01")), Some(day("2026-07-01"))));
    assert_eq!((after.erased, after.stamp.revision, after.erase(day("2026-07-02"), NOW)), (true, 2, None));
    assert_eq!(after.change(before.content, NOW).expect_err("refused").reason().code, "PERSON_ERASED");
    let left = person("li", "2026-01-01", Some("2026-03-31")).erase(day("2026-07-01"), NOW).expect("not yet");
    assert_eq!(left.content.active_until, Some(day("2026-03-31")));
}

#[test]
fn scores_are_exact_and_names_are_read_back() {
    assert_eq!(score(8_725).to_string(), "87.25");
    assert_eq!([score(0), score(5), score(10_000)].map(|s| s.to_string()), ["0.00", "0.05", "100.00"]);
    assert_eq!(Score::of_hundredths(10_001).expect_err("too much"), "100.01 is not between 0 and 100");
    assert_eq!(Score::of_hundredths(-5).expect_err("too little"), "-0.05 is not between 0 and 100");
    for (collection, name) in [
        (Collection::Course, "courses/a"),
        (Collection::Definition, "certificateDefinitions/a"),
        (Collection::Session, "trainingSessions/a"),
        (Collection::Person, "partners/p/persons/a"),
        (Collection::Result, "partners/p/examResults/a"),
        (Collection::Certificate, "partners/p/certificates/a"),
        (Collection::Enrolment, "partners/p/persons/a/enrolments/s"),
    ] {
        assert_eq!(TrainingName::parse(collection, name).expect("a name").to_string(), name);
        assert_eq!(TrainingName::parse_any(name).expect("a name").collection, collection);
    }
    assert!(TrainingName::parse(Collection::Person, "partners/p/persons/a/enrolments/s").is_err());
    assert!(TrainingName::parse_any("partners/p/deals/d").is_err());
}

#[test]
fn everything_wrong_comes_at_once() {
    let wrong = PersonContent {
        display_name: " ".to_owned(),
        email: "li".to_owned(),
        active_from: Some(day("2026-02-01")),
        active_until: Some(day("2026-01-31")),
        ..person("li", "2026-01-01", None).content
    };
    let fields = |v: tributary_core::Violations| v.into_vec().into_iter().map(|v| v.field).collect::<Vec<_>>();
    assert_eq!(fields(wrong.violations()), ["display_name", "email", "active_until"]);
    let empty = CourseContent { kind: None, passing_score: None, validity_months: -1, ..course("a", 0, &[]).content };
    assert_eq!(fields(empty.violations()), ["kind", "passing_score", "validity_months"]);
    let paths = ["kind".to_owned(), "state".to_owned()];
    assert_eq!(fields(CourseContent::mask_violations(Mask(&paths))), ["update_mask"]);
    let merged = course("a", 3, &[]).content.merged(&empty, Mask(&["*".to_owned()]));
    assert_eq!(merged, empty);
    let some = CourseContent { validity_months: 0, kind: None, ..course("b", 0, &[]).content };
    let merged = course("a", 3, &[]).content.merged(&some, Mask(&[]));
    assert_eq!((merged.display_name.as_str(), merged.validity_months, merged.kind), ("b", 3, Some(CourseKind::Online)));
}

#[test]
fn places_and_attendance() {
    let content = SessionContent {
        course: id("live"),
        date: Some(day("2026-07-10")),
        place: "Shanghai".to_owned(),
        capacity: 2,
        trainer_note: String::new(),
    };
    let session = TrainingSession {
        id: id("s"),
        content: content.clone(),
        enrolled: 2,
        state: SessionState::Scheduled,
        cancellation_reason: String::new(),
        stamp: stamp(),
    };
    let fewer = session.change(SessionContent { capacity: 1, ..content }, NOW).expect_err("two are enrolled");
    assert_eq!(fewer.reason().code, "TRAINING_SESSION_FULL");
    assert!(session.require_ahead(day("2026-07-10")).is_ok() && session.require_ahead(day("2026-07-11")).is_err());
    assert!(session.require_begun(day("2026-07-10")).is_ok() && session.require_begun(day("2026-07-09")).is_err());
    let cancelled = session.cancel("trainer is ill", NOW).expect("scheduled");
    assert!(cancelled.require_scheduled().is_err());
    use EnrolmentState as E;
    for (from, to, possible) in [
        (E::Enrolled, E::Cancelled, true),
        (E::Enrolled, E::Attended, true),
        (E::Attended, E::Absent, true),
        (E::Cancelled, E::Enrolled, true),
        (E::Attended, E::Cancelled, false),
        (E::Absent, E::Enrolled, false),
        (E::Cancelled, E::Attended, false),
    ] {
        let enrolment =
            Enrolment { partner: id("alpine"), person: id("li"), session: id("s"), state: from, stamp: stamp() };
        assert_eq!(enrolment.change(to, NOW).is_ok(), possible, "{from} → {to}");
        assert_eq!(enrolment.change(from, NOW), Ok(None));
    }
}

proptest! {
    /// Whatever the order in which results come, and however often certificates are settled meanwhile.
    #[test]
    fn the_order_of_results_does_not_matter(
        told in prop::collection::vec((any::<bool>(), 0_i64..700, prop::sample::select(vec![7_000_i64, 9_000])), 1..14),
        order in any::<prop::sample::Index>(),
        step in 1_usize..13,
    ) {
        let results: Vec<ExamResult> = told
            .iter()
            .enumerate()
            .map(|(n, (live, offset, hundredths))| ExamResult {
                taken_on: day("2025-01-01").plus_days(*offset),
                ..result(&format!("r{n}"), if *live { "live" } else { "online" }, "2025-01-01", *hundredths)
            })
            .collect();
        let at_once = live(&settled(&two(), &live_host(), &results, Vec::new()));
        let (mut come, mut held) = (Vec::new(), Vec::new());
        let (count, first) = (results.len(), order.index(results.len()));
        for n in 0..count {
            // Another order: every so many further, then those that were left out.
            let next = (first + n * step) % count;
            for at in [next, n] {
                if !come.contains(&results[at]) {
                    come.push(results[at].clone());
                    held = settled(&two(), &live_host(), &come, held);
                }
            }
        }
        prop_assert_eq!(live(&held), at_once);
    }
}
