//! Volume classes, by hand and by law.

use proptest::prelude::*;
use tributary_core::{Exact, exact::parse_decimal};

use crate::metric::{Class, Classes};

fn share(text: &str) -> Exact {
    parse_decimal(text, 9).expect("a decimal").into()
}

fn standard(volumes: &[(&str, i128)]) -> Classes {
    let volumes = volumes.iter().map(|(name, volume)| ((*name).to_owned(), *volume)).collect();
    Classes::of(volumes, &share("0.80"), &share("0.95"))
}

/// "rank name class cumulative" of each member.
fn shown(classes: &Classes) -> Vec<String> {
    classes.members.iter().map(|m| format!("{} {} {:?} {}", m.rank, m.name, m.class, m.cumulative)).collect()
}

fn totals(classes: &Classes) -> Vec<(Class, i64, i128)> {
    classes.totals.iter().map(|total| (total.class, total.members, total.volume)).collect()
}

#[test]
fn a_bound_belongs_to_its_class() {
    // Of 100: 50 and 30 make up exactly 0.80, with 15 exactly 0.95.
    let classes = standard(&[("d", 5), ("b", 30), ("a", 50), ("c", 15)]);
    assert_eq!(shown(&classes), ["1 a A 50", "2 b A 80", "3 c B 95", "4 d C 100"]);
    assert_eq!(totals(&classes), [(Class::A, 2, 80), (Class::B, 1, 15), (Class::C, 1, 5)]);
    assert_eq!(classes.share(30), Some(share("0.3")));
    // One more than 0.80 of the whole.
    assert_eq!(shown(&standard(&[("a", 81), ("b", 14), ("c", 5)])), ["1 a B 81", "2 b B 95", "3 c C 100"]);
}

#[test]
fn shares_are_compared_as_fractions() {
    // Two thirds of three thirds; 4/5 of 1000000000000000000 less one is no whole number.
    let large = 999_999_999_999_999_999;
    // 0.8 × 999999999999999999 = 799999999999999999.2
    let classes = standard(&[("a", 799_999_999_999_999_999), ("b", large - 799_999_999_999_999_999)]);
    assert_eq!(shown(&classes)[0], "1 a A 799999999999999999");
    let classes = standard(&[("a", 800_000_000_000_000_000), ("b", large - 800_000_000_000_000_000)]);
    assert_eq!(shown(&classes)[0], "1 a B 800000000000000000");
    let third = Exact::from(1).checked_div(&Exact::from(3)).expect("not zero");
    let volumes = ["a", "b", "c"].map(|name| (name.to_owned(), 1)).to_vec();
    let classes = Classes::of(volumes, &third, &share("0.666666666"));
    assert_eq!(shown(&classes), ["1 a A 1", "2 b C 2", "3 c C 3"]);
}

#[test]
fn equal_volumes_are_ordered_by_name() {
    let classes = standard(&[("d", 10), ("é", 10), ("a", 20), ("c", 10), ("", 10)]);
    // 20, 30, 40, 50 and 60 of 60: 0.80 is 48, 0.95 is 57.
    assert_eq!(shown(&classes), ["1 a A 20", "2  A 30", "3 c A 40", "4 d B 50", "5 é C 60"]);
}

#[test]
fn members_without_a_volume_are_the_rest() {
    let classes = standard(&[("a", 80), ("b", 0), ("c", 15), ("d", -40), ("e", 5)]);
    assert_eq!(shown(&classes), ["1 a A 80", "2 c B 95", "3 e C 100", "4 b C 100", "5 d C 100"]);
    assert_eq!(totals(&classes), [(Class::A, 1, 80), (Class::B, 1, 15), (Class::C, 3, -35)]);
    assert_eq!((classes.whole, classes.share(-40)), (100, Some(share("-0.4"))));
    let nothing = standard(&[("a", 0), ("b", -1)]);
    assert_eq!((shown(&nothing), nothing.share(0)), (vec!["1 a C 0".to_owned(), "2 b C 0".to_owned()], None));
    assert_eq!(standard(&[]).members, []);
}

proptest! {
    /// Against floats, away from the bounds; members and volumes are all there.
    #[test]
    fn classes_are_those_of_the_definition(volumes in prop::collection::vec(-50_i128..1_000, 0..60)) {
        let named: Vec<(String, i128)> = volumes.iter().enumerate().map(|(i, v)| (format!("m{i:02}"), *v)).collect();
        let classes = Classes::of(named.clone(), &share("0.80"), &share("0.95"));
        let whole: i128 = volumes.iter().filter(|v| **v > 0).sum();
        for member in &classes.members {
            // Everyone who is larger, and of equals those with a smaller name, come before.
            let before = named.iter().filter(|(n, v)| *v > member.volume || (*v == member.volume && *n <= member.name));
            let reached: i128 = before.map(|(_, v)| (*v).max(0)).sum();
            prop_assert_eq!(member.cumulative, reached);
            let class = if member.volume <= 0 { Class::C }
                else if reached * 100 <= whole * 80 { Class::A }
                else if reached * 100 <= whole * 95 { Class::B }
                else { Class::C };
            prop_assert_eq!(member.class, class);
        }
        prop_assert_eq!(classes.totals.iter().map(|t| t.volume).sum::<i128>(), volumes.iter().sum::<i128>());
        let members = i64::try_from(volumes.len()).expect("few");
        prop_assert_eq!(classes.totals.iter().map(|t| t.members).sum::<i64>(), members);
        let mut turned = named;
        turned.reverse();
        prop_assert_eq!(Classes::of(turned, &share("0.80"), &share("0.95")), classes);
    }
}
