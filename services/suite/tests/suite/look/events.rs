//! Events between services: none is dead here, all can go out again.

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
