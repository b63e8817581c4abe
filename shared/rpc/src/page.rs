//! Paging (AIP-158): sizes and opaque tokens. A token carries the cursor and a digest over the query it belongs to, so
//! that a token of one query is refused by another. The digest is a check against mistakes, not a secret: the caller's
//! tenant and rights are checked anew on every page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use tributary_core::{Fault, fault::common};

/// Page size when the caller asks for none.
pub const DEFAULT_PAGE_SIZE: u32 = 50;
/// Largest page; more is coerced.
pub const MAX_PAGE_SIZE: u32 = 1000;

/// Bytes of the digest in front of the cursor.
const DIGEST: usize = 8;

/// One page of a query: how many rows, after which cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many rows, 1 to 1,000.
    pub size: u32,
    /// Rows after this cursor; `None` for the first page.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// From the fields of a List request. `query` is every other part of the request that shapes the result.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub fn read(query: &[&str], page_size: i32, page_token: &str) -> Result<Self, Fault> {
        Ok(Self { size: self::page_size(page_size), cursor: open(query, page_token)? })
    }

    /// How many rows to read: one more than the page holds, which tells whether there is a next one.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.size.saturating_add(1)
    }

    /// Cuts rows that were read up to [`limit`](Self::limit) to the page; the token of the next page, empty for none.
    pub fn cut<T>(&self, rows: &mut Vec<T>, query: &[&str], cursor: impl Fn(&T) -> String) -> String {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| seal(query, &cursor(last))).unwrap_or_default()
    }
}

/// The size of a page: 50 for 0 (and below), at most 1,000.
#[must_use]
pub fn page_size(asked: i32) -> u32 {
    match u32::try_from(asked) {
        Ok(0) | Err(_) => DEFAULT_PAGE_SIZE,
        Ok(size) => size.min(MAX_PAGE_SIZE),
    }
}

/// Makes the token of the page after `cursor` for a query.
#[must_use]
pub fn seal(query: &[&str], cursor: &str) -> String {
    let mut bytes = digest(query, cursor).to_vec();
    bytes.extend_from_slice(cursor.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The cursor in a token; `None` for the empty token of the first page.
///
/// # Errors
/// `PAGE_TOKEN_INVALID` when the token was not made for this query.
pub fn open(query: &[&str], token: &str) -> Result<Option<String>, Fault> {
    if token.is_empty() {
        return Ok(None);
    }
    let cursor = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
        let (sum, cursor) = bytes.split_at_checked(DIGEST)?;
        let cursor = std::str::from_utf8(cursor).ok()?;
        (sum == digest(query, cursor)).then(|| cursor.to_owned())
    });
    cursor.map(Some).ok_or_else(|| {
        Fault::new(
            common::PAGE_TOKEN_INVALID,
            "the page token is not of this query: send it with the same conditions, or start from the first page",
        )
    })
}

/// First bytes of SHA-256 over the parts, each led by its length so that parts cannot run into each other.
fn digest(query: &[&str], cursor: &str) -> [u8; DIGEST] {
    let mut sha = Sha256::new();
    for part in query.iter().chain([&cursor]) {
        sha.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        sha.update(part.as_bytes());
    }
    sha.finalize().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{PageRequest, open, page_size, seal};

    #[test]
    fn sizes_are_coerced() {
        for (asked, size) in [(0, 50), (-1, 50), (1, 1), (1000, 1000), (1001, 1000), (i32::MAX, 1000)] {
            assert_eq!(page_size(asked), size, "{asked}");
        }
    }

    #[test]
    fn a_token_belongs_to_its_query() {
        // Python: base64.urlsafe_b64encode(sha256(b"\0"*7+b"\x01a" + b"\0"*7+b"\x01c").digest()[:8] + b"c")
        let token = seal(&["a"], "c");
        assert_eq!(token, "h4U_5GvlQVxj");
        assert_eq!(open(&["a"], &token), Ok(Some("c".to_owned())));
        assert_eq!(open(&["a"], ""), Ok(None));
        for (query, token) in
            [(&["b"][..], &*token), (&["a", ""], &token), (&["a"], "AAAA"), (&["a"], "!"), (&[], &token)]
        {
            let fault = open(query, token).expect_err("refused");
            assert_eq!(fault.reason().code, "PAGE_TOKEN_INVALID");
        }
        // Parts do not run into each other.
        assert!(open(&["ab", "c"], &seal(&["a", "bc"], "x")).is_err());
        let page = PageRequest::read(&["a"], 7, &token).expect("page");
        assert_eq!((page.size, page.cursor.as_deref()), (7, Some("c")));
    }
}
