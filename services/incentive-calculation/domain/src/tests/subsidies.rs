//! Subsidies: the worked example of rule R28 and its edges by hand, and who may do what when.

use tributary_core::{Currency, Decimal, Fault, Timestamp};

use super::funds::{on, standard, terms};
use crate::{
    fact::ChannelClass,
    fund::{Terms, Used},
    ledger::{AccountKey, NewTransaction, Posting, Purpose, TransactionId},
    reasons,
    subsidy::{By, ClaimState, Left, Limit, Payment, Payout, Proof, ProofKind, State, Subsidy, owner},
};

/// Nothing but the rate, the project cap and what was pre-approved limits.
const PLENTY: Left = Left { allowance: None, fund: i64::MAX };

pub fn by<'a>(actor: &'a str, day: &str) -> By<'a> {
    By { actor, now: Timestamp(0), today: on(day), reason: "as agreed" }
}

pub fn asked(id: &str, partner: &str, planned_cost: i64, reserve: bool) -> Subsidy {
    let fund = standard();
    let subsidy = Subsidy {
        id: id.to_owned(),
        fund: fund.id,
        partner: partner.to_owned(),
        currency: fund.currency,
        channel: ChannelClass::Online,
        reserve,
        project: "Roadshow".to_owned(),
        first_day: on("2026-06-01"),
        end_day: on("2026-06-11"),
        planned_cost,
        state: State::Requested,
        terms: fund.now.terms,
        approval: None,
        claim_end_day: None,
        claims: Vec::new(),
        steps: Vec::new(),
        author: "mei".to_owned(),
        create_time: Timestamp(0),
        revision: 0,
    };
    subsidy.requested(&by("mei", "2026-05-01"))
}

/// 120,000.00 planned: 50,000.00 pre-approved by the project cap.
fn approved() -> Subsidy {
    let asked = asked("roadshow-7", "huadong", 12_000_000, false);
    asked.preapproved(None, &terms(), PLENTY, &by("fang", "2026-05-02")).expect("approved")
}

pub fn invoice(number: &str) -> Proof {
    Proof {
        sha256: format!("{number:0>64}"),
        file_name: "invoice.pdf".to_owned(),
        kind: ProofKind::Invoice,
        issuer: "91310000MA1FL0Q12X".to_owned(),
        invoice_number: number.to_owned(),
    }
}

fn claimed(cost: i64) -> Subsidy {
    approved().claimed(cost, vec![invoice("1")], "done", &by("mei", "2026-06-20")).expect("claimed")
}

fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> &'static str {
    result.expect_err("refused").reason().code
}

#[test]
fn the_smallest_limit_binds_and_is_named() {
    let left = |allowance, fund| Left { allowance, fund };
    // R28: cost 120,000 at 50 %, project cap 50,000, remaining allowance 42,000, fund 1,000,000: 42,000.
    let worked = Payout::of(12_000_000, &terms(), left(Some(4_200_000), 100_000_000), 0, None);
    assert_eq!((worked.amount, worked.by), (4_200_000, Limit::Allowance));
    assert_eq!(
        worked.limits,
        [
            (Limit::Rate, 6_000_000),
            (Limit::ProjectCap, 5_000_000),
            (Limit::Allowance, 4_200_000),
            (Limit::Fund, 100_000_000)
        ]
    );
    assert_eq!(
        worked.words(Currency::parse("CNY").expect("known")),
        "50 % of CNY 120000.00 is CNY 60000.00; the project cap leaves CNY 50000.00; the remaining annual allowance leaves \
         CNY 42000.00; the remaining fund leaves CNY 1000000.00: CNY 42000.00, limited by the remaining annual allowance"
    );
    let free = Terms { project_cap: None, ..terms() };
    let third = Terms { rate: Decimal::new(333_333, 6), project_cap: None, ..terms() };
    let plenty = left(None, 1_000_000_000);
    for (cost, terms, left, paid, approved, expected) in [
        (8_000_000, terms(), plenty, 0, None, (4_000_000, Limit::Rate)),
        // Where two give the same, the first is named.
        (10_000_000, terms(), plenty, 0, None, (5_000_000, Limit::Rate)),
        (10_000_002, terms(), plenty, 0, None, (5_000_000, Limit::ProjectCap)),
        // Half a cent is a cent; 33.3333 % of 1.50 is 0.4999995: 0.50.
        (1, terms(), plenty, 0, None, (1, Limit::Rate)),
        (150, third, plenty, 0, None, (50, Limit::Rate)),
        (20_000_000, free, left(None, 10_000), 0, None, (10_000, Limit::Fund)),
        (12_000_000, terms(), plenty, 2_000_000, Some(3_500_000), (3_000_000, Limit::ProjectCap)),
        (12_000_000, terms(), plenty, 0, Some(3_000_000), (3_000_000, Limit::Approved)),
        (12_000_000, terms(), left(Some(-5), 10_000), 0, None, (0, Limit::Allowance)),
    ] {
        let payout = Payout::of(cost, &terms, left, paid, approved);
        assert_eq!((payout.amount, payout.by), expected, "{cost}");
    }
}

