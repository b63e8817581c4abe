//! Subsidies (IC-13, R23, R28): what a partner asks of a [fund](crate::fund) for a project. It is asked for, pre-approved by
//! another, which reserves an amount, claimed with proof, accepted by another, paid. [`moves`] says what can be done when,
//! [`payout`] how much is paid and which limit bound it, [`postings`] what that does to the ledger.

mod moves;
mod payout;
mod postings;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, MinorAmount, Timestamp, Violations};

pub use moves::{By, MEND_DAYS, MOST_CLAIMS};
pub use payout::{Left, Limit, Payout};
pub use postings::owner;

use crate::{
    fact::ChannelClass,
    fund::{Fund, MOST_AMOUNT, Terms, Used},
};

/// How far the full-width signs of East Asian texts are from those of ASCII.
const FULL_WIDTH: u32 = 0xfee0;

/// Where a subsidy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Asked for, not decided.
    Requested,
    /// Pre-approved: reserved, to be claimed.
    Approved,
    /// A claim waits for its decision.
    Claimed,
    /// Paid out; nothing more is claimed.
    Settled,
    /// Not pre-approved.
    Rejected,
    /// Taken back.
    Withdrawn,
    /// Its claim was refused.
    Refused,
    /// The pre-approval lapsed without a claim.
    Expired,
}

impl State {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Approved => "APPROVED",
            Self::Claimed => "CLAIMED",
            Self::Settled => "SETTLED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Refused => "REFUSED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where the subsidy stood after it.
    pub state: State,
    /// What was done.
    pub what: String,
    /// Who.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Why.
    pub reason: String,
}

/// How far a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClaimState {
    /// Waits for its decision.
    Filed,
    /// The payout is in the partner's payable account.
    Accepted,
    /// Given back to be mended.
    Returned,
    /// Refused.
    Refused,
    /// Taken back with its subsidy.
    Withdrawn,
    /// The payment was confirmed.
    Paid,
    /// Was accepted and taken back since.
    Reversed,
}

impl ClaimState {
    fn words(self) -> &'static str {
        match self {
            Self::Filed => "waits for its decision",
            Self::Accepted => "was accepted",
            Self::Returned => "was returned",
            Self::Refused => "was refused",
            Self::Withdrawn => "was withdrawn",
            Self::Paid => "was paid",
            Self::Reversed => "was reversed",
        }
    }
}

/// What a proof is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProofKind {
    /// An invoice.
    Invoice,
    /// A photo or video.
    Photo,
    /// A report of results.
    Report,
    /// A contract or order.
    Contract,
    /// Something else.
    Other,
}

/// A document that proves a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
    /// Its file name.
    pub file_name: String,
    /// What it is.
    pub kind: ProofKind,
    /// Of an invoice: who wrote it.
    pub issuer: String,
    /// Of an invoice: its number.
    pub invoice_number: String,
}

impl Proof {
    /// What no other claim may have: the document, and the invoice however its issuer and number are spelled.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys = vec![format!("sha256 {}", self.sha256)];
        if self.kind == ProofKind::Invoice {
            keys.push(format!("invoice {} {}", plain(&self.issuer), plain(&self.invoice_number)));
        }
        keys
    }
}

/// A text as invoices are compared: case, blanks, dashes, signs nobody sees and full-width ones make no difference.
fn plain(text: &str) -> String {
    let narrow = |sign: char| match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign).saturating_sub(FULL_WIDTH)).unwrap_or(sign),
        other => other,
    };
    let counts = |sign: &char| {
        let dash = matches!(sign, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        let unseen = matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
        !dash && !unseen && !sign.is_whitespace()
    };
    text.chars().map(narrow).filter(counts).flat_map(char::to_uppercase).collect()
}

/// That a payout was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its key in another system.
    pub reference: String,
    /// The day.
    pub paid_on: Date,
}

/// Costs with their proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Counts the claims of the subsidy, from 1.
    pub number: u32,
    /// As claimed, whole minor units.
    pub cost: i64,
    /// The proof.
    pub proofs: Vec<Proof>,
    /// For those who decide.
    pub note: String,
    /// How far it is.
    pub state: ClaimState,
    /// Who filed it.
    pub author: String,
    /// When.
    pub create_time: Timestamp,
    /// What is paid, or was until it was reversed; `None`: not accepted.
    pub payout: Option<Payout>,
    /// Who decided.
    pub decider: String,
    /// Why.
    pub decision_reason: String,
    /// When it was decided.
    pub end_time: Option<Timestamp>,
    /// That it was paid.
    pub payment: Option<Payment>,
}

