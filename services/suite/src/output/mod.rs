//! What people and programs see: data on stdout, progress on stderr.

mod colour;
mod json;
mod money;
mod number;
mod progress;
mod table;
mod words;

pub use colour::{Ink, is_coloured};
pub use json::{encoded_json, message_json};
pub use money::{date_text, decimal_text, grouped, money_text};
pub use number::{amount_text, exact_per_cent, per_cent, read, rounded, share};
pub use progress::Progress;
pub use table::{Align, pairs, table};
pub use words::{moment_text, name, words};

use std::io::Write as _;

/// Writes a line to stdout. A closed pipe (`| head`) ends the output quietly.
pub fn line(text: &str) {
    // The reader has gone: there is nobody left to tell.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes a text to stdout as it is.
pub fn text(text: &str) {
    // As above.
    let _ = write!(std::io::stdout().lock(), "{text}");
}

/// Writes one line of NDJSON to stdout.
pub fn json_line(value: &serde_json::Value) {
    line(&value.to_string());
}

/// Writes a line for people to stderr.
pub fn note(text: &str) {
    // As above.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
