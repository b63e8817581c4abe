//! Webhooks, on both engines: what is sent when, and what becomes of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Method;
use serde_json::{Value as Json, json};
use tributary_core::{Clock as _, Role, TenantId};
use tributary_gateway::{Options, outbound::WebhookSettings};

use crate::support::{
    World,
    events::{PARTNER, TIER},
    receiver::{each, header, until},
};

#[tokio::test]
async fn events_that_are_wanted_are_sent_once_in_their_order() {
    each(async |mut world, receiver| {
        let (key, _sends) = (world.key(&[Role::Admin], None).await, world.start("webhooks"));
        let made = world.hook(&key, "erp", json!({"url": "https://erp.example.com/in", "types": [TIER]})).await;
        assert!(made["secret"].as_str().expect("a secret").starts_with("whsec_"));
        assert_eq!(
            (&made["webhook"]["name"], &made["webhook"]["state"]),
            (&json!("webhooks/erp"), &json!("STATE_ENABLED"))
        );
        world.says(1, TIER, "partners/a", 1).await;
        world.says(2, PARTNER, "partners/a", 2).await;
        world.says(3, TIER, "partners/a", 3).await;
        world.says(1, TIER, "partners/a", 1).await;
        until("both are sent", async || receiver.got().len() == 2).await;
        let got = receiver.got();
        let sequences: Vec<Json> = got
            .iter()
            .map(|sent| {
                let event: Json = serde_json::from_slice(&sent.body).expect("JSON");
                assert_eq!(event["id"], header(sent, "webhook-id"));
                assert_eq!((&event["type"], &event["specversion"]), (&json!(TIER), &json!("1.0")));
                event["sequence"].clone()
            })
            .collect();
        assert_eq!(sequences, [json!("1"), json!("3")]);
        // 2012-07-01T00:00:00Z.
        assert_eq!(header(&got[0], "webhook-timestamp"), "1341100800");
        assert_eq!(got[0].url, "https://erp.example.com/in");
        until("both are noted", async || {
            let listed = world.one(&key, "webhooks/erp/deliveries?state=STATE_DELIVERED").await;
            listed["webhookDeliveries"].as_array().is_some_and(|all| all.len() == 2)
        })
        .await;
        let listed = world.one(&key, "webhooks/erp/deliveries").await;
        assert_eq!(listed["webhookDeliveries"][0]["name"], "webhooks/erp/deliveries/3", "the latest first");
        let one = world.one(&key, "webhooks/erp/deliveries/1").await;
        assert_eq!((&one["attemptCount"], &one["attempts"][0]["httpStatus"]), (&json!(1), &json!(200)));
        assert_eq!((&one["attempts"][0]["response"], &one["nextAttemptTime"]), (&json!("thanks"), &Json::Null));
        let missing = world.json(&key, Method::GET, "/v1/webhooks/erp/deliveries/2", "").await;
        assert_eq!((missing.http, missing.reason()), (404, "DELIVERY_NOT_FOUND"));
    })
    .await;
}

