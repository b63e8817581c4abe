//! Which web pages may call from a browser. Off unless origins are listed; a key travels in a header that a page must hold
//! itself, so cookies are never allowed along.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use tributary_core::Violations;

/// Cross-origin settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// Origins that may call, such as "https://portal.example.com"; "*" lets every origin in. Empty: none.
    pub allowed_origins: Vec<String>,
}

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, PUT, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, x-api-key, content-type, grpc-timeout, x-grpc-web, x-user-agent, x-request-id, traceparent, tracestate",
);
const RESPONSE_HEADERS: HeaderValue =
    HeaderValue::from_static("grpc-status, grpc-message, grpc-status-details-bin, x-request-id, retry-after");
/// How long a browser may remember the answer to a preflight, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const REQUEST_METHOD: HeaderName = header::ACCESS_CONTROL_REQUEST_METHOD;

impl CorsSettings {
    /// Notes every origin that is none.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        for (i, origin) in self.allowed_origins.iter().enumerate() {
            let uri = origin.parse::<http::Uri>().ok().filter(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.authority().is_some()
                    && !origin.ends_with('/')
            });
            if origin != "*" && uri.is_none_or(|uri| !matches!(uri.path(), "" | "/")) {
                let why =
                    format!("{origin:?} is not an origin; write it as https://HOST or https://HOST:PORT, or \"*\"");
                violations.add(format!("{field}.allowed_origins[{i}]"), why);
            }
        }
    }

    /// The origin of a request, when it may call.
    fn allowed<'a>(&self, request: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = request.get(header::ORIGIN)?;
        let any = |allowed: &String| allowed == "*" || allowed.as_bytes() == origin.as_bytes();
        self.allowed_origins.iter().any(any).then_some(origin)
    }

    /// The answer to a browser that asks before it calls; `None`: the request is not such a question.
    pub(super) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response<axum::body::Body>> {
        let asks =
            method == Method::OPTIONS && headers.contains_key(REQUEST_METHOD) && headers.contains_key(header::ORIGIN);
        if !asks || self.allowed_origins.is_empty() {
            return None;
        }
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let answer = response.headers_mut();
        answer.insert(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = self.allowed(headers) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            answer.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        Some(response)
    }

    /// What an answer to a page must say; `None` when the caller is no page or may not read it.
    pub(super) fn grant(&self, request: &HeaderMap) -> Option<HeaderMap> {
        let origin = self.allowed(request)?;
        Some(HeaderMap::from_iter([
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS),
            (header::VARY, HeaderValue::from_static("origin")),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::Violations;

    use super::CorsSettings;

    #[test]
    fn origins_are_checked() {
        let good = ["*", "https://portal.example.com", "http://localhost:3000"];
        let bad = ["portal.example.com", "https://x/", "https://x/path", "ftp://x", "", "null"];
        let mut violations = Violations::new();
        let allowed_origins = good.iter().chain(&bad).map(|o| (*o).to_owned()).collect();
        CorsSettings { allowed_origins }.check("gateway.cors", &mut violations);
        let fields: Vec<_> = violations.as_slice().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, (3..9).map(|i| format!("gateway.cors.allowed_origins[{i}]")).collect::<Vec<_>>());
    }
}
