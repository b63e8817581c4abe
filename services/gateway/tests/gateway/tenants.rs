//! Two tenants with the same subjects and the same ids of webhooks, on both engines: neither sees anything of the other.

use std::time::Duration;

use futures::StreamExt as _;
use http::Method;
use serde_json::{Value as Json, json};
use tonic::Request;
use tributary_core::{Role, TenantId};
use tributary_proto::tributary::gateway::v1::{WatchEventsRequest, event_feed_service_client::EventFeedServiceClient};
use tributary_rpc::client;

use crate::support::{
    World,
    events::TIER,
    receiver::{each, until},
};

/// Two tenants, each with a key of an administrator.
async fn two(world: &World) -> [(TenantId, String); 2] {
    let [one, other] = ["acme", "beta"].map(|name| TenantId::parse(name).expect("a tenant"));
    let keys = (
        world.key_of(one.clone(), &[Role::Admin], None).await,
        world.key_of(other.clone(), &[Role::Admin], None).await,
    );
    [(one, keys.0), (other, keys.1)]
}

/// Tenant and id of each event.
fn told(answer: &Json) -> Vec<(String, String)> {
    let text = |event: &Json, field: &str| event[field].as_str().expect("text").to_owned();
    let events = answer["events"].as_array().cloned().unwrap_or_default();
    events.iter().map(|event| (text(event, "tenant"), text(event, "id"))).collect()
}

#[tokio::test]
async fn the_feed_of_a_tenant_is_its_own() {
    each(async |mut world, _| {
        let _tail = world.start("feed-tail");
        let [(one, its_key), (other, other_key)] = two(&world).await;
        world.says_of(&one, 1, TIER, "partners/a", 1).await;
        world.says_of(&one, 2, TIER, "partners/a", 2).await;
        assert_eq!(told(&world.one(&other_key, "events").await), [], "no feed yet");
        world.says_of(&other, 3, TIER, "partners/a", 1).await;
        let (listed, others) = (world.one(&its_key, "events").await, world.one(&other_key, "events").await);
        let (listed_told, others_told) = (told(&listed), told(&others));
        assert_eq!(listed_told.iter().map(|(tenant, _)| tenant.as_str()).collect::<Vec<_>>(), ["acme", "acme"]);
        assert_eq!(others_told.iter().map(|(tenant, _)| tenant.as_str()).collect::<Vec<_>>(), ["beta"]);
        let of_subject = world.one(&other_key, "events?subject=partners/a").await;
        assert_eq!(told(&of_subject), others_told);
        let cursor = listed["cursor"].as_str().expect("a place");
        let refused = world.json(&other_key, Method::GET, &format!("/v1/events?cursor={cursor}"), "").await;
        assert_eq!(refused.reason(), "EVENT_CURSOR_INVALID", "{}", refused.text);

        let mut client = EventFeedServiceClient::new(client::local(world.gateway.router.clone()));
        let mut watch = Request::new(WatchEventsRequest { subject: "partners/a".to_owned(), ..Default::default() });
        watch.metadata_mut().insert("x-api-key", other_key.parse().expect("a value"));
        let mut stream = client.watch_events(watch).await.expect("open").into_inner();
        world.says_of(&one, 4, TIER, "partners/a", 3).await;
        world.says_of(&other, 5, TIER, "partners/a", 2).await;
        let mut seen = Vec::new();
        while seen.len() < 2 {
            let next = tokio::time::timeout(Duration::from_secs(30), stream.next()).await.expect("in time");
            seen.extend(next.expect("it goes on").expect("no error").event.map(|e| (e.tenant, e.sequence)));
        }
        assert_eq!(seen, [("beta".to_owned(), 1), ("beta".to_owned(), 2)]);
    })
    .await;
}

#[tokio::test]
async fn webhooks_of_a_tenant_get_its_events_and_are_its_own() {
    each(async |mut world, receiver| {
        let _sends = world.start("webhooks");
        let [(one, its_key), (other, other_key)] = two(&world).await;
        let made = world.hook(&its_key, "erp", json!({"url": "https://erp.example.com/acme"})).await;
        let others = world.hook(&other_key, "erp", json!({"url": "https://erp.example.com/beta"})).await;
        assert_ne!(made["secret"], others["secret"]);
        world.says_of(&one, 1, TIER, "partners/a", 1).await;
        world.says_of(&one, 2, TIER, "partners/a", 2).await;
        world.says_of(&other, 3, TIER, "partners/a", 1).await;
        until("all is sent", async || receiver.got().len() == 3).await;
        for (end, count) in [("acme", 2), ("beta", 1)] {
            let got = receiver.got_at(&format!("/{end}"));
            assert_eq!(got.len(), count, "{end}");
            for sent in got {
                let event: Json = serde_json::from_slice(&sent.body).expect("JSON");
                assert_eq!(event["tenant"], end);
            }
        }
        let deliveries = async |key: &str| {
            let listed = world.one(key, "webhooks/erp/deliveries").await;
            listed["webhookDeliveries"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((deliveries(&its_key).await, deliveries(&other_key).await), (2, 1));
        // The second event of the one is nothing to the other, although both have a webhook of this id.
        for (method, path) in [(Method::GET, ""), (Method::POST, ":redeliver")] {
            let path = format!("/v1/webhooks/erp/deliveries/2{path}");
            let body = if method == Method::GET { "" } else { "{}" };
            let reply = world.json(&other_key, method, &path, body).await;
            assert_eq!((reply.http, reply.reason()), (404, "DELIVERY_NOT_FOUND"), "{path}");
        }
        let failed = world.ask(&other_key, Method::POST, "webhooks/erp:redeliverFailed", &json!({})).await;
        assert_eq!(failed["deliveryCount"], Json::Null);
        let urls = world.one(&other_key, "webhooks").await;
        assert_eq!(urls["webhooks"].as_array().map(Vec::len), Some(1));
        assert_eq!(urls["webhooks"][0]["url"], "https://erp.example.com/beta");

        world.ask(&other_key, Method::DELETE, "webhooks/erp", &json!({})).await;
        for (method, path) in [
            (Method::GET, ""),
            (Method::GET, "/deliveries"),
            (Method::POST, ":redeliverFailed"),
            (Method::POST, ":test"),
            (Method::POST, ":rotateSecret"),
            (Method::POST, ":disable"),
            (Method::DELETE, ""),
        ] {
            let body = if method == Method::POST { "{}" } else { "" };
            let reply = world.json(&other_key, method, &format!("/v1/webhooks/erp{path}"), body).await;
            assert_eq!((reply.http, reply.reason()), (404, "WEBHOOK_NOT_FOUND"), "{path}");
        }
        assert_eq!(deliveries(&its_key).await, 2);
        assert_eq!(world.one(&its_key, "webhooks/erp").await["state"], "STATE_ENABLED");
        assert_eq!(receiver.got().len(), 3);
    })
    .await;
}
