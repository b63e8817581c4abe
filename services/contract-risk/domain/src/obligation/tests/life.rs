//! Filing, acceptance, return, waiver, a new due day; what is overdue when.

use tributary_core::{Date, Timestamp};

use super::{code, day, fields, milestone, obligation, payment, proof};
use crate::{Obligation, ObligationState, ObligationVerb, parse_obligation_name};

const NOW: Timestamp = Timestamp(9);

#[test]
fn what_is_filed_is_accepted_by_someone_else() {
    let open = obligation(milestone("2026-03-31"));
    let filed = open.with_proof(proof("maker", "2026-03-30", None), NOW).expect("filed");
    assert_eq!((filed.state, filed.revision, filed.update_time), (ObligationState::Submitted, 2, NOW));
    let more = filed.with_proof(proof("clerk", "2026-03-29", None), NOW).expect("a further proof");
    for maker in ["maker", "clerk"] {
        assert_eq!(code(&more.accepted(maker, NOW).expect_err("filed it")), "MAKER_IS_CHECKER");
    }
    let done = more.accepted("checker", NOW).expect("accepted");
    // The latest of 30 and 29 March.
    assert_eq!((done.state, done.fulfilled_on), (ObligationState::Accepted, Some(day("2026-03-30"))));
}

#[test]
fn part_payments_add_up_to_the_fen() {
    let open = obligation(payment());
    let part = open.with_proof(proof("maker", "2026-03-10", Some(33_333)), NOW).expect("filed");
    assert_eq!(part.missing().map(|m| m.value), Some(66_667));
    let fault = part.accepted("checker", NOW).expect_err("incomplete");
    assert_eq!((code(&fault), fault.metadata()["missing"].as_str()), ("PAYMENT_INCOMPLETE", "CNY 666.67"));
    let almost = part.with_proof(proof("maker", "2026-03-20", Some(66_666)), NOW).expect("filed");
    assert_eq!(almost.accepted("checker", NOW).expect_err("one fen short").metadata()["missing"], "CNY 0.01");
    let full = almost.with_proof(proof("maker", "2026-03-21", Some(1)), NOW).expect("filed");
    assert_eq!((full.filed().map(|f| f.value), full.missing()), (Some(100_000), None));
    assert_eq!(full.accepted("checker", NOW).expect("complete").fulfilled_on, Some(day("2026-03-21")));
}

#[test]
fn what_is_returned_counts_no_more() {
    let filed = obligation(payment()).with_proof(proof("maker", "2026-03-10", Some(100_000)), NOW).expect("filed");
    let open = filed.returned(NOW).expect("returned");
    assert_eq!((open.state, open.proofs.len(), open.filed().map(|f| f.value)), (ObligationState::Open, 1, Some(0)));
    let again = open.with_proof(proof("clerk", "2026-03-05", Some(100_000)), NOW).expect("filed again");
    assert_eq!(again.filed().map(|f| f.value), Some(100_000));
    // The returned proof's maker may review the new one, and its day is not the day it was done.
    assert_eq!(again.accepted("maker", NOW).expect("accepted").fulfilled_on, Some(day("2026-03-05")));
}

#[test]
fn sums_never_overflow_and_proofs_have_an_end() {
    let mut owed = payment();
    owed.amount = owed.amount.map(|mut a| {
        a.value = i64::MAX;
        a
    });
    let mut filed = obligation(owed);
    let mut huge = proof("maker", "2026-03-10", Some(1));
    huge.amount = huge.amount.map(|mut a| {
        a.value = i64::MAX;
        a
    });
    filed = filed.with_proof(huge, NOW).expect("fits");
    let fault = filed.with_proof(proof("maker", "2026-03-10", Some(1)), NOW).expect_err("too large");
    assert_eq!((code(&fault), fault.violations()[0].field.as_str()), ("INVALID_REQUEST", "proof.amount"));

    let mut many = obligation(milestone("2026-03-31"));
    for _ in 0..200 {
        many = many.with_proof(proof("maker", "2026-03-10", None), NOW).expect("filed");
    }
    assert_eq!(code(&many.with_proof(proof("maker", "2026-03-10", None), NOW).expect_err("full")), "PROOFS_FULL");
}

