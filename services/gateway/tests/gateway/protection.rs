//! What keeps the services standing: rates, the cap on messages, retries, the breaker.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use tonic::{Status, body::Body};
use tributary_core::Role;
use tributary_gateway::{
    Options,
    door::{Area, LimitSettings},
};
use tributary_limits::Rate;
use tributary_rpc::{client::Backend, status};

use crate::support::{GET_PARTNER, STREAM_FACTS, Whole as _, World};

const MESSAGE: &[u8] = b"\x00\x00\x00\x00\x0c\x0a\x0apartners/x";
const FREEZE: &str = "/tributary.partner.v1.PartnerService/FreezePartner";

fn rate(calls: u32) -> Option<Rate> {
    Some(Rate::new(NonZeroU32::new(calls)?, NonZeroU32::new(3600)?))
}

fn limited(limits: LimitSettings) -> Options {
    Options { limits, ..Options::default() }
}

#[tokio::test]
async fn a_key_that_calls_too_often_waits_by_every_protocol() {
    let limits = LimitSettings { caller_and_method: rate(3), ..LimitSettings::default() };
    let world = World::with_options(limited(limits)).await;
    let (key, other) = (world.key(&[Role::Admin], None).await, world.key(&[Role::Admin], None).await);
    let headers = [("x-api-key", key.as_str())];
    for _ in 0..2 {
        assert_eq!(world.call(GET_PARTNER, &headers, MESSAGE).await.status().code(), tonic::Code::Ok);
    }
    world.json(&key, Method::GET, "/v1/partners/x", "").await;
    let refused = world.call(GET_PARTNER, &headers, MESSAGE).await;
    let (code, reason, message) = refused.refusal();
    assert_eq!((code, reason.as_str()), (8, "RATE_LIMITED"), "the call by JSON counts, too");
    assert!(message.contains("more than 3 calls in 3600 s"), "{message}");
    let after = status::describe(&refused.status()).retry_after.expect("a time");
    // An even pace is one call each 1,200 s.
    assert!(after > Duration::from_secs(1_100) && after <= Duration::from_secs(1_200), "{after:?}");
    let reply = world.json(&key, Method::GET, "/v1/partners/x", "").await;
    assert_eq!((reply.http, reply.reason()), (429, "RATE_LIMITED"));
    let wait: u64 = reply.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1_100..=1_201).contains(&wait), "{wait}");

    assert_eq!(
        world.call(FREEZE, &headers, MESSAGE).await.status().code(),
        tonic::Code::Ok,
        "each method counts for itself"
    );
    let headers = [("x-api-key", other.as_str())];
    assert_eq!(world.call(GET_PARTNER, &headers, MESSAGE).await.status().code(), tonic::Code::Ok, "and each key");
    assert_eq!(world.partner.count(), 5, "what is refused reaches nobody");
}

#[tokio::test]
async fn methods_tenants_and_quotas_have_limits_of_their_own() {
    let methods = [("tributary.partner.v1.PartnerService/GetPartner".to_owned(), rate(1).expect("a rate"))].into();
    let limits = LimitSettings { methods, tenant: rate(4), tenant_quota: rate(3), ..LimitSettings::default() };
    let world = World::with_options(limited(limits)).await;
    let key = world.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    assert_eq!(world.call(GET_PARTNER, &headers, MESSAGE).await.status().code(), tonic::Code::Ok);
    assert_eq!(world.call(GET_PARTNER, &headers, MESSAGE).await.refusal().1, "RATE_LIMITED");
    for _ in 0..2 {
        assert_eq!(world.call(FREEZE, &headers, MESSAGE).await.status().code(), tonic::Code::Ok);
    }
    assert_eq!(world.call(FREEZE, &headers, MESSAGE).await.refusal().1, "QUOTA_EXHAUSTED");
    let (_, reason, message) = world.call(FREEZE, &headers, MESSAGE).await.refusal();
    assert_eq!(reason, "RATE_LIMITED");
    assert!(message.contains("(tenant)"), "{message}");
}

