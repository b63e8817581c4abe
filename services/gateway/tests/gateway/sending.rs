//! Sending to webhooks while they are changed, and while others are slow, on both engines.

use std::time::Duration;

use http::Method;
use serde_json::{Value as Json, json};
use tributary_bus::Bus as _;
use tributary_core::{Role, TenantId};

use crate::support::{
    World,
    events::{TIER, event},
    receiver::{each, until},
};

/// Long enough for what must not be sent to have been.
const AWHILE: Duration = Duration::from_millis(1_200);

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).expect("a tenant")
}

#[tokio::test]
async fn receivers_that_never_answer_hold_up_no_other_tenant() {
    each(async |mut world, receiver| {
        let _sends = world.start("webhooks");
        // Twice as many webhooks as would fill a gateway, if it let them.
        for dark in ["dark-a", "dark-b"].map(tenant) {
            let key = world.key_of(dark.clone(), &[Role::Admin], None).await;
            for n in 0..50 {
                world.hook(&key, &format!("w{n}"), json!({"url": format!("https://hole.example.com/{dark}")})).await;
            }
            world.says_of(&dark, 1, TIER, "partners/a", 1).await;
        }
        until("the holes are called", async || receiver.got().len() == 16).await;
        let bright = tenant("bright");
        let key = world.key_of(bright.clone(), &[Role::Admin], None).await;
        world.hook(&key, "erp", json!({"url": "https://erp.example.com/bright"})).await;
        for n in 1..=20 {
            world.says_of(&bright, n, TIER, "partners/a", i64::try_from(n).expect("small")).await;
        }
        until("all is sent", async || receiver.got_at("/bright").len() == 20).await;
        for dark in ["/dark-a", "/dark-b"] {
            assert_eq!(receiver.got_at(dark).len(), 8, "a tenant has eight turns at once");
        }
    })
    .await;
}

/// Three events of one subject, of which the first is under way.
async fn one_under_way(world: &mut World, receiver: &crate::support::receiver::Receiver) -> String {
    let key = world.key(&[Role::Admin], None).await;
    world.hook(&key, "erp", json!({"url": "https://erp.example.com/old"})).await;
    for n in 1..=3 {
        world.says(n, TIER, "partners/a", i64::try_from(n).expect("small")).await;
    }
    until("the first is under way", async || receiver.got().len() == 1).await;
    key
}

async fn ended(world: &World, key: &str, number: u64) -> bool {
    world.one(key, &format!("webhooks/erp/deliveries/{number}")).await["state"] == "STATE_DELIVERED"
}

