//! Settlements: what is paid by hand, and what holds for any history of lines, holds, adjustments and claims.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};
use tributary_core::{Currency, Date, Decimal, Timestamp};

use crate::settlement::{
    Adjustment, AdjustmentKind, Amounts, At, Change, Confirmation, Export, Form, Hold, HoldKind, Line, Outcome,
    Payable, Settlement, State, Terms, Withholding, page::Language,
};

fn line(amount: i64, held: bool) -> Line {
    let hold = Hold { kind: HoldKind::Manual, reason: "proof <missing>".to_owned(), author: "fang".to_owned() };
    Line {
        id: format!("slot.r{amount}"),
        title: "Rebate".to_owned(),
        amount,
        holds: held.then_some(hold).into_iter().collect(),
    }
}

fn adjustment(kind: AdjustmentKind, amount: i64) -> Adjustment {
    Adjustment { kind, amount, reason: "agreed".to_owned(), author: "fang".to_owned() }
}

pub fn settlement(lines: Vec<Line>, adjustments: Vec<Adjustment>, kind: &str) -> Settlement {
    let rule = Withholding {
        partner_kinds: vec!["CREATOR".to_owned()],
        rate: Decimal::new(2, 1),
        allowance: Some(Decimal::new(800, 0)),
    };
    Settlement {
        id: "s1".to_owned(),
        programme: "dealers".to_owned(),
        period: "2026-03".to_owned(),
        period_end: Date::parse("2026-03-31").expect("a day"),
        partner: "huadong".to_owned(),
        partner_display_name: "Huadong \"East\", & Co".to_owned(),
        partner_business_key: "huadong".to_owned(),
        partner_external_refs: vec!["erp:1".to_owned()],
        partner_kind: kind.to_owned(),
        currency: Currency::parse("CNY").expect("known"),
        state: State::Draft,
        terms: Terms { form: Form::Cash, withholding: vec![rule], dispute_days: 0 },
        lines,
        adjustments,
        amounts: Amounts::default(),
        dispute_until: None,
        payments: Vec::new(),
        steps: Vec::new(),
        makers: BTreeSet::new(),
        operation: String::new(),
        create_time: Timestamp(0),
        revision: 1,
    }
}

fn amounts(lines: &[(i64, bool)], adjusted: i64, kind: &str, claims: i64) -> [i64; 7] {
    let lines = lines.iter().map(|(amount, held)| line(*amount, *held)).collect();
    let adjustments = if adjusted == 0 { Vec::new() } else { vec![adjustment(AdjustmentKind::Correction, adjusted)] };
    let a = settlement(lines, adjustments, kind).computed(claims).expect("small");
    [a.opening, a.earned, a.adjusted, a.withheld, a.tax, a.payable, a.closing]
}

#[test]
fn claims_come_first_then_tax_then_the_partner() {
    // By hand, in fen: opening, earned, adjusted, withheld, tax, payable, closing.
    assert_eq!(amounts(&[(10_000, false)], 0, "DEALER", 0), [0, 10_000, 0, 0, 0, 10_000, 0]);
    // 1,000.00 of a creator: 20 % of 200.00.
    assert_eq!(amounts(&[(100_000, false)], 0, "CREATOR", 0), [0, 100_000, 0, 0, 4_000, 96_000, 0]);
    // 800.00 stays free, and 20 % of 0.02 rounds to 0.00, of 0.03 to 0.01.
    assert_eq!(amounts(&[(80_002, false)], 0, "CREATOR", 0), [0, 80_002, 0, 0, 0, 80_002, 0]);
    assert_eq!(amounts(&[(80_003, false)], 0, "CREATOR", 0), [0, 80_003, 0, 0, 1, 80_002, 0]);
    // 300.00 were claimed before: offset, the rest is below the allowance.
    assert_eq!(amounts(&[(100_000, false)], 0, "CREATOR", 30_000), [-30_000, 100_000, 0, 0, 0, 70_000, 0]);
    // More is claimed than was earned.
    assert_eq!(amounts(&[(10_000, false)], 0, "DEALER", 25_000), [-25_000, 10_000, 0, 0, 0, 0, -15_000]);
    // −50.00 earned: a claim by its own accrual, beside 10.00 from before.
    assert_eq!(amounts(&[(-5_000, false)], 0, "DEALER", 6_000), [-1_000, -5_000, 0, 0, 0, 0, -6_000]);
    // Of +100.00 held and −30.00, the 30.00 count now.
    assert_eq!(amounts(&[(10_000, true), (-3_000, true)], 0, "DEALER", 0), [0, 7_000, 0, 10_000, 0, 0, -3_000]);
    // A fee beyond what was earned.
    assert_eq!(amounts(&[(1_000, false)], -1_500, "DEALER", 0), [0, 1_000, -1_500, 0, 0, 0, -500]);
}

