//! Fingerprints of revisions, the same for every resource of the registry.

use tributary_core::{Fault, fault::common::ETAG_MISMATCH};

/// The fingerprint of a revision. Example: "r3".
#[must_use]
pub fn of(revision: i64) -> String {
    format!("r{revision}")
}

/// Checks the etag a caller sends for a resource at a revision; an empty one agrees with every revision. `what` is the
/// resource's type, under which the fault names it.
///
/// # Errors
/// `ETAG_MISMATCH`.
pub fn check(etag: &str, revision: i64, what: &str, name: String) -> Result<(), Fault> {
    let current = of(revision);
    if etag.is_empty() || etag == current {
        return Ok(());
    }
    let message = format!("{name} is at {current:?}, not at {etag:?}; read it again and decide anew");
    Err(Fault::new(ETAG_MISMATCH, message).with(what, name).with("etag", current))
}
