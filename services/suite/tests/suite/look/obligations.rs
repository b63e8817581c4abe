//! Obligations, on-time rates, reminders.

use super::{World, row, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn obligations_are_told() {
    let world = World::start().await;
    world.partners().await;
    world.contract().await;
    world.obligations().await;

    let all = world.table(&["obligations"]);
    assert_eq!(all.len(), 5);
    let january = ["partners/alpine", "PAYMENT", "january", "2026-01-15", "ACCEPTED", "CNY 120,000.00", "2026-01-14"];
    assert_eq!(all[1][1..], january);
    // 2026-03-15 to 2026-04-01.
    let overdue = world.table(&["obligations", "--overdue", "--partner", "erp:D-1"]);
    let march = ["partners/alpine", "PAYMENT", "march", "2026-03-15", "OPEN", "17", "CNY 120,000.00"];
    assert_eq!((overdue.len(), &overdue[1][1..]), (2, &march.map(str::to_owned)[..]));
    // OR binds tighter than AND: what the flag adds holds for all of it.
    let either = "kind = DATA_REPORT OR kind = PAYMENT";
    assert_eq!(world.json(&["obligations", "--overdue", "--filter", either, "--json"]).len(), 1);
    assert_eq!(world.json(&["obligations", "--contract", "erp:V-1", "--filter", either, "--json"]).len(), 4);
    assert_eq!(world.table(&["obligations", "--partner", "birch"]).len(), 1);

    // One in time of three.
    let rates = world.table(&["obligations", "on-time"]);
    assert_eq!(row(&rates, "partners/alpine"), ["partners/alpine", "1", "1", "1", "33.3 %"]);
    let january = world.table(&["obligations", "on-time", "--period", "2026-01"]);
    assert_eq!(row(&january, "partners/alpine")[4], "100.0 %");
    assert_eq!(world.table(&["obligations", "on-time", "--debtor", "principal"]).len(), 1);

    world.refused(&["obligations", "--filter", "late = true"], 2, "the fields are partner, kind, state, debtor");
    world.refused(&["obligations", "on-time", "--debtor", "us"], 2, "\"us\" is no party; known: partner, principal");
    world.refused(&["obligations", "--overdue", "--partner", "erp:D-9"], 3, "PARTNER_NOT_FOUND");

    // Reminders are looked for at a start: the payment is overdue, the report is due in less than 30 days.
    let world = world.restart().await;
    until("both reminders are sent", async || world.table(&["obligations", "reminders"]).len() == 3).await;
    let sent = world.table(&["obligations", "reminders", "--filter", "step = OVERDUE"]);
    assert_eq!((sent.len(), &sent[1][1..4]), (2, &["OVERDUE", "2026-03-15", "partners/alpine"].map(str::to_owned)[..]));
    assert!(sent[1][4].starts_with("contracts/") && sent[1][4].contains("/obligations/"), "{sent:?}");
    assert_eq!(sent[1].last().map(String::as_str), Some("zhang.san"));
    assert_eq!(world.json(&["obligations", "reminders", "--partner", "birch", "--json"]).len(), 0);
    world.stop().await;
}
