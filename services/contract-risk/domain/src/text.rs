//! Checks of texts: length in characters, no control characters (a NUL cannot even be stored).

use tributary_core::{ResourceId, Violations};

/// Checks a line of text that may be empty.
pub(crate) fn line(v: &mut Violations, field: &str, text: &str, max: usize) {
    length(v, field, text, max);
    if text.chars().any(char::is_control) {
        v.add(field, format!("{text:?} contains a control character; remove it"));
    }
}

/// Checks a line of text that must hold more than white space.
pub(crate) fn required_line(v: &mut Violations, field: &str, text: &str, max: usize, remedy: &str) {
    if text.trim().is_empty() {
        v.add(field, format!("is required and is blank; {remedy}"));
    }
    line(v, field, text, max);
}

/// Checks a text of several lines that may be empty.
pub(crate) fn lines(v: &mut Violations, field: &str, text: &str, max: usize) {
    length(v, field, text, max);
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        v.add(field, "contains a control character; remove it");
    }
}

/// Checks an id within a contract, which follows the pattern of resource ids.
pub(crate) fn id(v: &mut Violations, field: &str, text: &str) {
    v.check(field, ResourceId::parse(text));
}

fn length(v: &mut Violations, field: &str, text: &str, max: usize) {
    let length = text.chars().count();
    if length > max {
        v.add(field, format!("has {length} characters; at most {max} are allowed"));
    }
}
