//! What a rule finds at a subject, and how bad it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, Exact, MinorAmount, ResourceId};

use super::spec::{Condition, RuleSpec};
use super::{expiry, late, pace, rate};
use crate::{Cells, Contract, ObligationKind, OnTimeCounts};

/// What is known of a partner, as far as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// The partner, last part of its resource name.
    pub partner: ResourceId,
    /// Its contracts in force.
    pub contracts: Vec<Contract>,
    /// What it was sold and sold, at least from the earliest window of these contracts on.
    pub sales: Cells,
    /// What it owes and is overdue, of any contract.
    pub overdue: Vec<OverdueDuty>,
    /// What became of what it owed in the months before today, by the number of months that rules ask for.
    pub on_time: BTreeMap<i32, OnTimeCounts>,
    /// Its documents that have a last valid day and that nothing replaces.
    pub documents: Vec<ExpiringDocument>,
}

/// Something a partner owes that is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueDuty {
    /// The contract.
    pub contract: ResourceId,
    /// What sort.
    pub kind: ObligationKind,
    /// The due day.
    pub due_on: Date,
    /// Days since then, from 1.
    pub days: i64,
    /// For a payment: what is missing.
    pub missing: Option<MinorAmount>,
}

/// A document that was submitted or verified, still valid or not, and that nothing replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringDocument {
    /// Resource name. Example: "partners/x/documents/licence-2026".
    pub name: String,
    /// Kind, as the registry names it. Example: "BUSINESS_LICENCE".
    pub kind: String,
    /// Last valid day.
    pub expires_on: Date,
}

/// How bad a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good enough to close an alert.
    Clear,
    /// Not bad enough to raise an alert, not good enough to close one.
    Between,
    /// Bad enough to raise an alert.
    Warning,
    /// Bad enough for a critical one.
    Critical,
}

/// What a rule finds at one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What exactly it is about; unique within rule and partner.
    pub subject: String,
    /// The contract, if it is about one.
    pub contract: Option<ResourceId>,
    /// How bad it is.
    pub level: Level,
    /// One sentence with the figures.
    pub summary: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// One thing a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What. Example: "pace".
    pub name: String,
    /// The value.
    pub value: EvidenceValue,
}

/// The value of an evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceValue {
    /// An amount in major units.
    Amount(Currency, Exact),
    /// A ratio, a count, a quantity, days.
    Number(Exact),
    /// A day.
    Day(Date),
    /// A text or resource name.
    Text(String),
}

impl Evidence {
    /// An evidence of a name.
    pub(super) fn new(name: &str, value: EvidenceValue) -> Self {
        Self { name: name.to_owned(), value }
    }

    pub(super) fn amount(name: &str, currency: Currency, value: Exact) -> Self {
        Self::new(name, EvidenceValue::Amount(currency, value))
    }

    pub(super) fn number(name: &str, value: Exact) -> Self {
        Self::new(name, EvidenceValue::Number(value))
    }

    pub(super) fn level(name: &str, value: Decimal) -> Self {
        Self::number(name, Exact::from(value))
    }

    pub(super) fn days(name: &str, value: impl Into<i64>) -> Self {
        Self::number(name, Exact::from(value.into()))
    }

    pub(super) fn day(name: &str, value: Date) -> Self {
        Self::new(name, EvidenceValue::Day(value))
    }

    pub(super) fn text(name: &str, value: impl Into<String>) -> Self {
        Self::new(name, EvidenceValue::Text(value.into()))
    }
}

/// Everything a rule finds at a partner on a day, each subject once. What cannot be judged is not there.
#[must_use]
pub fn findings(spec: &RuleSpec, view: &PartnerView, today: Date) -> Vec<Finding> {
    if !spec.covers(&view.partner) {
        return Vec::new();
    }
    match &spec.condition {
        Condition::CommitmentPace(levels) => pace::findings(levels, view, today),
        Condition::PaymentLate(levels) => late::payments(*levels, view),
        Condition::ObligationOverdue { overdue, kinds } => late::obligations(*overdue, kinds, view),
        Condition::ContractExpiring(levels) => expiry::contracts(*levels, view, today),
        Condition::DocumentExpiring { expiring, kinds } => expiry::documents(*expiring, kinds, view, today),
        Condition::OnTimeRate(levels) => rate::findings(levels, view, today),
    }
}

impl Condition {
    /// Why an alert closes whose subject is no longer found.
    #[must_use]
    pub fn gone(&self) -> &'static str {
        match self {
            Self::CommitmentPace(_) => "its window is over, or the contract or the commitment is no longer in force",
            Self::PaymentLate(_) => "no payment is overdue any more",
            Self::ObligationOverdue { .. } => "nothing of this kind is overdue any more",
            Self::ContractExpiring(_) => "the contract is renewed, over or open-ended now",
            Self::DocumentExpiring { .. } => "the document is replaced, rejected or does not expire",
            Self::OnTimeRate(_) => "too few obligations were due to judge by",
        }
    }
}

/// The level of a reading that is bad when it is low.
pub(super) fn below(reading: &Exact, critical: Option<Decimal>, trigger: Decimal, clear: Decimal) -> Level {
    let under = |level: Decimal| *reading < Exact::from(level);
    if critical.is_some_and(under) {
        Level::Critical
    } else if under(trigger) {
        Level::Warning
    } else if under(clear) {
        Level::Between
    } else {
        Level::Clear
    }
}
