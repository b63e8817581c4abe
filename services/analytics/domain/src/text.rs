//! Checks of short texts: names and keys of rows.

use std::{fmt, ops::RangeInclusive};

use tributary_core::Violations;

/// Adds what is wrong with a text: its length in characters, control characters, spaces at its ends. The text itself is
/// never shown, because a key might be personal data.
pub(crate) fn check(v: &mut Violations, field: impl fmt::Display, text: &str, length: RangeInclusive<usize>) {
    let count = text.chars().count();
    if !length.contains(&count) {
        v.add(field.to_string(), format!("has {count} characters; use {} to {}", length.start(), length.end()));
    } else if text.chars().any(char::is_control) {
        v.add(field.to_string(), "holds control characters; drop them");
    } else if text.trim() != text {
        v.add(field.to_string(), "begins or ends with a space; drop it");
    }
}