#[test]
fn a_deposit_that_comes_back_is_not_taxed() {
    // 1,000.00 earned and 500.00 of the deposit returned: 20 % of 200.00, and all but that is paid.
    let returned = vec![adjustment(AdjustmentKind::Deposit, 50_000)];
    let a = settlement(vec![line(100_000, false)], returned, "CREATOR").computed(0).expect("small");
    assert_eq!((a.adjusted, a.tax, a.payable), (50_000, 4_000, 146_000));
    // A correction is taxed, and what is topped up takes nothing off the tax by being returned at once.
    let both = vec![adjustment(AdjustmentKind::Deposit, -50_000), adjustment(AdjustmentKind::Deposit, 50_000)];
    let a = settlement(vec![line(100_000, false)], both, "CREATOR").computed(0).expect("small");
    assert_eq!((a.adjusted, a.tax, a.payable), (0, 4_000, 96_000));
}

#[test]
fn an_adjustment_is_taken_back_by_its_opposite_and_no_further() {
    let draft = settlement(vec![line(10_000, false)], Vec::new(), "DEALER").valued(0).expect("small");
    let at = At { withheld: 3_000, ..at("fang", "2026-04-01", 0) };
    let adjusted = |from: &Settlement, kind, amount| from.changed(&Change::Adjust(kind, amount), &at);
    let why = |result: Result<Settlement, tributary_core::Fault>| {
        let fault = result.expect_err("refused");
        assert_eq!(fault.violations().iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["adjustment.amount"]);
        fault.violations()[0].description.clone()
    };
    let fee = adjusted(&draft, AdjustmentKind::Fee, -500).expect("a fee");
    let less = adjusted(&fee, AdjustmentKind::Fee, 450).expect("most of it taken back");
    assert_eq!((less.amounts.adjusted, less.amounts.payable), (-50, 9_950));
    assert!(why(adjusted(&less, AdjustmentKind::Fee, 51)).contains("0.01"), "more than was taken off");
    let release = adjusted(&draft, AdjustmentKind::Release, 2_000).expect("of the 30.00 that are withheld");
    let most = why(adjusted(&release, AdjustmentKind::Release, 1_001));
    assert!(most.contains("30.00") && most.ends_with("release at most CNY 10.00"), "{most}");
    let back = adjusted(&release, AdjustmentKind::Release, -2_000).expect("taken back");
    assert_eq!((back.amounts.adjusted, back.adjustments.len()), (0, 2));
    assert!(why(adjusted(&back, AdjustmentKind::Release, -1)).contains("hold a line back"));
}

#[test]
fn terms_name_kinds_of_partners_that_there_are() {
    let rule = |kinds: &[&str]| Withholding {
        partner_kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        rate: Decimal::new(2, 1),
        allowance: None,
    };
    let terms = Terms { withholding: vec![rule(&["CREATOR"]), rule(&["GROUP_LEADER", "CREATER"])], ..Terms::default() };
    let wrong = terms.check();
    let [wrong] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert_eq!(wrong.field, "withholding[1].partner_kinds");
    assert!(wrong.description.contains("\"CREATER\"") && wrong.description.contains("GROUP_LEADER"), "{wrong:?}");
}

