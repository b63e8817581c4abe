//! One call as it goes over the wire, by each protocol, over one connection of HTTP/2.

use http_body_util::BodyExt as _;
use tonic::{
    Code, Status,
    body::Body,
    codegen::{Service as _, http},
    transport::Channel,
};

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Grpc,
    Web,
    Json,
}

/// What a caller is told, as far as it matters who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nobody known calls.
    Unknown,
    /// He may not.
    Denied,
    /// Anything else, be it an answer or an error.
    Through,
}

/// What is sent: a method and a path for JSON, and a body.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    pub verb: http::Method,
    pub path: String,
    pub body: Vec<u8>,
}

/// A message in its frame.
pub fn message(bytes: &[u8]) -> Sent {
    let length = u32::try_from(bytes.len()).expect("short").to_be_bytes();
    Sent { body: [&[0], length.as_slice(), bytes].concat(), ..Sent::default() }
}

/// Makes a call and gives back the head of its answer with the body unread.
pub async fn call(
    channel: &Channel,
    protocol: Protocol,
    path: &str,
    key: Option<&str>,
    sent: &Sent,
) -> http::Response<Body> {
    let (verb, path, kind) = match protocol {
        Protocol::Grpc => (http::Method::POST, path, "application/grpc"),
        Protocol::Web => (http::Method::POST, path, "application/grpc-web+proto"),
        Protocol::Json => (sent.verb.clone(), sent.path.as_str(), "application/json"),
    };
    let mut request = http::Request::builder().method(verb).uri(path).header("content-type", kind);
    if protocol == Protocol::Grpc {
        request = request.header("te", "trailers");
    }
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let body = Body::new(http_body_util::Full::from(sent.body.clone()).map_err(|never| match never {}));
    let mut channel = channel.clone();
    std::future::poll_fn(|cx| channel.poll_ready(cx)).await.expect("open");
    channel.call(request.body(body).expect("a request")).await.expect("an answer")
}

/// What a call is told. Refusals for who calls stand in the head of the answer, whatever the protocol.
pub async fn told(channel: &Channel, protocol: Protocol, path: &str, key: Option<&str>, sent: &Sent) -> Told {
    let answer = call(channel, protocol, path, key, sent).await;
    let status = answer.headers().get("grpc-status").and_then(|code| code.to_str().ok());
    match (protocol, answer.status().as_u16(), status) {
        (Protocol::Json, 401, _) | (Protocol::Grpc | Protocol::Web, _, Some("16")) => Told::Unknown,
        (Protocol::Json, 403, _) | (Protocol::Grpc | Protocol::Web, _, Some("7")) => Told::Denied,
        _ => Told::Through,
    }
}

/// The whole answer of a call by gRPC; else what it was refused with.
pub async fn answer(channel: &Channel, path: &str, key: &str, message: &[u8]) -> Result<Vec<u8>, String> {
    let answer = call(channel, Protocol::Grpc, path, Some(key), &self::message(message)).await;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(|status| status.to_string())?;
    let status = Status::from_header_map(body.trailers().unwrap_or(&head.headers));
    match status {
        Some(status) if status.code() == Code::Ok => Ok(body.to_bytes().to_vec()),
        status => Err(format!("{status:?}")),
    }
}
