//! What holds for any history of subsidies.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use tributary_core::{Date, Decimal, Timestamp};

use super::{
    funds::{on, standard, terms},
    subsidies::{asked, by, invoice},
};
use crate::{
    fund::{Fund, Terms, UsedOf},
    ledger::{AccountKey, Book, NewTransaction, Posting, Purpose},
    subsidy::{ClaimState, Left, Payment, Subsidy},
};

/// A step of a history, of the subsidy of a number.
#[derive(Debug, Clone)]
enum Move {
    Ask(i64, bool, bool),
    Approve(usize, Option<i64>),
    Claim(usize, i64),
    Accept(usize, bool),
    Confirm(usize, u32),
    Return(usize),
    Refuse(usize),
    Withdraw(usize),
    Reverse(usize, u32),
    Lapse(usize),
}

fn moves() -> impl Strategy<Value = Move> {
    let which = || 0..6_usize;
    prop_oneof![
        3 => (1..=40_000_i64, any::<bool>(), any::<bool>()).prop_map(|(cost, other, reserve)| Move::Ask(cost, other, reserve)),
        4 => (which(), proptest::option::of(1..=12_000_i64)).prop_map(|(at, amount)| Move::Approve(at, amount)),
        3 => (which(), 1..=40_000_i64).prop_map(|(at, cost)| Move::Claim(at, cost)),
        3 => (which(), any::<bool>()).prop_map(|(at, keep)| Move::Accept(at, keep)),
        2 => (which(), 1..4_u32).prop_map(|(at, number)| Move::Confirm(at, number)),
        1 => which().prop_map(Move::Return),
        1 => which().prop_map(Move::Refuse),
        1 => which().prop_map(Move::Withdraw),
        2 => (which(), 1..4_u32).prop_map(|(at, number)| Move::Reverse(at, number)),
        1 => which().prop_map(Move::Lapse),
    ]
}

/// 300.00 for online channels, a third of which is held back; 200.00 per partner and year, 100.00 per project.
fn small() -> Fund {
    let mut fund = standard();
    fund.now.budgets.truncate(1);
    fund.now.budgets[0].amount = 30_000;
    fund.now.held_back = Decimal::new(333_333, 6);
    fund.now.terms = Terms { project_cap: Some(10_000), annual_cap: Some(20_000), ..terms() };
    fund
}

fn used_of(all: &[Subsidy]) -> UsedOf {
    all.iter().fold(UsedOf::new(), |mut sums, subsidy| {
        let used = sums.entry((subsidy.channel, subsidy.reserve)).or_default();
        *used = used.plus(subsidy.used());
        sums
    })
}

fn by_partner(all: &[Subsidy]) -> BTreeMap<&str, i64> {
    all.iter().fold(BTreeMap::new(), |mut sums, subsidy| {
        *sums.entry(subsidy.partner.as_str()).or_default() += subsidy.used().spent();
        sums
    })
}

/// What a step makes of the subsidies; `None`: it was refused.
fn made(fund: &Fund, all: &[Subsidy], step: &Move) -> Option<(usize, Subsidy)> {
    let (mei, fang) = (by("mei", "2026-06-20"), by("fang", "2026-06-21"));
    let open = |it: &Subsidy| it.waiting().map_or(0, |claim| claim.number);
    let left = |subsidy: &Subsidy| {
        let used = used_of(all).get(&(subsidy.channel, subsidy.reserve)).copied().unwrap_or_default();
        Left::of(fund, subsidy, used, by_partner(all).get(subsidy.partner.as_str()).copied().unwrap_or_default())
    };
    let step_of = |at: &usize, verb: &dyn Fn(&Subsidy) -> Option<Subsidy>| {
        all.get(*at).and_then(|subsidy| verb(subsidy).map(|next| (*at, next)))
    };
    match step {
        Move::Ask(..) if all.len() == 6 => None,
        Move::Ask(cost, other, reserve) => {
            let partner = if *other { "huanan" } else { "huadong" };
            Some((all.len(), asked(&format!("s{}", all.len()), partner, *cost, *reserve)))
        }
        Move::Approve(at, amount) => step_of(at, &|it| it.preapproved(*amount, &fund.now.terms, left(it), &fang).ok()),
        Move::Claim(at, cost) => step_of(at, &|it| it.claimed(*cost, vec![invoice("1")], "", &mei).ok()),
        Move::Accept(at, keep) => step_of(at, &|it| it.accepted(open(it), None, *keep, left(it), &fang).ok()),
        Move::Confirm(at, number) => {
            step_of(at, &|it| it.confirmed(*number, &payment(), on("2026-06-21"), &fang).ok().flatten())
        }
        Move::Return(at) => step_of(at, &|it| it.returned(open(it), &fang).ok()),
        Move::Refuse(at) => step_of(at, &|it| it.refused_claim(open(it), &fang).ok()),
        Move::Withdraw(at) => step_of(at, &|it| it.withdrawn(&mei).ok()),
        Move::Reverse(at, number) => step_of(at, &|it| it.reversed(*number, &mei).ok()),
        Move::Lapse(at) => step_of(at, &|it| Some(it.clone().as_of(Date::from_days(100_000), Timestamp(0)))),
    }
}

