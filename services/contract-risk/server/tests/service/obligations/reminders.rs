//! Reminders across days, a downtime and new due days; notices that contracts end.

use std::time::Duration;

use contract_risk_domain::ContractState;
use contract_risk_server::app::Obligations;
use tributary_lifecycle::CancellationToken;
use tributary_proto::tributary::contract::v1::{
    ListRemindersRequest, Reminder, ReminderDue,
    ReminderStep::{self, Overdue, TMinus1, TMinus7, TMinus30, TMinus90},
};

use super::desk::{Desk, ask, desks, milestone, proof, raw, reason};

async fn list(desk: &Desk, filter: &str) -> Vec<Reminder> {
    let query = ListRemindersRequest { filter: filter.to_owned(), ..Default::default() };
    ask!(desk, "legal", list_reminders, query).expect("list").reminders
}

/// What is sent on a day: steps with the last part of what they are about.
async fn on(desk: &Desk, worker: &Obligations, today: &str) -> Vec<(String, ReminderStep)> {
    desk.set(today);
    let sent = worker.send_reminders().await.expect("sent");
    assert_eq!(worker.send_reminders().await, Ok(0), "nothing is left on {today}");
    let page_size = i32::try_from(sent).expect("few");
    if page_size == 0 {
        return Vec::new();
    }
    let query = ListRemindersRequest { page_size, ..Default::default() };
    let page = ask!(desk, "legal", list_reminders, query).expect("list").reminders;
    let subject = |r: &Reminder| if r.obligation.is_empty() { r.contract.clone() } else { r.obligation.clone() };
    let mut told: Vec<_> =
        page.iter().map(|r| (subject(r).rsplit('/').next().expect("an id").to_owned(), r.step())).collect();
    told.sort();
    told
}

fn steps(list: &[(&str, ReminderStep)]) -> Vec<(String, ReminderStep)> {
    list.iter().map(|(id, step)| ((*id).to_owned(), *step)).collect()
}

#[tokio::test]
async fn each_step_is_sent_on_its_day() {
    for desk in desks("2026-02-01").await {
        let worker = desk.replica().await;
        desk.create("a", "march", milestone("2026-03-31")).await.expect("created");
        desk.create("b", "april", milestone("2026-04-07")).await.expect("created");
        for (today, expected) in [
            ("2026-02-28", vec![]),
            ("2026-03-01", vec![("march", TMinus30)]),
            ("2026-03-02", vec![]),
            ("2026-03-08", vec![("april", TMinus30)]),
            ("2026-03-24", vec![("march", TMinus7)]),
            ("2026-03-30", vec![("march", TMinus1)]),
            // T-7 of 7 April is 31 March.
            ("2026-03-31", vec![("april", TMinus7)]),
            ("2026-04-01", vec![("march", Overdue)]),
            ("2026-04-02", vec![]),
            ("2026-04-06", vec![("april", TMinus1)]),
            ("2026-04-08", vec![("april", Overdue)]),
            ("2027-04-08", vec![]),
        ] {
            assert_eq!(on(&desk, &worker, today).await, steps(&expected), "{today}");
        }
        let all = list(&desk, "").await;
        let texts: Vec<_> = all.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "april is overdue by 1 day, it was due on 2026-04-07",
                "april is due in 1 day, on 2026-04-07",
                "march is overdue by 1 day, it was due on 2026-03-31",
                "april is due in 7 days, on 2026-04-07",
                "march is due in 1 day, on 2026-03-31",
                "march is due in 7 days, on 2026-03-31",
                "april is due in 30 days, on 2026-04-07",
                "march is due in 30 days, on 2026-03-31",
            ]
        );
        let first = &all[7];
        assert_eq!((&*first.contract, &*first.obligation), ("contracts/a", "contracts/a/obligations/march"));
        assert_eq!((&*first.partner, &*first.owner), ("partners/p", "li.wei"));
        assert_eq!((first.due_on, first.remind_on), (raw("2026-03-31"), raw("2026-03-01")));
        let events: Vec<ReminderDue> = desk.events("ReminderDue", "contracts/a/obligations/march", 4).await;
        assert_eq!(events[0].reminder.as_ref(), Some(first));
    }
}