#[tokio::test]
async fn a_webhook_that_is_switched_off_gets_what_is_under_way_and_nothing_else() {
    each(async |mut world, receiver| {
        let (gate, _sends) = (receiver.gate(), world.start("webhooks"));
        let key = one_under_way(&mut world, &receiver).await;
        world.ask(&key, Method::POST, "webhooks/erp:disable", &json!({})).await;
        gate.add_permits(10);
        until("the first is delivered", async || ended(&world, &key, 1).await).await;
        tokio::time::sleep(AWHILE).await;
        assert_eq!(receiver.got().len(), 1);
        world.ask(&key, Method::POST, "webhooks/erp:enable", &json!({})).await;
        until("what waited is sent", async || ended(&world, &key, 3).await).await;
        assert_eq!(receiver.got().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_new_address_holds_for_the_next_attempt_and_an_old_410_for_nothing() {
    each(async |mut world, receiver| {
        let (gate, _sends) = (receiver.gate(), world.start("webhooks"));
        receiver.answers(410, 1);
        let key = one_under_way(&mut world, &receiver).await;
        let change = json!({"url": "https://erp.example.com/new"});
        world.ask(&key, Method::PATCH, "webhooks/erp?updateMask=url", &change).await;
        gate.add_permits(10);
        until("all is delivered", async || {
            ended(&world, &key, 1).await && ended(&world, &key, 2).await && ended(&world, &key, 3).await
        })
        .await;
        assert_eq!((receiver.got_at("/old").len(), receiver.got_at("/new").len()), (1, 3));
        assert_eq!(world.one(&key, "webhooks/erp").await["state"], "STATE_ENABLED");
        let first = world.one(&key, "webhooks/erp/deliveries/1").await;
        assert_eq!((&first["attempts"][0]["error"], &first["attemptCount"]), (&json!("answered 410"), &json!(2)));
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_again_is_not_undone_by_the_attempt_under_way() {
    each(async |mut world, receiver| {
        let (gate, _sends) = (receiver.gate(), world.start("webhooks"));
        receiver.answers(503, 1);
        let key = one_under_way(&mut world, &receiver).await;
        world.ask(&key, Method::POST, "webhooks/erp/deliveries/1:redeliver", &json!({})).await;
        gate.add_permits(10);
        // The clock stands still: after a failure that was noted it would wait for five seconds that never pass.
        until("it is delivered", async || ended(&world, &key, 1).await).await;
        until("the others are", async || ended(&world, &key, 2).await && ended(&world, &key, 3).await).await;
        assert_eq!(receiver.got().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn sending_again_is_done_once_per_request() {
    each(async |mut world, receiver| {
        let _sends = world.start("webhooks");
        let key = world.key(&[Role::Admin], None).await;
        world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
        receiver.answers(410, 1);
        world.says(1, TIER, "partners/a", 1).await;
        until("it is off", async || world.one(&key, "webhooks/erp").await["state"] == "STATE_GONE").await;
        world.ask(&key, Method::POST, "webhooks/erp:enable", &json!({})).await;
        let (all, once) = (json!({"requestId": "r-1"}), json!({"requestId": "r-2"}));
        for _ in 0..2 {
            let failed = world.ask(&key, Method::POST, "webhooks/erp:redeliverFailed", &all).await;
            assert_eq!(failed["deliveryCount"], "1", "the first answer again");
            until("it is delivered", async || ended(&world, &key, 1).await).await;
        }
        assert_eq!(receiver.got().len(), 2);
        for _ in 0..2 {
            world.ask(&key, Method::POST, "webhooks/erp/deliveries/1:redeliver", &once).await;
            until("it is delivered", async || ended(&world, &key, 1).await && receiver.got().len() == 3).await;
        }
        tokio::time::sleep(AWHILE).await;
        assert_eq!(receiver.got().len(), 3);
        let reused = world.json(&key, Method::POST, "/v1/webhooks/erp/deliveries/2:redeliver", &once.to_string()).await;
        assert_eq!(reused.reason(), "REQUEST_ID_REUSED", "{}", reused.text);
    })
    .await;
}

#[tokio::test]
async fn what_was_recorded_before_a_webhook_is_in_the_feed_and_not_sent_to_it() {
    each(async |mut world, receiver| {
        let _sends = world.start("webhooks");
        let key = world.key(&[Role::Admin], None).await;
        let old = event(&world, 1, TIER, "partners/old", 1);
        world.clock.advance(Duration::from_micros(1));
        world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
        world.bus.publish(&[old]).await.expect("taken in");
        world.says(2, TIER, "partners/new", 1).await;
        until("the new one is sent", async || receiver.got().len() == 1).await;
        let sent: Json = serde_json::from_slice(&receiver.got()[0].body).expect("JSON");
        assert_eq!(sent["subject"], "partners/new");
        let listed = world.one(&key, "webhooks/erp/deliveries").await;
        assert_eq!(listed["webhookDeliveries"].as_array().map(Vec::len), Some(1));
        let feed = world.one(&key, "events").await;
        assert_eq!(feed["events"].as_array().map(Vec::len), Some(2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_removed_leaves_nothing_to_the_next_one_of_its_id() {
    each(async |world, _| {
        let key = world.key(&[Role::Admin], None).await;
        for round in 0..20_u64 {
            world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
            let events: Vec<_> =
                (0..10).map(|n| event(&world, round * 10 + n, TIER, &format!("partners/p{round}-{n}"), 1)).collect();
            let bus = world.bus.clone();
            let says = tokio::spawn(async move { bus.publish(&events).await.expect("taken in") });
            tokio::time::sleep(Duration::from_millis(round % 5)).await;
            world.ask(&key, Method::DELETE, "webhooks/erp", &json!({})).await;
            says.await.expect("said");
            let left = world.ports.store.deliveries(&TenantId::default_tenant(), "erp", None, i64::MAX, 100).await;
            assert_eq!(left.expect("read"), Vec::new(), "round {round}");
        }
    })
    .await;
}