#[test]
fn another_approves_as_much_as_is_left() {
    let asked = asked("roadshow-7", "huadong", 12_000_000, false);
    assert_eq!(asked.used(), Used { requested: 5_000_000, ..Used::default() });
    let fang = by("fang", "2026-05-02");
    let own = asked.preapproved(None, &terms(), PLENTY, &by("mei", "2026-05-02"));
    assert_eq!(code(own), reasons::SUBSIDY_MAKER_IS_CHECKER.code);
    let approved = asked.preapproved(None, &terms(), PLENTY, &fang).expect("approved");
    assert_eq!((approved.state, approved.approved(), approved.committed()), (State::Approved, 5_000_000, 5_000_000));
    // Ten days from 1 June, and thirty to claim.
    assert_eq!(approved.claim_end_day, Some(on("2026-07-11")));
    let partly = asked.preapproved(Some(4_999_999), &terms(), PLENTY, &fang).expect("approved");
    let approval = partly.approval.as_ref().expect("approved");
    assert_eq!((approval.amount, approval.by), (4_999_999, Limit::Decision));
    let left = Left { allowance: Some(100), fund: 50 };
    for (wanted, left) in [(Some(5_000_001), PLENTY), (Some(51), left), (None, Left { fund: 0, ..left })] {
        assert_eq!(code(asked.preapproved(wanted, &terms(), left, &fang)), reasons::FUND_INSUFFICIENT.code);
    }
    assert_eq!(code(asked.preapproved(Some(0), &terms(), PLENTY, &fang)), "INVALID_REQUEST");
    // Nothing could be claimed on 11 July any more.
    assert!(asked.preapproved(None, &terms(), PLENTY, &by("fang", "2026-07-10")).is_ok());
    let late = asked.preapproved(None, &terms(), PLENTY, &by("fang", "2026-07-11"));
    assert_eq!(code(late), reasons::SUBSIDY_DEADLINE_OVER.code);
    assert_eq!(code(approved.preapproved(None, &terms(), PLENTY, &fang)), reasons::SUBSIDY_STATE.code);
    assert_eq!(code(approved.rejected(&fang)), reasons::SUBSIDY_STATE.code);
    assert_eq!(asked.rejected(&fang).expect("rejected").used(), Used::default());
}

