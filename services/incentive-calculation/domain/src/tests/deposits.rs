//! Deposits: the worked example of rule R25 and its edges by hand, and what holds for any history of movements.

use proptest::{collection::vec, prelude::*};
use tributary_core::{Currency, Decimal, Fault, Timestamp};

use crate::{
    deposit::{Asked, Counterpart, Deposit, MovementState, Performance, Proposal, State, Terms, owner},
    ledger::{Book, NewTransaction, Purpose, Transaction, TransactionId},
    reasons,
};

/// A day, in the unit of [`Timestamp`].
const DAY: i64 = 86_400;

fn at(day: i64) -> Timestamp {
    Timestamp(0).plus_seconds(day * DAY)
}

fn asked(actor: &str, day: i64) -> Asked<'_> {
    Asked { actor, now: at(day), cause: "contracts/c-17", reason: "as agreed" }
}

/// 20 % of 1,000,000.00.
fn deposit(base: i64, rate: Decimal) -> Deposit {
    let terms = Terms {
        base,
        rate,
        cause: "contracts/c-17".to_owned(),
        reason: String::new(),
        author: "fang".to_owned(),
        time: at(0),
    };
    Deposit {
        id: "mcn-2026".to_owned(),
        partner: "huadong".to_owned(),
        cause: "contracts/c-17".to_owned(),
        currency: Currency::parse("CNY").expect("known"),
        state: State::Open,
        terms: vec![terms],
        movements: Vec::new(),
        create_time: at(0),
        revision: 1,
    }
}

fn twenty_per_cent() -> Deposit {
    deposit(100_000_000, Decimal::new(2, 1))
}

fn performance(committed: i64, delivered: i64, keep_rest: bool) -> Proposal {
    let (committed, delivered) = (Decimal::from(committed), Decimal::from(delivered));
    Proposal::Performance(Performance { committed, delivered, unit: "visits".to_owned(), keep_rest })
}

fn received(deposit: &Deposit, amount: i64) -> Deposit {
    deposit.received(amount, Counterpart::Cash, None, &asked("fang", 1)).expect("received")
}

fn proposed(deposit: &Deposit, proposal: &Proposal) -> Result<Deposit, Fault> {
    deposit.proposed(proposal, Counterpart::Cash, at(32), &asked("fang", 2))
}

/// Given back and forfeited by the newest movement.
fn out(deposit: &Deposit) -> (i64, i64) {
    deposit.movements.last().map(|movement| (movement.released, movement.forfeited)).expect("a movement")
}

fn code(result: Result<Deposit, Fault>) -> &'static str {
    result.expect_err("refused").reason().code
}

#[test]
fn what_was_not_delivered_is_forfeited_in_proportion() {
    // R25: contract 1,000,000, deposit 200,000; commitment 500,000 visits, delivered 400,000: forfeits 40,000, releases
    // 160,000.
    let full = received(&twenty_per_cent(), 20_000_000);
    assert_eq!((full.required(), full.held(), full.due(), full.excess()), (20_000_000, 20_000_000, 0, 0));
    let missed = |deposit: &Deposit, committed, delivered, keep| {
        proposed(deposit, &performance(committed, delivered, keep)).map(|next| out(&next))
    };
    assert_eq!(missed(&full, 500_000, 400_000, false), Ok((16_000_000, 4_000_000)));
    assert_eq!(missed(&full, 500_000, 400_000, true), Ok((0, 4_000_000)));
    // Nothing delivered, all delivered, and more than that.
    assert_eq!(missed(&full, 500_000, 0, false), Ok((0, 20_000_000)));
    assert_eq!(missed(&full, 500_000, 500_000, false), Ok((20_000_000, 0)));
    assert_eq!(missed(&full, 500_000, 600_000, false), Ok((20_000_000, 0)));
    // A third missed of 200,000.00: 66,666.67, half away from zero.
    assert_eq!(missed(&full, 3, 2, false), Ok((13_333_333, 6_666_667)));
    // Only 30,000.00 were ever received: 40,000.00 are more than there is.
    assert_eq!(missed(&received(&twenty_per_cent(), 3_000_000), 500_000, 400_000, false), Ok((0, 3_000_000)));
    let all_kept = proposed(&full, &performance(500_000, 500_000, true));
    assert_eq!(code(all_kept), reasons::DEPOSIT_INSUFFICIENT.code);
    let wrong = proposed(&full, &performance(0, -1, false)).expect_err("refused");
    let fields: Vec<&str> = wrong.violations().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["performance.committed", "performance.delivered"]);
}

