//! Hashes of leaves and nodes. The first byte says which it is, so that a leaf can never pass for a node.

use sha2::{Digest as _, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The root of a log without entries.
#[must_use]
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// The hash of an entry: SHA-256 over a zero byte and the entry.
#[must_use]
pub fn leaf(entry: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    hash.finalize().into()
}

/// The hash of two subtrees: SHA-256 over a byte of one, the left hash and the right one.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A hash of 64 lower-case hex digits; `None` for any other text.
#[must_use]
pub fn read_hex(text: &str) -> Option<Hash> {
    let hash: Hash = hex::decode(text).ok()?.try_into().ok()?;
    (hex::encode(hash) == text).then_some(hash)
}
