//! One call by JSON: which method, may he, read, bind, forward, answer.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tributary_core::Fault;

use super::{
    answer::{self, Complaint},
    bind,
    frames::framed,
    lines::Requests,
    routes::{Found, Route, Routes},
};
use crate::{
    door::{Door, MAX_MESSAGE, Origin, origin, refuse, too_large},
    reasons::{HTTP_METHOD_UNKNOWN, PATH_UNKNOWN},
};

/// What goes along from the caller's headers; all else concerns HTTP alone.
const FORWARDED: [&str; 4] = ["grpc-timeout", "traceparent", "tracestate", "baggage"];

/// How much of the body of a refused call is read, in bytes, and how long.
const DRAINED: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_millis(200);

/// Turns JSON calls into gRPC calls through the door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transcoder {
    door: Door,
    routes: std::sync::Arc<Routes>,
}

impl Transcoder {
    /// In front of a door.
    #[must_use]
    pub fn new(door: Door, routes: std::sync::Arc<Routes>) -> Self {
        Self { door, routes }
    }

    /// Answers a call. Refusals leave as gRPC's; the layer that knows the caller's language writes them out.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let origin = origin(&request);
        let (parts, body) = request.into_parts();
        let mut body = Some(body);
        match self.call(&parts, &mut body, &origin).await {
            Ok(response) => response,
            Err(fault) => {
                if let Some(body) = body {
                    drain(body).await;
                }
                refuse(&fault, &origin.request_id).into_http()
            }
        }
    }

    /// Takes the body when it comes to that.
    async fn call(
        &self,
        parts: &http::request::Parts,
        body: &mut Option<Body>,
        origin: &Origin,
    ) -> Result<Response<Body>, Fault> {
        let path = parts.uri.path();
        let (route, values) = match self.routes.find(&parts.method, path) {
            Found::Route(route, values) => (route, values),
            // Who is not known learns nothing about paths.
            Found::Other(methods) => {
                self.door.identify(&parts.headers, path, origin).await?;
                return Err(other_methods(&parts.method, path, &methods));
            }
            Found::Nothing => {
                self.door.identify(&parts.headers, path, origin).await?;
                return Err(no_path(path));
            }
        };
        let pass = self.door.admit(&parts.headers, &route.path, origin).await?;
        plain_body(&parts.headers)?;
        let complaint = Complaint::default();
        let body = body.take().unwrap_or_default();
        let onward = if route.streams_in() {
            Body::new(Requests::new(body, route.method.input(), complaint.clone()))
        } else {
            let values: Vec<(String, String)> =
                values.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
            let read = read(body).await?;
            Body::new(Full::new(framed(&bind::bind(route, &values, parts.uri.query().unwrap_or_default(), &read)?)))
        };
        let answer = self.door.send(pass, headers(&parts.headers), onward, origin).await;
        self.answer(route, answer, complaint, &origin.request_id).await
    }

    async fn answer(
        &self,
        route: &Route,
        answer: Result<Response<Body>, Fault>,
        complaint: Complaint,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let answer = answer.map_err(|fault| complaint.get().cloned().unwrap_or(fault))?;
        if route.streams_out() {
            Ok(answer::stream(route.method.output(), answer, complaint, refuse, request_id.to_owned()))
        } else {
            answer::unary(&route.method.output(), answer).await
        }
    }
}

fn headers(from: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    for name in FORWARDED.map(HeaderName::from_static) {
        for value in from.get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
    headers
}

fn plain_body(headers: &HeaderMap) -> Result<(), Fault> {
    match headers.get(header::CONTENT_ENCODING).filter(|value| *value != "identity") {
        Some(coding) => {
            let why = format!("{coding:?} is not read; send the body uncompressed");
            Err(Fault::invalid_field("content-encoding", why))
        }
        None => Ok(()),
    }
}

/// Reads what little a refused caller sent: HTTP/1.1 would close the connection over an unread body, and most callers
/// keep theirs for the next call.
async fn drain(mut body: Body) {
    let reading = async {
        let mut left = DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    // Who does not send it in time loses the connection, not more.
    let _ = tokio::time::timeout(PATIENCE, reading).await;
}

/// The whole body, up to the cap.
async fn read(mut body: Body) -> Result<Bytes, Fault> {
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::invalid_field("", "the body broke off before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        if all.len().saturating_add(data.len()) > MAX_MESSAGE {
            return Err(too_large());
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

fn other_methods(http: &http::Method, path: &str, methods: &[&http::Method]) -> Fault {
    let allow = methods.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", ");
    let shown: String = path.chars().take(200).collect();
    Fault::new(HTTP_METHOD_UNKNOWN, format!("{shown:?} knows no {http}; use {allow}")).with("allow", allow)
}

fn no_path(path: &str) -> Fault {
    let shown: String = path.chars().take(200).collect();
    Fault::new(PATH_UNKNOWN, format!("there is nothing at {shown:?}; /openapi.json lists every path"))
        .with("path", shown)
}