#[tokio::test]
async fn ten_attempts_take_three_days_and_then_a_person_sends_it_again() {
    each(async |mut world, receiver| {
        let (key, _sends) = (world.key(&[Role::Admin], None).await, world.start("webhooks"));
        world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
        receiver.answers(503, 9);
        receiver.refuses("connection refused");
        let begun = world.clock.now();
        world.says(1, TIER, "partners/a", 1).await;
        let name = "webhooks/erp/deliveries/1";
        let mut pauses = Vec::new();
        for attempt in 1..=10_usize {
            let mut one = Json::Null;
            until("an attempt is noted", async || {
                one = world.one(&key, name).await;
                one["attemptCount"] == json!(attempt)
            })
            .await;
            assert_eq!(receiver.got().len(), attempt, "no attempt before its time");
            if attempt < 10 {
                let next = one["nextAttemptTime"].as_str().expect("again").parse::<prost_types::Timestamp>();
                let next = tributary_rpc::convert::timestamp(&next.expect("a time")).expect("an instant");
                pauses.push((next.0 - world.clock.now().0) / 1_000_000);
                world.clock.set(next);
            }
        }
        // 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each with up to a tenth more or less.
        let planned = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (pause, planned) in pauses.iter().zip(planned) {
            assert!((planned * 9 / 10 - 1..=planned * 11 / 10).contains(pause), "{pause} for {planned}");
        }
        let hours = (world.clock.now().0 - begun.0) / 3_600_000_000;
        assert!((68..=83).contains(&hours), "{hours} hours");
        let one = world.one(&key, name).await;
        assert_eq!(
            (&one["state"], &one["attempts"][9]["error"]),
            (&json!("STATE_FAILED"), &json!("connection refused"))
        );
        assert_eq!(one["attempts"][0]["error"], "answered 503");
        let ids: Vec<_> = receiver.got().iter().map(|sent| header(sent, "webhook-id").to_owned()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");

        world.ask(&key, Method::POST, &format!("{name}:redeliver"), &json!({})).await;
        until("it is delivered", async || world.one(&key, name).await["state"] == "STATE_DELIVERED").await;
        assert_eq!((receiver.got().len(), world.one(&key, name).await["attemptCount"].clone()), (11, json!(11)));
    })
    .await;
}

#[tokio::test]
async fn gone_switches_a_webhook_off_and_a_person_switches_it_on() {
    each(async |mut world, receiver| {
        let (key, _sends) = (world.key(&[Role::Admin], None).await, world.start("webhooks"));
        world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
        receiver.answers(410, 1);
        world.says(1, TIER, "partners/a", 1).await;
        until("it is off", async || world.one(&key, "webhooks/erp").await["state"] == "STATE_GONE").await;
        world.says(2, TIER, "partners/a", 2).await;
        world.ask(&key, Method::POST, "webhooks/erp:enable", &json!({})).await;
        world.says(3, TIER, "partners/a", 3).await;
        until("the third is sent", async || receiver.got().len() == 2).await;
        let failed = world.ask(&key, Method::POST, "webhooks/erp:redeliverFailed", &json!({})).await;
        assert_eq!(failed["deliveryCount"], "1");
        until("the first is sent again", async || receiver.got().len() == 3).await;
        world.ask(&key, Method::POST, "webhooks/erp:disable", &json!({})).await;
        world.says(4, TIER, "partners/a", 4).await;
        let tested = world.ask(&key, Method::POST, "webhooks/erp:test", &json!({})).await;
        assert_eq!((&tested["httpStatus"], &tested["response"]), (&json!(200), &json!("thanks")));
        let test: Json = serde_json::from_slice(&receiver.got()[3].body).expect("JSON");
        assert_eq!(
            (&test["type"], &test["data"]["actor"]),
            (&json!("tributary.gateway.v1.WebhookTested"), &json!("erp"))
        );
        world.ask(&key, Method::DELETE, "webhooks/erp", &json!({})).await;
        let missing = world.json(&key, Method::GET, "/v1/webhooks/erp", "").await;
        assert_eq!((missing.http, missing.reason()), (404, "WEBHOOK_NOT_FOUND"));
    })
    .await;
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_new_one_for_a_day() {
    each(async |mut world, receiver| {
        let (key, _sends) = (world.key(&[Role::Admin], None).await, world.start("webhooks"));
        let made = world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
        let body = json!({"signature": "WEBHOOK_SIGNATURE_ED25519", "requestId": "rotate-1"});
        let turned = world.ask(&key, Method::POST, "webhooks/erp:rotateSecret", &body).await;
        assert!(turned["secret"].as_str().expect("a key").starts_with("whpk_"), "{turned}");
        assert_eq!(turned["webhook"]["publicKeys"][0], turned["secret"]);
        let again = world.ask(&key, Method::POST, "webhooks/erp:rotateSecret", &body).await;
        assert_eq!((&again["secret"], &again["webhook"]), (&turned["secret"], &turned["webhook"]), "once per request");
        assert_ne!(made["secret"], turned["secret"]);
        let signed = async |number: u64, sequence| {
            world.says(number, TIER, "partners/a", sequence).await;
            until("it is sent", async || receiver.got().len() == usize::try_from(number).expect("small")).await;
            let got = receiver.got();
            let all = header(got.last().expect("sent"), "webhook-signature").to_owned();
            all.split(' ').map(|one| one.split(',').next().expect("a version").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(signed(1, 1).await, ["v1a", "v1"]);
        world.clock.advance(Duration::from_secs(86_399));
        assert_eq!(signed(2, 2).await, ["v1a", "v1"]);
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(signed(3, 3).await, ["v1a"]);
        // Its key is told as long as it signs.
        world
            .ask(
                &key,
                Method::POST,
                "webhooks/erp:rotateSecret",
                &json!({"signature": "WEBHOOK_SIGNATURE_HMAC_SHA256"}),
            )
            .await;
        world.clock.advance(Duration::from_secs(86_399));
        assert_eq!(world.one(&key, "webhooks/erp").await["publicKeys"], json!([turned["secret"]]));
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(world.one(&key, "webhooks/erp").await["publicKeys"], Json::Null);
        assert_eq!(world.one(&key, "webhooks").await["webhooks"][0]["publicKeys"], Json::Null);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once_and_creation_is_safe_to_repeat() {
    each(async |world, _| {
        let key = world.key(&[Role::Admin], None).await;
        let wrong = json!({"url": "https://inside.example.com/", "types": ["tributary.nothing"]}).to_string();
        let reply = world.json(&key, Method::POST, "/v1/webhooks?webhookId=erp", &wrong).await;
        let details = reply.json["details"].as_array().expect("details");
        let fields = details.iter().find_map(|d| d["fieldViolations"].as_array()).expect("violations");
        let fields: Vec<_> = fields.iter().map(|v| v["field"].as_str().expect("a field")).collect();
        assert_eq!((reply.http, fields.as_slice()), (400, ["webhook.url", "webhook.types[0]"].as_slice()));
        let body = json!({"url": "https://erp.example.com/", "displayName": "ERP"});
        let path = "webhooks?webhookId=erp&requestId=r-1";
        let first = world.ask(&key, Method::POST, path, &body).await;
        assert_eq!(world.ask(&key, Method::POST, path, &body).await, first, "with the secret");
        let taken = world.json(&key, Method::POST, "/v1/webhooks?webhookId=erp", &body.to_string()).await;
        assert_eq!((taken.http, taken.reason()), (409, "WEBHOOK_EXISTS"));

        let etag = first["webhook"]["etag"].clone();
        let change = json!({"subject": "partners/*", "types": [TIER], "etag": etag});
        let changed = world.ask(&key, Method::PATCH, "webhooks/erp?updateMask=subject,types", &change).await;
        assert_eq!((&changed["subject"], &changed["displayName"]), (&json!("partners/*"), &json!("ERP")));
        let late = world.json(&key, Method::PATCH, "/v1/webhooks/erp?updateMask=subject", &change.to_string()).await;
        assert_eq!((late.http, late.reason()), (409, "ETAG_MISMATCH"));
        let cleared = world.ask(&key, Method::PATCH, "webhooks/erp?updateMask=types", &json!({})).await;
        assert_eq!((&cleared["types"], &cleared["subject"]), (&Json::Null, &json!("partners/*")));

        for n in 2..=50 {
            world.hook(&key, &format!("w{n}"), body.clone()).await;
        }
        let full = world.json(&key, Method::POST, "/v1/webhooks", &body.to_string()).await;
        assert_eq!((full.http, full.reason()), (429, "WEBHOOK_LIMIT"));
        let page = world.one(&key, "webhooks?pageSize=49").await;
        let token = page["nextPageToken"].as_str().expect("another page");
        let rest = world.one(&key, &format!("webhooks?pageSize=49&pageToken={token}")).await;
        assert_eq!(rest["webhooks"].as_array().map(Vec::len), Some(1));
        let auditor = world.key(&[Role::Auditor], None).await;
        assert_eq!(world.json(&auditor, Method::POST, "/v1/webhooks/erp:test", "{}").await.http, 403);
        let seen = world.one(&auditor, "webhooks/erp").await.to_string();
        assert!(!seen.contains("whsec_"), "{seen}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_send_each_event_once_and_what_one_left_is_sent_by_the_other() {
    each(async |mut world, receiver| {
        let key = world.key(&[Role::Admin], None).await;
        world.hook(&key, "erp", json!({"url": "https://erp.example.com/"})).await;
        for n in 1..=60 {
            world.says(n, TIER, &format!("partners/p{}", n % 10), i64::try_from(n.div_ceil(10)).expect("small")).await;
        }
        // One that claimed eight and died: nobody else sends before its lease is over, or newer events would overtake those.
        let (tenant, store) = (TenantId::default_tenant(), world.ports.store.clone());
        let (now, until_then) = (world.clock.now(), world.clock.now().plus_seconds(30));
        let claimed = store.claim_deliveries((&tenant, "erp"), "dead", now, until_then, 8).await.expect("claimed");
        assert_eq!(claimed.iter().map(|d| d.of.key.number).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
        receiver.slow(Duration::from_millis(20));
        let mut other = world.beside_with(receiver.clone()).await;
        let _one = world.start("webhooks");
        let _two = World::start_of(&mut other, "webhooks");
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(receiver.got().len(), 0, "the webhook is leased");
        world.clock.advance(Duration::from_secs(30));
        until("all is sent", async || receiver.got().len() == 60).await;
        let mut sequences: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for sent in receiver.got() {
            let event: Json = serde_json::from_slice(&sent.body).expect("JSON");
            let text = |field: &str| event[field].as_str().expect("text").to_owned();
            sequences.entry(text("subject")).or_default().push(text("sequence"));
        }
        assert_eq!(sequences.len(), 10);
        for (subject, sequences) in sequences {
            assert_eq!(sequences, ["1", "2", "3", "4", "5", "6"], "{subject}");
        }
    })
    .await;
}

/// A receiver on a port of this machine: what it got, and its URL.
async fn listening(status: u16, body: &'static [u8]) -> (Arc<Mutex<Vec<http::HeaderMap>>>, String) {
    let got: Arc<Mutex<Vec<http::HeaderMap>>> = Arc::default();
    let seen = got.clone();
    let answer = move |headers: http::HeaderMap| {
        seen.lock().expect("not poisoned").push(headers);
        let location = [("location", "http://127.0.0.1:1/elsewhere"), ("retry-after", "7200")];
        let status = http::StatusCode::from_u16(status).expect("a status");
        async move { (status, location, body) }
    };
    let router = axum::Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/in?a=b", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            let stream = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(async move {
                let server = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
                let _ = server.serve_connection(stream, service).await;
            });
        }
    });
    (got, url)
}

#[tokio::test]
async fn addresses_inside_are_refused_unless_an_operator_opens_them() {
    let (got, url) = listening(200, &[b'x'; 5_000]).await;
    let closed = World::new().await;
    let key = closed.key(&[Role::Admin], None).await;
    let refused = async |url: &str| {
        let reply = closed.json(&key, Method::POST, "/v1/webhooks", &json!({"url": url}).to_string()).await;
        assert_eq!((reply.http, reply.reason()), (400, "INVALID_REQUEST"), "{url}");
        reply.json["message"].as_str().expect("why").to_owned()
    };
    assert!(refused(&url).await.contains("is not encrypted"));
    for inside in ["https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest"] {
        let why = refused(inside).await;
        assert!(why.contains("is not an address of the public internet"), "{inside}: {why}");
    }
    // What a name of the inside leads to is not told.
    for name in ["localhost:8443", "2130706433"] {
        let why = refused(&format!("https://{name}/")).await;
        assert!(why.contains("leads to an address that is not of the public internet"), "{name}: {why}");
        assert!(!why.contains("127.0.0.1") && !why.contains("::1"), "{name}: {why}");
    }
    for port in ["99999", "0", "https"] {
        let why = refused(&format!("https://erp.example.com:{port}/")).await;
        assert!(why.starts_with("webhook.url: "), "{port}: {why}");
    }
    assert!(refused("https://user:secret@erp.example.com/").await.contains("has a user or a password"));
    for none in ["erp.example.com", "ftp://erp.example.com/", "https://", "https:///x"] {
        assert!(refused(none).await.starts_with("webhook.url: "), "{none}");
    }

    let webhooks =
        WebhookSettings { allowed_networks: vec!["127.0.0.0/8".to_owned()], allow_http: true, ..Default::default() };
    let mut open = World::with_options(Options { webhooks, ..Options::default() }).await;
    let (key, _sends) = (open.key(&[Role::Admin], None).await, open.start("webhooks"));
    open.hook(&key, "erp", json!({"url": url})).await;
    open.says(1, TIER, "partners/a", 1).await;
    until("it is sent", async || got.lock().expect("not poisoned").len() == 1).await;
    let headers = got.lock().expect("not poisoned")[0].clone();
    assert_eq!(headers["content-type"], "application/cloudevents+json; charset=utf-8");
    assert!(headers["webhook-signature"].to_str().expect("text").starts_with("v1,"));
    until("it is noted", async || open.one(&key, "webhooks/erp/deliveries/1").await["state"] == "STATE_DELIVERED")
        .await;
    let one = open.one(&key, "webhooks/erp/deliveries/1").await;
    assert_eq!(one["attempts"][0]["response"].as_str().map(str::len), Some(1_024), "not all of it is kept");

    // Redirects are not followed, and who asks for a longer pause gets it.
    let (moved, url) = listening(307, &[0xff; 5_000]).await;
    open.hook(&key, "moved", json!({"url": url, "subject": "partners/b"})).await;
    open.says(2, TIER, "partners/b", 1).await;
    until("it is tried", async || open.one(&key, "webhooks/moved/deliveries/2").await["attemptCount"] == json!(1))
        .await;
    let one = open.one(&key, "webhooks/moved/deliveries/2").await;
    assert_eq!((&one["attempts"][0]["error"], moved.lock().expect("not poisoned").len()), (&json!("answered 307"), 1));
    // 341 times U+FFFD, of three bytes each.
    assert_eq!(one["attempts"][0]["response"], "\u{fffd}".repeat(341));
    // 2012-07-01T02:00:00Z: two hours later.
    assert_eq!(one["nextAttemptTime"], "2012-07-01T02:00:00Z");
}
