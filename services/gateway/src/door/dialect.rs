//! What language the caller speaks. Inside, every call is a gRPC call and every refusal a gRPC refusal; here is the only place
//! where a refusal is put into the caller's words.

use http::{HeaderMap, HeaderValue, Response, header};
use tonic::body::Body;

use super::headers;

/// The content types of gRPC-Web, binary and text.
const WEB: [&str; 4] = [
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];
const GRPC: &str = "application/grpc";

/// The language of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// gRPC.
    Grpc,
    /// gRPC-Web, binary or text.
    GrpcWeb,
    /// JSON over HTTP, and whatever a browser asks for.
    Json,
}

impl Dialect {
    /// As in the audit.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Grpc => 1,
            Self::GrpcWeb => 2,
            Self::Json => 3,
        }
    }

    /// By the content type.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if headers::is_grpc(headers) {
            Self::Grpc
        } else if WEB.contains(&value) {
            Self::GrpcWeb
        } else {
            Self::Json
        }
    }

    /// A refusal in the words of the caller; anything else as it is.
    pub(super) fn render(self, response: Response<axum::body::Body>) -> Response<axum::body::Body> {
        if response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind != GRPC) {
            return response;
        }
        match self {
            Self::Grpc => response,
            Self::GrpcWeb => {
                let mut response = response;
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc-web+proto"));
                response
            }
            Self::Json => {
                let mut refusal: Response<Body> = crate::json::refusal(&response);
                if let Some(id) = response.headers().get(headers::REQUEST_ID) {
                    refusal.headers_mut().insert(headers::REQUEST_ID, id.clone());
                }
                refusal.map(axum::body::Body::new)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::Dialect;

    #[test]
    fn the_content_type_says_it() {
        for (value, dialect) in [
            ("application/grpc", Dialect::Grpc),
            ("application/grpc+proto", Dialect::Grpc),
            ("application/grpc-web", Dialect::GrpcWeb),
            ("application/grpc-web-text+proto", Dialect::GrpcWeb),
            ("application/grpc-web+json", Dialect::Json),
            ("application/json", Dialect::Json),
        ] {
            let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, value.parse().expect("value"))]);
            assert_eq!(Dialect::of(&headers), dialect, "{value}");
        }
        assert_eq!(Dialect::of(&HeaderMap::new()), Dialect::Json);
    }
}