#[test]
fn what_is_required_follows_the_terms() {
    // 20 % of 123.45 is 24.69; of 0.02 it is 0.004: 0.00; of 0.03 it is 0.006: 0.01.
    let required = |base| deposit(base, Decimal::new(2, 1)).required();
    assert_eq!([12_345, 2, 3].map(required), [2_469, 0, 1]);
    let half = received(&twenty_per_cent(), 5_000_000);
    assert_eq!((half.due(), half.excess()), (15_000_000, 0));
    // Sales are a tenth of what was expected: 20,000.00 are required, 30,000.00 can go back.
    let smaller = half.changed((10_000_000, Decimal::new(2, 1)), &asked("fang", 3)).expect("changed");
    assert_eq!((smaller.required(), smaller.due(), smaller.excess()), (2_000_000, 0, 3_000_000));
    let back = proposed(&smaller, &Proposal::Excess).expect("proposed");
    assert_eq!((out(&back), back.reserved(), back.excess()), ((3_000_000, 0), 3_000_000, 0));
    assert_eq!(code(proposed(&back, &Proposal::Excess)), reasons::DEPOSIT_INSUFFICIENT.code);
}

#[test]
fn another_one_confirms_in_time() {
    let full = received(&twenty_per_cent(), 20_000_000);
    let open = proposed(&full, &Proposal::Amounts(5_000_000, 1_000_000)).expect("proposed");
    assert_eq!((open.held(), open.reserved(), open.available()), (20_000_000, 6_000_000, 14_000_000));
    assert_eq!(code(proposed(&open, &Proposal::Amounts(14_000_001, 0))), reasons::DEPOSIT_INSUFFICIENT.code);
    let own = open.confirmed(2, "fang", at(3)).expect_err("refused");
    assert_eq!(own.reason().code, reasons::DEPOSIT_MAKER_IS_CHECKER.code);
    assert_eq!(
        open.confirmed(3, "ada", at(3)).expect_err("refused").reason().code,
        reasons::DEPOSIT_MOVEMENT_NOT_FOUND.code
    );
    let posted = open.confirmed(2, "ada", at(3)).expect("allowed").expect("changed");
    assert_eq!((posted.held(), posted.reserved(), posted.revision), (14_000_000, 0, 4));
    assert_eq!(posted.confirmed(2, "ada", at(4)), Ok(None), "it counts already");
    let late = posted.rejected(2, "ada", "no", at(4)).expect_err("refused");
    assert_eq!(late.reason().code, reasons::DEPOSIT_MOVEMENT_ENDED.code);
    let rejected = open.rejected(2, "fang", "a mistake", at(3)).expect("allowed").expect("changed");
    assert_eq!((rejected.held(), rejected.available()), (20_000_000, 20_000_000));
    // Thirty days after the proposal of day 2 nobody can confirm it any more.
    assert_eq!(open.clone().as_of(at(31)), open);
    let over = open.as_of(at(32));
    assert_eq!((over.movements[1].state, over.available()), (MovementState::Expired, 20_000_000));
    let late = over.confirmed(2, "ada", at(32)).expect_err("refused");
    assert_eq!(late.reason().code, reasons::DEPOSIT_MOVEMENT_ENDED.code);
}

#[test]
fn only_an_empty_deposit_is_closed_and_then_nothing_moves() {
    let full = received(&twenty_per_cent(), 20_000_000);
    assert_eq!(full.closed().expect_err("refused").reason().code, reasons::DEPOSIT_NOT_EMPTY.code);
    let closed = twenty_per_cent().closed().expect("allowed").expect("changed");
    assert_eq!(closed.closed(), Ok(None));
    let more = closed.received(1, Counterpart::Cash, None, &asked("fang", 2));
    assert_eq!(code(more), reasons::DEPOSIT_CLOSED.code);
    assert_eq!(code(closed.changed((1, Decimal::ONE), &asked("fang", 2))), reasons::DEPOSIT_CLOSED.code);
}

