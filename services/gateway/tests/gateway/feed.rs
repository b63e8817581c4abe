//! The feed of public events, on both engines.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::StreamExt as _;
use http::Method;
use serde_json::Value as Json;
use tonic::{Code, Request};
use tributary_bus::Bus as _;
use tributary_core::{Clock as _, Role};
use tributary_gateway::ports::webhooks::{Outgoing, Post, Reply};
use tributary_proto::tributary::gateway::v1::{
    WatchEventsRequest, WatchEventsResponse, event_feed_service_client::EventFeedServiceClient,
};
use tributary_rpc::{client, status::describe};
use tributary_testkit::engines;

use crate::support::{
    World,
    events::{PARTNER, TIER, event},
};

const DAY: Duration = Duration::from_secs(86_400);

/// No webhook is called here.
#[derive(Debug)]
struct Nowhere;

#[async_trait::async_trait]
impl Post for Nowhere {
    async fn post(&self, _: &Outgoing) -> Result<Reply, String> {
        Err("nowhere".to_owned())
    }

    async fn check(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// A gateway on each engine.
async fn each<F: AsyncFn(World)>(check: F) {
    for engine in engines() {
        check(World::on(engine, Arc::new(Nowhere)).await).await;
    }
}

async fn list(world: &World, key: &str, query: &str) -> Json {
    let reply = world.json(key, Method::GET, &format!("/v1/events{query}"), "").await;
    assert_eq!(reply.http, 200, "{}", reply.text);
    reply.json
}

/// Subject and sequence of each event.
fn told(answer: &Json) -> Vec<String> {
    let events = answer["events"].as_array().cloned().unwrap_or_default();
    let text = |event: &Json, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    events.iter().map(|event| format!("{} {}", text(event, "subject"), text(event, "sequence"))).collect()
}

#[tokio::test]
async fn events_are_listed_once_in_their_order_by_type_and_subject() {
    each(async |world| {
        let key = world.key(&[Role::Analyst], None).await;
        assert_eq!(told(&list(&world, &key, "").await), Vec::<String>::new());
        world.says(1, TIER, "partners/a", 1).await;
        world.says(2, PARTNER, "partners/b", 1).await;
        world.says(1, TIER, "partners/a", 1).await;
        world.says(3, PARTNER, "partners/a", 2).await;
        world.says(4, TIER, "partners/b", 2).await;
        let all = list(&world, &key, "").await;
        assert_eq!(told(&all), ["partners/a 1", "partners/b 1", "partners/a 2", "partners/b 2"]);
        let first = &all["events"][0];
        assert_eq!((first["specversion"].as_str(), first["type"].as_str()), (Some("1.0"), Some(TIER)));
        assert_eq!(first["source"], "services/partner-registry");
        assert_eq!((first["time"].as_str(), first["tenant"].as_str()), (Some("2012-07-01T00:00:00Z"), Some("default")));
        assert_eq!(first["data"]["partnerUid"], "u1");

        for (query, expected) in [
            (format!("?types={TIER}"), vec!["partners/a 1", "partners/b 2"]),
            (format!("?types={TIER}&types={PARTNER}&subject=partners/b"), vec!["partners/b 1", "partners/b 2"]),
            ("?types=tributary.partner.v1.*&subject=partners/*".to_owned(), told_all()),
            ("?types=tributary.contract.v1.*".to_owned(), vec![]),
            ("?subject=partners".to_owned(), vec![]),
        ] {
            assert_eq!(told(&list(&world, &key, &query).await), expected, "{query}");
        }
        let reply = world.json(&key, Method::GET, "/v1/events?types=tributary.partner.v1.TierAsigned", "").await;
        assert_eq!((reply.http, reply.reason()), (400, "INVALID_REQUEST"), "{}", reply.text);
        assert!(reply.text.contains("did you mean \\\"tributary.partner.v1.TierAssigned\\\""), "{}", reply.text);

        // Page by page, and on from the cursor of the last one.
        let one = list(&world, &key, "?pageSize=3").await;
        assert_eq!(told(&one).len(), 3);
        let token = one["nextPageToken"].as_str().expect("another page");
        let two = list(&world, &key, &format!("?pageSize=3&pageToken={token}")).await;
        assert_eq!((told(&two), &two["nextPageToken"]), (vec!["partners/b 2".to_owned()], &Json::Null));
        let reply = world.json(&key, Method::GET, &format!("/v1/events?subject=x/y&pageToken={token}"), "").await;
        assert_eq!((reply.http, reply.reason()), (400, "PAGE_TOKEN_INVALID"));
        let cursor = two["cursor"].as_str().expect("a place");
        assert_eq!(told(&list(&world, &key, &format!("?cursor={cursor}")).await), Vec::<String>::new());
        world.says(5, PARTNER, "partners/c", 1).await;
        assert_eq!(told(&list(&world, &key, &format!("?cursor={cursor}")).await), ["partners/c 1"]);
    })
    .await;
}

fn told_all() -> Vec<&'static str> {
    vec!["partners/a 1", "partners/b 1", "partners/a 2", "partners/b 2"]
}

#[tokio::test]
async fn only_who_reads_everything_reads_events_and_types_are_told() {
    let world = World::new().await;
    for roles in [vec![Role::Partner], vec![Role::Finance, Role::ChannelManager, Role::Legal]] {
        let key = world.key(&roles, None).await;
        for path in ["/v1/events", "/v1/events:watch", "/v1/eventTypes"] {
            assert_eq!(world.json(&key, Method::GET, path, "").await.http, 403, "{path}");
        }
    }
    let auditor = world.key(&[Role::Auditor], None).await;
    let types = world.json(&auditor, Method::GET, "/v1/eventTypes", "").await.json;
    let types = types["eventTypes"].as_array().expect("a list");
    let tier = types.iter().find(|t| t["name"] == TIER).expect("there");
    assert_eq!(tier["source"], "services/partner-registry");
    assert!(tier["description"].as_str().expect("text").starts_with("A tier was assigned."));
}

#[tokio::test]
async fn what_is_not_public_is_passed_over_and_what_is_not_known_waits() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    world.says(1, "tributary.partner.v1.Partner", "partners/a", 1).await;
    assert_eq!(told(&list(&world, &key, "").await), Vec::<String>::new());
    let newer = event(&world, 2, "tributary.partner.v1.OfTheNextVersion", "partners/b", 1);
    let refused = world.bus.publish(&[newer]).await.expect_err("waits").to_string();
    assert!(refused.contains("bring the gateway to the version of partner-registry"), "{refused}");
    // What nobody could read is kept for a person.
    let broken = tributary_core::Event { data: vec![0xff, 0xff], ..event(&world, 3, TIER, "partners/c", 1) };
    world.bus.publish(&[broken]).await.expect("put aside");
    assert_eq!(told(&list(&world, &key, "").await), Vec::<String>::new());
    let letters = world.json(&key, Method::GET, "/v1/services/gateway/deadLetters", "").await.json;
    assert_eq!(letters["deadLetters"][0]["consumer"], "gateway-feed", "{letters}");
    let reason = letters["deadLetters"][0]["reason"].as_str().expect("why");
    assert!(reason.contains("data: not a tributary.partner.v1.TierAssigned"), "{reason}");
}

