//! An append-only log whose past nobody can change unnoticed: the Merkle tree of RFC 6962 (2.1) and RFC 9162 with its proofs,
//! heads signed as C2SP checkpoints, and the keys that sign them. Pure: who keeps a log brings the nodes.
//!
//! What it proves: that an entry is in the log of a head (inclusion), and that a later log begins with all of an earlier one
//! (consistency). It says nothing about whether what was entered is true.

mod checkpoint;
mod hash;
mod key;
mod proof;
mod recount;
mod tree;

pub use checkpoint::{Checkpoint, Note};
pub use hash::{Hash, empty, leaf, node, read_hex};
pub use key::{LogKey, LogSigner};
pub use proof::{Range, consistency, inclusion, nodes, path, verify_consistency, verify_inclusion};
pub use recount::Recount;
pub use tree::{Frontier, NodeId, Tree, cover};

/// Why a proof, a head or a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The proof does not lead to the root.
    #[error("the proof does not lead to the root of the head")]
    Proof,
    /// The numbers make no sense.
    #[error("there is no such place in a log of this size")]
    Place,
    /// The entries are not those of a head.
    #[error("the first {0} entries are not those of the head")]
    Entries(u64),
    /// A head, note or key is not in its form.
    #[error("{0}")]
    Form(String),
    /// No signature by the key, or one that does not hold.
    #[error("the head is not signed by {0}")]
    Signature(String),
}

#[cfg(test)]
mod tests;
