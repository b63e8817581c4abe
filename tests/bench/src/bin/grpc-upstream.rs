//! Answers every gRPC call with the same small message: what stands behind the proxies of `tests/bench/gateway`.

use anyhow::{Context as _, Result};
use axum::{Router, body::Body, response::Response};
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use prost::Message as _;
use tributary_lifecycle::stop_on_signal;
use tributary_proto::tributary::partner::v1::Partner;

#[tokio::main]
async fn main() -> Result<()> {
    let port: u16 = std::env::args().nth(1).context("usage: grpc-upstream PORT")?.parse()?;
    let partner = Partner {
        name: "partners/alpine".to_owned(),
        display_name: "Alpine".to_owned(),
        region: "CN/GD".to_owned(),
        ..Partner::default()
    };
    let message = partner.encode_to_vec();
    // Not compressed, then the length, then the message.
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len())?.to_be_bytes());
    framed.extend(message);
    let framed = Bytes::from(framed);
    let router = Router::new().fallback(move |request: axum::extract::Request| {
        let framed = framed.clone();
        async move {
            // The call is read to its end, as a service does.
            drop(request.into_body().collect().await);
            answer(framed)
        }
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    tributary_rpc::serve::serve(listener, router, stop_on_signal()).await.map_err(anyhow::Error::msg)
}

fn answer(message: Bytes) -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [Frame::data(message), Frame::trailers(trailers)].map(Ok::<_, std::convert::Infallible>);
    let mut response = Response::new(Body::new(StreamBody::new(stream::iter(frames))));
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}
