//! What the door reads from metadata, and what it lets through.

use http::{HeaderMap, HeaderName, header};
use tributary_core::IdSource;

use crate::app::authenticate::Presented;

/// Carries the id of a call, both ways.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Names of this kind are the suite's own; nobody else may send them.
const OWN_PREFIX: &str = "x-tributary-";

/// Credentials, and what concerns one connection only. The length goes too: HTTP/2 counts for itself.
const NOT_FORWARDED: [HeaderName; 11] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    API_KEY,
    header::COOKIE,
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// The most that the metadata of a call may take, counted as HTTP/2 does: name, value and 32 bytes each.
pub(super) const LIMIT: usize = 16 * 1024;

/// What a caller sent: `authorization: Bearer KEY-OR-TOKEN`, else `x-api-key: KEY`.
pub(super) fn credential(headers: &HeaderMap) -> Option<Presented<'_>> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    bearer.map(Presented::Bearer).or_else(|| text(API_KEY).map(Presented::Key))
}

/// The id of a call: the caller's if it is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', else a new one.
pub(super) fn request_id(headers: &HeaderMap, ids: &dyn IdSource) -> String {
    let sane = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane);
    sent.map_or_else(|| ids.uuid().simple().to_string(), str::to_owned)
}

/// Takes out what must not reach a service.
pub(super) fn strip(headers: &mut HeaderMap) {
    for name in &NOT_FORWARDED {
        headers.remove(name);
    }
    let own: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with(OWN_PREFIX)).cloned().collect();
    for name in own {
        headers.remove(name);
    }
}

/// The size of metadata as HTTP/2 counts it.
pub(super) fn size(headers: &HeaderMap) -> usize {
    headers.iter().fold(0_usize, |sum, (name, value)| {
        sum.saturating_add(name.as_str().len()).saturating_add(value.len()).saturating_add(32)
    })
}

/// Whether a content type is gRPC's own ("application/grpc", "application/grpc+proto"), not that of a relative.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.strip_prefix("application/grpc").is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use tributary_core::SystemIds;

    use super::{Presented, credential, is_grpc, request_id, size, strip};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_credential_comes_in_either_header() {
        let (bearer, key) = (Some(Presented::Bearer("k")), Some(Presented::Key("k")));
        assert_eq!(credential(&headers(&[("authorization", "Bearer k")])), bearer);
        assert_eq!(credential(&headers(&[("authorization", "bearer  k ")])), bearer);
        assert_eq!(credential(&headers(&[("x-api-key", "k")])), key);
        assert_eq!(credential(&headers(&[("authorization", "Basic eA=="), ("x-api-key", "k")])), key);
        assert_eq!(credential(&headers(&[("authorization", "Bearer k"), ("x-api-key", "b")])), bearer);
        assert_eq!(credential(&headers(&[("authorization", "k")])), None);
        assert_eq!(credential(&headers(&[])), None);
    }

    #[test]
    fn a_sane_request_id_is_kept() {
        assert_eq!(request_id(&headers(&[("x-request-id", "order-17.A_b")]), &SystemIds), "order-17.A_b");
        for bad in [headers(&[]), headers(&[("x-request-id", "a b")]), headers(&[("x-request-id", "")])] {
            assert_eq!(request_id(&bad, &SystemIds).len(), 32);
        }
    }

    #[test]
    fn credentials_and_own_headers_go_metadata_stays() {
        let mut all = headers(&[
            ("authorization", "Bearer k"),
            ("x-api-key", "k"),
            ("cookie", "a=b"),
            ("content-length", "7"),
            ("x-tributary-token", "forged"),
            ("x-tributary-roles", "ADMIN"),
            ("te", "trailers"),
            ("grpc-timeout", "1S"),
            ("traceparent", "00-1-2-01"),
            ("x-own", "stays"),
        ]);
        strip(&mut all);
        let mut left: Vec<&str> = all.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["grpc-timeout", "te", "traceparent", "x-own"]);
    }

    #[test]
    fn sizes_and_content_types() {
        // 3 + 2 + 32 and 1 + 0 + 32.
        assert_eq!(size(&headers(&[("abc", "de"), ("f", "")])), 70);
        for (value, grpc) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc-web", false),
            ("application/grpc-web+proto", false),
            ("application/json", false),
        ] {
            assert_eq!(is_grpc(&headers(&[("content-type", value)])), grpc, "{value}");
        }
    }
}
