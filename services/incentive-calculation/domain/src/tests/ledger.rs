//! The ledger: two phases and limits by hand, and what holds after any history.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use tributary_core::Timestamp;

use crate::ledger::{
    Account, AccountKey, Book, Content, Entry, NewTransaction, Posting, State, Transaction, TransactionId,
    book::Broken,
    commodity::{text, units},
    journal::Head,
    verify::Replay,
};

const PAYABLE: &str = "partner.huadong.payable.CNY";
const ACCRUED: &str = "partner.huadong.accrued.CNY";
const EXPENSE: &str = "house.expense.CNY";

fn key(id: &str) -> AccountKey {
    AccountKey::parse(id).expect("an account")
}

fn new(id: &str, postings: &[(&str, &str, i64)], pending: bool) -> NewTransaction {
    let posting = |(debit, credit, amount): &(&str, &str, i64)| Posting {
        debit: key(debit),
        credit: key(credit),
        amount: *amount,
    };
    NewTransaction {
        id: TransactionId::parse(id).expect("an id"),
        postings: postings.iter().map(posting).collect(),
        pending,
        expire_time: None,
        cause: "test".to_owned(),
        memo: String::new(),
        effective_on: None,
        reverses: None,
    }
}

fn pending(content: NewTransaction) -> Transaction {
    Transaction::recorded(content, 1, "fang", Timestamp(0))
}

fn balances(book: &Book, id: &str) -> (i64, i128) {
    let account = book.account(&key(id));
    (account.balance(), account.available())
}

#[test]
fn what_is_pending_is_taken_at_once_and_comes_when_it_is_posted() {
    let mut book = Book::default();
    book.record(&new("accrue", &[(EXPENSE, ACCRUED, 100_000)], false), 1).expect("recorded");
    assert_eq!(balances(&book, ACCRUED), (100_000, 100_000));
    assert_eq!(balances(&book, EXPENSE), (100_000, 100_000));

    let settle = new("settle", &[(ACCRUED, PAYABLE, 80_000)], true);
    book.record(&settle, 2).expect("reserved");
    assert_eq!(balances(&book, ACCRUED), (100_000, 20_000), "the reservation is taken from what is available");
    assert_eq!(balances(&book, PAYABLE), (0, 0), "and is not there yet");

    // 300.00 more than the 200.00 that are left.
    let more = book.record(&new("more", &[(ACCRUED, PAYABLE, 30_000)], false), 3);
    let limit = Broken::Limit { account: key(ACCRUED), available: 20_000, after: -10_000, floor: 0 };
    assert_eq!(more, Err(vec![limit]));

    let moved = book.post(&pending(settle), &[50_000], 3).expect("posted in part");
    assert_eq!(balances(&book, ACCRUED), (50_000, 50_000), "300.00 of 800.00 came back");
    assert_eq!(balances(&book, PAYABLE), (50_000, 50_000));
    let of_payable = moved.iter().find(|m| m.account == key(PAYABLE)).expect("a movement");
    assert_eq!((of_payable.credit, of_payable.pending_credit, of_payable.balance), (50_000, -80_000, 50_000));
}

#[test]
fn postings_count_together_and_a_refused_transaction_leaves_nothing() {
    let mut book = Book::default();
    // In and out within one transaction: nothing is below 0 at its end.
    let through = new("through", &[(EXPENSE, ACCRUED, 500), (ACCRUED, PAYABLE, 500)], false);
    book.record(&through, 1).expect("recorded");
    assert_eq!(balances(&book, PAYABLE), (500, 500));
    let before = book.clone();
    let both = new("both", &[(EXPENSE, ACCRUED, 7), (PAYABLE, ACCRUED, 501)], false);
    assert!(book.record(&both, 2).is_err());
    assert_eq!(book, before);
    let huge = new("huge", &[(EXPENSE, ACCRUED, i64::MAX)], false);
    let overflow = book.record(&huge, 2).expect_err("500 more than fit");
    assert_eq!(overflow, [Broken::Overflow(key(EXPENSE)), Broken::Overflow(key(ACCRUED))].to_vec());
    assert_eq!(book, before);
}

