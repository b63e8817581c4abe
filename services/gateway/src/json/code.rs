//! Errors for HTTP: the status of a code, and a gRPC refusal as `google.rpc.Status` in JSON.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use tonic::{Code, Status, body::Body};
use tributary_rpc::status;

use super::message::status_to_json;
use crate::reasons::{HTTP_METHOD_UNKNOWN, MESSAGE_TOO_LARGE, METADATA_TOO_LARGE};

/// The status of a code, as google.rpc.Code says. 499 is nginx's word for a client that went away.
#[must_use]
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Some refusals have a status of their own: a retry that 429 suggests would not help them.
fn status_of(code: Code, reason: &str) -> StatusCode {
    let own = [
        (METADATA_TOO_LARGE, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (MESSAGE_TOO_LARGE, StatusCode::PAYLOAD_TOO_LARGE),
        (HTTP_METHOD_UNKNOWN, StatusCode::METHOD_NOT_ALLOWED),
    ];
    own.iter().find(|(own, _)| own.code == reason).map_or_else(|| http_status(code), |(_, status)| *status)
}

/// A gRPC answer that is nothing but an error, for a caller who speaks JSON.
#[must_use]
pub fn refusal<B>(response: &Response<B>) -> Response<Body> {
    let status = Status::from_header_map(response.headers()).unwrap_or_else(|| Status::internal("internal error"));
    let described = status::describe(&status);
    let http = status_of(status.code(), &described.reason);
    let json = status_to_json(&status::from_tonic(&status));
    let mut answer = json_response(Bytes::from(json.to_string()));
    *answer.status_mut() = http;
    let headers = answer.headers_mut();
    let soon = matches!(http, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if let Some(after) = described.retry_after.filter(|_| soon) {
        // Whole seconds, rounded up.
        let seconds = after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0));
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if http == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tributary\""));
    }
    let allow = described.metadata.get("allow").filter(|_| http == StatusCode::METHOD_NOT_ALLOWED);
    if let Some(allow) = allow.and_then(|allow| HeaderValue::from_str(allow).ok()) {
        headers.insert(header::ALLOW, allow);
    }
    answer
}

/// An answer of JSON text.
pub(super) fn json_response(text: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(text)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::{http_status, status_of};

    #[test]
    fn codes_have_the_status_of_google_rpc() {
        // From the comments of google/rpc/code.proto.
        let expected = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
        for (number, http) in (0..).zip(expected) {
            assert_eq!(http_status(Code::from_i32(number)).as_u16(), http, "{number}");
        }
        assert_eq!(status_of(Code::ResourceExhausted, "MESSAGE_TOO_LARGE").as_u16(), 413);
    }
}