#[tokio::test]
async fn after_a_downtime_only_the_latest_step_is_sent() {
    for desk in desks("2026-03-01").await {
        desk.create("a", "march", milestone("2026-03-31")).await.expect("created");
        {
            let worker = desk.replica().await;
            assert_eq!(on(&desk, &worker, "2026-03-01").await, steps(&[("march", TMinus30)]));
        }
        // The service is down from 2 to 28 March: T-7 was on the 24th.
        let worker = desk.replica().await;
        assert_eq!(on(&desk, &worker, "2026-03-29").await, steps(&[("march", TMinus7)]));
        assert_eq!(list(&desk, "").await[0].text, "march is due in 2 days, on 2026-03-31");
        assert_eq!(list(&desk, "").await[0].remind_on, raw("2026-03-24"));
        // And again from the 30th to the middle of April: T-1 and OVERDUE.
        assert_eq!(on(&desk, &worker, "2026-04-15").await, steps(&[("march", Overdue)]));
        // Entered late: 30 and 7 days are over.
        desk.create("a", "late", milestone("2026-04-16")).await.expect("created");
        assert_eq!(on(&desk, &worker, "2026-04-15").await, steps(&[("late", TMinus1)]));
        desk.create("a", "lost", milestone("2026-01-31")).await.expect("created");
        assert_eq!(on(&desk, &worker, "2026-04-15").await, steps(&[("lost", Overdue)]));
        // A clock that is set back sends nothing twice.
        assert_eq!(on(&desk, &worker, "2026-03-01").await, steps(&[]));
        assert_eq!(on(&desk, &worker, "2026-04-15").await, steps(&[]));
    }
}

#[tokio::test]
async fn only_what_is_open_is_reminded_of() {
    for desk in desks("2026-02-15").await {
        let worker = desk.replica().await;
        let filed = desk.create("a", "filed", milestone("2026-03-31")).await.expect("created");
        let filed = desk.submit("maker", &filed, proof("2026-02-15", None)).await.expect("filed");
        let waived = desk.create("a", "waived", milestone("2026-03-31")).await.expect("created");
        desk.waive(&waived, "no need").await.expect("waived");
        let done = desk.create("a", "done", milestone("2026-03-31")).await.expect("created");
        desk.finish(&done, "2026-02-15", None).await;
        let moved = desk.create("a", "moved", milestone("2026-03-31")).await.expect("created");
        assert_eq!(on(&desk, &worker, "2026-03-01").await, steps(&[("moved", TMinus30)]));
        // A reminder changes no etag: what was read before it can be acted on.
        let moved = desk.reschedule(&moved, "2026-03-26").await.expect("moved");
        assert_eq!(on(&desk, &worker, "2026-03-02").await, steps(&[("moved", TMinus30)]), "anew for another day");
        let back = desk.reschedule(&moved, "2026-03-31").await.expect("moved back");
        assert_eq!(on(&desk, &worker, "2026-03-02").await, steps(&[]), "once for each due day");
        assert_eq!(on(&desk, &worker, "2026-03-24").await, steps(&[("moved", TMinus7)]));
        // Returned after T-7: that step is due then.
        desk.give_back(&filed, "not readable").await.expect("returned");
        assert_eq!(on(&desk, &worker, "2026-03-25").await, steps(&[("filed", TMinus7)]));
        desk.finish(&back, "2026-03-25", None).await;
        assert_eq!(on(&desk, &worker, "2026-04-01").await, steps(&[("filed", Overdue)]));
    }
}