#[tokio::test]
async fn a_message_above_the_cap_is_refused_and_one_at_the_cap_passes() {
    let world = World::new().await;
    let key = world.key(&[Role::ChannelManager], None).await;
    let headers = [("x-api-key", key.as_str())];
    let framed = |length: usize| {
        let prefix = u32::try_from(length).expect("small").to_be_bytes();
        [&[0][..], &prefix, &vec![0; length]].concat()
    };
    let full = Body::new(http_body_util::Full::new(bytes::Bytes::from(framed(4 * 1024 * 1024))));
    let answer = world.send(STREAM_FACTS, &headers, full).await.whole().await;
    assert_eq!((answer.status().code(), answer.body.len()), (tonic::Code::Ok, 4 * 1024 * 1024 + 5));
    let over =
        Body::new(http_body_util::Full::new(bytes::Bytes::from([framed(2), framed(4 * 1024 * 1024 + 1)].concat())));
    let answer = world.send(STREAM_FACTS, &headers, over).await.whole().await;
    let described = status::describe(&answer.status());
    assert_eq!((described.code, described.reason.as_str()), (tonic::Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
}

/// A service that is away for some calls and then answers.
fn flaky(away: u32, calls: Arc<AtomicU32>) -> Backend {
    Backend::new(tower::service_fn(move |request: Request<Body>| {
        let (calls, away) = (calls.clone(), away);
        async move {
            let body = request.into_body().collect().await?.to_bytes();
            assert_eq!(body, MESSAGE, "the same bytes each time");
            if calls.fetch_add(1, Ordering::SeqCst) < away {
                return Err(Status::unavailable("10.0.0.7: connection refused"));
            }
            let mut response = Response::new(Body::empty());
            response.headers_mut().insert("grpc-status", http::HeaderValue::from_static("0"));
            Ok(response)
        }
    }))
}

#[tokio::test]
async fn a_read_is_tried_again_a_write_is_not() {
    let calls = Arc::new(AtomicU32::new(0));
    let world = World::in_front_of(Area::Partner, flaky(2, calls.clone())).await;
    let key = world.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    assert_eq!(world.call(GET_PARTNER, &headers, MESSAGE).await.status().code(), tonic::Code::Ok);
    assert_eq!(calls.load(Ordering::SeqCst), 3);

    let calls = Arc::new(AtomicU32::new(0));
    let world = World::in_front_of(Area::Partner, flaky(1, calls.clone())).await;
    let key = world.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    assert_eq!(world.call(FREEZE, &headers, MESSAGE).await.refusal().1, "UPSTREAM_UNAVAILABLE");
    assert_eq!(calls.load(Ordering::SeqCst), 1, "nobody knows whether it was done");
}

#[tokio::test]
async fn a_service_that_is_away_is_left_alone_and_found_again() {
    let calls = Arc::new(AtomicU32::new(0));
    let world = World::in_front_of(Area::Partner, flaky(6, calls.clone())).await;
    let key = world.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    let mut failed = Instant::now();
    for reached in 1..=5 {
        failed = Instant::now();
        let (code, reason, _) = world.call(FREEZE, &headers, MESSAGE).await.refusal();
        assert_eq!((code, reason.as_str()), (14, "UPSTREAM_UNAVAILABLE"));
        assert_eq!(calls.load(Ordering::SeqCst), reached, "each is sent");
    }
    // It rests for half a second, and for a whole one after the next failure. A machine that is busy may take longer than that
    // for a few calls, so each answer is held against the time that has passed.
    let (mut rest, mut spared) = (Duration::from_millis(500), 0);
    let found = async {
        loop {
            let (begun, before) = (Instant::now(), calls.load(Ordering::SeqCst));
            let answer = world.call(FREEZE, &headers, MESSAGE).await;
            let sent = calls.load(Ordering::SeqCst) - before;
            let said = status::describe(&answer.status());
            if said.message.contains("is left alone for a moment") {
                assert_eq!((said.code, sent), (tonic::Code::Unavailable, 0));
                let after = said.retry_after.expect("a time");
                assert!(after <= rest, "{after:?}");
                spared += 1;
                if spared > 45 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                continue;
            }
            assert!(failed.elapsed() >= rest, "nothing is sent for {rest:?}: {}", said.message);
            assert_eq!(sent, 1, "{}", said.message);
            if said.code == tonic::Code::Ok {
                return;
            }
            (failed, rest) = (begun, rest * 2);
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found).await.expect("found again");
    assert_eq!(calls.load(Ordering::SeqCst), 7, "one try fails, the next is answered");
    assert!(spared > 0, "it was never left alone");
}

#[tokio::test]
async fn what_is_too_much_for_a_service_is_refused_at_once() {
    let world = World::in_front_of(Area::Partner, crate::support::upstream::deaf()).await;
    let key = world.key(&[Role::Admin], None).await;
    // Their callers wait for longer than it takes to make all of them; 256 fit.
    let headers = [("x-api-key", key.as_str()), ("grpc-timeout", "50S")];
    let mut calls: FuturesUnordered<_> = (0..300).map(|_| world.call(FREEZE, &headers, MESSAGE)).collect();
    for _ in 256..300 {
        let (code, reason, _) = calls.next().await.expect("there are calls left").refusal();
        assert_eq!((code, reason.as_str()), (14, "OVERLOADED"));
    }
    // At once: while those who fit still wait.
    assert_eq!(calls.len(), 256);
    assert!(calls.next().now_or_never().is_none(), "they wait");
}
