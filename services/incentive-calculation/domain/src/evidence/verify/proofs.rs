//! Signature and proofs: that the texts are in the log, and the statement in the tree of its run.

use tributary_evidence::{Checkpoint, Hash, LogKey, Note, leaf, read_hex, verify_inclusion};

use super::{Findings, Texts};
use crate::evidence::{Bundle, Proven};

/// The key that the bundle names, which must be the trusted one.
pub(super) fn key(bundle: &Bundle, trusted: Option<&LogKey>) -> Result<LogKey, String> {
    let own = LogKey::parse(&bundle.key).map_err(|why| format!("the key of the bundle {why}"))?;
    match trusted.filter(|trusted| **trusted != own) {
        Some(trusted) => Err(format!("the bundle names the key {own}; you trust {trusted}")),
        None => Ok(own),
    }
}

/// The head, which the key must have signed.
pub(super) fn head(bundle: &Bundle, key: &LogKey) -> Result<Checkpoint, String> {
    let note = Note::read(&bundle.checkpoint).map_err(|why| format!("the checkpoint {why}"))?;
    if note.signatures() != 1 {
        return Err("the checkpoint has more than the one signature of its log".to_owned());
    }
    note.verified(key).cloned().map_err(|why| why.to_string())
}

/// Every entry is in the log, each at a later place than the one before.
pub(super) fn entries(bundle: &Bundle, head: &Checkpoint, findings: &mut Findings) {
    let mut before: Option<u64> = None;
    for entry in &bundle.entries {
        let at = || format!("the entry at {}", entry.position);
        if let Err(why) = included(entry, head.size, &head.root) {
            findings.add(format!("{} is not proven: {why}", at()));
        }
        let place = entry.place();
        findings.check(before < place, || format!("{} does not come in its order", at()));
        before = place.or(before);
    }
}

/// The statement is in the tree over the statements of its run.
pub(super) fn statement(bundle: &Bundle, texts: &Texts<'_>, findings: &mut Findings) {
    let count: Option<u64> = texts.run.one("statement_count").parse().ok();
    let root = read_hex(texts.run.one("statements_root"));
    let proven = match count.zip(root) {
        Some((count, root)) => included(&bundle.statement, count, &root),
        None => Err("the entry of the run names no tree of statements".to_owned()),
    };
    if let Err(why) = proven {
        findings.add(format!("the statement is not proven to be of its run: {why}"));
    }
}

fn included(proven: &Proven, size: u64, root: &Hash) -> Result<(), String> {
    let place = proven.place().ok_or_else(|| format!("{:?} is no place", proven.position))?;
    let path = proven.hashes().ok_or("its path is not made of hashes")?;
    verify_inclusion(&leaf(proven.text.as_bytes()), (place, size), &path, root).map_err(|why| why.to_string())
}
