//! What people and programs see: data on stdout, progress on stderr.

mod json;
mod money;
mod progress;
mod table;

pub use json::message_json;
pub use money::{date_text, decimal_text, grouped, money_text};
pub use progress::Progress;
pub use table::{Align, table};

use std::io::Write as _;

/// Writes a line to stdout. A closed pipe (`| head`) ends the output quietly.
pub fn line(text: &str) {
    // The reader has gone: there is nobody left to tell.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
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
