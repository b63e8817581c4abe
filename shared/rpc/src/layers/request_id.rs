//! Every call has an id: the caller's `x-request-id` when it is usable, else a new one. It is in every log line, in the
//! error details and in the answer's headers.

use axum::extract::Request;
use http::{HeaderName, HeaderValue};
use tributary_core::IdSource;

/// The header.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a call, put into its headers when it had none.
pub(super) fn assign(request: &mut Request, ids: &dyn IdSource) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|v| v.to_str().ok()).filter(|id| usable(id));
    if let Some(id) = given {
        return id.to_owned();
    }
    let id = ids.uuid().simple().to_string();
    if let Ok(value) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    id
}

/// Up to 64 characters that cannot disturb a log line.
fn usable(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::usable;

    #[test]
    fn only_plain_ids_are_taken_over() {
        assert!(usable("0192f7c4-a1b2") && usable(&"a".repeat(64)));
        for bad in ["", "a b", "a\nb", "é", "a\"", &"a".repeat(65)] {
            assert!(!usable(bad), "{bad}");
        }
    }
}
