//! The checks of the parts of a contract. What says nothing becomes `None`.

use std::collections::{BTreeMap, BTreeSet};

use tributary_core::{Currency, Decimal, Violations};

use super::{
    DraftCommitment, DraftDeposit, DraftPayment, DraftRenewal, DraftTarget, MAX_CLAUSE_TEXT, MAX_REFS,
    money::{part, part_above_zero, quantity},
};
use crate::{
    contract::{
        Attachment, Cadence, Clause, Commitment, CommitmentKind, Deposit, ExternalRef, PaymentTerms, RenewalTerms,
        Target, Territory,
    },
    text,
};

/// Longest id of an external ref in characters.
const MAX_REF_ID: usize = 200;

/// The value of an enum's number, `None` for 0; a number of another version is a violation.
pub(super) fn named<T>(
    v: &mut Violations,
    field: &str,
    number: i32,
    from_number: fn(i32) -> Option<T>,
    name: &str,
) -> Option<T> {
    let value = from_number(number);
    if value.is_none() && number != 0 {
        v.add(field, format!("{number} is not a value of this version; use a value of {name}"));
    }
    value
}

/// As [`named`], for one that must be set.
fn required<T>(
    v: &mut Violations,
    field: &str,
    number: i32,
    from_number: fn(i32) -> Option<T>,
    name: &str,
) -> Option<T> {
    if number == 0 {
        v.add(field, format!("is required and is not set; use a value of {name}"));
    }
    named(v, field, number, from_number, name)
}

/// A whole number from 0 on.
pub(super) fn whole(v: &mut Violations, field: &str, number: i32, max: u32) -> Option<u32> {
    let value = u32::try_from(number).ok().filter(|n| *n <= max);
    if value.is_none() {
        v.add(field, format!("{number} is not between 0 and {max}"));
    }
    value
}

fn count(v: &mut Violations, field: &str, count: usize, max: usize) {
    if count > max {
        v.add(field, format!("has {count} items; at most {max} are allowed"));
    }
}

pub(super) fn refs(v: &mut Violations, refs: &[ExternalRef]) {
    if refs.len() > MAX_REFS {
        v.add("external_refs", format!("{} refs are more than {MAX_REFS}; leave some out", refs.len()));
    }
    let mut systems = BTreeSet::new();
    for (i, ExternalRef { system, id }) in refs.iter().enumerate() {
        let field = |name: &str| format!("external_refs[{i}].{name}");
        // Systems follow the pattern of ids.
        text::id(v, &field("system"), system);
        if !systems.insert(system) {
            v.add(field("system"), format!("{system:?} is there twice; a contract has one key per system"));
        }
        if id.is_empty() {
            v.add(field("id"), "is required and is empty; state the key of the contract there");
        }
        text::line(v, &field("id"), id, MAX_REF_ID);
    }
}

pub(super) fn territory(v: &mut Violations, territory: Territory) -> Option<Territory> {
    let mut list = |field: &str, items: &[String], max: usize, levels: bool| {
        count(v, field, items.len(), 100);
        let mut seen = BTreeSet::new();
        for (i, item) in items.iter().enumerate() {
            let field = format!("{field}[{i}]");
            text::required_line(v, &field, item, max, "leave it out or name it");
            if !item.trim().is_empty() && levels && item.split('/').any(|level| level.trim().is_empty()) {
                v.add(
                    &field,
                    format!("{item:?} has an empty level; write it broad to narrow, such as CN/GD/Guangzhou"),
                );
            }
            if !seen.insert(item) {
                v.add(&field, format!("{item:?} is there twice; name it once"));
            }
        }
    };
    list("territory.regions", &territory.regions, 200, true);
    list("territory.product_lines", &territory.product_lines, 100, false);
    (territory != Territory::default()).then_some(territory)
}

pub(super) fn commitments(v: &mut Violations, said: Vec<DraftCommitment>, has_end: bool) -> Vec<Commitment> {
    count(v, "commitments", said.len(), 50);
    let mut ids = BTreeSet::new();
    let mut checked = Vec::with_capacity(said.len());
    for (i, commitment) in said.into_iter().enumerate() {
        let prefix = format!("commitments[{i}]");
        if !ids.insert(commitment.commitment_id.clone()) {
            let id = &commitment.commitment_id;
            v.add(format!("{prefix}.commitment_id"), format!("{id:?} is there twice; give each commitment its own id"));
        }
        let mut own = Violations::new();
        checked.extend(self::commitment(&mut own, commitment, has_end));
        v.nest(&prefix, own);
    }
    checked
}

