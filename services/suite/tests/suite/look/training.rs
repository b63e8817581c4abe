//! Training from courses to who may do duty. It is 1 April 2026.

use super::{World, row};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_trained_examined_and_certified() {
    let world = World::start().await;
    world.partners().await;
    let shown = |arguments: &[&str]| world.shown(&[&["training"], arguments].concat()).trim().to_owned();
    let said = |arguments: &[&str]| {
        let output = world.tributary(&[&["training"], arguments].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let online = ["add-course", "online", "--title", "Online exam", "--kind", "online", "--passing", "80"];
    assert_eq!(shown(&online), "courses/online is passed with 80");
    assert_eq!(shown(&online), "courses/online is passed with 80", "the same again has no effect");
    shown(&[
        "add-course",
        "live",
        "--title",
        "Live simulation",
        "--kind",
        "live-simulation",
        "--passing",
        "72.5",
        "--after",
        "online",
    ]);
    let certificate =
        ["add-certificate", "live-host", "--title", "Live host", "--course", "online", "--course", "live"];
    let certificate = [&certificate[..], &["--months", "6", "--renewal", "30"]].concat();
    assert_eq!(shown(&certificate), "certificateDefinitions/live-host asks for courses/live, courses/online");
    let person = ["--name", "李娜", "--email", "li@example.com", "--role", "live host", "--from", "2026-01-01"];
    for own in ["alpine/e-1", "alpine/e-2"] {
        let made = shown(&[&["add-person", own], &person[..]].concat());
        assert!(made.ends_with(" is 李娜"), "{made}");
    }
    let scheduled =
        shown(&["schedule", "shanghai", "live", "2026-04-10", "--place", "Shanghai, studio 2", "--capacity", "1"]);
    assert_eq!(scheduled, "trainingSessions/shanghai on 2026-04-10 is SCHEDULED, 0 of 1 places are taken");
    world.refused(&["training", "enrol", "alpine/e-1", "shanghai"], 3, "PREREQUISITE_MISSING");

    let record = |who: &str, course: &str, score: &str, on: &str, id: &str| {
        shown(&["record", who, course, score, "--on", on, "--id", id])
    };
    assert_eq!(
        record("alpine/e-1", "online", "87.25", "2026-03-02", "r1"),
        "partners/alpine/examResults/r1 is passed: 87.25 where 80 is a pass, attempt 1"
    );
    record("alpine/e-2", "online", "90", "2026-03-02", "r2");
    assert_eq!(
        shown(&["enrol", "alpine/e-1", "shanghai"]),
        "partners/alpine/persons/e-1/enrolments/shanghai is ENROLLED"
    );
    world.refused(&["training", "enrol", "alpine/e-2", "shanghai"], 3, "TRAINING_SESSION_FULL");
    world.refused(&["training", "attend", "alpine/e-1", "shanghai"], 3, "TRAINING_SESSION_NOT_STARTED");
    assert!(shown(&["leave", "alpine/e-1", "shanghai"]).ends_with(" is CANCELLED"));

    let check = ["check", "alpine/e-1", "live-host"];
    let not =
        "partners/alpine/persons/e-1 may not do duty on 2026-04-01\nlive-host was never earned\nlive was not passed";
    assert_eq!(said(&check), (Some(1), not.to_owned()));
    record("alpine/e-1", "live", "72.5", "2026-03-31", "r3");
    // Six months after 31 March is 30 September.
    let may = "partners/alpine/persons/e-1 may do duty on 2026-04-01, first day no longer: 2026-10-01";
    assert_eq!(said(&check), (Some(0), may.to_owned()));
    let two = ["qualified", "alpine", "live-host", "--minimum", "2"];
    let one_more = "partners/alpine: 1 of 2 wanted, 1 more person with live-host\npartners/alpine/persons/e-1";
    assert_eq!(said(&two), (Some(1), one_more.to_owned()));
    record("alpine/e-2", "live", "100", "2026-03-15", "r4");
    let enough = said(&two);
    assert!(enough.0 == Some(0) && enough.1.contains("2 of 2 wanted, first day with fewer: 2026-09-16"), "{enough:?}");
    let rows = world.table(&["training", "qualifications", "--certificate", "live-host"]);
    assert_eq!(row(&rows, "partners/birch")[2..4], ["0 of 1", "no"]);
    let held = world.table(&["training", "certificates", "--filter", "valid_on = 2026-09-16"]);
    assert_eq!(
        held[1][1..],
        ["partners/alpine/persons/e-1", "certificateDefinitions/live-host", "2026-03-31", "2026-09-30", "ISSUED"]
    );
    assert_eq!(held.len(), 2);

    let voided = shown(&["correct", "alpine/r4", "--void", "--reason", "was somebody else"]);
    assert!(voided.contains("is taken back"), "{voided}");
    let gone = world.table(&["training", "certificates", "--filter", "state = REVOKED"]);
    assert_eq!(gone[1][1], "partners/alpine/persons/e-2");
    let history = world.table(&["training", "history", "partners/alpine/examResults/r4"]);
    assert_eq!((history[1][1].as_str(), history[1][3].as_str()), ("CORRECTED", "was somebody else"));
    assert_eq!(history[2][1], "RECORDED");
    let revoked =
        shown(&["revoke", &format!("alpine/{}", held[1][0].rsplit('/').next().expect("an id")), "--reason", "x"]);
    assert!(revoked.ends_with(" is revoked from 2026-04-01 on"), "{revoked}");
    assert_eq!(said(&check).0, Some(1));
    let erased = shown(&["erase", "alpine/e-2", "--reason", "asked for"]);
    assert_eq!(erased, "partners/alpine/persons/e-2 is erased; results and certificates stay");
    let persons = world.table(&["training", "persons", "--partner", "alpine"]);
    assert_eq!(row(&persons, "partners/alpine/persons/e-2")[1..], ["(erased)", "2026-01-01", "2026-04-01"]);
    assert!(shown(&["cancel", "shanghai", "--reason", "trainer is ill"]).contains("is CANCELLED"));
    world.refused(&["training", "retire", "online", "--reason", "x"], 3, "COURSE_IN_USE");
    assert_eq!(shown(&["refresh", "erp:D-1"]), "0 certificates issued, 0 revoked");
    world.stop().await;
}