#[tokio::test]
async fn the_end_of_contracts_is_announced() {
    use ContractState::{Active, Expiring, Renewed, Signed};
    for desk in desks("2026-09-01").await {
        let worker = desk.replica().await;
        for (id, to, state) in [
            ("active", "2027-01-01", Active),
            ("expiring", "2026-09-20", Expiring),
            ("renewed", "2027-01-01", Renewed),
            ("signed", "2027-01-01", Signed),
        ] {
            desk.contract(id, "p", Some(to), state).await;
        }
        // 90, 30 and 7 days before 1 January 2027: 3 October, 2 and 25 December.
        for (today, expected) in [
            ("2026-09-01", vec![("expiring", TMinus30)]),
            ("2026-09-12", vec![]),
            ("2026-09-13", vec![("expiring", TMinus7)]),
            ("2026-10-02", vec![]),
            ("2026-10-03", vec![("active", TMinus90)]),
            // A downtime over T-30 and T-7.
            ("2026-12-26", vec![("active", TMinus7)]),
            ("2027-01-01", vec![]),
        ] {
            assert_eq!(on(&desk, &worker, today).await, steps(&expected), "{today}");
        }
        let notices = list(&desk, "contract = \"contracts/active\"").await;
        assert_eq!(notices[0].text, "active ends in 6 days, its last day is 2026-12-31");
        assert_eq!((&*notices[0].obligation, notices[0].due_on), ("", raw("2027-01-01")));
        assert_eq!(notices[0].remind_on, raw("2026-12-25"));
        let _: Vec<ReminderDue> = desk.events("ReminderDue", "contracts/active", 2).await;
    }
}

#[tokio::test]
async fn reminders_are_listed_by_page_and_filter() {
    for desk in desks("2026-03-01").await {
        let worker = desk.replica().await;
        desk.create("a", "one", milestone("2026-03-31")).await.expect("created");
        desk.create("b", "two", milestone("2026-03-31")).await.expect("created");
        on(&desk, &worker, "2026-03-01").await;
        on(&desk, &worker, "2026-03-24").await;
        let ids = |found: &[Reminder]| -> Vec<(String, ReminderStep)> {
            found.iter().map(|r| (r.obligation.rsplit('/').next().expect("an id").to_owned(), r.step())).collect()
        };
        assert_eq!(ids(&list(&desk, "partner = \"partners/q\"").await), steps(&[("two", TMinus7), ("two", TMinus30)]));
        let of_one = "obligation = \"contracts/a/obligations/one\" AND step != \"T_MINUS_30\"";
        assert_eq!(ids(&list(&desk, of_one).await), steps(&[("one", TMinus7)]));
        assert_eq!(list(&desk, "remind_on >= \"2026-03-02\"").await.len(), 2);
        assert_eq!(list(&desk, "remind_on < \"2026-03-01\"").await.len(), 0);
        let mut query = ListRemindersRequest { page_size: 3, ..Default::default() };
        let first = ask!(desk, "legal", list_reminders, query.clone()).expect("list");
        query.page_token = first.next_page_token;
        let rest = ask!(desk, "legal", list_reminders, query.clone()).expect("list");
        assert_eq!((first.reminders.len(), rest.reminders.len(), &*rest.next_page_token), (3, 1, ""));
        let mut pages = first.reminders;
        pages.extend(rest.reminders);
        assert_eq!(pages, list(&desk, "").await);
        let query = ListRemindersRequest { filter: "owner = \"x\"".to_owned(), ..Default::default() };
        assert_eq!(reason(ask!(desk, "legal", list_reminders, query)), "FILTER_INVALID");
    }
}

#[tokio::test]
async fn the_worker_of_the_service_sends_what_is_due_when_it_starts() {
    for desk in desks("2026-03-24").await {
        desk.create("a", "one", milestone("2026-03-31")).await.expect("created");
        let worker = desk.reminders.lock().expect("lock").take().expect("the service has the worker");
        let stop = CancellationToken::new();
        let running = tokio::spawn((worker.run)(stop.clone()));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while list(&desk, "").await.is_empty() {
            assert!(tokio::time::Instant::now() < deadline, "no reminder");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
        running.await.expect("ends when it is told to");
        assert_eq!(list(&desk, "").await[0].step(), TMinus7);
    }
}