#[tokio::test]
async fn a_newer_event_of_a_subject_waits_for_the_older_ones_but_not_for_ever() {
    each(async |world| {
        let key = world.key(&[Role::Admin], None).await;
        world.says(1, TIER, "partners/a", 3).await;
        let early = event(&world, 3, TIER, "partners/a", 5);
        world.bus.publish(std::slice::from_ref(&early)).await.expect_err("waits");
        world.says(2, TIER, "partners/a", 4).await;
        world.bus.publish(&[early]).await.expect("its turn");
        assert_eq!(told(&list(&world, &key, "").await), ["partners/a 3", "partners/a 4", "partners/a 5"]);
        // 7 was lost on the way; after five minutes the feed goes on without it.
        let late = event(&world, 5, TIER, "partners/a", 7);
        world.clock.advance(Duration::from_secs(299));
        world.bus.publish(std::slice::from_ref(&late)).await.expect_err("waits");
        world.clock.advance(Duration::from_secs(1));
        world.bus.publish(&[late]).await.expect("taken");
        // An old one that is sent again, and was never seen, comes late; the newest stays the newest.
        world.says(4, TIER, "partners/a", 6).await;
        world.says(6, TIER, "partners/a", 8).await;
        let all = told(&list(&world, &key, "").await);
        assert_eq!(all[3..], ["partners/a 7", "partners/a 6", "partners/a 8"]);
    })
    .await;
}