#[test]
fn its_transactions_are_its_own() {
    let full = received(&twenty_per_cent(), 20_000_000);
    let own = full.transaction(full.movement(1).expect("there")).expect("a transaction");
    assert_eq!((own.id.as_str(), own.cause.as_str()), ("deposit.mcn-2026.1", "deposits/mcn-2026"));
    assert_eq!(owner(&own), Some(("mcn-2026", 1)));
    // What a caller recorded for a deposit, or under such an id before those were kept, is the caller's.
    let other = |id: &str, cause: &str| {
        let (id, cause) = (TransactionId::parse(id).expect("an id"), cause.to_owned());
        owner(&NewTransaction { id, cause, ..own.clone() }).is_some()
    };
    for (id, cause) in [
        ("deposit.mcn-2026.1", "contracts/c-17"),
        ("deposit.mcn.1", "deposits/mcn-2026"),
        ("deposit.mcn-2026.x", "deposits/mcn-2026"),
        ("fee.mcn-2026.1", "deposits/mcn-2026"),
    ] {
        assert!(!other(id, cause), "{id} of {cause}");
    }
    for kept in ["accrual.s1", "settlement.s1.locked", "deposit.mcn-2026.2"] {
        assert!(TransactionId::chosen(kept).is_err(), "{kept}");
    }
    assert!(TransactionId::chosen("deposit-1").is_ok());
}

/// A step of a history.
#[derive(Debug, Clone)]
enum Move {
    Receive(i64),
    Propose(i64, i64),
    Assess(i64, i64),
    Confirm(u32),
    Reject(u32),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        (1..=30_000_000_i64).prop_map(Move::Receive),
        (0..=20_000_000_i64, 0..=20_000_000_i64).prop_map(|(released, forfeited)| Move::Propose(released, forfeited)),
        (1..=100_i64, 0..=120_i64).prop_map(|(committed, delivered)| Move::Assess(committed, delivered)),
        (1..=12_u32).prop_map(Move::Confirm),
        (1..=12_u32).prop_map(Move::Reject),
    ]
}

/// What a step makes of a deposit, and the movement that changed; `None`: it was refused or changed nothing.
fn made(deposit: &Deposit, step: &Move) -> Option<(Deposit, u32)> {
    let last = |next: Deposit| (next.movements.len(), next);
    let whole = |(number, next): (usize, Deposit)| (next, u32::try_from(number).expect("few"));
    match step {
        Move::Receive(amount) => Some(whole(last(received(deposit, *amount)))),
        Move::Propose(released, forfeited) => {
            proposed(deposit, &Proposal::Amounts(*released, *forfeited)).ok().map(|next| whole(last(next)))
        }
        Move::Assess(committed, delivered) => {
            proposed(deposit, &performance(*committed, *delivered, false)).ok().map(|next| whole(last(next)))
        }
        Move::Confirm(number) => deposit.confirmed(*number, "ada", at(3)).ok().flatten().map(|next| (next, *number)),
        Move::Reject(number) => {
            deposit.rejected(*number, "ada", "no", at(3)).ok().flatten().map(|next| (next, *number))
        }
    }
}

proptest! {
    /// Whatever is received, proposed, confirmed and rejected: never below zero, never more than there is, and the
    /// ledger's account says the same.
    #[test]
    fn the_ledger_says_the_same(steps in vec(moves(), 1..24)) {
        let mut deposit = twenty_per_cent();
        let mut book = Book::default();
        let mut kept: Vec<Transaction> = Vec::new();
        for (entry, step) in (1..).zip(&steps) {
            let Some((next, number)) = made(&deposit, step) else { continue };
            let movement = next.movement(number).expect("there");
            let id = next.transaction_id(number).expect("an id");
            match kept.iter_mut().find(|known| known.content.id == id) {
                None => {
                    let new: NewTransaction = next.transaction(movement).expect("a transaction");
                    book.record(&new, entry).expect("the ledger takes what the deposit allows");
                    kept.push(Transaction::recorded(new, entry, "fang", at(2)));
                }
                Some(pending) if movement.state == MovementState::Posted => {
                    let all: Vec<i64> = pending.content.postings.iter().map(|posting| posting.amount).collect();
                    book.post(pending, &all, entry).expect("posted");
                }
                Some(pending) => drop(book.release(pending, entry).expect("released")),
            }
            deposit = next;
            let keys = deposit.accounts().expect("accounts");
            let own = keys.into_iter().find(|key| key.purpose == Purpose::Deposit).expect("its account");
            let account = book.account(&own);
            prop_assert_eq!(account.balance(), deposit.held());
            prop_assert_eq!(i64::try_from(account.available()).expect("small"), deposit.available());
            prop_assert!(deposit.available() >= 0 && deposit.reserved() >= 0);
        }
    }
}
