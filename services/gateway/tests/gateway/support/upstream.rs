//! A service that answers every call with the bytes it got, and notes what it saw.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::Router;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tonic::{Status, body::Body};
use tributary_rpc::client::{self, Backend};

#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Arc<Mutex<Vec<u8>>>,
}

#[derive(Debug, Clone, Default)]
pub struct Upstream(Arc<Mutex<Vec<Seen>>>);

impl Upstream {
    pub fn router(&self) -> Router {
        let seen = self.0.clone();
        Router::new().fallback(move |request: Request<axum::body::Body>| {
            let (parts, body) = request.into_parts();
            let path = parts.uri.to_string();
            let read = Arc::new(Mutex::new(Vec::new()));
            seen.lock().expect("lock").push(Seen { path, headers: parts.headers, body: read.clone() });
            async move { Ok::<_, Infallible>(echo(body, read)) }
        })
    }

    pub fn backend(&self) -> Backend {
        client::local(self.router())
    }

    /// The only call that reached it.
    pub fn only(&self) -> Seen {
        let seen = self.0.lock().expect("lock");
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    /// The bytes of the only call that reached it.
    pub fn only_body(&self) -> Vec<u8> {
        let seen = self.only();
        let body = seen.body.lock().expect("lock");
        body.clone()
    }

    pub fn count(&self) -> usize {
        self.0.lock().expect("lock").len()
    }
}

/// Gives every frame back as it comes, then a good status and a trailer of its own.
fn echo(body: axum::body::Body, read: Arc<Mutex<Vec<u8>>>) -> Response<axum::body::Body> {
    let frames = body.into_data_stream().map(move |data| {
        let data = data?;
        read.lock().expect("lock").extend_from_slice(&data);
        Ok::<_, axum::Error>(Frame::data(data))
    });
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().expect("value"));
    trailers.insert("x-late", "1".parse().expect("value"));
    let end = futures::stream::once(async move { Ok(Frame::trailers(trailers)) });
    let body = axum::body::Body::new(StreamBody::new(frames.chain(end)));
    let answer = Response::builder().header("content-type", "application/grpc").header("x-early", "1");
    answer.body(body).expect("an answer")
}

/// A service that sends half an answer and goes away.
pub fn breaking() -> Backend {
    client::local(Router::new().fallback(|| async {
        let frames = [Ok(Frame::data(Bytes::from_static(b"half"))), Err(Status::internal("10.0.0.7 reset by peer"))];
        let body = StreamBody::new(futures::stream::iter(frames)).boxed_unsync();
        Response::builder().header("content-type", "application/grpc").body(axum::body::Body::new(body)).expect("half")
    }))
}

/// A service that never answers.
pub fn deaf() -> Backend {
    client::local(Router::new().fallback(std::future::pending::<Response<axum::body::Body>>))
}

/// A service that panics.
pub fn panicking() -> Backend {
    Backend::new(tower::service_fn(|_: Request<Body>| async {
        assert!(std::hint::black_box(false), "the secret of the house");
        Err::<Response<Body>, Status>(Status::aborted("never"))
    }))
}
