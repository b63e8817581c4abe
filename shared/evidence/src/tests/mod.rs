//! Against the vectors of certificate-transparency (their leaves and roots), against proofs and heads that Python's hashlib
//! and cryptography made, and against the recursive definitions of RFC 6962.

mod definitions;
mod heads;

use crate::{
    Hash, Recount, Refused, Tree, consistency, inclusion, path, read_hex, verify_consistency, verify_inclusion,
};

/// The eight entries of the vectors of certificate-transparency.
fn entries() -> Vec<Vec<u8>> {
    vec![
        vec![],
        vec![0x00],
        vec![0x10],
        vec![0x20, 0x21],
        vec![0x30, 0x31],
        vec![0x40, 0x41, 0x42, 0x43],
        (0x50..0x58).collect(),
        (0x60..0x70).collect(),
    ]
}

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn of_hex(list: &[&str]) -> Vec<Hash> {
    list.iter().map(|text| read_hex(text).expect("a hash")).collect()
}

fn tree(size: usize) -> Tree {
    Tree::of_entries(&entries()[..size])
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(hex::encode(tree(size).root()), *root, "{size} entries");
    }
}

#[test]
fn proofs_are_those_of_the_definition_in_python() {
    let told = |ranges: Option<Vec<crate::Range>>| {
        path(&ranges.expect("in the log"), |id| tree(8).node(id)).expect("all nodes are there")
    };
    let five = of_hex(&[
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    assert_eq!(told(inclusion(5, 8)), five);
    let two = of_hex(&[
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]);
    assert_eq!(told(inclusion(2, 5)), two);
    let from_six = of_hex(&[
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    assert_eq!(told(consistency(6, 8)), from_six);
    let from_two = of_hex(&[
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]);
    assert_eq!(told(consistency(2, 5)), from_two);
}

#[test]
fn entries_are_counted_anew() {
    let heads = [8, 0, 5, 5].map(|size| (size, tree(usize::try_from(size).expect("small")).root()));
    let counted = |entries: &[Vec<u8>], heads: &[(u64, Hash)]| {
        let mut recount = Recount::new(heads.to_vec());
        (0..).zip(entries).try_for_each(|(place, entry)| recount.push(place, entry))?;
        recount.finish()
    };
    let all = entries();
    assert_eq!(counted(&all, &heads), Ok(()));
    assert_eq!(counted(&all[..7], &heads), Err(Refused::Entries(8)), "one is missing");
    let mut changed = all.clone();
    changed[5].push(0);
    assert_eq!(counted(&changed, &heads), Err(Refused::Entries(8)));
    assert_eq!(counted(&changed, &heads[1..]), Ok(()), "the change came after that head");
    assert_eq!(counted(&all, &[(5, tree(8).root())]), Err(Refused::Entries(5)));
    let mut gap = Recount::new(heads);
    assert_eq!((gap.push(1, &all[1]), gap.push(0, &all[0])), (Err(Refused::Place), Ok(())));
    assert!(!gap.is_done() && Recount::new([]).is_done());
}

#[test]
fn places_outside_the_log_are_refused() {
    assert_eq!((inclusion(8, 8), inclusion(0, 0)), (None, None));
    assert_eq!((consistency(0, 8), consistency(9, 8)), (None, None));
    let (one, eight) = (tree(1).root(), tree(8).root());
    assert!(verify_inclusion(&one, (1, 1), &[], &one).is_err());
    assert!(verify_consistency((8, &eight), (1, &one), &[]).is_err());
    let empty = tree(0).root();
    assert_eq!(verify_consistency((0, &empty), (8, &eight), &[]), Ok(()));
    assert!(verify_consistency((0, &one), (8, &eight), &[]).is_err());
    assert!(verify_consistency((8, &eight), (8, &one), &[]).is_err());
    assert!(verify_consistency((8, &eight), (8, &eight), &[one]).is_err());
    assert!(verify_consistency((3, &one), (8, &eight), &[]).is_err());
}