#[test]
fn sums_beyond_64_bits_are_refused() {
    let lines = vec![line(i64::MAX, false), line(1, false)];
    let why = settlement(lines, Vec::new(), "DEALER").computed(0).expect_err("too large");
    assert_eq!(why.reason().code, "AMOUNT_OVERFLOW");
}

fn kind() -> impl Strategy<Value = AdjustmentKind> {
    use AdjustmentKind::{Correction, Deposit, Draw, Fee, Release};
    proptest::sample::select(vec![Correction, Deposit, Draw, Fee, Release])
}

proptest! {
    #[test]
    fn it_always_adds_up_and_leaves_nothing_accrued(
        lines in vec((-1_000_000_i64..1_000_000, any::<bool>()), 0..8),
        adjusted in vec((kind(), -500_000_i64..500_000), 0..6),
        claims in 0_i64..1_000_000,
        creator in any::<bool>(),
    ) {
        let lines: Vec<Line> = lines.into_iter().map(|(amount, held)| line(amount, held)).collect();
        let made: Vec<Adjustment> = adjusted.into_iter().map(|(kind, amount)| adjustment(kind, amount)).collect();
        let mut other: BTreeMap<AdjustmentKind, i64> = BTreeMap::new();
        made.iter().for_each(|made| *other.entry(made.kind).or_default() += made.amount);
        let mut by = |kind| other.remove(&kind).unwrap_or_default();
        let draft = settlement(lines, made, if creator { "CREATOR" } else { "DEALER" });
        // Its own claim may have been offset by another settlement meanwhile: then less than that is claimed.
        let own = draft.earned().expect("small").min(0).abs();
        let valued = draft.valued(claims).expect("small");
        let a = valued.amounts;
        prop_assert_eq!(a.opening, own - claims);
        prop_assert_eq!(a.opening + a.earned + a.adjusted - a.withheld - a.tax - a.payable, a.closing);
        prop_assert!(a.payable >= 0 && a.tax >= 0 && a.withheld >= 0 && a.closing <= 0);
        prop_assert!(a.payable == 0 || a.closing == 0, "nobody is paid while something is claimed");
        // What its postings do to each account, credits less debits.
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        let steps = [valued.accrual().expect("small"), valued.locking().expect("small")];
        for posting in steps.into_iter().flatten().flat_map(|step| step.postings) {
            prop_assert!(posting.amount > 0);
            *sums.entry(posting.debit.to_string()).or_default() -= posting.amount;
            *sums.entry(posting.credit.to_string()).or_default() += posting.amount;
        }
        let mut of = |account: &str| sums.remove(account).unwrap_or_default();
        prop_assert_eq!(of("partner.huadong.accrued.CNY"), 0);
        prop_assert_eq!(of("partner.huadong.payable.CNY"), a.payable);
        prop_assert_eq!(of("partner.huadong.withheld.CNY"), a.withheld - by(AdjustmentKind::Release));
        prop_assert_eq!(of("house.tax.CNY"), a.tax);
        prop_assert_eq!(of("partner.huadong.clawback.CNY") + own - claims, a.closing, "claims after");
        prop_assert_eq!(of("house.expense.CNY"), -(a.earned + by(AdjustmentKind::Correction)));
        prop_assert_eq!(of("house.income.CNY"), -by(AdjustmentKind::Fee));
        prop_assert_eq!(of("partner.huadong.deposit.CNY"), -by(AdjustmentKind::Deposit));
        prop_assert_eq!(of("partner.huadong.advance.CNY"), -by(AdjustmentKind::Draw));
        prop_assert!(sums.is_empty(), "{:?}", sums);
    }
}

fn at<'a>(actor: &'a str, today: &str, claims: i64) -> At<'a> {
    At { actor, now: Timestamp(0), today: Date::parse(today).expect("a day"), reason: "why", claims, withheld: 0 }
}

