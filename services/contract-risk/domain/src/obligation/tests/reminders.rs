//! Which reminder is sent when.

use std::collections::HashSet;

use proptest::{collection::vec, prelude::*};
use tributary_core::{Date, Timestamp};

use super::{day, milestone, obligation, proof};
use crate::{
    Contract, ContractState, Obligation,
    ReminderStep::{self, Overdue, TMinus1, TMinus7, TMinus30, TMinus90},
    reminder::{due_notice, notice, notice_windows},
};

const NOW: Timestamp = Timestamp(9);

#[test]
fn steps_come_on_their_days() {
    // Python: date(2026, 3, 31) - timedelta(30) == date(2026, 3, 1), and so on.
    let mut o = obligation(milestone("2026-03-31"));
    for (today, step) in [
        ("2026-02-28", None),
        ("2026-03-01", Some(TMinus30)),
        ("2026-03-23", Some(TMinus30)),
        ("2026-03-24", Some(TMinus7)),
        ("2026-03-29", Some(TMinus7)),
        ("2026-03-30", Some(TMinus1)),
        ("2026-03-31", Some(TMinus1)),
        ("2026-04-01", Some(Overdue)),
        ("2029-04-01", Some(Overdue)),
    ] {
        assert_eq!(o.due_step(day(today)), step, "{today}");
    }
    let days = [
        (None, Some("2026-03-01")),
        (Some(TMinus30), Some("2026-03-24")),
        (Some(TMinus7), Some("2026-03-30")),
        (Some(TMinus1), Some("2026-04-01")),
        (Some(Overdue), None),
    ];
    for (reminded, next) in days {
        o.reminded = reminded;
        assert_eq!(o.next_reminder_on(), next.map(day), "{reminded:?}");
    }
}

#[test]
fn only_what_is_open_is_reminded_of() {
    let open = obligation(milestone("2026-03-31"));
    let filed = open.with_proof(proof("maker", "2026-03-02", None), NOW).expect("filed");
    let accepted = filed.accepted("checker", NOW).expect("accepted");
    for quiet in [&filed, &accepted, &open.waived(NOW).expect("waived")] {
        assert_eq!((quiet.due_step(day("2026-03-30")), quiet.next_reminder_on()), (None, None), "{}", quiet.state);
    }
    // Returned after T-7 had passed: that step is sent then; a step that was sent is not.
    let mut returned = filed.returned(NOW).expect("returned");
    assert_eq!(returned.due_step(day("2026-03-25")), Some(TMinus7));
    returned.reminded = Some(TMinus7);
    assert_eq!(returned.due_step(day("2026-03-25")), None);
    let moved = returned.rescheduled(day("2026-04-05"), NOW).expect("moved");
    assert_eq!(moved.due_step(day("2026-03-25")), Some(TMinus30), "11 days are left, and it begins anew");
}

#[test]
fn a_reminder_says_how_many_days_are_left() {
    let o = obligation(milestone("2026-03-31"));
    let text = |today: &str| o.reminder(TMinus7, "u".to_owned(), day(today), NOW).text;
    assert_eq!(text("2026-03-24"), "o is due in 7 days, on 2026-03-31");
    assert_eq!(text("2026-03-30"), "o is due in 1 day, on 2026-03-31");
    assert_eq!(text("2026-03-31"), "o is due today, on 2026-03-31");
    assert_eq!(text("2026-04-01"), "o is overdue by 1 day, it was due on 2026-03-31");
    assert_eq!(text("2026-04-10"), "o is overdue by 10 days, it was due on 2026-03-31");
    let late = o.reminder(TMinus7, "u".to_owned(), day("2026-03-27"), NOW);
    assert_eq!((late.remind_on(), late.subject().as_str()), (day("2026-03-24"), "contracts/gz/obligations/o"));
}

/// A contract to the end of 2026.
fn contract(state: ContractState) -> Contract {
    let draft = crate::Draft {
        partner: "partners/p".to_owned(),
        title: "Dealer agreement".to_owned(),
        effective_from: Some((2026, 1, 1)),
        effective_to: Some((2027, 1, 1)),
        ..crate::Draft::default()
    };
    let mut terms = draft.check().expect("a good draft");
    terms.owner = "li.wei".to_owned();
    let mut contract = Contract::new(super::id("gz"), "u".to_owned(), terms, "author", NOW);
    contract.state = state;
    contract
}

