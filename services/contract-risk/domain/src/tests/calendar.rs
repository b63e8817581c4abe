//! What days do, by hand. Python: date(2027, 1, 1) - timedelta(90) == date(2026, 10, 3).

use tributary_core::Timestamp;

use super::{contract, day};
use crate::{Contract, ContractState as S, DraftRenewal};

const NOW: Timestamp = Timestamp(1_000);

fn signed() -> Contract {
    Contract { state: S::Signed, ..contract(|_| {}) }
}

/// The states that a day brings, one after the other, and the reasons.
fn moves(mut contract: Contract, today: &str) -> Vec<(S, String)> {
    let mut moves = Vec::new();
    while let Some((next, reason)) = contract.calendar_move(day(today), NOW) {
        assert_eq!(next.version, contract.version + 1);
        moves.push((next.state, reason));
        contract = next;
    }
    moves
}

fn states(contract: Contract, today: &str) -> Vec<S> {
    moves(contract, today).into_iter().map(|(state, _)| state).collect()
}

#[test]
fn days_move_a_signed_contract_to_its_end() {
    assert_eq!(states(signed(), "2025-12-31"), []);
    assert_eq!(states(signed(), "2026-01-01"), [S::Active]);
    assert_eq!(states(signed(), "2026-10-02"), [S::Active]);
    assert_eq!(states(signed(), "2026-10-03"), [S::Active, S::Expiring]);
    assert_eq!(states(signed(), "2026-12-31"), [S::Active, S::Expiring]);
    let all = moves(signed(), "2027-01-01");
    let reasons = [
        (S::Active, "the term begins on 2026-01-01"),
        (S::Expiring, "the notice before the end of the term begins on 2026-10-03"),
        (S::Ended, "the term ended before 2027-01-01"),
    ];
    assert_eq!(all, reasons.map(|(state, reason)| (state, reason.to_owned())));
}

#[test]
fn the_notice_is_as_long_as_the_contract_says() {
    let with = |days: i32| {
        let renewal = DraftRenewal { notice_days: Some(days), months: 0 };
        Contract { state: S::Active, ..contract(|d| d.renewal = Some(renewal)) }
    };
    assert_eq!(with(30).next_move_on(), Some(day("2026-12-02")));
    assert_eq!(states(with(0), "2026-12-31"), []);
    assert_eq!(states(with(0), "2027-01-01"), [S::Expiring, S::Ended]);
    // Longer than the term: expiring from the first day on.
    let long = Contract { state: S::Signed, ..with(1000) };
    assert_eq!(states(long, "2026-01-01"), [S::Active, S::Expiring]);
}

#[test]
fn renewed_and_terminating_contracts_end_and_open_ones_do_not() {
    let in_state = |state| Contract { state, ..signed() };
    assert_eq!(states(in_state(S::Renewed), "2026-12-31"), []);
    assert_eq!(states(in_state(S::Renewed), "2027-01-01"), [S::Ended]);
    let terminating = Contract { terminates_on: Some(day("2026-08-01")), ..in_state(S::Terminating) };
    assert_eq!(states(terminating.clone(), "2026-07-31"), []);
    let ended = moves(terminating, "2026-08-01");
    assert_eq!(ended, [(S::Ended, "the termination buffer ended before 2026-08-01".to_owned())]);
    let mut open = in_state(S::Active);
    open.terms.effective_to = None;
    assert_eq!(open.next_move_on(), None);
    for state in [S::Draft, S::Negotiating, S::LegalReview, S::Ended, S::Withdrawn] {
        assert_eq!(in_state(state).next_move_on(), None, "{state}");
    }
}

#[test]
fn a_contract_is_in_force_in_its_term_once_signed() {
    for (state, on) in [
        (S::Draft, false),
        (S::LegalReview, false),
        (S::Withdrawn, false),
        (S::Signed, true),
        (S::Active, true),
        (S::Renewed, true),
        (S::Ended, true),
    ] {
        let contract = Contract { state, ..signed() };
        assert_eq!(contract.in_force(day("2026-01-01")), on, "{state}");
        assert_eq!(contract.in_force(day("2026-12-31")), on, "{state}");
        assert!(!contract.in_force(day("2025-12-31")) && !contract.in_force(day("2027-01-01")), "{state}");
    }
    let left = Contract { state: S::Terminating, terminates_on: Some(day("2026-08-01")), ..signed() };
    assert!(left.in_force(day("2026-07-31")) && !left.in_force(day("2026-08-01")));
}

#[test]
fn only_a_contract_in_force_is_renewed() {
    for state in S::ALL {
        let contract = Contract { state: *state, ..signed() };
        let renewed = contract.renewed(NOW).map(|c| c.state);
        let expected = matches!(state, S::Active | S::Expiring).then_some(S::Renewed);
        assert_eq!(renewed, expected, "{state}");
    }
}
