//! The tree: its complete subtrees, which never change once they are there, and the edge where it grows.

use crate::{Hash, empty, leaf, node};

/// A complete subtree: the 2^level entries from index · 2^level on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// 0 for entries.
    pub level: u32,
    /// Counts the subtrees of the level, from 0.
    pub index: u64,
}

/// The complete subtrees that make up the entries `[from, to)`, from left to right. For a range that RFC 6962 hashes (it
/// begins at a multiple of the largest power of two in it) they shrink, and there are at most 64.
#[must_use]
pub fn cover(mut from: u64, to: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    while from < to {
        let aligned = if from == 0 { 63 } else { from.trailing_zeros() };
        let level = aligned.min((to - from).ilog2());
        nodes.push(NodeId { level, index: from >> level });
        from = from.saturating_add(1 << level);
    }
    nodes
}

/// The hash of a range from the hashes of its subtrees as [`cover`] names them.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    let mut from_right = hashes.iter().rev();
    match from_right.next() {
        None => empty(),
        Some(last) => from_right.fold(*last, |right, left| node(left, &right)),
    }
}

/// Where a log grows: how many entries it has, and the hashes of the subtrees that make them up, the largest first. Enough
/// to add entries and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// From what was kept; `None` when the number of hashes does not fit the size.
    #[must_use]
    pub fn new(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (u32::try_from(peaks.len()) == Ok(size.count_ones())).then_some(Self { size, peaks })
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes to keep.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.peaks)
    }

    /// Adds the hash of an entry and returns every subtree that is complete with it.
    pub fn push(&mut self, entry: Hash) -> Vec<(NodeId, Hash)> {
        let mut id = NodeId { level: 0, index: self.size };
        let mut hash = entry;
        let mut complete = vec![(id, hash)];
        while id.index & 1 == 1 {
            // An odd index has its left neighbour as the last peak.
            let Some(left) = self.peaks.pop() else { break };
            hash = node(&left, &hash);
            id = NodeId { level: id.level.saturating_add(1), index: id.index >> 1 };
            complete.push((id, hash));
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
        complete
    }
}

/// A whole tree in memory, for the few entries of a run's statements and for tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    frontier: Frontier,
    nodes: std::collections::HashMap<NodeId, Hash>,
}

impl Tree {
    /// The tree over the hashes of entries.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = Hash>) -> Self {
        let mut tree = Self::default();
        for entry in entries {
            tree.nodes.extend(tree.frontier.push(entry));
        }
        tree
    }

    /// The tree over entries.
    #[must_use]
    pub fn of_entries<E: AsRef<[u8]>>(entries: impl IntoIterator<Item = E>) -> Self {
        Self::of(entries.into_iter().map(|entry| leaf(entry.as_ref())))
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// A complete subtree.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<Hash> {
        self.nodes.get(&id).copied()
    }
}