#[test]
fn every_verb_works_from_its_states_only() {
    use ObligationState::{Accepted, Open, Submitted, Waived};
    let open = obligation(milestone("2026-03-31"));
    let submitted = open.with_proof(proof("maker", "2026-03-30", None), NOW).expect("filed");
    let accepted = submitted.accepted("checker", NOW).expect("accepted");
    let waived = open.waived(NOW).expect("waived");
    let done = |o: &Obligation| {
        [
            o.with_proof(proof("maker", "2026-03-30", None), NOW),
            o.accepted("checker", NOW),
            o.returned(NOW),
            o.waived(NOW),
            o.rescheduled(day("2026-04-30"), NOW),
        ]
        .map(|r| r.map(|o| o.state).map_err(|f| code(&f)))
    };
    let no = Err("OBLIGATION_TRANSITION_REFUSED");
    assert_eq!(done(&open), [Ok(Submitted), no, no, Ok(Waived), Ok(Open)]);
    assert_eq!(done(&submitted), [Ok(Submitted), Ok(Accepted), Ok(Open), Ok(Waived), Ok(Submitted)]);
    assert_eq!(done(&accepted), [no; 5]);
    assert_eq!(done(&waived), [no; 5]);
    let fault = open.accepted("checker", NOW).expect_err("nothing filed");
    assert_eq!(fault.metadata()["state"], "OPEN");
    assert_eq!(fault.metadata()["possible"], "SubmitProof, WaiveObligation, RescheduleObligation");
    assert_eq!(
        fault.message(),
        "AcceptObligation is not possible for contracts/gz/obligations/o in state OPEN; \
         possible from it: SubmitProof, WaiveObligation, RescheduleObligation"
    );
    assert!(ObligationVerb::ALL.iter().all(|v| v.from(Accepted).is_none() && v.from(Waived).is_none()));
}

#[test]
fn a_new_due_day_is_another_day() {
    let open = obligation(milestone("2026-03-31"));
    let moved = open.rescheduled(day("2026-04-30"), NOW).expect("moved");
    assert_eq!((moved.duty.due_on, moved.revision), (day("2026-04-30"), 2));
    let fault = open.rescheduled(day("2026-03-31"), NOW).expect_err("the same day");
    assert_eq!(fault.violations()[0].field, "due_on");
}

#[test]
fn overdue_is_what_was_not_done_in_time() {
    let overdue = |o: &Obligation, today: &str| o.days_overdue(day(today));
    let open = obligation(milestone("2026-03-31"));
    assert_eq!(overdue(&open, "2026-03-31"), None, "the due day is on time");
    assert_eq!(overdue(&open, "2026-04-01"), Some(1));
    assert_eq!(overdue(&open, "2026-04-30"), Some(30));
    let in_time = open.with_proof(proof("maker", "2026-03-31", None), NOW).expect("filed");
    assert_eq!(overdue(&in_time, "2026-04-30"), None, "waits for acceptance");
    let late = open.with_proof(proof("maker", "2026-04-02", None), NOW).expect("filed");
    assert_eq!(overdue(&late, "2026-04-30"), Some(30), "done late and not accepted");
    assert_eq!(overdue(&late.accepted("checker", NOW).expect("accepted"), "2026-04-30"), None);
    assert_eq!(overdue(&open.waived(NOW).expect("waived"), "2026-04-30"), None);
    // A part payment in time is not the payment.
    let part = obligation(payment()).with_proof(proof("maker", "2026-03-31", Some(1)), NOW).expect("filed");
    assert_eq!((part.done_on(), overdue(&part, "2026-04-01")), (None, Some(1)));
}

#[test]
fn etags_and_names() {
    let open = obligation(milestone("2026-03-31"));
    assert_eq!((open.name().as_str(), open.etag().as_str()), ("contracts/gz/obligations/o", "r1"));
    open.check_etag("r1").expect("the same");
    assert_eq!(code(&open.check_etag("r2").expect_err("another")), "ETAG_MISMATCH");
    let (contract, id) = parse_obligation_name("contracts/gz/obligations/o").expect("a name");
    assert_eq!((contract.as_str(), id.as_str()), ("gz", "o"));
    for bad in
        ["", "contracts/gz", "contracts/gz/obligations/", "contracts//obligations/o", "partners/gz/obligations/o"]
    {
        assert!(parse_obligation_name(bad).is_err(), "{bad}");
    }
    let earlier = open.waived(Timestamp(0)).expect("waived");
    assert_eq!(earlier.update_time, Timestamp(1), "never before its creation");
    assert_eq!(
        fields(super::super::done_day((2026, 4, 1), Date::from_days(20_543)).expect_err("future")),
        ["fulfilled_on"]
    );
}
