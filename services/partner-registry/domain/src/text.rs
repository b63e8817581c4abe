//! Checks of text fields: length in characters, no control characters (a NUL cannot even be stored).

use tributary_core::Violations;

/// Checks a line of text that may be empty.
pub fn line(v: &mut Violations, field: &str, value: &str, max: usize) {
    let length = value.chars().count();
    if length > max {
        v.add(field, format!("has {length} characters; at most {max} are allowed"));
    }
    if value.chars().any(char::is_control) {
        v.add(field, format!("{value:?} contains a control character; remove it"));
    }
}

/// Checks a line of text that must hold more than white space.
pub fn required_line(v: &mut Violations, field: &str, value: &str, max: usize) {
    if value.trim().is_empty() {
        v.add(field, "is required and is empty; give a value");
    }
    line(v, field, value, max);
}

/// Checks a reason: a note that must hold more than white space.
pub fn reason(v: &mut Violations, field: &str, value: &str) {
    if value.trim().is_empty() {
        v.add(field, "is required and is empty; say why");
    }
    note(v, field, value);
}

/// Checks a note: up to 1,000 characters, may be empty, line breaks and tabs allowed.
pub fn note(v: &mut Violations, field: &str, value: &str) {
    let length = value.chars().count();
    if length > 1000 {
        v.add(field, format!("has {length} characters; at most 1000 are allowed"));
    }
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        v.add(field, "contains a control character; remove it");
    }
}
