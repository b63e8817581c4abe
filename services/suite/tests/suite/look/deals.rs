//! Leads looked up, registered, decided, extended and won. It is 1 April 2026.

use super::{World, row};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deals_go_from_lead_to_order() {
    let world = World::start().await;
    world.partners().await;
    let lead = ["--customer", "合肥轨道交通集团", "--line", "mountain-bikes"];
    let find = |more: &[&str]| world.tributary(&[&["deals", "find"], &lead[..], more].concat());
    let said = |output: &std::process::Output| {
        (output.status.code(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    assert_eq!(said(&find(&[])), (Some(0), "the lead is free".to_owned()));
    let register = |partner: &str, more: &[&str]| {
        world.tributary(&[&["deals", "register", partner, "--value", "250000.00"], &lead[..], more].concat())
    };
    let metro = ["--id", "metro", "--close", "2026-06-30", "--note", "fleet"];
    let made = "partners/alpine/deals/metro is SUBMITTED, to be decided by 2026-04-06, similar deals: 0";
    assert_eq!(said(&register("alpine", &metro)), (Some(0), made.to_owned()));
    assert_eq!(said(&register("erp:D-1", &metro)), (Some(0), made.to_owned()), "the same again has no effect");
    let second = "partners/birch/deals/late is CONFLICTED, partners/alpine/deals/metro holds the lead";
    assert_eq!(said(&register("birch", &["--id", "late"])), (Some(1), second.to_owned()));

    world.refused(&["deals", "approve", "alpine/metro"], 3, "MAKER_IS_CHECKER");
    let checker = world.json(&["keys", "create", "checker", "--role", "channel-manager", "--json"]);
    let key = checker[0]["secret"].as_str().expect("a secret");
    // 30 days of April, 31 of May, 29 of June: 90 days from 1 April on lead to 30 June.
    let approved =
        world.shown(&["deals", "approve", "alpine/metro", "--note", "named by the customer", "--api-key", key]);
    let text = "partners/alpine/deals/metro is APPROVED, first day without protection: 2026-06-30";
    assert_eq!(approved.trim(), text);
    let held = "partners/alpine/deals/metro holds the lead, first day on which it is free: 2026-06-30";
    assert_eq!(said(&find(&["--partner", "birch"])), (Some(1), held.to_owned()));
    assert_eq!(said(&find(&["--partner", "alpine"])).1, "the partner holds the lead itself");
    world.refused(&["deals", "approve", "birch/late", "--api-key", key], 3, "LEAD_PROTECTED");
    world.refused(&["deals", "extend", "alpine/metro", "2026-07-31", "--reason", "x"], 3, "extend to 2026-07-30");
    let extended = world.shown(&["deals", "extend", "alpine/metro", "2026-07-30", "--reason", "tender moved"]);
    assert!(extended.contains("first day without protection: 2026-07-30"), "{extended}");

    let rows = world.table(&["deals", "list", "--filter", "state = APPROVED"]);
    let deal = row(&rows, "partners/alpine/deals/metro");
    assert_eq!(
        deal[1..],
        ["合肥轨道交通集团", "mountain-bikes", "CNY 250,000.00", "APPROVED", "2026-04-06", "2026-07-30"]
    );
    assert_eq!(rows.len(), 2);
    let order = ["deals", "convert", "alpine/metro", "SO-417", "248000.00", "--on"];
    world.refused(&[&order[..], &["2026-04-02"]].concat(), 2, "conversion.order_date");
    assert_eq!(world.shown(&[&order[..], &["2026-04-01"]].concat()).trim(), "partners/alpine/deals/metro is CONVERTED");
    let history = world.table(&["deals", "history", "alpine/metro"]);
    assert_eq!(history[1][..4], ["4", "CONVERTED", "APPROVED", "CONVERTED"]);
    assert_eq!(history[3], ["2", "APPROVED", "SUBMITTED", "APPROVED", "checker", "named by the customer"]);
    let withdrawn = world.shown(&["deals", "withdraw", "birch/late", "--reason", "given up"]);
    assert_eq!(withdrawn.trim(), "partners/birch/deals/late is WITHDRAWN");

    assert!(world.shown(&["deals", "policy"]).starts_with("protection days: 90\n"));
    let policy = ["deals", "policy", "--protection-days", "120", "--reason", "conference"];
    let changed = world.shown(&policy);
    assert!(changed.starts_with("protection days: 120\n") && changed.ends_with("revision: 1\n"), "{changed}");
    world.refused(&["deals", "policy", "--decision-days", "91", "--reason", "x"], 2, "deal_policy.decision_days");
    world.stop().await;
}