#[test]
fn a_credit_line_and_a_closed_account() {
    let mut book = Book::default();
    book.put(Account { floor: Some(-500), ..Account::new(key("partner.huadong.prepayment.CNY")) });
    let order = |id, amount| new(id, &[("partner.huadong.prepayment.CNY", "house.income.CNY", amount)], false);
    book.record(&order("first", 500), 1).expect("down to the line");
    let broken = book.record(&order("second", 1), 2).expect_err("the line is used up");
    assert!(matches!(broken.as_slice(), [Broken::Limit { available: -500, after: -501, floor: -500, .. }]));
    book.put(Account { closed: true, ..book.account(&key("house.income.CNY")) });
    assert_eq!(book.record(&order("third", 1), 2), Err(vec![Broken::Closed(key("house.income.CNY"))]));
}

#[test]
fn amounts_have_the_digits_of_their_commodity() {
    assert_eq!(units("1250.5", 2), Ok(125_050));
    assert_eq!(units("-0.01", 2), Ok(-1));
    assert_eq!(units("12", 0), Ok(12));
    assert!(units("1.005", 2).is_err());
    assert!(units("92233720368547758.08", 2).is_err(), "one unit above 64 bits");
    assert_eq!(units("92233720368547758.07", 2), Ok(i64::MAX));
    assert_eq!(text(125_050, 2), "1250.50");
    assert_eq!(text(-1, 2), "-0.01");
    assert_eq!(text(12, 0), "12");
}

#[test]
fn names_of_accounts() {
    assert_eq!(key(PAYABLE).name(), "ledgerAccounts/partner.huadong.payable.CNY");
    for wrong in
        ["house.payable.CNY", "partner.payable.CNY", "partner.x.expense.CNY", "fund.x.cash.CNY", "house.cash.cny!"]
    {
        assert!(AccountKey::parse(wrong).is_err(), "{wrong}");
    }
    assert!(AccountKey::parse("partner.x.entitlement.points").is_ok());
}

/// One step of a history: from, to, how much, and what becomes of it.
type Step = (usize, usize, i64, u8);

const ACCOUNTS: [&str; 5] = [EXPENSE, ACCRUED, PAYABLE, "fund.growth.fund.CNY", "partner.huabei.clawback.CNY"];

/// Lives a history; the journal, what is kept beside it, and sums kept the plain way.
fn live(steps: &[Step]) -> (Vec<Entry>, Book, BTreeMap<TransactionId, Transaction>, BTreeMap<&'static str, i128>) {
    let (mut book, mut head) = (Book::default(), Head::default());
    let (mut entries, mut known): (Vec<Entry>, BTreeMap<TransactionId, Transaction>) = (Vec::new(), BTreeMap::new());
    // Debits less credits that count, by account.
    let mut plain: BTreeMap<&'static str, i128> = BTreeMap::new();
    for (number, (from, to, amount, fate)) in steps.iter().enumerate() {
        let (debit, credit) = (ACCOUNTS[from % 5], ACCOUNTS[to % 5]);
        if debit == credit {
            continue;
        }
        let content = new(&format!("t{number}"), &[(debit, credit, *amount)], *fate > 0);
        let at = head.position + 1;
        if book.record(&content, at).is_err() {
            continue;
        }
        let mut enter = |content: &Content| {
            let json = serde_json::to_string(content).expect("json");
            let entry = Entry::after(&head, json, "fang", Timestamp(i64::try_from(number).expect("small")));
            head = entry.head();
            entries.push(entry);
            head.position
        };
        enter(&Content::Recorded(content.clone()));
        let time = Timestamp(i64::try_from(number).expect("small"));
        let mut transaction = Transaction { entry: at, create_time: time, ..pending(content) };
        let id = transaction.content.id.clone();
        let counts = match fate {
            0 => {
                transaction.state = State::Posted;
                transaction.end_time = Some(time);
                *amount
            }
            1 => 0,
            2 => {
                let part = amount / 2;
                let at = enter(&Content::Posted { transaction: id.clone(), amounts: vec![part] });
                book.post(&transaction, &[part], at).expect("reserved before");
                (transaction.state, transaction.posted, transaction.end_time) = (State::Posted, vec![part], Some(time));
                part
            }
            _ => {
                let at = enter(&Content::Voided { transaction: id.clone(), reason: String::new() });
                book.release(&transaction, at).expect("reserved before");
                (transaction.state, transaction.end_time) = (State::Voided, Some(time));
                0
            }
        };
        *plain.entry(debit).or_default() += i128::from(counts);
        *plain.entry(credit).or_default() -= i128::from(counts);
        known.insert(id, transaction);
    }
    (entries, book, known, plain)
}