#[test]
fn it_is_approved_by_another_and_only_as_it_was_reviewed() {
    let draft = settlement(vec![line(10_000, false)], Vec::new(), "DEALER").valued(0).expect("small");
    let submitted = draft.changed(&Change::Submit, &at("fang", "2026-04-01", 0)).expect("submitted");
    let why = |result: Result<Settlement, tributary_core::Fault>| result.expect_err("refused").reason().code;
    assert_eq!(why(submitted.changed(&Change::Approve, &at("fang", "2026-04-01", 0))), "SETTLEMENT_MAKER_IS_CHECKER");
    assert_eq!(why(submitted.changed(&Change::Approve, &at("ada", "2026-04-01", 100))), "SETTLEMENT_OUTDATED");
    assert_eq!(
        why(submitted.changed(&Change::Lock { waive: true }, &at("ada", "2026-04-01", 0))),
        "SETTLEMENT_STATE_REFUSED"
    );
    let approved = submitted.changed(&Change::Approve, &at("ada", "2026-04-01", 0)).expect("approved");
    let lock = Change::Lock { waive: false };
    assert_eq!(why(approved.changed(&lock, &at("ada", "2026-04-01", 100))), "SETTLEMENT_OUTDATED");
    let locked = approved.changed(&lock, &at("ada", "2026-04-01", 0)).expect("locked");
    assert_eq!((locked.state, locked.revision), (State::Locked, 4));
    for change in [Change::Submit, Change::Return, Change::Adjust(AdjustmentKind::Fee, -1), Change::Dispute("x".into())]
    {
        assert_eq!(why(locked.changed(&change, &at("mei", "2026-04-01", 0))), "SETTLEMENT_STATE_REFUSED");
    }
}

#[test]
fn whoever_returns_it_may_approve_it_and_who_waives_has_no_part_in_it() {
    let mut draft = settlement(vec![line(10_000, false)], Vec::new(), "DEALER").valued(0).expect("small");
    draft.terms.dispute_days = 7;
    let on = |actor, day| at(actor, day, 0);
    let submitted = draft.changed(&Change::Submit, &on("fang", "2026-04-01")).expect("submitted");
    let returned = submitted.changed(&Change::Return, &on("ada", "2026-04-01")).expect("returned");
    assert_eq!((returned.state, returned.makers.contains("ada")), (State::Draft, false));
    let again = returned.changed(&Change::Submit, &on("fang", "2026-04-02")).expect("submitted");
    let approved = again.changed(&Change::Approve, &on("ada", "2026-04-02")).expect("approved by who returned it");
    let why = |change: &Change, at: &At<'_>| approved.changed(change, at).expect_err("refused").reason().code;
    let waive = Change::Lock { waive: true };
    assert_eq!(why(&Change::Lock { waive: false }, &on("ada", "2026-04-08")), "SETTLEMENT_DISPUTABLE");
    assert_eq!(why(&waive, &on("fang", "2026-04-08")), "SETTLEMENT_MAKER_IS_CHECKER");
    assert_eq!(why(&waive, &At { reason: "", ..on("ada", "2026-04-08") }), "INVALID_REQUEST");
    let waived = approved.changed(&waive, &on("ada", "2026-04-08")).expect("waived");
    assert_eq!(waived.steps.last().map(|step| step.action.as_str()), Some("locked, days for disputes waived"));
    // Once the days are over nothing is waived, whoever locks it.
    let locked = approved.changed(&waive, &At { reason: "", ..on("fang", "2026-04-09") }).expect("locked");
    assert_eq!(locked.steps.last().map(|step| step.action.as_str()), Some("locked"));
}

#[test]
fn lines_are_disputed_until_the_last_day_of_the_window() {
    let mut draft = settlement(vec![line(10_000, false)], Vec::new(), "DEALER").valued(0).expect("small");
    draft.terms.dispute_days = 7;
    let submitted = draft.changed(&Change::Submit, &at("fang", "2026-04-01", 0)).expect("submitted");
    let dispute = Change::Dispute("slot.r10000".to_owned());
    let disputed = submitted.changed(&dispute, &at("mei", "2026-04-08", 0)).expect("the last day");
    assert_eq!((disputed.state, disputed.amounts.withheld, disputed.amounts.payable), (State::Draft, 10_000, 0));
    let late = submitted.changed(&dispute, &at("mei", "2026-04-09", 0)).expect_err("over");
    assert_eq!(late.reason().code, "DISPUTE_WINDOW_OVER");
    let again = disputed.changed(&Change::Submit, &at("fang", "2026-04-20", 0)).expect("submitted");
    assert_eq!(again.dispute_until.map(|day| day.to_string()), Some("2026-04-08".to_owned()), "the window is one");
}

