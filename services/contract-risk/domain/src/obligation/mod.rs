//! Obligations of contracts (CR-05): who owes what by which day, the proof that it was done, its acceptance.
//!
//! open → submitted → accepted, or returned to open; waived. What is filed is refused or accepted as a whole; what was
//! returned stays on record and counts no more. Days are those of the tenant's zone; today comes from the caller.

mod draft;
mod import;
mod kind;
mod life;
mod refusals;
mod series;
mod transition;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal, MinorAmount, ResourceId, Timestamp};

use crate::{ExternalRef, Party, ReminderStep};

pub use draft::{DutyDraft, ProofDraft, RawDay, day_of, done_day};
pub use import::TakenOver;
pub use kind::{ObligationKind, ObligationState, ObligationVerb};
pub use refusals::{contract_not_found, contract_ref_not_found, obligation_exists, obligation_not_found, ref_taken};
pub use series::series;
pub use transition::ObligationTransition;

/// What is owed: a checked [`DutyDraft`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// What sort.
    pub kind: ObligationKind,
    /// Who owes it.
    pub debtor: Party,
    /// Title, not blank.
    pub title: String,
    /// By what it is accepted; may be empty.
    pub acceptance_criteria: String,
    /// Last day on which it is on time.
    pub due_on: Date,
    /// Set exactly for payments, above zero.
    pub amount: Option<MinorAmount>,
    /// How much of the unit, above zero, without trailing zeros.
    pub quantity: Option<Decimal>,
    /// Set exactly with a quantity.
    pub unit: String,
    /// Key in another system, unique per tenant.
    pub external_ref: Option<ExternalRef>,
    /// The person in charge; may be empty.
    pub owner: String,
}

/// The proof that something was done: a checked [`ProofDraft`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What it is.
    pub title: String,
    /// SHA-256 of the file in hex; empty where there is none.
    pub sha256: String,
    /// Where it is kept; may be empty.
    pub uri: String,
    /// The day it was done.
    pub fulfilled_on: Date,
    /// Set exactly for payments.
    pub amount: Option<MinorAmount>,
    /// Who filed it.
    pub submitter: String,
    /// When.
    pub submit_time: Timestamp,
    /// Whether it was returned: it counts no more.
    pub returned: bool,
}

/// An obligation of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// The contract, last part of its name.
    pub contract: ResourceId,
    /// Last part of the resource name.
    pub id: ResourceId,
    /// UUIDv7, as text.
    pub uid: String,
    /// The partner of the contract, last part of its name.
    pub partner: ResourceId,
    /// What is owed.
    pub duty: Duty,
    /// Where it stands.
    pub state: ObligationState,
    /// What was filed, oldest first.
    pub proofs: Vec<Proof>,
    /// Once accepted: the day it was done.
    pub fulfilled_on: Option<Date>,
    /// The last reminder that was sent for this due day. No part of the revision: a reminder changes no etag.
    pub reminded: Option<ReminderStep>,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
    /// Whether another system leads it: it was taken over and nobody has done anything to it here since.
    #[serde(default)]
    pub led_elsewhere: bool,
}

impl Obligation {
    /// A new obligation, which is open.
    #[must_use]
    pub fn new(
        contract: ResourceId,
        partner: ResourceId,
        id: ResourceId,
        uid: String,
        duty: Duty,
        now: Timestamp,
    ) -> Self {
        Self {
            contract,
            id,
            uid,
            partner,
            duty,
            state: ObligationState::Open,
            proofs: Vec::new(),
            fulfilled_on: None,
            reminded: None,
            create_time: now,
            update_time: now,
            revision: 1,
            led_elsewhere: false,
        }
    }

    /// Resource name. Example: "contracts/dealer-2026-gz/obligations/payment-2026-03".
    #[must_use]
    pub fn name(&self) -> String {
        obligation_name(&self.contract, &self.id)
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// What was filed and not returned, oldest first.
    pub fn standing(&self) -> impl Iterator<Item = &Proof> {
        self.proofs.iter().filter(|proof| !proof.returned)
    }

    /// For a payment: the sum of what was filed and not returned.
    #[must_use]
    pub fn filed(&self) -> Option<MinorAmount> {
        let paid = self.standing().filter_map(|proof| proof.amount);
        // Filing refuses a sum beyond 64 bits.
        self.duty.amount.map(|owed| MinorAmount {
            currency: owed.currency,
            value: paid.fold(0, |sum, amount| sum.saturating_add(amount.value)),
        })
    }

    /// For a payment: what is missing to the full amount, `None` when nothing is.
    #[must_use]
    pub fn missing(&self) -> Option<MinorAmount> {
        let (owed, filed) = self.duty.amount.zip(self.filed())?;
        let value = owed.value.saturating_sub(filed.value);
        (value > 0).then_some(MinorAmount { currency: owed.currency, value })
    }

    /// The day it was done: of what is accepted, and of what is filed in full and waits for acceptance.
    #[must_use]
    pub fn done_on(&self) -> Option<Date> {
        match self.state {
            ObligationState::Accepted => self.fulfilled_on,
            ObligationState::Submitted if self.missing().is_none() => self.latest_proof_day(),
            _ => None,
        }
    }

    /// Days since the due day while it is overdue: open, or filed late or in part and not accepted. What was done in
    /// time and waits for acceptance is not overdue.
    #[must_use]
    pub fn days_overdue(&self, today: Date) -> Option<i64> {
        let waits = matches!(self.state, ObligationState::Open | ObligationState::Submitted);
        let in_time = self.done_on().is_some_and(|day| day <= self.duty.due_on);
        let days = today.days().saturating_sub(self.duty.due_on.days());
        (waits && !in_time && days > 0).then_some(days)
    }

    /// The latest day of what was filed and not returned.
    fn latest_proof_day(&self) -> Option<Date> {
        self.standing().map(|proof| proof.fulfilled_on).max()
    }
}

/// The resource name of an obligation.
#[must_use]
pub fn obligation_name(contract: &ResourceId, id: &ResourceId) -> String {
    format!("contracts/{contract}/obligations/{id}")
}

/// Contract and obligation of a resource name.
///
/// # Errors
/// A sentence that names the value and the form.
pub fn parse_obligation_name(name: &str) -> Result<(ResourceId, ResourceId), String> {
    let form = || format!("{name:?} is not a resource name of the form \"contracts/ID/obligations/ID\"");
    let (contract, id) = name.split_once("/obligations/").ok_or_else(form)?;
    let contract = ResourceId::from_name("contracts", contract).map_err(|_| form())?;
    Ok((contract, ResourceId::parse(id).map_err(|_| form())?))
}

#[cfg(test)]
mod tests;