#[test]
fn another_accepts_what_was_claimed() {
    let claimed = claimed(9_000_000);
    assert_eq!(claimed.used(), Used { requested: 0, committed: 5_000_000, claimed: 4_500_000, paid: 0 });
    let accept = |eligible, keep| claimed.accepted(1, eligible, keep, PLENTY, &by("fang", "2026-06-25"));
    let own = claimed.accepted(1, None, false, PLENTY, &by("mei", "2026-06-25"));
    assert_eq!(code(own), reasons::SUBSIDY_MAKER_IS_CHECKER.code);
    for wrong in [0, -1, 9_000_001] {
        assert_eq!(code(accept(Some(wrong), false)), "INVALID_REQUEST");
    }
    let all = accept(None, false).expect("accepted");
    assert_eq!((all.state, all.paid(), all.committed()), (State::Settled, 4_500_000, 0));
    let partly = accept(Some(6_000_000), true).expect("accepted");
    assert_eq!((partly.state, partly.paid(), partly.committed()), (State::Approved, 3_000_000, 2_000_000));
    // The next claim: 50 % of 60,000.00 are 30,000.00, the project cap leaves 20,000.00.
    let next = partly.claimed(6_000_000, vec![invoice("2")], "", &by("mei", "2026-06-26")).expect("claimed");
    let done = next.accepted(2, None, true, PLENTY, &by("fang", "2026-06-27")).expect("accepted");
    assert_eq!((done.state, done.paid(), done.committed()), (State::Settled, 5_000_000, 0));
    let last = done.claims.last().and_then(|claim| claim.payout.clone()).expect("a payout");
    assert_eq!((last.amount, last.by), (2_000_000, Limit::ProjectCap));
    let what: Vec<&str> = done.steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "asked for, planned cost CNY 120000.00",
            "pre-approved, CNY 50000.00",
            "claim 1 filed, CNY 90000.00",
            "claim 1 accepted, CNY 30000.00",
            "claim 2 filed, CNY 60000.00",
            "claim 2 accepted, CNY 20000.00"
        ]
    );
    // What is left of it goes when it is withdrawn; what was paid stays.
    let over = partly.withdrawn(&by("mei", "2026-06-26")).expect("withdrawn");
    assert_eq!((over.state, over.used()), (State::Settled, Used { paid: 3_000_000, ..Used::default() }));
}

#[test]
fn a_claim_is_mended_or_refused() {
    let claimed = claimed(9_000_000);
    let fang = by("fang", "2026-07-05");
    let back = claimed.returned(1, &fang).expect("returned");
    assert_eq!(
        (back.state, back.committed(), back.claims[0].state),
        (State::Approved, 5_000_000, ClaimState::Returned)
    );
    // 14 days from 5 July are later than 11 July; from 20 June they are not.
    assert_eq!(back.claim_end_day, Some(on("2026-07-19")));
    assert_eq!(claimed.returned(1, &by("fang", "2026-06-20")).expect("returned").claim_end_day, Some(on("2026-07-11")));
    // Who filed it gets no more time by giving it back to themselves.
    assert_eq!(claimed.returned(1, &by("mei", "2026-07-05")).expect("returned").claim_end_day, Some(on("2026-07-11")));
    let late = claimed.returned(1, &by("mei", "2026-07-20")).expect("returned").as_of(on("2026-07-20"), Timestamp(0));
    assert_eq!(late.state, State::Expired);
    let again = back.claimed(8_000_000, vec![invoice("1")], "", &by("mei", "2026-07-18")).expect("claimed");
    assert_eq!(again.waiting().map(|claim| claim.number), Some(2));
    let refused = again.refused_claim(2, &fang).expect("refused");
    assert_eq!((refused.state, refused.used()), (State::Refused, Used::default()));
    assert_eq!(code(refused.withdrawn(&fang)), reasons::SUBSIDY_STATE.code);
    assert_eq!(code(refused.refused_claim(2, &fang)), reasons::SUBSIDY_STATE.code);
    let withdrawn = claimed.withdrawn(&by("mei", "2026-07-05")).expect("withdrawn");
    assert_eq!((withdrawn.state, withdrawn.claims[0].state), (State::Withdrawn, ClaimState::Withdrawn));
}

#[test]
fn the_claim_that_was_looked_at_is_decided() {
    let fang = by("fang", "2026-06-25");
    let first = claimed(9_000_000);
    let back = first.returned(1, &by("mei", "2026-06-21")).expect("returned");
    // Fang looked at the first; Mei has mended it meanwhile.
    let second = back.claimed(10_000_000, vec![invoice("2")], "", &by("mei", "2026-06-22")).expect("claimed");
    let told = "claim 1 of subsidies/roadshow-7 was returned; claim 2 waits for its decision: look at it, and name it as number";
    for fault in [
        second.accepted(1, None, false, PLENTY, &fang).expect_err("refused"),
        second.returned(1, &fang).expect_err("refused"),
        second.refused_claim(1, &fang).expect_err("refused"),
    ] {
        assert_eq!((fault.reason().code, fault.message()), (reasons::SUBSIDY_CLAIM_NOT_OPEN.code, told));
        assert_eq!(fault.metadata().get("claim").map(String::as_str), Some("2"));
    }
    let never = second.refused_claim(3, &fang).expect_err("refused");
    assert!(never.message().contains("claim 3 of subsidies/roadshow-7 was never filed"), "{}", never.message());
    // Where none waits, it is the subsidy that does not allow it.
    assert_eq!(code(back.accepted(1, None, false, PLENTY, &fang)), reasons::SUBSIDY_STATE.code);
    assert_eq!(second.accepted(2, None, false, PLENTY, &fang).expect("accepted").paid(), 5_000_000);
}