#[tokio::test]
async fn after_thirty_days_a_cursor_says_what_is_lost_and_where_to_go_on() {
    each(async |world| {
        let key = world.key(&[Role::Admin], None).await;
        world.says(1, TIER, "partners/a", 1).await;
        let start = list(&world, &key, "").await["cursor"].as_str().expect("a place").to_owned();
        world.says(2, TIER, "partners/a", 2).await;
        world.clock.advance(DAY);
        world.says(3, TIER, "partners/a", 3).await;
        world.says(4, TIER, "partners/b", 1).await;
        world.clock.advance(DAY * 29);
        let forget = async || {
            let before = world.clock.now().plus_seconds(-30 * 86_400);
            world.ports.store.forget_events(before, 1).await.expect("forgotten")
        };
        assert_eq!(forget().await, 0, "thirty days to the microsecond");
        world.clock.advance(Duration::from_micros(1));
        assert_eq!((forget().await, forget().await, forget().await), (1, 1, 0), "one at a time");
        let reply = world.json(&key, Method::GET, &format!("/v1/events?cursor={start}"), "").await;
        assert_eq!((reply.http, reply.reason()), (400, "EVENT_CURSOR_EXPIRED"), "{}", reply.text);
        let details = reply.json["details"].as_array().expect("details");
        let info = details.iter().find(|d| d["reason"] == "EVENT_CURSOR_EXPIRED").expect("info");
        assert_eq!(info["metadata"]["lost_events"], "1");
        let oldest = info["metadata"]["oldest_cursor"].as_str().expect("given");
        let rest = ["partners/a 3", "partners/b 1"];
        assert_eq!(told(&list(&world, &key, &format!("?cursor={oldest}")).await), rest);
        assert_eq!(told(&list(&world, &key, "").await), rest);
        // A replay of the outbox brings nothing back.
        world.says(1, TIER, "partners/a", 1).await;
        assert_eq!(told(&list(&world, &key, "").await), rest);
        world.clock.advance(DAY * 30);
        assert_eq!((forget().await, forget().await, forget().await), (1, 1, 0));
        assert_eq!(told(&list(&world, &key, "").await), Vec::<String>::new());
        // Numbers go on where they were.
        world.says(5, TIER, "partners/a", 4).await;
        let oldest = list(&world, &key, "").await;
        assert_eq!(told(&oldest), ["partners/a 4"]);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_store_is_refused() {
    let (one, two) = (World::new().await, World::new().await);
    let (key, other) = (one.key(&[Role::Admin], None).await, two.key(&[Role::Admin], None).await);
    one.says(1, TIER, "partners/a", 1).await;
    let cursor = list(&one, &key, "").await["cursor"].as_str().expect("a place").to_owned();
    let refusal = async || two.json(&other, Method::GET, &format!("/v1/events?cursor={cursor}"), "").await;
    assert_eq!(refusal().await.reason(), "EVENT_CURSOR_UNKNOWN", "there is no feed at all");
    let mut tx = two.ports.store.begin_feed().await.expect("begun");
    tx.lock_head(&tributary_core::TenantId::default_tenant(), uuid::Uuid::max()).await.expect("made");
    tx.commit().await.expect("kept");
    two.says(1, TIER, "partners/a", 1).await;
    assert_eq!(refusal().await.reason(), "EVENT_CURSOR_UNKNOWN");
    let wrong = two.json(&other, Method::GET, "/v1/events?cursor=abc", "").await;
    assert_eq!(wrong.reason(), "EVENT_CURSOR_INVALID");
}

type Client = EventFeedServiceClient<client::Backend>;

fn watch(key: &str, cursor: &str, subject: &str) -> Request<WatchEventsRequest> {
    let query = WatchEventsRequest { cursor: cursor.to_owned(), subject: subject.to_owned(), ..Default::default() };
    let mut request = Request::new(query);
    request.metadata_mut().insert("x-api-key", key.parse().expect("a value"));
    request
}

async fn next(stream: &mut tonic::Streaming<WatchEventsResponse>) -> WatchEventsResponse {
    let next = tokio::time::timeout(Duration::from_secs(30), stream.next()).await.expect("in time");
    next.expect("it goes on").expect("no error")
}

#[tokio::test]
async fn a_stream_tells_its_place_then_what_was_then_what_comes() {
    each(async |mut world| {
        let _tail = world.start("feed-tail");
        let key = world.key(&[Role::Admin], None).await;
        let mut client: Client = EventFeedServiceClient::new(client::local(world.gateway.router.clone()));
        world.says(1, TIER, "partners/a", 1).await;
        world.says(2, TIER, "partners/b", 1).await;
        let mut stream = client.watch_events(watch(&key, "", "partners/a")).await.expect("open").into_inner();
        let place = next(&mut stream).await;
        assert_eq!((place.event, place.cursor.is_empty()), (None, false));
        let first = next(&mut stream).await;
        assert_eq!(first.event.map(|e| (e.subject, e.sequence)), Some(("partners/a".to_owned(), 1)));
        world.says(3, TIER, "partners/b", 2).await;
        world.says(4, TIER, "partners/a", 2).await;
        let second = next(&mut stream).await;
        assert_eq!(second.event.map(|e| (e.subject, e.sequence)), Some(("partners/a".to_owned(), 2)));
        // With `latest` only what comes from then on.
        let mut latest = watch(&key, "", "");
        latest.get_mut().latest = true;
        let mut new = client.watch_events(latest).await.expect("open").into_inner();
        assert_eq!(next(&mut new).await.event, None);
        world.says(5, TIER, "partners/c", 1).await;
        assert_eq!(next(&mut new).await.event.map(|e| e.subject), Some("partners/c".to_owned()));
        let mut both = watch(&key, &first.cursor, "");
        both.get_mut().latest = true;
        let refused = client.watch_events(both).await.expect_err("one of both");
        assert_eq!((refused.code(), describe(&refused).violations.len()), (Code::InvalidArgument, 1));
        // A stop ends streams, so that it need not wait for them.
        world.gateway.health.stop().await;
        let ended = tokio::time::timeout(Duration::from_secs(5), new.next()).await.expect("in time");
        assert!(ended.is_none(), "{ended:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stream_by_json_is_a_line_per_event() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    world.says(1, TIER, "partners/a", 1).await;
    let request = http::Request::get("/v1/events:watch").header("x-api-key", &key);
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let response = tower::ServiceExt::oneshot(world.gateway.router.clone(), request).await.expect("infallible");
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let mut frames = response.into_body().into_data_stream();
    let mut lines = Vec::new();
    while lines.len() < 2 {
        let frame = tokio::time::timeout(Duration::from_secs(10), frames.next()).await.expect("in time");
        lines.push(frame.expect("goes on").expect("read"));
    }
    let line: Json = serde_json::from_slice(&lines[1]).expect("a line");
    assert_eq!(line["result"]["event"]["subject"], "partners/a");
    assert!(line["result"]["cursor"].is_string(), "{line}");
}

/// The next number of a fixed sequence (Knuth's MMIX), so that a failure comes again.
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

const SUBJECTS: u64 = 20;
const EVENTS: u64 = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_random_disconnects_lose_and_repeat_nothing() {
    each(async |mut world| {
        let _tail = world.start("feed-tail");
        let key = world.key(&[Role::Admin], None).await;
        let mut client: Client = EventFeedServiceClient::new(client::local(world.gateway.router.clone()));
        let bus = world.bus.clone();
        let events: Vec<_> = (0..EVENTS)
            .map(|n| {
                let sequence = i64::try_from(n / SUBJECTS).expect("small") + 1;
                event(&world, n, TIER, &format!("partners/p{}", n % SUBJECTS), sequence)
            })
            .collect();
        // Two consumers add at once; each subject is one's, and in order, as on the bus.
        let writers = (0..2_usize).map(|half| {
            let own: Vec<_> = events.iter().skip(half).step_by(2).cloned().collect();
            let bus = bus.clone();
            tokio::spawn(async move {
                for event in own {
                    bus.publish(&[event]).await.expect("taken in");
                }
            })
        });
        let writers: Vec<_> = writers.collect();

        let (mut cursor, mut state, mut disconnects) = (String::new(), 42_u64, 0);
        let mut seen: Vec<(String, i64, String)> = Vec::new();
        while seen.len() < events.len() || disconnects < 1_000 {
            let mut stream = client.watch_events(watch(&key, &cursor, "")).await.expect("open").into_inner();
            // So many messages are read; some of what is under way then is thrown away.
            for _ in 0..=chance(&mut state) % 8 {
                if seen.len() == events.len() {
                    break;
                }
                let said = next(&mut stream).await;
                cursor = said.cursor;
                seen.extend(said.event.map(|e| (e.subject, e.sequence, e.id)));
            }
            drop(stream);
            disconnects += 1;
        }
        for writer in writers {
            writer.await.expect("wrote");
        }
        let ids: BTreeSet<&str> = seen.iter().map(|(_, _, id)| id.as_str()).collect();
        assert_eq!((seen.len(), ids.len()), (3_000, 3_000), "{disconnects} disconnects");
        assert!(disconnects >= 1_000, "{disconnects}");
        let mut sequences: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (subject, sequence, _) in &seen {
            sequences.entry(subject).or_default().push(*sequence);
        }
        assert_eq!(sequences.len(), 20);
        for (subject, found) in sequences {
            assert_eq!(found, (1..=150).collect::<Vec<_>>(), "{subject}");
        }
    })
    .await;
}