impl Claim {
    /// What it pays; `None`: it is not accepted, or not any more.
    #[must_use]
    pub fn pays(&self) -> Option<&Payout> {
        self.payout.as_ref().filter(|_| matches!(self.state, ClaimState::Accepted | ClaimState::Paid))
    }
}

/// A subsidy. Amounts are whole minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subsidy {
    /// Last part of its name.
    pub id: String,
    /// The fund, last part of its name.
    pub fund: String,
    /// Who is paid, last part of its name.
    pub partner: String,
    /// The currency of everything in it.
    pub currency: Currency,
    /// The budget it draws on.
    pub channel: ChannelClass,
    /// Whether it draws on what is held back.
    pub reserve: bool,
    /// What is done.
    pub project: String,
    /// First day of the activity.
    pub first_day: Date,
    /// First day after it.
    pub end_day: Date,
    /// What it is to cost.
    pub planned_cost: i64,
    /// Where it stands. One whose time is over stands as approved until it is looked at: see [`Subsidy::as_of`].
    pub state: State,
    /// The terms that hold for it: those of its pre-approval, before that those of when it was asked for.
    pub terms: Terms,
    /// What was pre-approved and why so much; `None`: nothing.
    pub approval: Option<Payout>,
    /// First day on which nothing can be claimed any more; `None`: not pre-approved.
    pub claim_end_day: Option<Date>,
    /// Its claims, oldest first.
    pub claims: Vec<Claim>,
    /// What was done, oldest first.
    pub steps: Vec<Step>,
    /// Who asked.
    pub author: String,
    /// When.
    pub create_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
}

impl Subsidy {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("subsidies/{}", self.id)
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

    /// The calendar year whose annual cap it counts in: that of the activity's first day.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.first_day.ymd().0
    }

    /// What was pre-approved.
    #[must_use]
    pub fn approved(&self) -> i64 {
        self.approval.as_ref().map_or(0, |approval| approval.amount)
    }

    /// What was paid out, and not taken back.
    #[must_use]
    pub fn paid(&self) -> i64 {
        let payouts = self.claims.iter().filter_map(Claim::pays);
        payouts.fold(0, |sum: i64, payout| sum.saturating_add(payout.amount))
    }

    /// What is reserved.
    #[must_use]
    pub fn committed(&self) -> i64 {
        match self.state {
            State::Approved | State::Claimed => self.approved().saturating_sub(self.paid()),
            _ => 0,
        }
    }

    /// A claim by its number.
    #[must_use]
    pub fn claim(&self, number: u32) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.number == number)
    }

    /// The claim that waits for its decision.
    #[must_use]
    pub fn waiting(&self) -> Option<&Claim> {
        self.claims.last().filter(|claim| claim.state == ClaimState::Filed)
    }

    /// What it adds to what is used of its fund.
    #[must_use]
    pub fn used(&self) -> Used {
        Used {
            requested: if self.state == State::Requested { self.terms.refund(self.planned_cost) } else { 0 },
            committed: self.committed(),
            claimed: self.waiting().map_or(0, |claim| self.terms.refund(claim.cost).min(self.committed())),
            paid: self.paid(),
        }
    }

    /// From which day on it lapses.
    #[must_use]
    pub fn lapse_day(&self) -> Option<Date> {
        self.claim_end_day.filter(|_| self.state == State::Approved)
    }

    /// Everything that is wrong with what is asked of a fund.
    #[must_use]
    pub fn check(&self, fund: &Fund) -> Violations {
        let mut violations = Violations::new();
        if self.project.is_empty() {
            violations.add("project", "is empty; say what is done");
        }
        if !fund.now.budgets.iter().any(|budget| budget.channel == self.channel) {
            violations.add("channel", format!("{} has no budget for {}", fund.name(), self.channel.name()));
        }
        if self.end_day <= self.first_day {
            let why =
                format!("{} is not after {}; it is the first day after the activity", self.end_day, self.first_day);
            violations.add("end_day", why);
        }
        let period = format!("the period of {}: {} up to before {}", fund.name(), fund.first_day, fund.end_day);
        if self.first_day < fund.first_day || self.first_day >= fund.end_day {
            violations.add("first_day", format!("{} is not in {period}", self.first_day));
        }
        if self.end_day > fund.end_day {
            violations.add("end_day", format!("{} is after {period}", self.end_day));
        }
        check_cost(&mut violations, "planned_cost", self.money(self.planned_cost));
        violations
    }
}

/// Checks a cost.
fn check_cost(violations: &mut Violations, field: &str, cost: MinorAmount) {
    if !(1..=MOST_AMOUNT).contains(&cost.value) {
        violations.add(field, format!("{cost} is not above 0 and at most 10^15 minor units"));
    }
}