#[test]
fn what_is_kept_can_be_claimed_however_late_the_decision_came() {
    // Nothing could be claimed from 11 July on; the claim of 20 June is decided on 3 August.
    let claimed = claimed(4_000_000);
    let kept = claimed.accepted(1, None, true, PLENTY, &by("fang", "2026-08-03")).expect("accepted");
    assert_eq!((kept.state, kept.paid(), kept.committed()), (State::Approved, 2_000_000, 3_000_000));
    assert_eq!(kept.claim_end_day, Some(on("2026-08-17")));
    let last = kept.clone().as_of(on("2026-08-16"), Timestamp(0));
    let next = last.claimed(9_000_000, vec![invoice("2")], "", &by("mei", "2026-08-16")).expect("claimed");
    let done = next.accepted(2, None, false, PLENTY, &by("fang", "2026-09-30")).expect("accepted");
    // 50 % of 90,000.00 are 45,000.00; the project cap leaves 50,000.00 less 20,000.00.
    assert_eq!((done.state, done.paid(), done.committed()), (State::Settled, 5_000_000, 0));
    assert_eq!(kept.as_of(on("2026-08-17"), Timestamp(0)).state, State::Settled);
    // A deadline that is later stays.
    let early = claimed.accepted(1, None, true, PLENTY, &by("fang", "2026-06-21")).expect("accepted");
    assert_eq!(early.claim_end_day, Some(on("2026-07-11")));
}

#[test]
fn another_takes_an_accepted_claim_back() {
    let (fang, ada) = (by("fang", "2026-06-25"), by("ada", "2026-06-26"));
    let claimed = claimed(9_000_000);
    assert_eq!(code(claimed.reversed(1, &ada)), reasons::SUBSIDY_STATE.code, "it is not accepted");
    let settled = claimed.accepted(1, None, false, PLENTY, &fang).expect("accepted");
    assert_eq!(code(settled.reversed(1, &fang)), reasons::SUBSIDY_MAKER_IS_CHECKER.code);
    assert_eq!(code(settled.reversed(2, &ada)), reasons::SUBSIDY_STATE.code);
    let over = settled.reversed(1, &ada).expect("reversed");
    assert_eq!(
        (over.state, over.used(), over.claims[0].state),
        (State::Refused, Used::default(), ClaimState::Reversed)
    );
    let step = over.steps.last().expect("a step");
    assert_eq!((step.what.as_str(), step.actor.as_str()), ("claim 1 reversed, CNY 45000.00", "ada"));
    let again = over.reversed(1, &ada).expect_err("refused");
    assert_eq!(again.message(), "subsidies/roadshow-7 has no accepted claim 1; it was reversed");
    let payment = Payment { reference: "15000047".to_owned(), paid_on: on("2026-06-26") };
    assert_eq!(code(over.confirmed(1, &payment, on("2026-06-25"), &ada)), reasons::SUBSIDY_STATE.code);

    // 20,000.00 of the first, 10,000.00 of the second; the rest of 20,000.00 is kept.
    let first = claimed.accepted(1, Some(4_000_000), true, PLENTY, &fang).expect("accepted");
    let second = first.claimed(2_000_000, vec![invoice("2")], "", &by("mei", "2026-06-25")).expect("claimed");
    // While another claim waits, it is reserved again.
    let waiting = second.reversed(1, &ada).expect("reversed");
    assert_eq!((waiting.state, waiting.paid(), waiting.committed()), (State::Claimed, 0, 5_000_000));
    let both = second.accepted(2, None, true, PLENTY, &fang).expect("accepted");
    let open = both.reversed(1, &ada).expect("reversed");
    assert_eq!((open.state, open.paid(), open.committed()), (State::Approved, 1_000_000, 4_000_000));
    // Once nothing can be claimed any more, what comes back is free.
    let ended = both.as_of(on("2026-07-11"), Timestamp(0)).reversed(1, &by("ada", "2026-07-11")).expect("reversed");
    assert_eq!((ended.state, ended.used()), (State::Settled, Used { paid: 1_000_000, ..Used::default() }));

    let paid = settled.confirmed(1, &payment, on("2026-06-25"), &ada).expect("confirmed").expect("changed");
    let back = paid.reversed(1, &ada).expect("reversed");
    let owed = back.claiming_back(&back.claims[0]).expect("a transaction");
    let clawback = AccountKey::of_partner("huadong", Purpose::Clawback, back.currency).expect("an account");
    let expense = AccountKey::of_house(Purpose::Expense, back.currency);
    assert_eq!(owed.id.as_str(), "subsidy.roadshow-7.1.reversed");
    assert_eq!(owed.postings, [Posting { debit: clawback, credit: expense, amount: 4_500_000 }]);
    assert_eq!(owner(&owed), Some("roadshow-7"));
}

