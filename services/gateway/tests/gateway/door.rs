//! The way of a call through the door, with a service behind it that gives back what it gets.

use std::time::Duration;

use crate::support::{GET_PARTNER, STREAM_FACTS, Upstream, Whole as _, World, request, upstream};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::net::TcpListener;
use tonic::{Status, body::Body};
use tower::ServiceExt as _;
use tributary_core::{Role, TenantId};
use tributary_gateway::door::Area;
use tributary_lifecycle::CancellationToken;
use tributary_rpc::{client, serve::serve, status};

/// Field 1 "partners/x" and an unknown field 2047 of 2 bytes, in one message.
const MESSAGE: &[u8] = b"\x00\x00\x00\x00\x11\x0a\x0apartners/x\xfa\x7f\x02\xff\xfe";

#[tokio::test]
async fn a_call_reaches_its_service_with_its_bytes() {
    let world = World::new().await;
    let key = world.key(&[Role::Analyst, Role::Finance], None).await;
    let bearer = format!("Bearer {key}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-request-id", "order-17"),
        ("x-tributary-roles", "ADMIN"),
        ("cookie", "a=b"),
        ("grpc-timeout", "7S"),
        ("x-own", "stays"),
        ("x-own-bin", "AAEC"),
    ];
    let answer = world.call(GET_PARTNER, &headers, MESSAGE).await;
    assert_eq!(answer.body, MESSAGE, "unknown fields included");
    assert_eq!(answer.status().code(), tonic::Code::Ok);
    assert_eq!(
        (&answer.headers["x-early"], &answer.trailers["x-late"]),
        (&"1".parse().unwrap(), &"1".parse().unwrap())
    );
    assert_eq!(answer.headers["x-request-id"], "order-17");

    let seen = world.partner.only();
    assert_eq!(seen.path, GET_PARTNER);
    let token = seen.headers["authorization"].to_str().expect("text").strip_prefix("Bearer ").expect("a token");
    let context = world.signer.verifier().verify(token, tributary_core::Clock::now(&*world.clock)).expect("verified");
    assert_eq!(context.tenant, TenantId::default_tenant());
    assert_eq!(context.subject, "erp");
    assert_eq!(context.roles, [Role::Analyst, Role::Finance]);
    assert_eq!(context.request_id, "order-17");
    let mut names: Vec<&str> = seen.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = ["authorization", "content-type", "grpc-timeout", "te", "x-own", "x-own-bin", "x-request-id"];
    assert_eq!(names, expected);
    assert_eq!(seen.headers["x-request-id"], "order-17");
    assert_eq!(seen.headers["grpc-timeout"], "7S");
    assert!(!format!("{:?}", seen.headers).contains(&key), "the key went along");
}

#[tokio::test]
async fn without_a_good_key_nothing_passes() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let last = if key.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{last}", &key[..key.len() - 1]);
    let basic = format!("Basic {key}");
    for headers in [
        &[][..],
        &[("x-api-key", "")],
        &[("x-api-key", "secret")],
        &[("x-api-key", "trib_k1_abc")],
        &[("x-api-key", wrong.as_str())],
        &[("authorization", basic.as_str())],
    ] {
        let (code, reason, message) = world.call(GET_PARTNER, headers, MESSAGE).await.refusal();
        assert_eq!((code, reason.as_str()), (16, "UNAUTHENTICATED"), "{headers:?}");
        assert!(!message.contains("trib_"), "{message}");
    }
    let unknown = world.call("/tributary.partner.v1.PartnerService/Nothing", &[], b"").await.refusal();
    assert_eq!(unknown.0, 16, "who is not known learns nothing about methods");
    assert_eq!(world.partner.count(), 0);
    assert_eq!(world.call(GET_PARTNER, &[("x-api-key", &key)], MESSAGE).await.status().code(), tonic::Code::Ok);
}

#[tokio::test]
async fn an_expired_key_is_refused() {
    let world = World::new().await;
    let end = tributary_core::Clock::now(&*world.clock).plus_seconds(1);
    let key = world.key(&[Role::Admin], Some(end)).await;
    let call = async || world.call(GET_PARTNER, &[("x-api-key", &key)], MESSAGE).await;
    assert_eq!(call().await.status().code(), tonic::Code::Ok);
    // Within the life of the cache.
    world.clock.advance(Duration::from_secs(1));
    let (code, reason, message) = call().await.refusal();
    assert_eq!((code, reason.as_str()), (16, "UNAUTHENTICATED"));
    assert!(message.contains("expired at 2012-07-01T00:00:01Z"), "{message}");
}

