//! What stands behind the layers: documents for whoever asks, then the door, for each language its own way in.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tonic::body::Body;

use super::{dialect::Dialect, forward::Door};
use crate::{documents::Documents, json::Transcoder};

/// Answers what the layers let through and no other service took. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Front {
    door: Door,
    transcoder: Transcoder,
    documents: Arc<Documents>,
}

impl Front {
    /// From its parts.
    #[must_use]
    pub fn new(door: Door, transcoder: Transcoder, documents: Arc<Documents>) -> Self {
        Self { door, transcoder, documents }
    }

    /// Answers a request.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        if Dialect::of(request.headers()) != Dialect::Json {
            return self.door.handle(request).await;
        }
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            if request.uri().path() == "/" {
                return to_reference();
            }
            if let Some(document) = self.documents.get(request.uri().path()) {
                return document.response();
            }
        }
        self.transcoder.handle(request).await
    }
}

/// Who opens the address in a browser is shown what there is.
fn to_reference() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/reference"));
    response
}
