//! Field masks, by hand.

use super::{draft, purchases, terms};
use crate::{Draft, Mask, Terms};

fn applied(paths: &[&str], from: &Draft) -> Terms {
    let old = terms(|d| {
        d.owner = "li.wei".to_owned();
        d.commitments = vec![purchases("a", 2, 1)];
    });
    let mask = if paths.is_empty() { Mask::of_set_fields(from) } else { Mask::parse(paths).expect("paths") };
    mask.apply(&old, from).check().expect("good")
}

#[test]
fn a_mask_takes_what_it_names_and_nothing_else() {
    let from = Draft { title: "New".to_owned(), owner: String::new(), ..Draft::default() };
    let titled = applied(&["title"], &from);
    assert_eq!((&*titled.title, &*titled.owner, titled.commitments.len()), ("New", "li.wei", 1));
    let cleared = applied(&["owner", "effective_to", "commitments"], &from);
    assert_eq!((&*cleared.title, &*cleared.owner), ("Dealer agreement Guangzhou 2026", ""));
    assert_eq!((cleared.effective_to, cleared.commitments.len()), (None, 0));
}

#[test]
fn no_mask_means_what_is_set_and_a_star_means_all() {
    let from = Draft { title: "New".to_owned(), ..Draft::default() };
    let set = applied(&[], &from);
    assert_eq!((&*set.title, &*set.owner, set.external_refs.len()), ("New", "li.wei", 2));
    let whole = Draft { title: "New".to_owned(), external_refs: Vec::new(), effective_to: None, ..draft() };
    let all = applied(&["*"], &whole);
    assert_eq!((&*all.title, &*all.owner, all.external_refs.len(), all.effective_to), ("New", "", 0, None));
    // The partner is fixed at creation.
    let other = Draft { partner: "partners/li-si".to_owned(), ..whole };
    assert_eq!(applied(&["*"], &other).partner.as_str(), "zhang-san");
}

#[test]
fn wrong_paths_are_told_at_once_with_what_to_do() {
    let wrong = Mask::parse(&["title", "state", "payment.currency_code", "partner", "nothing"]).expect_err("wrong");
    let said: Vec<_> = wrong.into_vec().into_iter().map(|v| (v.field, v.description)).collect();
    assert!(said.iter().all(|(field, _)| field == "update_mask"));
    assert_eq!(said[0].1, "\"state\" cannot be updated; use a verb such as NegotiateContract");
    assert!(said[1].1.starts_with("\"payment.currency_code\" is not a field to update as a whole; use any of title,"));
    assert!(said[2].1.starts_with("\"partner\" cannot be updated"));
    assert!(said[3].1.starts_with("\"nothing\" is not a field"));
    assert_eq!(said.len(), 4);
}