fn payment() -> Payment {
    Payment { reference: "47".to_owned(), paid_on: on("2026-06-21") }
}

/// What a step enters into the ledger; one that was not paid yet is taken back as the ledger takes back anything.
fn entered(known: Option<&Subsidy>, next: &Subsidy, step: &Move) -> Option<NewTransaction> {
    let claim = |number: &u32| next.claim(*number).expect("a claim");
    let entered = match step {
        Move::Accept(..) => next.crediting(next.claims.last().expect("a claim")),
        Move::Confirm(_, number) => next.paying(claim(number), &payment()),
        Move::Reverse(_, number) => {
            let before = known.and_then(|known| known.claim(*number)).expect("a claim").state;
            if before == ClaimState::Paid {
                next.claiming_back(claim(number))
            } else {
                let credited = next.crediting(claim(number)).expect("a transaction");
                let turned = |Posting { debit, credit, amount }: &Posting| Posting {
                    debit: credit.clone(),
                    credit: debit.clone(),
                    amount: *amount,
                };
                let postings = credited.postings.iter().map(turned).collect();
                Ok(NewTransaction { id: next.reversal_id(claim(number)).expect("an id"), postings, ..credited })
            }
        }
        _ => return None,
    };
    Some(entered.expect("a transaction"))
}

proptest! {
    /// Whatever is asked, approved, claimed, accepted, paid, returned, refused, withdrawn, reversed or lapses: no budget and no annual
    /// cap is overdrawn, committed + paid + free = budget, nobody is paid more than was pre-approved, and the ledger's
    /// accounts of a partner hold what was paid: payable and paid, less what is claimed back.
    #[test]
    fn nothing_goes_beyond_the_fund(steps in vec(moves(), 1..40)) {
        let fund = small();
        let mut all: Vec<Subsidy> = Vec::new();
        let mut book = Book::default();
        for (entry, step) in (1..).zip(&steps) {
            let Some((at, next)) = made(&fund, &all, step) else { continue };
            if let Some(transaction) = entered(all.get(at), &next, step) {
                book.record(&transaction, entry).expect("recorded");
            }
            if at == all.len() { all.push(next) } else { all[at] = next }

            let used = used_of(&all);
            prop_assert_eq!(fund.holds(&used), Ok(()));
            let usage = fund.usage(&used, on("2026-06-21"));
            for line in usage.lines.iter().chain([&usage.total]) {
                prop_assert_eq!(line.used.committed + line.used.paid + line.free, line.budget);
                prop_assert!(line.free_reserve >= 0 && line.free >= line.free_reserve);
                prop_assert!(line.used.claimed <= line.used.committed);
            }
            for (partner, spent) in by_partner(&all) {
                prop_assert!(spent <= 20_000);
                let balance = |purpose| {
                    book.account(&AccountKey::of_partner(partner, purpose, fund.currency).expect("an account")).balance()
                };
                let owed = balance(Purpose::Payable) + balance(Purpose::Paid) - balance(Purpose::Clawback);
                let paid: i64 = all.iter().filter(|it| it.partner == partner).map(Subsidy::paid).sum();
                prop_assert_eq!(owed, paid);
            }
            for subsidy in &all {
                prop_assert!(subsidy.paid() <= subsidy.approved() && subsidy.approved() <= 10_000);
                prop_assert!(subsidy.committed() >= 0);
            }
        }
    }
}
