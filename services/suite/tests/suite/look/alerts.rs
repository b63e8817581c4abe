//! Alerts and their rules.

use serde_json::json;

use super::{World, row};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn alerts_are_told_and_seen_to() {
    let world = World::copied().await;
    world.contract().await;
    world.obligations().await;

    // Whoever evaluates first raises them: this call, or the service itself.
    assert!(world.shown(&["alerts", "evaluate"]).ends_with("; 2 stand\n"));
    let alerts = world.table(&["alerts"]);
    assert_eq!(alerts.len(), 3);
    let of = |rule: &str| alerts.iter().find(|row| row[3] == rule).expect("raised");
    // The pace 0.714457 is below 0.8 and not below 0.5; 17 days are more than 7 and less than 30.
    assert_eq!(of("commitment-pace")[1..3], ["WARNING", "OPEN"]);
    assert_eq!(of("commitment-pace")[6], "purchases are at 71.4 % of the pace: 1,425,000.00 of 1,994,520.55 CNY");
    let late = of("payment-late");
    assert_eq!((late[4].as_str(), late[6].contains("17 days")), ("partners/alpine", true));
    let filter = "rule = payment-late AND severity = WARNING";
    assert_eq!(world.json(&["alerts", "--filter", filter, "--partner", "alpine", "--json"]).len(), 1);

    let name = late[0].as_str();
    let shown = world.table(&["alerts", "show", name]);
    assert_eq!(shown[0], [name]);
    assert_eq!(row(&shown, "rule"), ["rule", "alertRules/payment-late/versions/1"]);
    assert_eq!(row(&shown, "oldest_due_on"), ["oldest_due_on", "2026-03-15"]);
    assert_eq!(row(&shown, "for"), ["for", "finance"]);

    let said = world.shown(&["alerts", "acknowledge", name, "--reason", "called, pays on Friday"]);
    assert_eq!(said, format!("{name} is acknowledged by bootstrap\n"));
    world.refused(&["alerts", "resolve", name], 2, "--reason");
    let resolved = world.json(&["alerts", "resolve", name, "--reason", "paid in cash", "--json"]);
    assert_eq!(resolved[0]["state"], json!("ALERT_STATE_RESOLVED"));
    let history = world.table(&["alerts", "show", name]);
    let [.., raised, seen, closed] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!(raised[1..4], ["OPEN", "WARNING", "rule"]);
    assert_eq!(seen[1..], ["ACKNOWLEDGED", "WARNING", "bootstrap", "called, pays on Friday"]);
    assert_eq!(closed[1..], ["RESOLVED", "WARNING", "bootstrap", "paid in cash"]);
    assert_eq!(world.table(&["alerts", "list"]).len(), 2);
    assert_eq!(world.table(&["alerts", "list", "--all"]).len(), 3);
    world.refused(&["alerts", "resolve", name, "--reason", "again"], 3, "ALERT_TRANSITION_REFUSED");
    world.refused(
        &["alerts", "--filter", "colour = red"],
        2,
        "the fields are partner, contract, rule, severity, state",
    );
    world.refused(&["alerts", "show", "nobody"], 3, "ALERT_NOT_FOUND");

    let rules = world.table(&["alerts", "rules"]);
    assert_eq!(rules.len(), 7, "six ship");
    let rule = row(&rules, "alertRules/commitment-pace/versions/1");
    assert_eq!(rule[1..4], ["ACTIVE", "Behind the commitment", "pace below 0.8, critical below 0.5, clear from 0.9"]);
    let one = world.json(&["alerts", "rules", "payment-late", "--json"]);
    assert_eq!((one.len(), &one[0]["spec"]["paymentLate"]["triggerDays"]), (1, &json!(7)));
    world.stop().await;
}