#[test]
fn contracts_in_force_without_a_successor_are_announced() {
    let active = contract(ContractState::Active);
    // Python: date(2027, 1, 1) - timedelta(90) == date(2026, 10, 3); - 30: 2026-12-02; - 7: 2026-12-25
    for (today, step) in [
        ("2026-10-02", None),
        ("2026-10-03", Some(TMinus90)),
        ("2026-12-01", Some(TMinus90)),
        ("2026-12-02", Some(TMinus30)),
        ("2026-12-25", Some(TMinus7)),
        ("2026-12-31", Some(TMinus7)),
        ("2027-01-01", None),
    ] {
        assert_eq!(due_notice(&active, day(today)), step.map(|s| (s, day("2027-01-01"))), "{today}");
    }
    for &state in ContractState::ALL {
        use ContractState::{Active, Expiring, Terminating};
        let announced = due_notice(&contract(state), day("2026-12-02")).is_some();
        assert_eq!(announced, matches!(state, Active | Expiring | Terminating), "{state}");
    }
    let mut leaving = contract(ContractState::Terminating);
    leaving.terminates_on = Some(day("2026-11-01"));
    assert_eq!(due_notice(&leaving, day("2026-10-02")), Some((TMinus30, day("2026-11-01"))));
    let sent = notice(&active, (TMinus7, day("2027-01-01")), "u".to_owned(), day("2026-12-25"), NOW);
    assert_eq!(sent.text, "gz ends in 7 days, its last day is 2026-12-31");
    assert_eq!((sent.owner.as_str(), sent.subject().as_str()), ("li.wei", "contracts/gz"));
}

#[test]
fn windows_hold_the_ends_of_the_steps_that_are_reached() {
    let active = contract(ContractState::Active);
    let end = day("2027-01-01");
    for left in 1..100 {
        let today = end.plus_days(-left);
        let windows = notice_windows(today);
        let found: Vec<_> = windows.iter().filter(|(_, after, up_to)| *after < end && end <= *up_to).collect();
        let steps: Vec<_> = found.iter().map(|(step, ..)| *step).collect();
        assert_eq!(steps, due_notice(&active, today).map(|(step, _)| step).into_iter().collect::<Vec<_>>(), "{left}");
    }
}

/// What happens to an obligation on the days of the property.
#[derive(Debug, Clone)]
enum Deed {
    /// The worker comes by.
    Visit,
    /// Something is filed.
    File,
    /// It is returned.
    Return,
    /// It is due on another day.
    Move(i64),
}

fn deeds() -> impl Strategy<Value = Vec<(i64, Deed)>> {
    let deed = prop_oneof![
        6 => Just(Deed::Visit),
        1 => Just(Deed::File),
        1 => Just(Deed::Return),
        1 => (-40..40_i64).prop_map(Deed::Move),
    ];
    // Days around the due day, in any order: a clock may be set back.
    vec((-60..60_i64, deed), 1..40)
}

/// The latest step reached on a day, by the table of the requirement.
fn reached(due: i64, today: i64) -> Option<ReminderStep> {
    match today - due {
        ..=-31 => None,
        -30..=-8 => Some(TMinus30),
        -7..=-2 => Some(TMinus7),
        -1..=0 => Some(TMinus1),
        1.. => Some(Overdue),
    }
}

proptest! {
    #[test]
    fn each_step_is_sent_at_most_once_and_the_last_reached_is(deeds in deeds()) {
        let base = 20_000;
        let mut o = obligation(milestone("2026-03-31"));
        o.duty.due_on = Date::from_days(base);
        // What the store keeps: the unique key of reminders.
        let mut sent: HashSet<(Date, ReminderStep)> = HashSet::new();
        // Steps since the due day was moved last.
        let mut order: Vec<ReminderStep> = Vec::new();
        for (offset, deed) in deeds {
            let today = Date::from_days(base + offset);
            let done = match deed {
                Deed::Visit => None,
                Deed::File => o.with_proof(proof("maker", "2020-01-01", None), NOW).ok(),
                Deed::Return => o.returned(NOW).ok(),
                Deed::Move(days) => o.rescheduled(Date::from_days(base + days), NOW).ok(),
            };
            if let Some(after) = done {
                if after.duty.due_on != o.duty.due_on {
                    order.clear();
                }
                o = after;
                continue;
            }
            // The worker finds it by the day that is kept beside it.
            let found = o.next_reminder_on().is_some_and(|next| next <= today);
            let step = o.due_step(today);
            prop_assert_eq!(found, step.is_some());
            if let Some(step) = step {
                sent.insert((o.duty.due_on, step));
                // Each later than the one before: none twice, whatever the clock does.
                prop_assert!(order.last().is_none_or(|last| *last < step));
                order.push(step);
                o.reminded = Some(step);
            }
            if o.state == crate::ObligationState::Open
                && let Some(latest) = reached(o.duty.due_on.days(), today.days())
            {
                prop_assert!(sent.iter().any(|(due, s)| *due == o.duty.due_on && *s >= latest), "{latest:?}");
            }
        }
    }
}

#[test]
fn a_clock_that_skips_days_sends_only_the_latest() {
    let mut o: Obligation = obligation(milestone("2026-03-31"));
    let mut sent = Vec::new();
    for today in ["2026-02-01", "2026-03-26", "2026-03-26", "2026-05-01", "2026-05-02"] {
        if let Some(step) = o.due_step(day(today)) {
            sent.push(step);
            o.reminded = Some(step);
        }
    }
    assert_eq!(sent, [TMinus7, Overdue]);
    assert_eq!(TMinus90.day(day("2027-01-01")), day("2026-10-03"));
}