fn commitment(v: &mut Violations, said: DraftCommitment, has_end: bool) -> Option<Commitment> {
    text::id(v, "commitment_id", &said.commitment_id);
    let kind = required(v, "kind", said.kind, CommitmentKind::from_number, "CommitmentKind");
    let cadence = required(v, "cadence", said.cadence, Cadence::from_number, "Cadence");
    if cadence == Some(Cadence::Term) && !has_end {
        v.add("cadence", "TERM needs a term that ends; set effective_to, or use YEAR, QUARTER or MONTH");
    }
    let target = match said.target {
        None => {
            v.add("target", "is required; set one of amount, quantity");
            None
        }
        Some(DraftTarget::Amount(_)) if kind.is_some_and(CommitmentKind::is_counted) => {
            v.add("amount", "TRAFFIC and FOLLOWERS are counted; set quantity instead");
            None
        }
        Some(DraftTarget::Amount(money)) => v.check("amount", money.above_zero()).map(Target::Amount),
        Some(DraftTarget::Quantity(text)) => v.check("quantity", quantity(&text)).map(Target::Quantity),
    };
    text::line(v, "product_line", &said.product_line, 100);
    match (kind, cadence, target) {
        (Some(kind), Some(cadence), Some(target)) => Some(Commitment {
            commitment_id: said.commitment_id,
            kind,
            cadence,
            target,
            product_line: said.product_line,
        }),
        _ => None,
    }
}

pub(super) fn payment(v: &mut Violations, said: DraftPayment) -> Option<PaymentTerms> {
    let currency = match said.currency_code.as_str() {
        "" => None,
        code => v.check("payment.currency_code", Currency::parse(code)),
    };
    let payment_days = whole(v, "payment.payment_days", said.payment_days, 3650).unwrap_or_default();
    let mut rate = |field: &str, text: Option<String>, read: fn(&str) -> Result<Decimal, String>| {
        text.and_then(|text| v.check(field, read(&text)))
    };
    let prepayment_rate = rate("payment.prepayment_rate", said.prepayment_rate, part);
    let list_price_factor = rate("payment.list_price_factor", said.list_price_factor, part_above_zero);
    let payment = PaymentTerms { currency, payment_days, prepayment_rate, list_price_factor };
    (payment != PaymentTerms::default()).then_some(payment)
}

pub(super) fn deposit(v: &mut Violations, said: DraftDeposit) -> Option<Deposit> {
    match said {
        DraftDeposit::Unsaid => {
            v.add("deposit", "says neither amount nor rate; set one of them, or leave the deposit out");
            None
        }
        DraftDeposit::Amount(money) => v.check("deposit.amount", money.above_zero()).map(Deposit::Amount),
        DraftDeposit::Rate(text) => v.check("deposit.rate", part_above_zero(&text)).map(Deposit::Rate),
    }
}

pub(super) fn clauses(v: &mut Violations, clauses: &[Clause]) {
    count(v, "clauses", clauses.len(), 200);
    let mut ids = BTreeSet::new();
    for (i, Clause { clause_id, title, text }) in clauses.iter().enumerate() {
        let field = |name: &str| format!("clauses[{i}].{name}");
        text::id(v, &field("clause_id"), clause_id);
        if !ids.insert(clause_id) {
            v.add(field("clause_id"), format!("{clause_id:?} is there twice; give each clause its own id"));
        }
        text::line(v, &field("title"), title, 200);
        if text.trim().is_empty() {
            v.add(field("text"), "is required and is blank; write the clause or leave it out");
        }
        text::lines(v, &field("text"), text, 20_000);
    }
    let together: usize = clauses.iter().map(|clause| clause.text.chars().count()).sum();
    if together > MAX_CLAUSE_TEXT {
        let message = format!(
            "have {together} characters together; at most {MAX_CLAUSE_TEXT} are allowed, attach what is longer"
        );
        v.add("clauses", message);
    }
}

pub(super) fn attachments(v: &mut Violations, attachments: &[Attachment]) {
    count(v, "attachments", attachments.len(), 100);
    for (i, attachment) in attachments.iter().enumerate() {
        let field = |name: &str| format!("attachments[{i}].{name}");
        text::required_line(v, &field("title"), &attachment.title, 200, "say what it is");
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if attachment.sha256.len() != 64 || !attachment.sha256.bytes().all(hex) {
            let sha256 = &attachment.sha256;
            v.add(field("sha256"), format!("{sha256:?} is not a SHA-256 of 64 lower-case hex digits"));
        }
        text::line(v, &field("media_type"), &attachment.media_type, 100);
        if attachment.size_bytes < 0 {
            v.add(field("size_bytes"), format!("{} is below zero", attachment.size_bytes));
        }
        text::line(v, &field("uri"), &attachment.uri, 1000);
    }
}

pub(super) fn renewal(v: &mut Violations, said: DraftRenewal) -> Option<RenewalTerms> {
    let notice_days = said.notice_days.and_then(|days| whole(v, "renewal.notice_days", days, 1000));
    let months = whole(v, "renewal.months", said.months, 600).filter(|months| *months > 0);
    let renewal = RenewalTerms { notice_days, months };
    (renewal != RenewalTerms::default()).then_some(renewal)
}

pub(super) fn labels(v: &mut Violations, labels: &BTreeMap<String, String>) {
    count(v, "labels", labels.len(), 32);
    for (key, value) in labels {
        let field = format!("labels[{key:?}]");
        text::required_line(v, &field, key, 63, "give the label a key");
        text::line(v, &field, value, 200);
    }
}