#[test]
fn what_nobody_claims_lapses() {
    let approved = approved();
    let as_of = |subsidy: &Subsidy, day| subsidy.clone().as_of(on(day), Timestamp(0));
    assert_eq!(as_of(&approved, "2026-07-10"), approved);
    let over = as_of(&approved, "2026-07-11");
    assert_eq!((over.state, over.committed(), over.revision), (State::Expired, 0, approved.revision + 1));
    assert_eq!(as_of(&over, "2026-08-01"), over);
    let late = over.claimed(1, vec![invoice("1")], "", &by("mei", "2026-07-11"));
    assert_eq!(code(late), reasons::SUBSIDY_STATE.code);
    // What was claimed in time waits for its decision.
    let claimed = claimed(9_000_000);
    assert_eq!(as_of(&claimed, "2026-12-31"), claimed);
    // What was paid in part is settled.
    let partly = claimed.accepted(1, Some(100), true, PLENTY, &by("fang", "2026-06-26")).expect("accepted");
    let settled = as_of(&partly, "2026-07-11");
    assert_eq!((settled.state, settled.used()), (State::Settled, Used { paid: 50, ..Used::default() }));
    // Five days after the pre-approval of 2 May.
    let short = Terms { approval_days: 5, ..terms() };
    let asked = asked("roadshow-7", "huadong", 100, false);
    let short = asked.preapproved(None, &short, PLENTY, &by("fang", "2026-05-02")).expect("approved");
    assert_eq!(short.claim_end_day, Some(on("2026-05-07")));
}

#[test]
fn a_proof_is_whole_and_single() {
    let other = |sha: &str| Proof {
        sha256: sha.to_owned(),
        kind: ProofKind::Photo,
        issuer: String::new(),
        invoice_number: String::new(),
        ..invoice("1")
    };
    let spelled = Proof { sha256: "b".repeat(64), invoice_number: " 24a ".to_owned(), ..invoice("24A") };
    assert_eq!(spelled.keys().last(), invoice("24A").keys().last());
    for (issuer, number) in [
        ("91310000ma1fl0q12x", "２４ａ"),
        ("9131 0000-MA1F L0Q12X", "2-4–A"),
        ("91310000MA1FL0Q12X\u{200b}", "\u{3000}24\u{2011}A－"),
    ] {
        let (issuer, invoice_number) = (issuer.to_owned(), number.to_owned());
        let other = Proof { issuer, invoice_number, ..invoice("24A") };
        assert_eq!(other.keys(), invoice("24A").keys(), "{number}");
    }
    // What is another number stays one.
    for number in ["24/A", "24B", "024A", "2.4A"] {
        assert_ne!(invoice(number).keys().last(), invoice("24A").keys().last(), "{number}");
    }
    assert_eq!(other("a").keys(), ["sha256 a"]);
    let claim = |proofs| approved().claimed(0, proofs, "", &by("mei", "2026-06-20")).expect_err("refused");
    let nameless = Proof { issuer: " - ".to_owned(), ..other("c") };
    let wrong = [
        Proof { issuer: " -".to_owned(), ..invoice("24A") },
        spelled,
        invoice("24A"),
        Proof { invoice_number: "1".to_owned(), ..nameless },
    ];
    let fault = claim(wrong.to_vec());
    let fields: Vec<&str> = fault.violations().iter().map(|violation| violation.field.as_str()).collect();
    // The third is the document of the first and the invoice of the second.
    assert_eq!(fields, ["cost", "proofs[0].issuer", "proofs[2]", "proofs[2]", "proofs[3].invoice_number"]);
    let without = claim(vec![other("a")]);
    assert_eq!(without.violations().last().map(|violation| violation.field.as_str()), Some("proofs"));
}

