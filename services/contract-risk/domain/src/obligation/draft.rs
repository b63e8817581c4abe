//! What a caller says of an obligation or a proof, unchecked, and the checks that name every violation at once.

use tributary_core::{Date, MinorAmount, Timestamp, Violations};

use super::{Duty, ObligationKind, Proof};
use crate::{
    ExternalRef, MAX_TITLE, Party, RawMoney,
    draft::quantity,
    text::{self, line, lines, required_line},
};

/// The last year of due days: reminders and clients count days beyond them.
pub(super) const LAST_YEAR: i32 = 9899;

/// A day as a caller states it: year, month, day.
pub type RawDay = (i32, i32, i32);

/// What is owed, as the caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DutyDraft {
    /// What sort; required.
    pub kind: Option<ObligationKind>,
    /// Who owes it; `None`: the partner.
    pub debtor: Option<Party>,
    /// Title.
    pub title: String,
    /// By what it is accepted.
    pub acceptance_criteria: String,
    /// Last day on which it is on time.
    pub due_on: Option<RawDay>,
    /// For a payment: how much.
    pub amount: Option<RawMoney>,
    /// For anything else: how much of it.
    pub quantity: Option<String>,
    /// Unit of the quantity.
    pub unit: String,
    /// Key in another system.
    pub external_ref: Option<ExternalRef>,
    /// The person in charge.
    pub owner: String,
}

impl DutyDraft {
    /// Checks everything.
    ///
    /// # Errors
    /// Every violation at once, under the field names of the API.
    pub fn check(self) -> Result<Duty, Violations> {
        let mut v = Violations::new();
        if self.kind.is_none() {
            v.add("kind", "is required and is not set; say what sort of obligation it is");
        }
        required_line(&mut v, "title", &self.title, MAX_TITLE, "say what is owed");
        lines(&mut v, "acceptance_criteria", &self.acceptance_criteria, 4000);
        line(&mut v, "unit", &self.unit, 63);
        line(&mut v, "owner", &self.owner, 100);
        let due_on = required_day(&mut v, "due_on", self.due_on, "state the last day on which it is on time");
        match (self.kind, &self.amount, &self.quantity) {
            (Some(ObligationKind::Payment), None, _) => v.add("amount", "is required for a payment; state how much"),
            (Some(ObligationKind::Payment), _, Some(_)) => {
                v.add("quantity", "a payment has an amount and no quantity; unset it");
            }
            (Some(kind), Some(_), _) if kind != ObligationKind::Payment => {
                v.add("amount", format!("a {kind} has no amount; unset it or make it a PAYMENT"));
            }
            _ => {}
        }
        let amount = self.amount.and_then(|raw| v.check("amount", raw.above_zero()));
        let quantity = self.quantity.as_deref().and_then(|raw| v.check("quantity", quantity(raw)));
        match (self.quantity.is_some(), self.unit.is_empty()) {
            (true, true) => v.add("unit", "is required with a quantity; say what is counted"),
            (false, false) => v.add("unit", "goes with a quantity; set the quantity or unset the unit"),
            _ => {}
        }
        if let Some(reference) = &self.external_ref {
            check_ref(&mut v, reference);
        }
        match (self.kind, due_on) {
            (Some(kind), Some(due_on)) if v.is_empty() => Ok(Duty {
                kind,
                debtor: self.debtor.unwrap_or(Party::Partner),
                title: self.title,
                acceptance_criteria: self.acceptance_criteria,
                due_on,
                amount,
                quantity,
                unit: self.unit,
                external_ref: self.external_ref,
                owner: self.owner,
            }),
            _ => Err(v),
        }
    }
}

/// A proof as the caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProofDraft {
    /// What it is.
    pub title: String,
    /// SHA-256 of the file, lower-case hex; empty where there is none.
    pub sha256: String,
    /// Where it is kept.
    pub uri: String,
    /// The day it was done.
    pub fulfilled_on: Option<RawDay>,
    /// For a payment: how much.
    pub amount: Option<RawMoney>,
}

