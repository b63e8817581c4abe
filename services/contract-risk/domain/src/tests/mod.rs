//! The rules of contracts, by hand and by property.

mod calendar;
mod digest;
mod draft;
mod import;
mod life;
mod machine;
mod redline;
mod update;
mod windows;

use tributary_core::{Date, ResourceId, Timestamp};

use crate::{Contract, Draft, DraftCommitment, DraftTarget, ExternalRef, RawMoney, Terms};

fn reference(system: &str, id: &str) -> ExternalRef {
    ExternalRef { system: system.to_owned(), id: id.to_owned() }
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("day")
}

fn cny(units: i64) -> RawMoney {
    RawMoney { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

/// A promise to buy for so many CNY; cadence: 1 term, 2 year, 3 quarter, 4 month.
fn purchases(commitment_id: &str, cadence: i32, units: i64) -> DraftCommitment {
    DraftCommitment {
        commitment_id: commitment_id.to_owned(),
        kind: 1,
        cadence,
        target: Some(DraftTarget::Amount(cny(units))),
        product_line: String::new(),
    }
}

/// A contract of the year 2026.
fn draft() -> Draft {
    Draft {
        partner: "partners/zhang-san".to_owned(),
        title: "Dealer agreement Guangzhou 2026".to_owned(),
        effective_from: Some((2026, 1, 1)),
        effective_to: Some((2027, 1, 1)),
        external_refs: vec![reference("erp", "V-1"), reference("crm", "V-1")],
        ..Draft::default()
    }
}

fn terms(change: impl FnOnce(&mut Draft)) -> Terms {
    let mut draft = draft();
    change(&mut draft);
    draft.check().expect("good terms")
}

/// A draft by "zhao".
fn contract(change: impl FnOnce(&mut Draft)) -> Contract {
    Contract::new(id("gz"), "u".to_owned(), terms(change), "zhao", Timestamp(7))
}
