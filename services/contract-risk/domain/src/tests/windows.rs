//! Windows of commitments. Expected days and fractions: Python, datetime and fractions, months added by hand with the
//! last day of the month where the day does not exist.

use proptest::prelude::*;
use tributary_core::{Date, Exact};

use super::{contract, day, purchases, terms};
use crate::{Commitment, DraftTarget, Term, Window};

const MONTHS: [i32; 3] = [12, 3, 1];

fn term(from: &str, to: &str) -> Term {
    let to = (!to.is_empty()).then(|| day(to));
    Term { from: day(from), agreed_to: to, to }
}

fn commitment(cadence: i32, units: i64) -> Commitment {
    terms(|d| d.commitments = vec![purchases("a", cadence, units)]).commitments.remove(0)
}

fn fraction(numerator: i64, denominator: i64) -> Exact {
    Exact::from(numerator).checked_div(&Exact::from(denominator)).expect("not zero")
}

fn window(from: &str, to: &str, target: Exact) -> Option<Window> {
    Some(Window { from: day(from), to: day(to), target })
}

#[test]
fn a_last_window_is_owed_in_proportion_to_its_days() {
    let yearly = commitment(2, 2_000_000);
    let term_18 = term("2026-01-01", "2027-07-01");
    assert_eq!(
        yearly.window_at(&term_18, day("2026-01-01")),
        window("2026-01-01", "2027-01-01", Exact::from(2_000_000))
    );
    // 181 of 365 days: 2,000,000 · 181/365
    let last = window("2027-01-01", "2027-07-01", fraction(72_400_000, 73));
    assert_eq!(yearly.window_at(&term_18, day("2027-01-01")), last);
    assert_eq!(yearly.window_at(&term_18, day("2027-06-30")), last);
    assert_eq!(yearly.window_at(&term_18, day("2027-07-01")), None, "after the term");
    assert_eq!(yearly.window_at(&term_18, day("2025-12-31")), None, "before the term");
    // 75 of 92 days: 500,000 · 75/92
    assert_eq!(
        commitment(3, 500_000).window_at(&term("2026-01-01", "2026-12-15"), day("2026-12-14")),
        window("2026-10-01", "2026-12-15", fraction(9_375_000, 23))
    );
    // A quantity of 0.5 and 47 of 92 days.
    let half = terms(|d| {
        let mut half = purchases("a", 3, 1);
        half.target = Some(DraftTarget::Quantity("0.50".to_owned()));
        d.commitments = vec![half];
    });
    assert_eq!(
        half.commitments[0].window_at(&term("2026-05-15", "2026-10-01"), day("2026-09-01")),
        window("2026-08-15", "2026-10-01", fraction(47, 184))
    );
}

#[test]
fn windows_begin_on_the_last_day_of_shorter_months() {
    for (first, cadence, on, from, to) in [
        ("2026-01-31", 4, "2026-02-27", "2026-01-31", "2026-02-28"),
        ("2026-01-31", 4, "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-31", 4, "2026-03-30", "2026-02-28", "2026-03-31"),
        ("2026-01-31", 4, "2026-03-31", "2026-03-31", "2026-04-30"),
        ("2024-02-29", 2, "2025-02-27", "2024-02-29", "2025-02-28"),
        ("2024-02-29", 2, "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", 2, "2028-02-28", "2027-02-28", "2028-02-29"),
        ("2024-02-29", 2, "2028-02-29", "2028-02-29", "2029-02-28"),
    ] {
        let found = commitment(cadence, 100).window_at(&term(first, ""), day(on));
        assert_eq!(found, window(from, to, Exact::from(100)), "{first} {on}");
    }
}

#[test]
fn the_whole_term_is_one_window() {
    let whole = commitment(1, 1_200_000);
    let year = term("2026-01-01", "2027-01-01");
    let all = window("2026-01-01", "2027-01-01", Exact::from(1_200_000));
    assert_eq!(whole.window_at(&year, day("2026-12-31")), all);
    assert_eq!(whole.window_at(&term("2026-01-01", ""), day("2026-12-31")), None, "no end, no whole");
    // Terminated on 1 August: 212 of 365 days.
    let cut = Term { to: Some(day("2026-08-01")), ..year };
    let part = window("2026-01-01", "2026-08-01", fraction(50_880_000, 73));
    assert_eq!(whole.window_at(&cut, day("2026-03-01")), part);
    assert_eq!(whole.window_at(&cut, day("2026-08-01")), None);
    // An open-ended contract that ends after all.
    let ended = Term { to: Some(day("2026-08-01")), ..term("2026-01-01", "") };
    assert_eq!(whole.window_at(&ended, day("2026-03-01")), window("2026-01-01", "2026-08-01", Exact::from(1_200_000)));
}

#[test]
fn a_contract_knows_its_days() {
    let mut contract = contract(|_| {});
    let (from, to) = (day("2026-01-01"), day("2027-01-01"));
    assert_eq!(contract.term(), Term { from, agreed_to: Some(to), to: Some(to) });
    contract.terminates_on = Some(day("2026-08-01"));
    assert_eq!(contract.term().to, Some(day("2026-08-01")));
    contract.terms.effective_to = None;
    assert_eq!(contract.term(), Term { from, agreed_to: None, to: Some(day("2026-08-01")) });
}

proptest! {
    /// The windows of a term lie side by side, cover every day of it once, and full ones owe the whole target.
    #[test]
    fn windows_tile_the_term(first in 0_i64..40_000, length in 1_i64..1500, which in 0_usize..3) {
        let from = Date::from_days(first);
        let to = from.plus_days(length);
        let term = Term { from, agreed_to: Some(to), to: Some(to) };
        let commitment = commitment(i32::try_from(which).expect("small") + 2, 365);
        let mut next = from;
        let mut n = 0;
        while next < to {
            let window = commitment.window_at(&term, next).expect("a day of the term");
            prop_assert_eq!(window.from, next, "side by side");
            prop_assert_eq!(window.from, from.plus_months(MONTHS[which] * n));
            prop_assert!(window.from < window.to && window.to <= to);
            let full = from.plus_months(MONTHS[which] * (n + 1));
            prop_assert_eq!(window.target == Exact::from(365), window.to == full);
            prop_assert!(window.target.is_positive());
            let last = window.to.plus_days(-1);
            prop_assert_eq!(commitment.window_at(&term, last), Some(window.clone()));
            next = window.to;
            n += 1;
        }
        prop_assert_eq!(next, to);
    }
}
