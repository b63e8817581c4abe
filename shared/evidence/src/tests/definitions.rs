//! Ranges, frontier and verification against the recursive definitions of RFC 6962 (2.1, 2.1.1, 2.1.2), written down here
//! as they stand there.

use proptest::prelude::*;

use crate::{
    Frontier, Hash, NodeId, Tree, consistency, cover, empty, inclusion, leaf, node, nodes, path, verify_consistency,
    verify_inclusion,
};

fn k(n: usize) -> usize {
    let mut power = 1;
    while power * 2 < n {
        power *= 2;
    }
    power
}

/// MTH(D).
fn mth(d: &[Hash]) -> Hash {
    match d {
        [] => empty(),
        [one] => *one,
        _ => node(&mth(&d[..k(d.len())]), &mth(&d[k(d.len())..])),
    }
}

/// PATH(m, D).
fn path_of(m: usize, d: &[Hash]) -> Vec<Hash> {
    if d.len() == 1 {
        return Vec::new();
    }
    let k = k(d.len());
    let (mut path, other) =
        if m < k { (path_of(m, &d[..k]), mth(&d[k..])) } else { (path_of(m - k, &d[k..]), mth(&d[..k])) };
    path.push(other);
    path
}

/// SUBPROOF(m, D, b).
fn subproof(m: usize, d: &[Hash], b: bool) -> Vec<Hash> {
    if m == d.len() {
        return if b { Vec::new() } else { vec![mth(d)] };
    }
    let k = k(d.len());
    let (mut proof, other) =
        if m <= k { (subproof(m, &d[..k], b), mth(&d[k..])) } else { (subproof(m - k, &d[k..], false), mth(&d[..k])) };
    proof.push(other);
    proof
}

fn leaves(n: usize) -> Vec<Hash> {
    (0..n).map(|i| leaf(&i.to_be_bytes())).collect()
}

fn number(n: usize) -> u64 {
    u64::try_from(n).expect("small")
}

#[test]
fn every_proof_of_small_logs_is_the_defined_one_and_holds() {
    for n in 1..=40 {
        let d = leaves(n);
        let tree = Tree::of(d.iter().copied());
        let root = mth(&d);
        assert_eq!(tree.root(), root);
        for m in 0..n {
            let told = path(&inclusion(number(m), number(n)).expect("in it"), |id| tree.node(id)).expect("nodes");
            assert_eq!(told, path_of(m, &d), "PATH({m}, D[{n}])");
            assert_eq!(verify_inclusion(&d[m], (number(m), number(n)), &told, &root), Ok(()));
            let old = m + 1;
            let told = path(&consistency(number(old), number(n)).expect("in it"), |id| tree.node(id)).expect("nodes");
            assert_eq!(told, subproof(old, &d, true), "PROOF({old}, D[{n}])");
            let before = mth(&d[..old]);
            assert_eq!(verify_consistency((number(old), &before), (number(n), &root), &told), Ok(()));
        }
    }
}

#[test]
fn a_proof_of_a_large_log_reads_few_nodes() {
    let size = 1_000_003;
    for index in [0, 1, 65_535, 65_536, 999_999, 1_000_002] {
        let read = nodes(&inclusion(index, size).expect("in it"));
        assert!(read.len() <= 40, "{} nodes for {index}", read.len());
        let read = nodes(&consistency(index + 1, size).expect("in it"));
        assert!(read.len() <= 60, "{} nodes from {index}", read.len());
    }
    assert_eq!(cover(0, 7), [(2, 0), (1, 2), (0, 6)].map(|(level, index)| NodeId { level, index }));
}

#[test]
fn a_frontier_of_another_size_is_refused() {
    let mut frontier = Frontier::default();
    leaves(6).into_iter().for_each(|l| drop(frontier.push(l)));
    assert_eq!(Frontier::new(6, frontier.peaks().to_vec()), Some(frontier.clone()));
    assert_eq!(Frontier::new(7, frontier.peaks().to_vec()), None);
}

proptest! {
    /// Only the entry itself at its own place with its own path leads to the root.
    #[test]
    fn a_changed_inclusion_proof_is_refused(
        n in 1_usize..200, at in any::<prop::sample::Index>(), what in 0..4, bit in 0_usize..256, step in any::<prop::sample::Index>(),
    ) {
        let d = leaves(n);
        let m = at.index(n);
        let root = mth(&d);
        let (mut entry, mut index, mut path) = (d[m], m, path_of(m, &d));
        match what {
            0 => entry[bit / 8] ^= 1 << (bit % 8),
            1 => index = (m + 1 + step.index(n)) % (n + 3),
            2 if !path.is_empty() => { let i = step.index(path.len()); path[i][bit / 8] ^= 1 << (bit % 8) }
            _ => path.push(leaf(&[1])),
        }
        prop_assume!(index != m || what != 1);
        prop_assert!(verify_inclusion(&entry, (number(index), number(n)), &path, &root).is_err());
    }

    /// A log whose past differs anywhere has no consistency proof, whichever path is shown.
    #[test]
    fn a_log_whose_past_was_changed_is_refused(
        n in 2_usize..200, old in any::<prop::sample::Index>(), changed in any::<prop::sample::Index>(),
    ) {
        let d = leaves(n);
        let old = 1 + old.index(n - 1);
        let mut other = d.clone();
        other[changed.index(old)] = leaf(b"another");
        let (before, after) = (mth(&d[..old]), mth(&other));
        for path in [subproof(old, &d, true), subproof(old, &other, true)] {
            prop_assert!(verify_consistency((number(old), &before), (number(n), &after), &path).is_err());
        }
    }
}
