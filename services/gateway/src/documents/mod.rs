//! What the gateway shows to whoever asks, without a key: the OpenAPI documents and the reference page. They tell what the suite
//! can do and nothing about any tenant, as reflection does.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::Full;
use prost_reflect::DescriptorPool;
use tonic::body::Body;

use crate::{
    json::Routes,
    openapi::{Version, document},
};

/// Needs nothing from elsewhere: it works where there is no way out.
const REFERENCE: &str = include_str!("reference.html");
const SCRIPT: &str = include_str!("reference.js");
const STYLE: &str = include_str!("reference.css");

/// A page may load what this gateway serves, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// A text with its type.
#[derive(Debug)]
pub struct Document {
    kind: HeaderValue,
    text: Bytes,
}

impl Document {
    fn new(kind: &'static str, text: impl Into<Bytes>) -> Self {
        Self { kind: HeaderValue::from_static(kind), text: text.into() }
    }

    /// The answer.
    #[must_use]
    pub fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::new(Full::new(self.text.clone())));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.kind.clone());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

/// A document that is made when somebody first asks for it.
type Late = LazyLock<Document, Box<dyn FnOnce() -> Document + Send>>;

/// All documents, each made once.
#[derive(Debug)]
pub struct Documents(Vec<(&'static str, Late)>);

impl Documents {
    /// The documents of all routes.
    #[must_use]
    pub fn new(pool: &'static DescriptorPool, routes: &Arc<Routes>) -> Self {
        let late = |make: Box<dyn FnOnce() -> Document + Send>| LazyLock::new(make);
        let openapi = |version| {
            let routes = routes.clone();
            late(Box::new(move || Document::new("application/json", document(pool, &routes, version).to_string())))
        };
        let page = |kind, text: &'static str| late(Box::new(move || Document::new(kind, text)));
        Self(vec![
            ("/openapi.json", openapi(Version::V3)),
            ("/openapi-2.0.json", openapi(Version::V2)),
            ("/reference", page("text/html; charset=utf-8", REFERENCE)),
            ("/reference.js", page("text/javascript; charset=utf-8", SCRIPT)),
            ("/reference.css", page("text/css; charset=utf-8", STYLE)),
        ])
    }

    /// The document at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Document> {
        self.0.iter().find(|(at, _)| *at == path).map(|(_, document)| &**document)
    }
}
