//! Rows that are sent again.

use tributary_core::Timestamp;

use super::{code, day, milestone, obligation, proof};
use crate::{ObligationState, ReminderStep, TakenOver};

const NOW: Timestamp = Timestamp(9);

#[test]
fn the_same_row_changes_nothing_in_any_state() {
    let open = obligation(milestone("2026-03-31"));
    let filed = open.with_proof(proof("maker", "2026-03-30", None), NOW).expect("filed");
    let accepted = filed.accepted("checker", NOW).expect("accepted");
    for known in [&open, &filed, &accepted, &open.waived(NOW).expect("waived")] {
        assert_eq!(known.taken_over(known.duty.clone(), None, NOW), Ok(TakenOver::Unchanged), "{}", known.state);
    }
    let again = accepted.taken_over(accepted.duty.clone(), Some(day("2026-03-30")), NOW);
    assert_eq!(again, Ok(TakenOver::Unchanged));
}

#[test]
fn what_is_open_changes() {
    let mut open = obligation(milestone("2026-03-31"));
    open.led_elsewhere = true;
    open.reminded = Some(ReminderStep::TMinus7);
    let mut duty = open.duty.clone();
    duty.title = "Opening of the shop".to_owned();
    let Ok(TakenOver::Changed(after)) = open.taken_over(duty, None, NOW) else { panic!("changed") };
    assert_eq!((after.revision, after.duty.title.as_str()), (2, "Opening of the shop"));
    assert_eq!(after.reminded, Some(ReminderStep::TMinus7), "the due day is the same");
    let Ok(TakenOver::Changed(after)) = open.taken_over(milestone("2026-04-30"), None, NOW) else { panic!("changed") };
    assert_eq!((after.duty.due_on, after.reminded), (day("2026-04-30"), None));
    let Ok(TakenOver::Changed(done)) = open.taken_over(open.duty.clone(), Some(day("2026-04-02")), NOW) else {
        panic!("done")
    };
    assert_eq!((done.state, done.fulfilled_on), (ObligationState::Accepted, Some(day("2026-04-02"))));
}

#[test]
fn what_is_led_here_no_row_changes() {
    let made_here = obligation(milestone("2026-03-31"));
    for (due, done) in [("2026-04-30", None), ("2026-03-31", Some(day("2026-03-30")))] {
        let refused = made_here.taken_over(milestone(due), done, NOW).expect_err("led here");
        assert_eq!(code(&refused), "OBLIGATION_LED_HERE");
    }
    let mut taken = made_here;
    taken.led_elsewhere = true;
    let moved = taken.rescheduled(day("2026-05-31"), NOW).expect("moved");
    assert!(!moved.led_elsewhere, "from now on it is led here");
}

#[test]
fn what_is_not_open_is_not_changed() {
    let open = obligation(milestone("2026-03-31"));
    let filed = open.with_proof(proof("maker", "2026-03-30", None), NOW).expect("filed");
    let accepted = filed.accepted("checker", NOW).expect("accepted");
    let waived = open.waived(NOW).expect("waived");
    for known in [&filed, &accepted, &waived] {
        let refused = known.taken_over(milestone("2026-04-30"), None, NOW).expect_err("not open");
        assert_eq!(code(&refused), "OBLIGATION_TRANSITION_REFUSED");
        let refused = known.taken_over(known.duty.clone(), Some(day("2026-03-29")), NOW).expect_err("another day");
        assert_eq!(code(&refused), "OBLIGATION_TRANSITION_REFUSED");
    }
}
