//! Contracts that were made elsewhere, by hand.

use tributary_core::Timestamp;

use super::{contract, day, id, reference, terms};
use crate::{Contract, ContractState as S, Draft, Standing, Terms};

const NOW: Timestamp = Timestamp(1_000);
const TODAY: &str = "2026-06-01";

fn again(known: &Contract, change: impl FnOnce(&mut Draft), standing: Standing) -> Option<Contract> {
    known.taken_over_again(terms(change), standing, "erp", day(TODAY), NOW)
}

fn in_state(state: S) -> Contract {
    Contract { state, ..contract(|_| {}) }
}

#[test]
fn a_new_contract_stands_where_it_stands_elsewhere() {
    let made = |standing| Contract::taken_over(id("gz"), "u".to_owned(), terms(|_| {}), standing, "erp", NOW);
    assert_eq!((made(Standing::Draft).state, made(Standing::Signed).state), (S::Draft, S::Signed));
    let left = made(Standing::Terminating(day("2026-08-01")));
    assert_eq!((left.state, left.terminates_on, &*left.author), (S::Terminating, Some(day("2026-08-01")), "erp"));
}

#[test]
fn nothing_is_taken_twice_and_nothing_goes_back() {
    for state in [S::Draft, S::Negotiating, S::Signed, S::Active, S::Renewed, S::Terminating] {
        assert_eq!(again(&in_state(state), |_| {}, Standing::Draft), None, "{state}");
    }
    for state in [S::Signed, S::Active, S::Renewed, S::Terminating] {
        assert_eq!(again(&in_state(state), |_| {}, Standing::Signed), None, "{state}");
    }
    for state in [S::Draft, S::Negotiating, S::LegalReview] {
        let signed = again(&in_state(state), |_| {}, Standing::Signed).expect("moves on");
        assert_eq!((signed.state, signed.revision, signed.version), (S::Signed, 1, 2), "{state}");
    }
    let left = again(&in_state(S::Active), |_| {}, Standing::Terminating(day("2026-08-01"))).expect("moves on");
    assert_eq!((left.state, left.terminates_on), (S::Terminating, Some(day("2026-08-01"))));
    assert_eq!(again(&left, |_| {}, Standing::Terminating(day("2026-08-01"))), None);
    let later = again(&left, |_| {}, Standing::Terminating(day("2026-09-01"))).expect("another day");
    assert_eq!(later.terminates_on, Some(day("2026-09-01")));
}

#[test]
fn other_terms_are_a_further_revision_in_any_state() {
    for state in [S::Draft, S::Negotiating, S::LegalReview, S::Signed, S::Active] {
        let revised = again(&in_state(state), |d| d.title = "New".to_owned(), Standing::Draft).expect("differs");
        assert_eq!((revised.revision, revised.state, &*revised.author), (2, state, "erp"));
    }
    let owned = again(&in_state(S::Active), |d| d.owner = "li.wei".to_owned(), Standing::Signed).expect("differs");
    assert_eq!((owned.revision, owned.version, &*owned.author), (1, 2, "zhao"), "no part of the terms");
}

#[test]
fn days_that_move_into_the_future_are_taken_back() {
    let expiring = in_state(S::Expiring);
    let prolonged = again(&expiring, |d| d.effective_to = Some((2028, 1, 1)), Standing::Signed).expect("differs");
    assert_eq!(prolonged.state, S::Active);
    let open = again(&expiring, |d| d.effective_to = None, Standing::Signed).expect("differs");
    assert_eq!(open.state, S::Active);
    let later = again(&in_state(S::Active), |d| d.effective_from = Some((2026, 7, 1)), Standing::Signed);
    assert_eq!(later.expect("differs").state, S::Signed);
    // Python: date(2026, 8, 1) - timedelta(90) == date(2026, 5, 3), which is before today.
    let still = again(&expiring, |d| d.effective_to = Some((2026, 8, 1)), Standing::Signed).expect("differs");
    assert_eq!(still.state, S::Expiring);
}

#[test]
fn what_only_we_keep_is_kept() {
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let known = terms(|d| {
        d.owner = "li.wei".to_owned();
        d.labels = [label("tier", "gold"), label("area", "south")].into();
    });
    let row = |change: fn(&mut Draft)| -> Terms {
        terms(|d| {
            d.external_refs = vec![reference("erp", "V-2")];
            d.labels = [("tier".to_owned(), "silver".to_owned())].into();
            change(d);
        })
    };
    let merged = row(|_| {}).keeping(&known);
    assert_eq!(merged.external_refs, [reference("erp", "V-2"), reference("crm", "V-1")]);
    assert_eq!(&*merged.owner, "li.wei");
    assert_eq!(merged.labels, [label("tier", "silver"), label("area", "south")].into());
    assert_eq!(&*row(|d| d.owner = "qian".to_owned()).keeping(&known).owner, "qian");
    let other = row(|d| d.external_refs = vec![reference("pos", "7")]).keeping(&known);
    assert_eq!(other.external_refs, [reference("erp", "V-1"), reference("crm", "V-1"), reference("pos", "7")]);
}