fn findings(entries: &[Entry], book: &Book, known: &BTreeMap<TransactionId, Transaction>, head: &Head) -> usize {
    let mut replay = Replay::default();
    for entry in entries {
        replay.entry(entry);
    }
    known.values().for_each(|kept| replay.transaction_now(kept));
    book.accounts().for_each(|account| replay.account(account));
    replay.finish(head).1.len()
}

proptest! {
    #[test]
    fn after_any_history_all_adds_up(steps in vec((0..5_usize, 0..5_usize, 1..1_000_i64, 0..7_u8), 1..60)) {
        let steps: Vec<Step> = steps.into_iter().map(|(f, t, a, fate)| (f, t, a, fate.saturating_sub(3))).collect();
        let (entries, book, known, plain) = live(&steps);
        let (mut debits, mut credits) = (0_i128, 0_i128);
        for account in book.accounts() {
            debits += i128::from(account.debits_posted);
            credits += i128::from(account.credits_posted);
            let less = i128::from(account.debits_posted) - i128::from(account.credits_posted);
            prop_assert_eq!(less, plain.get(account.key.to_string().as_str()).copied().unwrap_or_default());
            if let Some(floor) = account.floor {
                prop_assert!(account.available() >= i128::from(floor));
            }
        }
        prop_assert_eq!(debits, credits);
        let head = entries.last().map(Entry::head).unwrap_or_default();
        prop_assert_eq!(findings(&entries, &book, &known, &head), 0);
    }

    #[test]
    fn any_change_of_the_journal_shows(
        steps in vec((0..5_usize, 0..5_usize, 1..1_000_i64, 0..7_u8), 5..30),
        place in any::<prop::sample::Index>(),
        how in 0..6_u8,
    ) {
        let steps: Vec<Step> = steps.into_iter().map(|(f, t, a, fate)| (f, t, a, fate.saturating_sub(3))).collect();
        let (mut entries, book, known, _) = live(&steps);
        prop_assume!(entries.len() > 1);
        let head = entries.last().map(Entry::head).unwrap_or_default();
        let at = place.index(entries.len());
        match how {
            0 => entries[at].content = entries[at].content.replacen('1', "2", 1) + " ",
            1 => entries[at].author.push('x'),
            2 => entries[at].record_time.0 += 1,
            3 => entries[at].digest = "0".repeat(64),
            4 => drop(entries.remove(at)),
            _ => {
                let copy = entries[at].clone();
                entries.insert(at, copy);
            }
        }
        prop_assert!(findings(&entries, &book, &known, &head) > 0);
    }
}

/// The digest of an entry, worked out by Python: hashlib.sha256 over the lines that the contract describes.
#[test]
fn the_digest_of_an_entry_is_what_the_contract_says() {
    let content = r#"{"expired":{"transaction":"a"}}"#.to_owned();
    let entry = Entry::after(&Head::default(), content, "fang", Timestamp(1_000_000));
    assert_eq!(entry.digest, "37e3144d648c1ad99d447152df984deb914ed9faf5a72de407f3ad0b781801b4");
}
