//! Marks and turns: who is due, and that two evaluations never share a turn.

use std::time::Duration;

use contract_risk_server::ports::{MARKS_PER_TURN, Turn};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use uuid::Uuid;

use crate::support::{Opened, other_tenant, stores, tenant};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn day(n: i64) -> Date {
    Date::from_days(n)
}

fn at(day: Date) -> (Timestamp, Date) {
    (Timestamp(day.days()), day)
}

async fn mark(opened: &Opened, tenant: &TenantId, partners: &[&str], mark: u128) {
    let partners: Vec<_> = partners.iter().map(|p| id(p)).collect();
    let mut tx = opened.open.copies.begin_copies().await.expect("begin");
    tx.mark(tenant, &partners, Uuid::from_u128(mark)).await.expect("mark");
    tx.commit().await.expect("commit");
}

async fn turn(opened: &Opened, partner: &str) -> Turn {
    opened.open.alerts.turn(&tenant(), &id(partner)).await.expect("read")
}

/// Takes a turn at an instant that follows from the day.
async fn take(opened: &Opened, partner: &str, turn: &Turn, today: Date) -> bool {
    let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
    let taken = tx.take_turn(&tenant(), &id(partner), turn, at(today)).await.expect("take");
    tx.commit().await.expect("commit");
    taken
}

async fn due(opened: &Opened, today: Date, limit: u32) -> Vec<String> {
    let due = opened.open.alerts.due(today, limit).await.expect("read");
    due.into_iter().map(|(tenant, partner)| format!("{tenant} {partner}")).collect()
}

#[tokio::test]
async fn what_is_marked_or_not_evaluated_today_is_due() {
    for opened in stores().await {
        assert_eq!(due(&opened, day(10), 9).await, [""; 0]);
        assert_eq!(turn(&opened, "a").await, Turn::default());
        mark(&opened, &tenant(), &["a", "b"], 7).await;
        mark(&opened, &tenant(), &["a", "b"], 7).await;
        mark(&opened, &other_tenant(), &["a"], 3).await;
        mark(&opened, &tenant(), &["b"], 9).await;
        // Each once, by tenant and partner as long as none was evaluated.
        assert_eq!(due(&opened, day(10), 9).await, ["default a", "default b", "other a"]);
        assert_eq!(due(&opened, day(10), 1).await, ["default a"]);
        let before = turn(&opened, "b").await;
        let marks = [7, 9].map(Uuid::from_u128).to_vec();
        assert_eq!(before, Turn { evaluations: 0, evaluated_on: None, marks });

        // A mark that comes after the turn was read outlives it.
        mark(&opened, &tenant(), &["b"], 8).await;
        assert!(take(&opened, "b", &before, day(10)).await);
        let after = Turn { evaluations: 1, evaluated_on: Some(day(10)), marks: vec![Uuid::from_u128(8)] };
        assert_eq!(turn(&opened, "b").await, after);
        assert_eq!(due(&opened, day(10), 9).await, ["default a", "other a", "default b"], "its turn was the last");
        assert!(take(&opened, "b", &after, day(10)).await);
        assert_eq!(due(&opened, day(10), 9).await, ["default a", "other a"]);
        assert_eq!(due(&opened, day(11), 9).await, ["default a", "other a", "default b"], "due again the next day");
    }
}

#[tokio::test]
async fn a_turn_is_taken_once() {
    for opened in stores().await {
        mark(&opened, &tenant(), &["a"], 1).await;
        let read = turn(&opened, "a").await;
        assert!(take(&opened, "a", &read, day(10)).await);
        assert!(!take(&opened, "a", &read, day(10)).await, "gone");
        assert_eq!(turn(&opened, "a").await.evaluations, 1);
        // A partner nobody has marked yet.
        assert!(take(&opened, "new", &Turn::default(), day(10)).await);
        assert!(!take(&opened, "new", &Turn::default(), day(10)).await);
    }
}

#[tokio::test]
async fn of_two_at_once_one_waits_and_finds_the_turn_gone() {
    for opened in stores().await {
        for (partner, known) in [("known", true), ("new", false)] {
            if known {
                mark(&opened, &tenant(), &[partner], 1).await;
            }
            let read = turn(&opened, partner).await;
            let mut first = opened.open.alerts.begin_alerts().await.expect("begin");
            assert!(first.take_turn(&tenant(), &id(partner), &read, at(day(10))).await.expect("take"));
            let second = take(&opened, partner, &read, day(10));
            let commit = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                first.commit().await.expect("commit");
            };
            let (second, ()) = tokio::join!(second, commit);
            assert!(!second, "{partner}");
        }
    }
}

#[tokio::test]
async fn everybody_can_be_marked_at_once() {
    for opened in stores().await {
        mark(&opened, &tenant(), &["a", "b"], 1).await;
        mark(&opened, &other_tenant(), &["c"], 1).await;
        for partner in ["a", "b"] {
            let read = turn(&opened, partner).await;
            assert!(take(&opened, partner, &read, day(10)).await);
        }
        let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
        tx.mark_all(&tenant(), Uuid::from_u128(5)).await.expect("mark");
        tx.commit().await.expect("commit");
        assert_eq!(due(&opened, day(10), 9).await, ["other c", "default a", "default b"]);
        let known = opened.open.alerts.partners(&tenant(), "", 9).await.expect("read");
        assert_eq!(known, [id("a"), id("b")]);
        assert_eq!(opened.open.alerts.partners(&tenant(), "a", 9).await.expect("read"), [id("b")]);
        assert_eq!(opened.open.alerts.partners(&tenant(), "", 1).await.expect("read"), [id("a")]);
    }
}

#[tokio::test]
async fn a_turn_has_so_many_marks_and_a_further_turn_the_rest() {
    for opened in stores().await {
        let all = u128::from(MARKS_PER_TURN) + 1;
        let mut tx = opened.open.copies.begin_copies().await.expect("begin");
        for n in 1..=all {
            tx.mark(&tenant(), &[id("a")], Uuid::from_u128(n)).await.expect("mark");
        }
        tx.commit().await.expect("commit");
        let first = turn(&opened, "a").await;
        assert_eq!(first.marks.len(), usize::try_from(MARKS_PER_TURN).expect("small"));
        assert!(take(&opened, "a", &first, day(10)).await);
        assert_eq!(turn(&opened, "a").await.marks, [Uuid::from_u128(all)]);
        assert_eq!(due(&opened, day(10), 9).await, ["default a"]);
    }
}