#[tokio::test]
async fn roles_are_checked_before_anything_else() {
    let world = World::new().await;
    let key = world.key(&[Role::Partner], None).await;
    let headers = [("x-api-key", key.as_str())];
    // Neither the body nor the name of the operation is looked at.
    for path in ["/tributary.partner.v1.PartnerService/FreezePartner", "/google.longrunning.Operations/CancelOperation"]
    {
        let (code, reason, message) = world.call(path, &headers, b"broken").await.refusal();
        assert_eq!((code, reason.as_str()), (7, "PERMISSION_DENIED"), "{path}");
        assert!(message.contains("erp may not call") && message.contains("Admin"), "{message}");
    }
    assert_eq!(world.partner.count() + world.incentive.count(), 0);
}

#[tokio::test]
async fn what_is_not_in_the_table_is_denied() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    for path in [
        "/tributary.partner.v1.PartnerService/Nothing",
        "/tributary.incentive.v1.FactService/ReadFacts",
        "/tributary.partner.v1.PartnerService",
        "/tributary.partner.v1.PartnerService/GetPartner/",
        "/",
    ] {
        let (code, reason, _) = world.call(path, &[("x-api-key", &key)], MESSAGE).await.refusal();
        assert_eq!((code, reason.as_str()), (7, "METHOD_UNKNOWN"), "{path}");
    }
    assert_eq!(world.partner.count() + world.incentive.count(), 0);
}

#[tokio::test]
async fn calls_without_a_usable_id_get_one() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let answer = world.call(GET_PARTNER, &[("x-api-key", &key), ("x-request-id", "a b")], MESSAGE).await;
    let id = answer.headers["x-request-id"].to_str().expect("text").to_owned();
    assert_eq!(id.len(), 32, "{id}");
    assert_eq!(world.partner.only().headers["x-request-id"], id);
    let refused = world.call(GET_PARTNER, &[], MESSAGE).await;
    let id = refused.headers["x-request-id"].to_str().expect("text");
    assert_eq!(status::describe(&refused.status()).metadata["request_id"], id, "refusals quote it");
}

#[tokio::test]
async fn too_much_metadata_is_refused() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let much = "x".repeat(16 * 1024);
    let headers = [("x-api-key", key.as_str()), ("x-own", much.as_str())];
    let (code, reason, _) = world.call(GET_PARTNER, &headers, MESSAGE).await.refusal();
    assert_eq!((code, reason.as_str()), (8, "METADATA_TOO_LARGE"));
}

#[tokio::test]
async fn what_is_called_grpc_and_is_none_is_told_so() {
    let world = World::new().await;
    let request = http::Request::get(GET_PARTNER).header("content-type", "application/grpc");
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let response = world.gateway.router.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status().as_u16(), 415);
}

#[tokio::test]
async fn operations_go_to_the_service_that_their_name_says() {
    let world = World::new().await;
    let key = world.key(&[Role::Finance], None).await;
    let headers = [("x-api-key", key.as_str())];
    let get = "/google.longrunning.Operations/GetOperation";
    // operations/partner-1 is 20 bytes, with its tag and length 22.
    let partner = b"\x00\x00\x00\x00\x16\x0a\x14operations/partner-1";
    assert_eq!(world.call(get, &headers, partner).await.body, partner.as_slice());
    assert_eq!((world.partner.count(), world.incentive.count()), (1, 0));
    let incentive = b"\x00\x00\x00\x00\x18\x0a\x16operations/incentive-1";
    assert_eq!(world.call(get, &headers, incentive).await.body, incentive.as_slice());
    assert_eq!((world.partner.count(), world.incentive.count()), (1, 1));
    let all = b"\x00\x00\x00\x00\x0c\x22\x0aoperations";
    let list = "/google.longrunning.Operations/ListOperations";
    assert_eq!(world.call(list, &headers, all).await.body, all.as_slice());
    assert_eq!((world.partner.count(), world.incentive.count()), (1, 2));

    let nobody = b"\x00\x00\x00\x00\x13\x0a\x11operations/nobody";
    let (code, reason, _) = world.call(get, &headers, nobody).await.refusal();
    assert_eq!((code, reason.as_str()), (5, "OPERATION_NOT_FOUND"));
    let (code, reason, _) = world.call(get, &headers, b"\x00\x00\x00\x00\x09").await.refusal();
    assert_eq!((code, reason.as_str()), (3, "INVALID_REQUEST"));
}

