//! Settlements (IC-24, IC-34): what becomes of a statement of a locked period. A [`Settlement`] goes from draft to paid by
//! [`Change`]s; [`amounts`] says what is paid of what was earned, [`postings`] what each step does to the ledger. Nothing
//! here knows a clock or a store.

pub mod amounts;
pub mod change;
pub mod page;
pub mod payable;
pub mod payment;
pub mod postings;
pub mod run_accrual;
pub mod terms;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Fault, MinorAmount, Timestamp};

pub use amounts::Amounts;
pub use change::{At, Change};
pub use payable::{Export, Payable};
pub use payment::{Confirmation, Outcome, Payment};
pub use run_accrual::RunAccrual;
pub use terms::{Form, Terms, Withholding};

use crate::{
    explain::{hold_for_partner, is_part_of_pools},
    reasons,
    run::{Statement, StatementLine},
};

/// Where a settlement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Can be changed.
    Draft,
    /// Shown to the partner and to who approves.
    InReview,
    /// Approved by somebody who had no part in it.
    Approved,
    /// Never changes again.
    Locked,
    /// Handed over to the ERP.
    Exported,
    /// Paid, discounted, delivered or credited.
    Paid,
    /// Could not be paid.
    Failed,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::InReview, Self::Approved, Self::Locked, Self::Exported, Self::Paid, Self::Failed];

    /// As stored, and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::InReview => "IN_REVIEW",
            Self::Approved => "APPROVED",
            Self::Locked => "LOCKED",
            Self::Exported => "EXPORTED",
            Self::Paid => "PAID",
            Self::Failed => "FAILED",
        }
    }
}

/// What sort of hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HoldKind {
    /// A rule of the plan (R21).
    Rule,
    /// A person.
    Manual,
    /// The partner disputes the line.
    Dispute,
}

/// Why a line is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What sort.
    pub kind: HoldKind,
    /// Why.
    pub reason: String,
    /// Who; empty: a rule.
    pub author: String,
}

/// A line of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Last part of its name.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Whole minor units.
    pub amount: i64,
    /// What holds it back.
    pub holds: Vec<Hold>,
}

impl Line {
    /// What is held back of it: what takes money off is never held.
    #[must_use]
    pub fn withheld(&self) -> i64 {
        if self.holds.is_empty() { 0 } else { self.amount.max(0) }
    }
}

/// What sort of adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AdjustmentKind {
    /// A correction, either way.
    Correction,
    /// A deposit: released above 0, topped up below.
    Deposit,
    /// A draw: paid in advance above 0, recovered below.
    Draw,
    /// A fee; all of them together at or below 0.
    Fee,
    /// What earlier settlements withheld; all of them together at or above 0.
    Release,
}

/// What a person added or took off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// What sort.
    pub kind: AdjustmentKind,
    /// Whole minor units, above 0 in favour of the partner.
    pub amount: i64,
    /// Why.
    pub reason: String,
    /// Who.
    pub author: String,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where it then stood.
    pub state: State,
    /// What was done.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Why, as given.
    pub reason: String,
}

/// A settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Last part of its name, and of the statement's.
    pub id: String,
    /// The programme, last part of its name.
    pub programme: String,
    /// The period as text.
    pub period: String,
    /// The last day of the period, on which what was earned counts for bookkeeping.
    pub period_end: Date,
    /// The partner, last part of its name.
    pub partner: String,
    /// Its name for people.
    pub partner_display_name: String,
    /// Its key in digests.
    pub partner_business_key: String,
    /// Its external refs, "system:id".
    pub partner_external_refs: Vec<String>,
    /// Its kind. Example: "CREATOR".
    pub partner_kind: String,
    /// The currency of everything in it.
    pub currency: Currency,
    /// Where it stands.
    pub state: State,
    /// How it is settled.
    pub terms: Terms,
    /// The lines.
    pub lines: Vec<Line>,
    /// What people added or took off.
    pub adjustments: Vec<Adjustment>,
    /// What it comes to.
    pub amounts: Amounts,
    /// The last day on which a line can be disputed.
    pub dispute_until: Option<Date>,
    /// Every handing over.
    pub payments: Vec<Payment>,
    /// Every step.
    pub steps: Vec<Step>,
    /// Who had a part in what it says: none of them approves it.
    pub makers: BTreeSet<String>,
    /// The operation that moved it last, so that a resumed one knows its own work; empty: a call.
    pub operation: String,
    /// When it was created.
    pub create_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
}

