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
    subsidy::{Left, Subsidy},
};

/// A step of a history, of the subsidy of a number.
#[derive(Debug, Clone)]
enum Move {
    Ask(i64, bool, bool),
    Approve(usize, Option<i64>),
    Claim(usize, i64),
    Accept(usize, bool),
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
        Move::Return(at) => step_of(at, &|it| it.returned(open(it), &fang).ok()),
        Move::Refuse(at) => step_of(at, &|it| it.refused_claim(open(it), &fang).ok()),
        Move::Withdraw(at) => step_of(at, &|it| it.withdrawn(&mei).ok()),
        Move::Reverse(at, number) => step_of(at, &|it| it.reversed(*number, &mei).ok()),
        Move::Lapse(at) => step_of(at, &|it| Some(it.clone().as_of(Date::from_days(100_000), Timestamp(0)))),
    }
}

proptest! {
    /// Whatever is asked, approved, claimed, accepted, returned, refused, withdrawn, reversed or lapses: no budget and no annual cap is
    /// overdrawn, committed + paid + free = budget, nobody is paid more than was pre-approved, and the ledger's payable
    /// accounts hold what was paid.
    #[test]
    fn nothing_goes_beyond_the_fund(steps in vec(moves(), 1..40)) {
        let fund = small();
        let mut all: Vec<Subsidy> = Vec::new();
        let mut book = Book::default();
        for (entry, step) in (1..).zip(&steps) {
            let Some((at, next)) = made(&fund, &all, step) else { continue };
            if let Move::Accept(..) = step {
                let claim = next.claims.last().expect("a claim");
                book.record(&next.crediting(claim).expect("a transaction"), entry).expect("recorded");
            }
            if let Move::Reverse(_, number) = step {
                let claim = next.claim(*number).expect("a claim");
                let credited = next.crediting(claim).expect("a transaction");
                let back = credited.postings.iter().map(|posting| Posting {
                    debit: posting.credit.clone(),
                    credit: posting.debit.clone(),
                    amount: posting.amount,
                });
                let id = next.reversal_id(claim).expect("an id");
                let back = NewTransaction { id, postings: back.collect(), ..credited };
                book.record(&back, entry).expect("recorded");
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
                let payable = AccountKey::of_partner(partner, Purpose::Payable, fund.currency).expect("an account");
                let paid: i64 = all.iter().filter(|it| it.partner == partner).map(Subsidy::paid).sum();
                prop_assert_eq!(book.account(&payable).balance(), paid);
            }
            for subsidy in &all {
                prop_assert!(subsidy.paid() <= subsidy.approved() && subsidy.approved() <= 10_000);
                prop_assert!(subsidy.committed() >= 0);
            }
        }
    }
}