#[tokio::test]
async fn events_are_seen_to_by_the_service_that_is_named() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    let list = "/tributary.event.v1.EventService/ListDeadLetters";
    // services/partner-registry is 25 bytes, with its tag and length 27.
    let partner = b"\x00\x00\x00\x00\x1b\x0a\x19services/partner-registry";
    assert_eq!(world.call(list, &headers, partner).await.body, partner.as_slice());
    assert_eq!((world.partner.count(), world.incentive.count()), (1, 0));
    // What follows the service is not looked at: 34 and 36 bytes.
    let get = "/tributary.event.v1.EventService/GetDeadLetter";
    let incentive = b"\x00\x00\x00\x00\x24\x0a\x22services/incentive-calculation/a.b";
    assert_eq!(world.call(get, &headers, incentive).await.body, incentive.as_slice());
    assert_eq!((world.partner.count(), world.incentive.count()), (1, 1));

    let nobody = b"\x00\x00\x00\x00\x12\x0a\x10services/nothing";
    let (code, reason, message) = world.call(list, &headers, nobody).await.refusal();
    assert_eq!((code, reason.as_str()), (3, "INVALID_REQUEST"));
    assert!(message.contains("services/partner-registry, services/incentive-calculation"), "{message}");
    let finance = world.key(&[Role::Finance, Role::Auditor], None).await;
    let (code, ..) = world.call(list, &[("x-api-key", finance.as_str())], partner).await.refusal();
    assert_eq!(code, 7);
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable() {
    // Nothing listens on port 1.
    let away = World::in_front_of(Area::Partner, client::remote("http://127.0.0.1:1").expect("an address")).await;
    let key = away.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    for (path, service) in [(GET_PARTNER, "partner-registry"), (STREAM_FACTS, "incentive-calculation")] {
        let answer = away.call(path, &headers, MESSAGE).await;
        let (code, reason, message) = answer.refusal();
        assert_eq!((code, reason.as_str()), (14, "UPSTREAM_UNAVAILABLE"));
        assert!(message.contains(service) && !message.contains("127.0.0.1"), "{message}");
        assert_eq!(status::describe(&answer.status()).retry_after, Some(Duration::from_secs(1)));
    }
}

#[tokio::test]
async fn a_service_that_breaks_off_ends_with_a_status() {
    let world = World::in_front_of(Area::Partner, upstream::breaking()).await;
    let key = world.key(&[Role::Admin], None).await;
    let answer = world.call(GET_PARTNER, &[("x-api-key", &key)], MESSAGE).await;
    assert_eq!(answer.body, "half");
    let described = status::describe(&Status::from_header_map(&answer.trailers).expect("a status"));
    assert_eq!((described.code, described.reason.as_str()), (tonic::Code::Unavailable, "UPSTREAM_UNAVAILABLE"));
    assert!(!described.message.contains("10.0.0.7"), "{}", described.message);
}

#[tokio::test]
async fn a_service_that_hangs_or_panics_does_not_hold_the_caller() {
    let deaf = World::in_front_of(Area::Partner, upstream::deaf()).await;
    let key = deaf.key(&[Role::Admin], None).await;
    let (code, reason, _) =
        deaf.call(GET_PARTNER, &[("x-api-key", &key), ("grpc-timeout", "20m")], MESSAGE).await.refusal();
    assert_eq!((code, reason.as_str()), (4, "DEADLINE_EXCEEDED"));

    // Over a socket the client of the transport watches the deadline too; the answer is the same.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let service = client::remote(&format!("http://{}", listener.local_addr().expect("address"))).expect("an address");
    let far = World::in_front_of(Area::Partner, service).await;
    let key = far.key(&[Role::Admin], None).await;
    let (code, reason, _) =
        far.call(GET_PARTNER, &[("x-api-key", &key), ("grpc-timeout", "50m")], MESSAGE).await.refusal();
    assert_eq!((code, reason.as_str()), (4, "DEADLINE_EXCEEDED"));

    let panicking = World::in_front_of(Area::Partner, upstream::panicking()).await;
    let key = panicking.key(&[Role::Admin], None).await;
    let (code, reason, message) = panicking.call(GET_PARTNER, &[("x-api-key", &key)], MESSAGE).await.refusal();
    assert_eq!((code, reason.as_str()), (13, "INTERNAL"));
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn a_service_that_hangs_does_not_hold_a_caller_without_a_deadline() {
    let deaf = World::in_front_of(Area::Partner, upstream::deaf()).await;
    let key = deaf.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str()), ("grpc-timeout", "20m")];
    // The key is read before the time stands still: a paused clock runs ahead of the store.
    deaf.call(GET_PARTNER, &headers, MESSAGE).await.refusal();
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let (code, reason, _) = deaf.call(GET_PARTNER, &headers[..1], MESSAGE).await.refusal();
    // The 30 s that a service gives itself, and 5 s.
    assert_eq!((code, reason.as_str(), started.elapsed().as_secs()), (4, "DEADLINE_EXCEEDED", 35));
}