/// What a new settlement is made from.
#[derive(Debug)]
pub struct Origin<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// Its lines.
    pub lines: &'a [StatementLine],
    /// The programme, last part of its name.
    pub programme: &'a str,
    /// The last day of the period.
    pub period_end: Date,
    /// The partner's kind.
    pub partner_kind: &'a str,
    /// How it is settled.
    pub terms: &'a Terms,
}

impl Settlement {
    /// A draft for a statement; [`valued`](Self::valued) says what it comes to.
    #[must_use]
    pub fn draft(origin: &Origin<'_>, actor: &str, now: Timestamp) -> Self {
        let Origin { statement, lines, .. } = origin;
        let line = |line: &StatementLine| Line {
            id: line.id(),
            title: line.title.clone(),
            amount: line.amount.value,
            holds: line.holds.iter().map(rule_hold).collect(),
        };
        let mut settlement = Self {
            id: statement.id.clone(),
            programme: origin.programme.to_owned(),
            period: statement.period.clone(),
            period_end: origin.period_end,
            partner: statement.partner.trim_start_matches("partners/").to_owned(),
            partner_display_name: statement.partner_display_name.clone(),
            partner_business_key: statement.partner_business_key.clone(),
            partner_external_refs: statement.partner_external_refs.clone(),
            partner_kind: origin.partner_kind.to_owned(),
            currency: statement.total.currency,
            state: State::Draft,
            terms: origin.terms.clone(),
            lines: lines.iter().map(line).collect(),
            adjustments: Vec::new(),
            amounts: Amounts::default(),
            dispute_until: None,
            payments: Vec::new(),
            steps: Vec::new(),
            makers: BTreeSet::from([actor.to_owned()]),
            operation: String::new(),
            create_time: now,
            revision: 1,
        };
        settlement.steps.push(settlement.step("created", actor, now, ""));
        settlement
    }

    /// With what it comes to while so much is claimed from the partner, its own negative earnings among it.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn valued(mut self, claims: i64) -> Result<Self, Fault> {
        self.amounts = self.computed(claims)?;
        Ok(self)
    }

    /// Sum of the lines.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn earned(&self) -> Result<i64, Fault> {
        self.fits(self.lines.iter().map(|line| i128::from(line.amount)).sum())
    }

    pub(crate) fn fits(&self, sum: i128) -> Result<i64, Fault> {
        i64::try_from(sum).map_err(|_| {
            let message = format!("the sums of {} exceed 64 bits of minor units", self.name());
            Fault::new(reasons::AMOUNT_OVERFLOW, message)
        })
    }

    /// Whether it was ever submitted, and so stated to the partner: it stays so, also as a draft again.
    #[must_use]
    pub fn was_stated(&self) -> bool {
        self.state != State::Draft || self.dispute_until.is_some()
    }

    /// As a partner's own user may see it: why a rule of the plan holds a line may tell of labels and of other partners.
    #[must_use]
    pub fn for_partner(mut self) -> Self {
        for line in &mut self.lines {
            let shared = is_part_of_pools(&line.id);
            for hold in line.holds.iter_mut().filter(|hold| hold.kind == HoldKind::Rule) {
                hold.reason = hold_for_partner(shared, &hold.reason);
            }
        }
        self
    }

    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("settlements/{}", self.id)
    }

    /// Changes with every change.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// An amount in its currency.
    #[must_use]
    pub fn money(&self, value: i64) -> MinorAmount {
        MinorAmount { currency: self.currency, value }
    }

    fn step(&self, action: &str, actor: &str, now: Timestamp, reason: &str) -> Step {
        Step {
            state: self.state,
            action: action.to_owned(),
            actor: actor.to_owned(),
            time: now,
            reason: reason.to_owned(),
        }
    }

    /// The next revision, in a state, with the step that led there.
    pub(crate) fn moved(&self, state: State, action: &str, (actor, now): (&str, Timestamp), reason: &str) -> Self {
        let mut next = Self { state, revision: self.revision.saturating_add(1), ..self.clone() };
        next.operation.clear();
        next.steps.push(next.step(action, actor, now, reason));
        next
    }
}

fn rule_hold(hold: &crate::engine::HoldReason) -> Hold {
    let until = hold.until.map(|day| format!(" (until {day})")).unwrap_or_default();
    Hold { kind: HoldKind::Rule, reason: format!("{}{until}", hold.reason), author: String::new() }
}
