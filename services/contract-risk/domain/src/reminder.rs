//! Reminders: which step is reached on a day, and what it says.
//!
//! Each step is sent once per due day. When several are reached at once (created late, after a downtime) only the latest
//! is sent.

use tributary_core::{Date, ResourceId, Timestamp};

use crate::{
    contract::{Contract, ContractState},
    named::named,
    obligation::{Obligation, ObligationState, obligation_name},
};

named! { "a step of reminders";
    /// How near the day is, in the order in which the steps are reached.
    pub enum ReminderStep {
        /// 90 days before; contracts only.
        TMinus90 = "T_MINUS_90",
        /// 30 days before.
        TMinus30 = "T_MINUS_30",
        /// 7 days before.
        TMinus7 = "T_MINUS_7",
        /// The day before; obligations only.
        TMinus1 = "T_MINUS_1",
        /// The day after; obligations only.
        Overdue = "OVERDUE",
    }
}

impl ReminderStep {
    /// The steps of obligations.
    pub const OF_OBLIGATIONS: [Self; 4] = [Self::TMinus30, Self::TMinus7, Self::TMinus1, Self::Overdue];
    /// The steps before a contract ends.
    pub const OF_CONTRACTS: [Self; 3] = [Self::TMinus90, Self::TMinus30, Self::TMinus7];

    /// Days from the due day to the day of the step.
    #[must_use]
    pub fn offset(self) -> i64 {
        match self {
            Self::TMinus90 => -90,
            Self::TMinus30 => -30,
            Self::TMinus7 => -7,
            Self::TMinus1 => -1,
            Self::Overdue => 1,
        }
    }

    /// The day of the step.
    #[must_use]
    pub fn day(self, due_on: Date) -> Date {
        due_on.plus_days(self.offset())
    }
}

/// The latest of some steps that is reached on a day.
#[must_use]
pub fn latest_step(steps: &[ReminderStep], due_on: Date, today: Date) -> Option<ReminderStep> {
    steps.iter().copied().filter(|step| step.day(due_on) <= today).max()
}

/// A reminder of an obligation, or a notice that a contract ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// UUIDv7, as text.
    pub uid: String,
    /// The contract, last part of its name.
    pub contract: ResourceId,
    /// The obligation, last part of its name; `None` for a notice.
    pub obligation: Option<ResourceId>,
    /// The partner, last part of its name.
    pub partner: ResourceId,
    /// Which step.
    pub step: ReminderStep,
    /// The due day, or the first day after the term.
    pub due_on: Date,
    /// When it was sent.
    pub create_time: Timestamp,
    /// In words.
    pub text: String,
    /// The person in charge; may be empty.
    pub owner: String,
}

impl Reminder {
    /// The day of its step. One that is sent late keeps it.
    #[must_use]
    pub fn remind_on(&self) -> Date {
        self.step.day(self.due_on)
    }

    /// Resource name of what it is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match &self.obligation {
            Some(id) => obligation_name(&self.contract, id),
            None => format!("contracts/{}", self.contract),
        }
    }
}

impl Obligation {
    /// The reminder that is to be sent today, if one is.
    #[must_use]
    pub fn due_step(&self, today: Date) -> Option<ReminderStep> {
        let latest = latest_step(&ReminderStep::OF_OBLIGATIONS, self.duty.due_on, today);
        latest.filter(|step| self.is_awaited() && Some(*step) > self.reminded)
    }

    /// Whether something is still to be done: it is open, or paid in part only.
    fn is_awaited(&self) -> bool {
        match self.state {
            ObligationState::Open => true,
            ObligationState::Submitted => self.missing().is_some(),
            ObligationState::Accepted | ObligationState::Waived => false,
        }
    }

    /// The first day on which a reminder is to be sent if nothing changes; it may be over.
    #[must_use]
    pub fn next_reminder_on(&self) -> Option<Date> {
        let next = ReminderStep::OF_OBLIGATIONS.into_iter().find(|step| Some(*step) > self.reminded);
        next.filter(|_| self.is_awaited()).map(|step| step.day(self.duty.due_on))
    }

    /// The reminder of a step, sent today.
    #[must_use]
    pub fn reminder(&self, step: ReminderStep, uid: String, today: Date, now: Timestamp) -> Reminder {
        Reminder {
            uid,
            contract: self.contract.clone(),
            obligation: Some(self.id.clone()),
            partner: self.partner.clone(),
            step,
            due_on: self.duty.due_on,
            create_time: now,
            text: due_text(self.id.as_str(), self.duty.due_on, today),
            owner: self.duty.owner.clone(),
        }
    }
}

/// The notice that a contract ends, if it has reached one on a day: its step and the first day after the contract. For
/// contracts in force without a signed successor.
#[must_use]
pub fn due_notice(contract: &Contract, today: Date) -> Option<(ReminderStep, Date)> {
    use ContractState::{Active, Expiring, Terminating};
    let to = contract.term().to.filter(|to| today < *to)?;
    let step = latest_step(&ReminderStep::OF_CONTRACTS, to, today)?;
    matches!(contract.state, Active | Expiring | Terminating).then_some((step, to))
}

/// For each step of contracts: after which day and up to which one the first day after a contract lies when the step is
/// the latest that is reached today.
#[must_use]
pub fn notice_windows(today: Date) -> Vec<(ReminderStep, Date, Date)> {
    let left = |step: ReminderStep| today.plus_days(step.offset().saturating_neg());
    let nearer = ReminderStep::OF_CONTRACTS.into_iter().skip(1).map(left).chain([today]);
    ReminderStep::OF_CONTRACTS.into_iter().zip(nearer).map(|(step, after)| (step, after, left(step))).collect()
}

/// The notice of a step, sent today.
#[must_use]
pub fn notice(
    contract: &Contract,
    (step, to): (ReminderStep, Date),
    uid: String,
    today: Date,
    now: Timestamp,
) -> Reminder {
    let left = days_text(to.days().saturating_sub(today.days()));
    Reminder {
        uid,
        contract: contract.id.clone(),
        obligation: None,
        partner: contract.terms.partner.clone(),
        step,
        due_on: to,
        create_time: now,
        text: format!("{} ends in {left}, its last day is {}", contract.id, to.plus_days(-1)),
        owner: contract.terms.owner.clone(),
    }
}

/// "payment-2026-03 is due in 7 days, on 2026-03-31".
fn due_text(id: &str, due_on: Date, today: Date) -> String {
    match due_on.days().saturating_sub(today.days()) {
        0 => format!("{id} is due today, on {due_on}"),
        days if days > 0 => format!("{id} is due in {}, on {due_on}", days_text(days)),
        days => format!("{id} is overdue by {}, it was due on {due_on}", days_text(days.saturating_neg())),
    }
}

/// "1 day", "7 days".
fn days_text(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
