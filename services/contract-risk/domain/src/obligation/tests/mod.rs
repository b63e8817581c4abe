//! Obligations and their reminders, by hand; days as Python's `datetime.date` counts them.

mod draft;
mod import;
mod life;
mod reminders;
mod series;

use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations};

use super::{Duty, DutyDraft, Obligation, ObligationKind, Proof, ProofDraft};
use crate::RawMoney;

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

/// So many fen.
fn yuan(fen: i64) -> RawMoney {
    let nanos = i32::try_from(fen % 100).expect("small") * 10_000_000;
    RawMoney { currency_code: "CNY".to_owned(), units: fen / 100, nanos }
}

/// A payment of CNY 1,000.00 due on 2026-03-31.
fn payment_draft() -> DutyDraft {
    DutyDraft {
        kind: Some(ObligationKind::Payment),
        title: "Instalment March 2026".to_owned(),
        due_on: Some((2026, 3, 31)),
        amount: Some(yuan(100_000)),
        owner: "li.wei".to_owned(),
        ..DutyDraft::default()
    }
}

fn payment() -> Duty {
    payment_draft().check().expect("a good draft")
}

/// A milestone due on a day.
fn milestone(due_on: &str) -> Duty {
    let (year, month, day) = day(due_on).ymd();
    let draft = DutyDraft {
        kind: Some(ObligationKind::Milestone),
        title: "Opening".to_owned(),
        due_on: Some((year, month, day)),
        ..DutyDraft::default()
    };
    draft.check().expect("a good draft")
}

fn obligation(duty: Duty) -> Obligation {
    Obligation::new(id("gz"), id("p"), id("o"), "u".to_owned(), duty, Timestamp(1))
}

/// A proof that something was done on a day, with an amount in fen where one is paid.
fn proof(submitter: &str, fulfilled_on: &str, fen: Option<i64>) -> Proof {
    let done = day(fulfilled_on);
    let duty = if fen.is_some() { payment() } else { milestone("2026-03-31") };
    let draft = ProofDraft {
        title: "receipt".to_owned(),
        fulfilled_on: Some(done.ymd()),
        amount: fen.map(yuan),
        ..ProofDraft::default()
    };
    draft.check(&duty, submitter, Timestamp(2), done).expect("a good proof")
}

fn code(fault: &Fault) -> &'static str {
    fault.reason().code
}

/// The fields of violations, in the order found.
fn fields(violations: Violations) -> Vec<String> {
    violations.into_vec().into_iter().map(|v| v.field).collect()
}