impl ProofDraft {
    /// Checks a proof that `submitter` files for a duty.
    ///
    /// # Errors
    /// Every violation at once, under the field names of the API.
    pub fn check(self, duty: &Duty, submitter: &str, now: Timestamp, today: Date) -> Result<Proof, Violations> {
        let mut v = Violations::new();
        required_line(&mut v, "title", &self.title, MAX_TITLE, "say what proves it");
        if !self.sha256.is_empty() && !is_digest(&self.sha256) {
            v.add("sha256", format!("{:?} is not a SHA-256 digest of 64 lower-case hex digits", self.sha256));
        }
        line(&mut v, "uri", &self.uri, 1000);
        let fulfilled_on = required_day(&mut v, "fulfilled_on", self.fulfilled_on, "state the day it was done");
        if let Some(day) = fulfilled_on {
            not_in_the_future(&mut v, day, today);
        }
        let amount = match (duty.amount, self.amount) {
            (None, None) => None,
            (None, Some(_)) => {
                v.add("amount", format!("a {} is not paid; unset the amount", duty.kind));
                None
            }
            (Some(owed), None) => {
                v.add("amount", format!("is required for a payment; state how much of {owed} was paid"));
                None
            }
            (Some(owed), Some(raw)) => v.check("amount", raw.above_zero().and_then(|paid| in_currency(paid, owed))),
        };
        match fulfilled_on {
            Some(fulfilled_on) if v.is_empty() => Ok(Proof {
                title: self.title,
                sha256: self.sha256,
                uri: self.uri,
                fulfilled_on,
                amount,
                submitter: submitter.to_owned(),
                submit_time: now,
                returned: false,
            }),
            _ => Err(v),
        }
    }
}

/// A day that must be there.
///
/// # Errors
/// A violation of the field: not set, or no day of the calendar.
pub fn day_of(field: &str, raw: Option<RawDay>) -> Result<Date, Violations> {
    let mut v = Violations::new();
    required_day(&mut v, field, raw, "state year, month and day").ok_or(v)
}

/// The day on which something was done.
///
/// # Errors
/// A violation of "fulfilled_on": no day of the calendar, or in the future.
pub fn done_day(raw: RawDay, today: Date) -> Result<Date, Violations> {
    let day = day_of("fulfilled_on", Some(raw))?;
    let mut v = Violations::new();
    not_in_the_future(&mut v, day, today);
    if v.is_empty() { Ok(day) } else { Err(v) }
}

fn required_day(v: &mut Violations, field: &str, raw: Option<RawDay>, remedy: &str) -> Option<Date> {
    let Some((year, month, day)) = raw else {
        v.add(field, format!("is required and is not set; {remedy}"));
        return None;
    };
    if year > LAST_YEAR {
        v.add(field, format!("{year:04}-{month:02}-{day:02} is after the year {LAST_YEAR}; give a day that will come"));
        return None;
    }
    v.check(field, Date::from_ymd(year, month, day))
}

fn not_in_the_future(v: &mut Violations, day: Date, today: Date) {
    if day > today {
        v.add("fulfilled_on", format!("{day} is in the future, today is {today}; state the day it was done"));
    }
}

fn in_currency(paid: MinorAmount, owed: MinorAmount) -> Result<MinorAmount, String> {
    if paid.currency == owed.currency {
        Ok(paid)
    } else {
        Err(format!("{paid} is not in {}, the currency of the obligation", owed.currency))
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn check_ref(v: &mut Violations, ExternalRef { system, id }: &ExternalRef) {
    // Systems follow the pattern of ids.
    text::id(v, "external_ref.system", system);
    if id.is_empty() {
        v.add("external_ref.id", "is required and is empty");
    }
    line(v, "external_ref.id", id, 200);
}
