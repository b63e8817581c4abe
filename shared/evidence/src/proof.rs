//! Proofs. Which hashes make one up, as ranges of entries, follows the recursive definitions of RFC 6962 (2.1.1, 2.1.2);
//! verification follows the loops of RFC 9162 (2.1.3.2, 2.1.4.2).

use crate::{Hash, NodeId, Refused, cover, node, tree::fold};

/// Entries `[from, to)`.
pub type Range = (u64, u64);

/// The ranges whose hashes prove that entry `index` is in a log of `size` entries; `None` when it has no such entry.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Range>> {
    if index >= size {
        return None;
    }
    let (mut from, mut to) = (0, size);
    let mut ranges = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            ranges.push((middle, to));
            to = middle;
        } else {
            ranges.push((from, middle));
            from = middle;
        }
    }
    // Found from the root down, told from the entry up.
    ranges.reverse();
    Some(ranges)
}

/// The ranges whose hashes prove that a log of `new` entries begins with those of `old`; `None` unless 0 < old ≤ new.
#[must_use]
pub fn consistency(old: u64, new: u64) -> Option<Vec<Range>> {
    if old == 0 || old > new {
        return None;
    }
    let (mut from, mut to) = (0, new);
    let mut ranges = Vec::new();
    // The left part holds all of the old log as long as nothing was left out to its left.
    while to > old {
        let middle = from + split(to - from);
        if old <= middle {
            ranges.push((middle, to));
            to = middle;
        } else {
            ranges.push((from, middle));
            from = middle;
        }
    }
    // The verifier knows the old root; a part of it must be told.
    if from > 0 {
        ranges.push((from, to));
    }
    ranges.reverse();
    Some(ranges)
}

/// The largest power of two below n, for n above 1.
fn split(n: u64) -> u64 {
    1 << n.saturating_sub(1).max(1).ilog2()
}

/// The complete subtrees that some ranges need.
#[must_use]
pub fn nodes(ranges: &[Range]) -> Vec<NodeId> {
    ranges.iter().flat_map(|(from, to)| cover(*from, *to)).collect()
}

/// The hashes of ranges; `None` when a subtree is missing.
pub fn path(ranges: &[Range], get: impl Fn(NodeId) -> Option<Hash>) -> Option<Vec<Hash>> {
    let hash = |(from, to): &Range| {
        let parts: Option<Vec<Hash>> = cover(*from, *to).into_iter().map(&get).collect();
        parts.map(|parts| fold(&parts))
    };
    ranges.iter().map(hash).collect()
}

/// Checks that an entry with a hash is entry `index` of the log of `size` entries that has the root.
///
/// # Errors
/// When it is not, or when the proof is not one.
pub fn verify_inclusion(entry: &Hash, (index, size): (u64, u64), path: &[Hash], root: &Hash) -> Result<(), Refused> {
    if index >= size {
        return Err(Refused::Place);
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *entry;
    for step in path {
        if last == 0 {
            return Err(Refused::Proof);
        }
        if at & 1 == 1 || at == last {
            hash = node(step, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(Refused::Proof) }
}

/// Checks that the log of `new` entries with one root begins with the log of `old` entries with the other. Every log
/// begins with the empty one: its proof is empty.
///
/// # Errors
/// When it does not, or when the proof is not one.
pub fn verify_consistency(
    (old, old_root): (u64, &Hash),
    (new, new_root): (u64, &Hash),
    path: &[Hash],
) -> Result<(), Refused> {
    if old > new {
        return Err(Refused::Place);
    }
    if old == new || old == 0 {
        let same = old == 0 && *old_root == crate::empty() || old == new && old_root == new_root;
        return if same && path.is_empty() { Ok(()) } else { Err(Refused::Proof) };
    }
    let mut steps = path.iter();
    // A complete subtree is its own first hash.
    let first = if old.is_power_of_two() { Some(old_root) } else { steps.next() };
    let Some(first) = first else { return Err(Refused::Proof) };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut before, mut after) = (*first, *first);
    for step in steps {
        if last == 0 {
            return Err(Refused::Proof);
        }
        if at & 1 == 1 || at == last {
            before = node(step, &before);
            after = node(step, &after);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            after = node(&after, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last == 0 && before == *old_root && after == *new_root { Ok(()) } else { Err(Refused::Proof) }
}
