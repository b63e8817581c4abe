//! What callers tell about a document: a [`DocumentDraft`] as it comes, a [`DocumentContent`] when it has been checked.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Violations};

use super::DocumentKind;
use crate::text;

/// Most bytes of a file: 1 TiB.
const MAX_SIZE: i64 = 1 << 40;

/// What a caller says about a document, not yet checked. Empty strings, 0 and `None` mean "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDraft {
    /// What sort of document.
    pub kind: Option<DocumentKind>,
    /// What it is called.
    pub title: String,
    /// Number on the document.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// First valid day, `None` when unknown.
    pub issued_on: Option<Date>,
    /// Last valid day; `None`: it does not expire.
    pub expires_on: Option<Date>,
    /// SHA-256 of the file, hex.
    pub file_digest: String,
    /// Media type of the file.
    pub media_type: String,
    /// Size of the file in bytes.
    pub size_bytes: i64,
}

/// A checked draft. Made by [`DocumentDraft::check`]; a store rebuilds it from what it has kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DocumentContent {
    /// What sort of document.
    pub kind: DocumentKind,
    /// What it is called; not blank for [`DocumentKind::Other`].
    pub title: String,
    /// Number on the document; may be blank for [`DocumentKind::Other`] only.
    pub number: String,
    /// Who issued it; may be blank for [`DocumentKind::Other`] only.
    pub issuer: String,
    /// First valid day, `None` when unknown.
    pub issued_on: Option<Date>,
    /// Last valid day; `None`: it does not expire.
    pub expires_on: Option<Date>,
    /// SHA-256 of the file, 64 hex digits in lower case.
    pub file_digest: String,
    /// Media type of the file.
    pub media_type: String,
    /// Size of the file in bytes, from 1.
    pub size_bytes: i64,
}

impl DocumentContent {
    /// Whether its last valid day is before a day.
    #[must_use]
    pub fn is_past_on(&self, day: Date) -> bool {
        self.expires_on.is_some_and(|last| last < day)
    }

    /// Whether a day lies between issue and expiry, both included.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.issued_on.is_none_or(|first| first <= day) && !self.is_past_on(day)
    }
}

impl DocumentDraft {
    /// Checks everything and makes a content. A document in hand was issued by `today`, and one that has expired by
    /// then is of no use.
    ///
    /// # Errors
    /// Every violation at once, by field path.
    pub fn check(self, today: Date) -> Result<DocumentContent, Violations> {
        let mut v = Violations::new();
        self.check_texts(&mut v);
        self.check_days(&mut v, today);
        self.check_file(&mut v);
        match self.kind {
            Some(kind) if v.is_empty() => Ok(self.into_content(kind)),
            _ => Err(v),
        }
    }

    fn check_texts(&self, v: &mut Violations) {
        let other = self.kind == Some(DocumentKind::Other);
        if self.kind.is_none() {
            v.add("kind", "is required; give the kind of document, such as DOCUMENT_KIND_BUSINESS_LICENCE");
        }
        let check = |v: &mut Violations, field, value: &str, max, required: bool| {
            if required { text::required_line(v, field, value, max) } else { text::line(v, field, value, max) }
        };
        check(v, "title", &self.title, 200, other);
        check(v, "number", &self.number, 100, !other);
        check(v, "issuer", &self.issuer, 200, !other);
    }

    fn check_days(&self, v: &mut Violations, today: Date) {
        if let Some(issued) = self.issued_on.filter(|issued| *issued > today) {
            v.add("issued_on", format!("{issued} is after today, {today}; give the day on which it was issued"));
        }
        let Some(last) = self.expires_on else { return };
        if let Some(issued) = self.issued_on.filter(|issued| last < *issued) {
            v.add("expires_on", format!("{last} is before issued_on {issued}; give the last valid day"));
        } else if last < today {
            v.add("expires_on", format!("{last} is before today, {today}; submit a document that is still valid"));
        }
    }

    fn check_file(&self, v: &mut Violations) {
        let digest = &self.file_digest;
        if digest.len() != 64 || !digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            v.add("file_digest", format!("{digest:?} is not a SHA-256 in 64 hex digits of lower case; send that one"));
        }
        let is_part = |part: &str| {
            let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&^_.+-".contains(&b);
            part.bytes().all(known) && part.starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        let media_type = &self.media_type;
        let parts = media_type.split_once('/');
        if media_type.len() > 127 || !parts.is_some_and(|(main, sub)| is_part(main) && is_part(sub)) {
            v.add("media_type", format!("{media_type:?} is not a media type; use one such as application/pdf"));
        }
        let size = self.size_bytes;
        if !(1..=MAX_SIZE).contains(&size) {
            v.add("size_bytes", format!("{size} is not between 1 and {MAX_SIZE}; give the size of the file in bytes"));
        }
    }

    fn into_content(self, kind: DocumentKind) -> DocumentContent {
        DocumentContent {
            kind,
            title: self.title,
            number: self.number,
            issuer: self.issuer,
            issued_on: self.issued_on,
            expires_on: self.expires_on,
            file_digest: self.file_digest,
            media_type: self.media_type,
            size_bytes: self.size_bytes,
        }
    }
}
