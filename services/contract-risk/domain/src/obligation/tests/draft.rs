//! What may be said of an obligation and of a proof.

use tributary_core::Timestamp;

use super::{day, fields, milestone, payment, payment_draft};
use crate::{DutyDraft, ExternalRef, ObligationKind, Party, ProofDraft, RawMoney};

fn wrong(change: impl FnOnce(&mut DutyDraft)) -> Vec<String> {
    let mut draft = payment_draft();
    change(&mut draft);
    draft.check().err().map(fields).unwrap_or_default()
}

fn money(currency_code: &str, units: i64, nanos: i32) -> Option<RawMoney> {
    Some(RawMoney { currency_code: currency_code.to_owned(), units, nanos })
}

#[test]
fn a_good_draft_keeps_what_was_said() {
    let duty = payment();
    // Python: (date(2026, 3, 31) - date(1970, 1, 1)).days == 20543
    assert_eq!((duty.due_on.days(), duty.debtor), (20_543, Party::Partner));
    assert_eq!(duty.amount.map(|a| (a.value, a.currency.code())), Some((100_000, "CNY")));
}

#[test]
fn a_payment_has_whole_minor_units_above_zero() {
    assert_eq!(wrong(|d| d.amount = None), ["amount"]);
    assert_eq!(wrong(|d| d.amount = money("CNY", 0, 0)), ["amount"]);
    assert_eq!(wrong(|d| d.amount = money("CNY", -1, 0)), ["amount"]);
    assert_eq!(wrong(|d| d.amount = money("CNY", 1, 5_000_000)), ["amount"], "half a fen");
    assert_eq!(wrong(|d| d.amount = money("RMB", 1, 0)), ["amount"]);
    assert_eq!(wrong(|d| d.amount = money("JPY", 1, 500_000_000)), ["amount"]);
    assert!(wrong(|d| d.amount = money("CNY", 1, 10_000_000)).is_empty(), "one fen");
    assert_eq!(wrong(|d| d.quantity = Some("1".to_owned())), ["quantity", "unit"]);
}

#[test]
fn anything_else_may_have_a_quantity_with_a_unit() {
    let visits = |quantity: &str, unit: &str| {
        let (quantity, unit) = (quantity.to_owned(), unit.to_owned());
        wrong(|d| {
            d.kind = Some(ObligationKind::Traffic);
            d.amount = None;
            d.quantity = (!quantity.is_empty()).then_some(quantity);
            d.unit = unit;
        })
    };
    assert!(visits("5000", "visits").is_empty());
    assert!(visits("", "").is_empty());
    assert_eq!(visits("5000", ""), ["unit"]);
    assert_eq!(visits("", "visits"), ["unit"]);
    assert_eq!(visits("0", "visits"), ["quantity"]);
    assert_eq!(visits("-1", "visits"), ["quantity"]);
    assert_eq!(visits("0.0000001", "t"), ["quantity"]);
    assert_eq!(wrong(|d| d.kind = Some(ObligationKind::Delivery)), ["amount"], "only payments have amounts");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let found = wrong(|d| {
        *d = DutyDraft {
            title: " ".to_owned(),
            owner: "a\nb".to_owned(),
            due_on: Some((2026, 2, 29)),
            external_ref: Some(ExternalRef { system: "ERP".to_owned(), id: String::new() }),
            acceptance_criteria: "x".repeat(4001),
            ..DutyDraft::default()
        }
    });
    let expected =
        ["kind", "title", "acceptance_criteria", "owner", "due_on", "external_ref.system", "external_ref.id"];
    assert_eq!(found, expected);
    assert!(wrong(|d| d.acceptance_criteria = "photo\ntaken on site".to_owned()).is_empty());
    assert_eq!(wrong(|d| d.due_on = Some((9999, 12, 31))), ["due_on"], "never");
    assert!(wrong(|d| d.title = "款".repeat(300)).is_empty());
    assert_eq!(wrong(|d| d.title = "款".repeat(301)), ["title"]);
}

#[test]
fn a_proof_says_what_was_done_and_when() {
    let good = ProofDraft {
        title: "bank receipt 7781".to_owned(),
        sha256: "0f".repeat(32),
        fulfilled_on: Some((2026, 3, 30)),
        amount: money("CNY", 400, 0),
        ..ProofDraft::default()
    };
    let today = day("2026-03-30");
    let wrong = |change: fn(&mut ProofDraft)| {
        let mut draft = good.clone();
        change(&mut draft);
        draft.check(&payment(), "maker", Timestamp(3), today).err().map(fields).unwrap_or_default()
    };
    let kept = good.clone().check(&payment(), "maker", Timestamp(3), today).expect("good");
    assert_eq!((kept.submitter.as_str(), kept.submit_time, kept.returned), ("maker", Timestamp(3), false));
    assert_eq!(wrong(|p| p.fulfilled_on = Some((2026, 3, 31))), ["fulfilled_on"], "tomorrow");
    assert_eq!(wrong(|p| p.fulfilled_on = None), ["fulfilled_on"]);
    assert_eq!(wrong(|p| p.amount = None), ["amount"]);
    assert_eq!(wrong(|p| p.amount = money("USD", 400, 0)), ["amount"]);
    assert_eq!(wrong(|p| p.amount = money("CNY", 0, 1)), ["amount"], "said once");
    assert_eq!(wrong(|p| p.amount = money("CNY", -400, 0)), ["amount"]);
    assert_eq!(wrong(|p| p.sha256 = "0F".repeat(32)), ["sha256"]);
    assert_eq!(wrong(|p| p.title = String::new()), ["title"]);
    let refused = good.check(&milestone("2026-03-31"), "maker", Timestamp(3), today).expect_err("not a payment");
    assert_eq!(fields(refused), ["amount"]);
}
