//! Events between services: none is dead here, all can go out again. Events out: the feed, and webhooks.

use serde_json::json;

use super::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_are_listed_and_sent_again() {
    let world = World::start().await;
    world.partners().await;
    let letters = world.table(&["events", "dead-letters"]);
    assert_eq!(letters, [["name", "event", "subject", "tries", "since", "why"].map(str::to_owned).to_vec()]);
    assert!(world.json(&["events", "dead-letters", "list", "--service", "analytics", "--json"]).is_empty());
    let none = "services/analytics/deadLetters/analytics.0192f7c4a1b27c3d8e9f0123456789ab";
    world.refused(&["events", "dead-letters", "show", none], 3, "DEAD_LETTER_NOT_FOUND");
    world.refused(&["events", "dead-letters", "retry", none], 3, "DEAD_LETTER_NOT_FOUND");
    world.refused(&["events", "dead-letters", "show", "analytics"], 2, "begins with no service");
    world.refused(&["events", "dead-letters", "retry"], 2, "--all");

    // Once the relay is done with them: two partners, an event each.
    let replay = ["events", "replay", "--service", "partner-registry"];
    super::until("both events went out", async || {
        world.shown(&replay) == "2 events of partner-registry go out again\n"
    })
    .await;
    super::until("the event went out again", async || {
        let one = [replay.as_slice(), &["--subject", "partners/birch", "--json"]].concat();
        world.json(&one) == [json!({ "eventCount": "1" })]
    })
    .await;
    let late = [replay.as_slice(), &["--since", "2026-04-02"]].concat();
    assert_eq!(world.shown(&late), "0 events of partner-registry go out again\n");
    world.refused(&["events", "replay", "--service", "gateway"], 2, "has no events");
    world.refused(&["events", "replay", "--service", "analytics", "--since", "now"], 2, "is neither a day");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_happened_is_listed_and_webhooks_are_kept() {
    let world = World::start().await;
    world.partners().await;
    let list = ["events", "list", "--type", "tributary.partner.v1.*", "--json"];
    super::until("both partners are in the feed", async || world.json(&list).len() == 2).await;
    let events = world.json(&list);
    assert_eq!((&events[0]["specversion"], &events[0]["sequence"]), (&json!("1.0"), &json!("1")));
    assert_eq!(events[0]["type"], "tributary.partner.v1.PartnerChanged");
    let rows = world.table(&["events", "list", "--subject", "partners/birch"]);
    assert_eq!(rows[0], ["time", "type", "subject", "number", "id"].map(str::to_owned));
    assert_eq!((rows.len(), rows[1][2].as_str(), rows[1][3].as_str()), (2, "partners/birch", "1"));
    world.refused(&["events", "list", "--type", "tributary.nothing"], 2, "is no type of events");
    let types = world.table(&["events", "types"]);
    let tier = types.iter().find(|row| row[0] == "tributary.partner.v1.TierAssigned").expect("there");
    assert_eq!(tier[1], "A tier was assigned");

    world.refused(&["webhooks", "create", "erp", "https://10.0.0.7/"], 2, "is not an address of the public internet");
    // A name that no resolver knows (RFC 2606).
    let create = ["webhooks", "create", "erp", "https://erp.invalid/in", "--sign", "ed25519"];
    assert!(world.shown(&create).starts_with("whpk_"));
    let rows = world.table(&["webhooks", "list"]);
    assert_eq!(rows[1][..3], ["webhooks/erp", "enabled", "https://erp.invalid/in"].map(str::to_owned));
    world.refused(&["webhooks", "test", "erp"], 3, "the receiver did not take it: erp.invalid cannot be resolved");
    assert_eq!(world.shown(&["webhooks", "disable", "erp"]), "webhooks/erp is off\n");
    assert_eq!(world.shown(&["webhooks", "enable", "erp"]), "webhooks/erp is on\n");
    assert!(world.shown(&["webhooks", "rotate", "erp", "--sign", "hmac"]).starts_with("whsec_"));
    assert!(world.json(&["webhooks", "deliveries", "erp", "--json"]).is_empty());
    world.refused(&["webhooks", "redeliver", "erp", "1"], 3, "DELIVERY_NOT_FOUND");
    assert_eq!(world.shown(&["webhooks", "redeliver", "erp", "--failed"]), "0 events are sent again\n");
    assert_eq!(world.shown(&["webhooks", "delete", "erp"]), "webhooks/erp is removed\n");
    world.refused(&["webhooks", "test", "erp"], 3, "WEBHOOK_NOT_FOUND");
    world.stop().await;
}
