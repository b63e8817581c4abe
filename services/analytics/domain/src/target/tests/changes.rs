//! Changes by mask, revisions, etags.

use tributary_core::{Timestamp, fault::common::ETAG_MISMATCH};

use super::{aim, decimal, gmv, growth, target, value};
use crate::target::{Aim, AimDraft, Goal, Mask};

/// The aim after an update; an empty mask takes what is set.
fn changed(before: &Aim, mask: &[&str], from: &AimDraft) -> Result<Aim, Vec<String>> {
    let mask = if mask.is_empty() { Mask::of_set_fields(from) } else { Mask::parse(mask).expect("a mask") };
    let fields = |v: tributary_core::Violations| v.into_vec().into_iter().map(|v| v.field).collect();
    mask.apply(before, from).check(None).map_err(fields)
}

#[test]
fn only_fields_of_the_mask_change() {
    let before =
        aim(AimDraft { title: "GMV".to_owned(), owner: "ann".to_owned(), lower_is_better: true, ..value("10") });
    let from =
        AimDraft { title: "New".to_owned(), owner: "bob".to_owned(), tolerance: Some(decimal("0.1")), ..value("20") };
    let after = changed(&before, &["title", "lower_is_better"], &from).expect("valid");
    assert_eq!(after, Aim { title: "New".to_owned(), lower_is_better: false, ..before.clone() });
    // Without a mask: what is set, and false is not.
    let after = changed(&before, &[], &from).expect("valid");
    assert_eq!(after, Aim { lower_is_better: true, ..aim(from.clone()) });
    // "*" clears too: tolerance falls back to its default.
    let bare = value("20");
    assert_eq!(changed(&before, &["*"], &bare), Ok(aim(bare)));
    assert_eq!(changed(&before, &["tolerance"], &value("1")), Ok(before.clone()));
}

#[test]
fn value_and_growth_replace_each_other() {
    let (by_value, by_growth) = (aim(value("10")), aim(growth("0.2")));
    for (before, mask, from, goal) in [
        (&by_value, &["growth"][..], growth("0.3"), Ok(Goal::Growth(decimal("0.3")))),
        (&by_growth, &["value"], value("5"), Ok(Goal::Value(decimal("5")))),
        (&by_growth, &[], value("5"), Ok(Goal::Value(decimal("5")))),
        (&by_growth, &["value", "growth"], value("5"), Ok(Goal::Value(decimal("5")))),
        (&by_growth, &["value"], AimDraft::default(), Ok(Goal::Growth(decimal("0.2")))),
        (&by_value, &["value"], AimDraft::default(), Err(vec!["value".to_owned()])),
        (
            &by_value,
            &["value", "growth"],
            AimDraft { growth: Some(decimal("1")), ..value("5") },
            Err(vec!["growth".to_owned()]),
        ),
    ] {
        assert_eq!(changed(before, mask, &from).map(|aim| aim.goal), goal, "{mask:?} {from:?}");
    }
}

#[test]
fn a_mask_of_fixed_or_unknown_fields_is_refused_as_a_whole() {
    let refused = Mask::parse(&["title", "period", "colour", "name"]).expect_err("refused").into_vec();
    assert!(refused.iter().all(|v| v.field == "update_mask"));
    let said: Vec<_> = refused.iter().map(|v| v.description.as_str()).collect();
    assert!(said[0].contains("\"period\" cannot be updated; what a target measures is fixed"), "{said:?}");
    assert!(said[1].contains("use any of title, value, growth, tolerance, lower_is_better, owner"), "{said:?}");
    assert_eq!(said.len(), 3);
}

#[test]
fn a_change_makes_a_revision_and_none_makes_none() {
    let before = target(gmv("2026"), value("10"));
    assert_eq!((before.name().as_str(), before.etag().as_str()), ("targets/t", "r1"));
    assert_eq!(before.update(aim(value("10.00")), Timestamp(9)), None);
    let after = before.update(aim(value("11")), Timestamp(9)).expect("changed");
    assert_eq!((after.revision, after.create_time, after.update_time), (2, Timestamp(7), Timestamp(9)));
    assert_eq!(after.scope, before.scope);
    // The clock went back.
    let later = after.update(aim(value("12")), Timestamp(8)).expect("changed");
    assert_eq!((later.revision, later.update_time), (3, Timestamp(9)));
}

#[test]
fn an_etag_belongs_to_one_revision() {
    let target = target(gmv("2026"), value("10"));
    assert_eq!(target.check_etag(""), Ok(()));
    assert_eq!(target.check_etag("r1"), Ok(()));
    let fault = target.check_etag("r2").expect_err("another one");
    assert_eq!(fault.reason(), ETAG_MISMATCH);
    assert_eq!(fault.metadata().get("etag").map(String::as_str), Some("r1"));
}