#[test]
fn a_payment_is_confirmed_once() {
    let mut locked = settlement(vec![line(10_000, false)], Vec::new(), "DEALER").valued(0).expect("small");
    locked.state = State::Locked;
    assert!(locked.is_to_export());
    let exported = locked.exported("e1", "fang", Timestamp(1));
    let confirmation = Confirmation {
        settlement: "s1".to_owned(),
        export: "e1".to_owned(),
        paid: false,
        reference: String::new(),
        paid_on: None,
        red_letter_invoice: "RL".to_owned(),
        reason: String::new(),
    };
    let wrong = confirmation.outcome().expect_err("two faults");
    assert_eq!(wrong.as_slice().iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["reason", "red_letter_invoice"]);
    let failed = Outcome::Failed { reference: String::new(), reason: "closed".to_owned() };
    let today = Date::parse("2026-04-20").expect("a day");
    let at = |time| ("fang", Timestamp(time), today);
    let failed_one = exported.confirmed("e1", &failed, at(2)).expect("taken").expect("new");
    assert_eq!(failed_one.state, State::Failed);
    assert_eq!(failed_one.confirmed("e1", &failed, at(3)).expect("known"), None);
    let paid = Outcome::Paid { reference: "47".to_owned(), paid_on: today, red_letter_invoice: String::new() };
    let why = failed_one.confirmed("e1", &paid, at(3)).expect_err("failed before");
    assert_eq!(why.reason().code, "PAYMENT_DIFFERS");
    let second = failed_one.exported("e2", "fang", Timestamp(4));
    // Neither tomorrow nor before the period was over; a repeat is not looked at again.
    let paid_on = |day: &str| Outcome::Paid {
        reference: "47".to_owned(),
        paid_on: Date::parse(day).expect("a day"),
        red_letter_invoice: String::new(),
    };
    for (day, told) in [("2026-04-21", "after today, 2026-04-20"), ("2026-03-30", "before 2026-03-31")] {
        let fault = second.confirmed("e2", &paid_on(day), at(5)).expect_err("refused");
        let violation = fault.violations().first().expect("a violation");
        assert!(violation.field == "paid_on" && violation.description.contains(told), "{violation:?}");
    }
    assert!(second.confirmed("e2", &paid_on("2026-03-31"), at(5)).is_ok());
    let done = second.confirmed("e2", &paid, at(5)).expect("taken").expect("new");
    let before = ("fang", Timestamp(6), Date::parse("2026-04-01").expect("a day"));
    assert_eq!(done.confirmed("e2", &paid, before).expect("known"), None);
    assert_eq!((done.state, done.payments.len()), (State::Paid, 2));
    assert!(!done.is_to_export());
    let page = done.page(Language::English);
    assert!(page.contains("Huadong &quot;East&quot;, &amp; Co") && page.contains("2026-04-20"), "{page}");
    assert!(!page.contains("\"East\""), "{page}");
}

#[test]
fn the_file_for_the_erp_quotes_what_must_be_quoted() {
    let locked = settlement(vec![line(123_456, false)], Vec::new(), "DEALER").valued(0).expect("small");
    let export = Export {
        id: "e1".to_owned(),
        programme: "dealers".to_owned(),
        period: "2026-03".to_owned(),
        payables: vec![Payable::of(&locked)],
        left_out: Vec::new(),
        actor: "fang".to_owned(),
        create_time: Timestamp(0),
        remaining: 0,
    };
    assert_eq!(
        export.csv(),
        "settlement,partner,partner_external_refs,partner_display_name,form,currency,amount\r\n\
         settlements/s1,partners/huadong,erp:1,\"Huadong \"\"East\"\", & Co\",CASH,CNY,1234.56\r\n"
    );
}
