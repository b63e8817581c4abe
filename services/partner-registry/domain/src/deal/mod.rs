//! Deals: leads that partners register (PR-10). First come, first served: one open deal per lead. A deal that comes
//! second is kept as a conflict, with what stood in its way. Every step makes a new revision, nothing is ever deleted.

mod draft;
mod lead;
mod moves;
mod policy;
mod state;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal, Fault, MinorAmount, Timestamp};
use uuid::Uuid;

pub use draft::{DealContent, DealDraft, product_line};
pub use lead::{Customer, Lead, letters};
pub use moves::{Ground, Move, order_violations, require_trading};
pub use policy::{DealPolicy, DealRules, POLICY_NAME, mask_violations};
pub use state::{DealState, DealVerb};

use crate::{etag, own_name::own_name};

own_name!(
    /// The name of a deal: its partner and its id there.
    DealName,
    "deals"
);

/// The deal that held a lead when another one was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The deal.
    pub deal: DealName,
    /// Its customer, as it was named there.
    pub customer: String,
    /// Where it stood.
    pub state: DealState,
    /// First day on which it no longer protects the lead; `None`: not decided yet.
    pub protection_end: Option<Date>,
    /// When it was registered.
    pub create_time: Timestamp,
}

/// An open deal whose customer may be the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimilarDeal {
    /// The deal.
    pub deal: DealName,
    /// Its customer, as it is named there.
    pub customer: String,
    /// Similarity of the names, 0 to 1, four digits.
    pub similarity: Decimal,
}

/// What a deal meets when it is registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Met {
    /// The deal that holds the lead.
    pub conflict: Option<Conflict>,
    /// Deals whose customers may be the same one.
    pub similar: Vec<SimilarDeal>,
}

/// A decision of the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealDecision {
    /// Who.
    pub reviewer: String,
    /// When.
    pub time: Timestamp,
    /// What was noted; the reason of a rejection.
    pub note: String,
}

/// The order that came of a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The order, as the system that keeps it names it.
    pub order_reference: String,
    /// What it is worth.
    pub amount: MinorAmount,
    /// Day of the order.
    pub order_date: Date,
}

/// A deal at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Its name.
    pub name: DealName,
    /// UUIDv7, stable for ever.
    pub uid: Uuid,
    /// What the registrant told about it.
    pub content: DealContent,
    /// Where it stands. An approved one counts as expired from the end of its protection on: see [`Deal::on`].
    pub state: DealState,
    /// Who registered it.
    pub registrant: String,
    /// On which day, in the programme's zone.
    pub registered_on: Date,
    /// Day by which the house is to decide.
    pub decide_by: Date,
    /// First day no longer protected; set from the approval on.
    pub protection_end: Option<Date>,
    /// How often the protection was extended.
    pub extension_count: i32,
    /// The deal that held the lead when this one was registered.
    pub conflict: Option<Conflict>,
    /// Open deals whose customers may be the same one, as they were then.
    pub similar: Vec<SimilarDeal>,
    /// The last decision of the house.
    pub decision: Option<DealDecision>,
    /// The order that came of it.
    pub conversion: Option<Conversion>,
    /// Why it was withdrawn or lost.
    pub closing_reason: String,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it was registered.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

/// How long a deal holds its lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Until it is decided.
    Undecided,
    /// Until this day, on which it no longer holds it.
    Until(Date),
}

/// A step of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealChange {
    /// The deal after it.
    pub deal: Deal,
    /// What was done. Example: "APPROVED".
    pub action: &'static str,
    /// State and end of the protection before; `None` for a registration.
    pub before: Option<(DealState, Option<Date>)>,
}

/// One revision of a deal: who did what, when, why, and what it was before and afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealRevision {
    /// The deal after the change.
    pub deal: Deal,
    /// What was done. Example: "APPROVED".
    pub action: String,
    /// Subject of the caller.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// Where it stood before; `None` for a registration.
    pub previous_state: Option<DealState>,
    /// The end of the protection before.
    pub previous_protection_end: Option<Date>,
}

/// Who registers what, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeal {
    /// Its name.
    pub name: DealName,
    /// Its uid.
    pub uid: Uuid,
    /// What it is about.
    pub content: DealContent,
    /// Who registers it.
    pub registrant: String,
}

impl Deal {
    /// A new deal at revision 1: submitted, or conflicted when another one holds the lead.
    #[must_use]
    pub fn register(new: NewDeal, met: Met, rules: &DealRules, today: Date, now: Timestamp) -> DealChange {
        let NewDeal { name, uid, content, registrant } = new;
        let state = if met.conflict.is_some() { DealState::Conflicted } else { DealState::Submitted };
        let deal = Self {
            name,
            uid,
            content,
            state,
            registrant,
            registered_on: today,
            decide_by: today.plus_days(i64::from(rules.decision_days)),
            protection_end: None,
            extension_count: 0,
            conflict: met.conflict,
            similar: met.similar,
            decision: None,
            conversion: None,
            closing_reason: String::new(),
            revision: 1,
            create_time: now,
            update_time: now,
        };
        DealChange { deal, action: "REGISTERED", before: None }
    }

    /// Whether nothing was met that a person should look at.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.conflict.is_none() && self.similar.is_empty()
    }

    /// The deal as it stands on a day: expired from the end of its protection on, whether it is recorded yet or not.
    #[must_use]
    pub fn on(self, today: Date) -> Self {
        if self.is_over(today) { Self { state: DealState::Expired, ..self } } else { self }
    }

    /// The deal once its protection is over, `None` before or when that does not matter any more.
    #[must_use]
    pub fn expire(&self, today: Date, now: Timestamp) -> Option<DealChange> {
        self.is_over(today).then(|| DealChange {
            deal: self.to(DealState::Expired, now),
            action: "EXPIRED",
            before: Some((self.state, self.protection_end)),
        })
    }

    fn is_over(&self, today: Date) -> bool {
        self.state == DealState::Approved && self.protection_end.is_some_and(|end| end <= today)
    }

    /// How long it holds its lead; `None`: it does not.
    #[must_use]
    pub fn hold(&self) -> Option<Hold> {
        match (self.state, self.protection_end) {
            (DealState::Submitted, _) => Some(Hold::Undecided),
            (DealState::Approved, Some(end)) => Some(Hold::Until(end)),
            _ => None,
        }
    }

    /// What it is to a deal that comes second.
    #[must_use]
    pub fn in_the_way(&self) -> Conflict {
        Conflict {
            deal: self.name.clone(),
            customer: self.content.customer.display_name.clone(),
            state: self.state,
            protection_end: self.protection_end,
            create_time: self.create_time,
        }
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.revision, "deal", self.name.to_string())
    }

    /// The next revision in a state; a clock that was set back never makes a revision older than the one before.
    fn to(&self, state: DealState, now: Timestamp) -> Self {
        let revision = self.revision.saturating_add(1);
        Self { state, revision, update_time: now.max(self.update_time), ..self.clone() }
    }
}
