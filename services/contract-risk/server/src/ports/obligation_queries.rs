//! What is asked of the store of obligations.

use std::cmp::Ordering;

use contract_risk_domain::{ObligationKind, ObligationState, Party, ReminderStep};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};

/// A condition of a list of obligations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObligationCondition {
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Of this partner.
    Partner(ResourceId),
    /// Of this sort.
    Kind(ObligationKind),
    /// In this state.
    State(ObligationState),
    /// Owed by this party.
    Debtor(Party),
    /// In the charge of this person.
    Owner(String),
    /// The due day stands so to a day.
    DueOn(Ordering, Date),
    /// Overdue on this day.
    Overdue(Date),
}

/// Where an obligation stands in the order of a list: by due day, contract and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObligationKey {
    /// Due day.
    pub due_on: Date,
    /// The contract.
    pub contract: ResourceId,
    /// The obligation.
    pub id: ResourceId,
}

/// A page of obligations by due day, contract and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationQuery {
    /// Only of this contract.
    pub contract: Option<ResourceId>,
    /// Which ones; `None`: all.
    pub condition: Option<ObligationCondition>,
    /// Only after this one.
    pub after: Option<ObligationKey>,
    /// At most this many.
    pub limit: u32,
}

/// A condition of a list of reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReminderCondition {
    /// All hold.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Of this partner.
    Partner(ResourceId),
    /// Of this contract: of its obligations, and notices of its end.
    Contract(ResourceId),
    /// Of this obligation: contract and id.
    Obligation(ResourceId, ResourceId),
    /// Of this step.
    Step(ReminderStep),
    /// The day of its step stands so to a day.
    RemindOn(Ordering, Date),
}

/// A page of reminders, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderQuery {
    /// Which ones; `None`: all.
    pub condition: Option<ReminderCondition>,
    /// Only those older than this one: when it was sent, and its uid.
    pub before: Option<(Timestamp, String)>,
    /// At most this many.
    pub limit: u32,
}

/// A page of counts in the order of partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnTimeQuery {
    /// Only of this partner.
    pub partner: Option<ResourceId>,
    /// Whose obligations.
    pub debtor: Party,
    /// First due day; `None`: from the beginning.
    pub from: Option<Date>,
    /// First due day no longer wanted.
    pub to: Date,
    /// The day on which they are counted.
    pub today: Date,
    /// Only partners after this one; empty: from the first.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// An obligation that a reminder may be due for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToRemind {
    /// Of which tenant.
    pub tenant: TenantId,
    /// The day on which the reminder was due.
    pub on: Date,
    /// The contract.
    pub contract: ResourceId,
    /// The obligation.
    pub id: ResourceId,
}

/// Contracts whose end is near and for which a step was not sent: by end, tenant and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeQuery {
    /// The step.
    pub step: ReminderStep,
    /// First day after the contract: after this day …
    pub after: Date,
    /// … and up to this one.
    pub up_to: Date,
    /// Only after this one: its end, tenant and id.
    pub cursor: Option<(Date, TenantId, ResourceId)>,
    /// At most this many.
    pub limit: u32,
}