#[tokio::test]
async fn a_stream_without_a_deadline_is_waited_for() {
    let deaf = World::in_front_of(Area::Incentive, upstream::deaf()).await;
    let key = deaf.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str()), ("grpc-timeout", "20m")];
    // The key is read before the time stands still: a paused clock runs ahead of the store.
    deaf.call(STREAM_FACTS, &headers, MESSAGE).await.refusal();
    tokio::time::pause();
    let call = deaf.call(STREAM_FACTS, &headers[..1], MESSAGE);
    assert!(tokio::time::timeout(Duration::from_secs(3600), call).await.is_err(), "it still waits after an hour");
}

#[tokio::test]
async fn a_deadline_that_cannot_be_read_is_said() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    for bad in ["soon", "1", "123456789S", "-1S"] {
        let headers = [("x-api-key", key.as_str()), ("grpc-timeout", bad)];
        let answer = world.call(GET_PARTNER, &headers, MESSAGE).await;
        let (code, reason, _) = answer.refusal();
        assert_eq!((code, reason.as_str()), (3, "INVALID_REQUEST"), "{bad}");
        let violation = status::describe(&answer.status()).violations.remove(0);
        assert_eq!(violation.field, "grpc-timeout");
        assert!(violation.description.starts_with(&format!("{bad:?} is not a timeout")), "{violation:?}");
    }
    assert_eq!(world.partner.count(), 0);
}

#[tokio::test]
async fn streams_pass_both_ways_over_sockets() {
    let incentive = Upstream::default();
    let stop = CancellationToken::new();
    let behind = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let service = client::remote(&format!("http://{}", behind.local_addr().expect("address"))).expect("an address");
    tokio::spawn(serve(behind, incentive.router(), stop.clone()));
    let world = World::in_front_of(Area::Incentive, service).await;
    let key = world.key(&[Role::ChannelManager], None).await;
    let front = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let gateway = client::remote(&format!("http://{}", front.local_addr().expect("address"))).expect("an address");
    let serving = tokio::spawn(serve(front, world.gateway.router.clone(), stop.clone()));

    let (to, from) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, Status>>(1);
    let body = Body::new(StreamBody::new(tokio_stream::wrappers::ReceiverStream::new(from)));
    let response = gateway.oneshot(request(STREAM_FACTS, &[("x-api-key", &key)], body)).await.expect("an answer");
    assert_eq!(response.headers()["x-early"], "1", "the answer begins before the call ends");
    let (parts, mut answer) = response.into_parts();
    for message in [MESSAGE, b"\x00\x00\x00\x00\x00", MESSAGE] {
        to.send(Ok(Frame::data(Bytes::from_static(message)))).await.expect("sent");
        let mut got = Vec::new();
        while got.len() < message.len() {
            got.extend(answer.frame().await.expect("a frame").expect("good").into_data().expect("data"));
        }
        assert_eq!(got, message, "each message comes back before the next is sent");
    }
    drop(to);
    let end = http::Response::from_parts(parts, answer).whole().await;
    assert_eq!((end.status().code(), end.body.len()), (tonic::Code::Ok, 0));
    assert_eq!(end.trailers["x-late"], "1");
    assert_eq!(incentive.only().path.rsplit_once(":").map(|(_, p)| p.contains(STREAM_FACTS)), Some(true));

    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), serving).await.expect("drains").expect("ran").expect("stopped");
}