#[test]
fn what_is_asked_must_fit_the_fund() {
    let fund = standard();
    assert!(asked("a", "huadong", 1, false).check(&fund).is_empty());
    let days = |first: &str, end: &str| {
        let subsidy = Subsidy { first_day: on(first), end_day: on(end), ..asked("a", "huadong", 1, false) };
        let all = subsidy.check(&fund).into_vec();
        all.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    assert!(days("2026-01-01", "2027-01-01").is_empty());
    assert_eq!(days("2025-12-31", "2027-01-02"), ["first_day", "end_day"]);
    assert_eq!(days("2026-05-02", "2026-05-02"), ["end_day"]);
    assert_eq!(days("2027-01-01", "2027-01-02"), ["first_day", "end_day"]);
    let mut fund = standard();
    fund.now.budgets.retain(|budget| budget.channel != ChannelClass::Online);
    let wrong = Subsidy { project: String::new(), planned_cost: 0, ..asked("a", "huadong", 1, false) }.check(&fund);
    let fields: Vec<&str> = wrong.as_slice().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["project", "channel", "planned_cost"]);
}

#[test]
fn a_payment_is_confirmed_once() {
    let settled = claimed(9_000_000).accepted(1, None, false, PLENTY, &by("fang", "2026-06-25")).expect("accepted");
    let fang = by("fang", "2026-07-01");
    let payment = Payment { reference: "15000047".to_owned(), paid_on: on("2026-06-30") };
    let decided = on("2026-06-25");
    assert_eq!(code(settled.confirmed(2, &payment, decided, &fang)), reasons::SUBSIDY_STATE.code);
    assert_eq!(code(claimed(1).confirmed(1, &payment, decided, &fang)), reasons::SUBSIDY_STATE.code);
    // Neither tomorrow nor before it was accepted.
    for (wrong, told) in [("2026-07-02", "after today, 2026-07-01"), ("2026-06-24", "before 2026-06-25")] {
        let wrong = Payment { paid_on: on(wrong), ..payment.clone() };
        let fault = settled.confirmed(1, &wrong, decided, &fang).expect_err("refused");
        let violation = fault.violations().first().expect("a violation");
        assert!(violation.field == "paid_on" && violation.description.contains(told), "{violation:?}");
    }
    for first in ["2026-06-25", "2026-07-01"] {
        let payment = Payment { paid_on: on(first), ..payment.clone() };
        assert!(settled.confirmed(1, &payment, decided, &fang).is_ok(), "{first}");
    }
    let paid = settled.confirmed(1, &payment, decided, &fang).expect("confirmed").expect("changed");
    assert_eq!((paid.state, paid.claims[0].state), (State::Settled, ClaimState::Paid));
    // What is known is not looked at again.
    assert_eq!(paid.confirmed(1, &payment, on("2026-07-01"), &by("fang", "2026-06-01")), Ok(None));
    let other = Payment { reference: "15000048".to_owned(), ..payment.clone() };
    assert_eq!(code(paid.confirmed(1, &other, decided, &fang)), reasons::PAYMENT_DIFFERS.code);
    let claim = paid.claims.first().expect("a claim");
    let transaction = paid.paying(claim, &payment).expect("a transaction");
    assert_eq!(transaction.id.as_str(), "subsidy.roadshow-7.1.paid");
    assert_eq!(owner(&transaction), Some("roadshow-7"));
    let foreign = NewTransaction { cause: "subsidies/roadshow".to_owned(), ..transaction };
    assert_eq!(owner(&foreign), None);
    assert!(TransactionId::chosen("subsidy.roadshow-7.1").is_err());
}
