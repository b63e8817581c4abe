//! gRPC-Web, binary and text, and calls from web pages.

use http::{Method, Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tributary_core::Role;
use tributary_gateway::{Options, door::CorsSettings};

use crate::support::{GET_PARTNER, World};

/// Field 1 "partners/x" and an unknown field 2047 of 2 bytes, in one message.
const MESSAGE: &[u8] = b"\x00\x00\x00\x00\x11\x0a\x0apartners/x\xfa\x7f\x02\xff\xfe";
/// The same in base64, as Python's base64 writes it.
const IN_BASE64: &str = "AAAAABEKCnBhcnRuZXJzL3j6fwL//g==";

async fn call(world: &World, kind: &str, key: &str, body: impl Into<axum::body::Body>) -> (http::HeaderMap, Vec<u8>) {
    let request =
        Request::post(GET_PARTNER).header("content-type", kind).header("accept", kind).header("x-api-key", key);
    let request = request.version(http::Version::HTTP_11).body(body.into()).expect("a request");
    let response = world.gateway.router.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status().as_u16(), 200);
    let (parts, body) = response.into_parts();
    (parts.headers, body.collect().await.expect("a body").to_bytes().to_vec())
}

#[tokio::test]
async fn both_forms_carry_the_bytes_untouched() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let (headers, body) = call(&world, "application/grpc-web+proto", &key, MESSAGE).await;
    assert_eq!(headers["content-type"], "application/grpc-web+proto");
    let (message, trailers) = body.split_at(MESSAGE.len());
    assert_eq!((message, trailers[0]), (MESSAGE, 0x80), "unknown fields included, then a frame of trailers");
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"), "{trailers:?}");
    assert_eq!(world.partner.only().headers["content-type"], "application/grpc");

    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let (headers, body) = call(&world, "application/grpc-web-text", &key, IN_BASE64).await;
    assert!(headers["content-type"].to_str().expect("text").starts_with("application/grpc-web-text"));
    assert!(String::from_utf8_lossy(&body).starts_with(IN_BASE64.trim_end_matches('=')), "{body:?}");
    assert_eq!(world.partner.only_body(), MESSAGE);
}

#[tokio::test]
async fn refusals_have_the_status_and_details_of_grpc() {
    let world = World::new().await;
    let key = world.key(&[Role::Partner], None).await;
    let (headers, body) = call(&world, "application/grpc-web+proto", "nobody", MESSAGE).await;
    let code = headers.get("grpc-status").map(|v| v.to_str().expect("text").to_owned());
    let said = code.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned());
    assert!(said == "16" || said.contains("grpc-status:16"), "{said}");
    let request = Request::post("/tributary.partner.v1.PartnerService/FreezePartner")
        .header("content-type", "application/grpc-web")
        .header("x-api-key", &key)
        .header("x-own", "x".repeat(17_000));
    let response =
        world.gateway.router.clone().oneshot(request.body(axum::body::Body::empty()).expect("a request")).await;
    let response = response.expect("infallible");
    assert_eq!(
        (&response.headers()["grpc-status"], &response.headers()["content-type"]),
        (
            &"8".parse::<http::HeaderValue>().expect("value"),
            &"application/grpc-web+proto".parse::<http::HeaderValue>().expect("value"),
        )
    );
    assert_eq!(world.partner.count(), 0);
}

#[tokio::test]
async fn pages_may_call_only_from_listed_origins() {
    let cors = CorsSettings { allowed_origins: vec!["https://portal.example.com".to_owned()] };
    let world = World::with_options(Options { cors, ..Options::default() }).await;
    let key = world.key(&[Role::Admin], None).await;
    let preflight = |world: &World, origin: &str| {
        let request = Request::builder().method(Method::OPTIONS).uri("/v1/caller").header("origin", origin);
        let request = request.header("access-control-request-method", "GET").body(axum::body::Body::empty());
        world.gateway.router.clone().oneshot(request.expect("a request"))
    };
    let allowed = preflight(&world, "https://portal.example.com").await.expect("infallible");
    assert_eq!(
        (allowed.status().as_u16(), &allowed.headers()["access-control-allow-origin"]),
        (204, &"https://portal.example.com".parse::<http::HeaderValue>().expect("value"),)
    );
    assert!(allowed.headers()["access-control-allow-headers"].to_str().expect("text").contains("authorization"));
    let other = preflight(&world, "https://evil.example.com").await.expect("infallible");
    assert!(!other.headers().contains_key("access-control-allow-origin"));

    let get = |origin: &'static str| Request::get("/v1/caller").header("origin", origin).header("x-api-key", &key);
    let reply =
        world.plain(get("https://portal.example.com").body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!((reply.http, &reply.headers["vary"]), (200, &"origin".parse::<http::HeaderValue>().expect("value")));
    assert!(reply.headers["access-control-expose-headers"].to_str().expect("text").contains("grpc-status"));
    let reply = world.plain(get("https://evil.example.com").body(axum::body::Body::empty()).expect("a request")).await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));

    let off = World::new().await;
    let refused = preflight(&off, "https://portal.example.com").await.expect("infallible");
    assert!(!refused.headers().contains_key("access-control-allow-origin"), "off unless it is set");
}
