//! A contract as it is kept, and its parts.

mod calendar;
mod commitment;
mod digest;
mod history;
mod import;
mod kinds;
mod life;
mod redline;
mod renewal;
mod state;
mod terms;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, ResourceId, Timestamp};

pub use commitment::{Commitment, Target, Term, Window};
pub use history::{CALENDAR, Revision, Transition};
pub use import::Standing;
pub use kinds::{Cadence, CommitmentKind, CooperationModel, Party};
pub use life::SignatureDraft;
pub use redline::{Piece, PieceKind, TermChange, compare};
pub use state::{ContractState, Verb};
pub use terms::{Attachment, Clause, Deposit, ExternalRef, PaymentTerms, RenewalTerms, Terms, Territory};

/// A contract. Fields that came after the first version have defaults, so that what was kept before can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Last part of the resource name.
    pub id: ResourceId,
    /// UUIDv7, as text.
    pub uid: String,
    /// What it says: the current revision.
    pub terms: Terms,
    /// Where it stands.
    pub state: ContractState,
    /// When it was created.
    pub create_time: Timestamp,
    /// Number of the current revision of the terms, from 1.
    pub revision: i64,
    /// Counts changes of any sort, from 1.
    #[serde(default = "first_version")]
    pub version: i64,
    /// When it was last changed; `None`: not since it was created.
    #[serde(default)]
    pub change_time: Option<Timestamp>,
    /// Who wrote the current revision; empty where it was not kept.
    #[serde(default)]
    pub author: String,
    /// The approval of legal review for the current revision.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// The signatures, at most one per party.
    #[serde(default)]
    pub signatures: Vec<Signature>,
    /// The contract that this one renews.
    #[serde(default)]
    pub predecessor: Option<ResourceId>,
    /// The contract that renews this one.
    #[serde(default)]
    pub successor: Option<ResourceId>,
    /// First day after the buffer, once notice of termination was given.
    #[serde(default)]
    pub terminates_on: Option<Date>,
    /// Whether another system leads it: it was taken over and nobody has done anything to it here since, but what no
    /// partner signs (refs, owner, labels) once it is past negotiation.
    #[serde(default)]
    pub led_elsewhere: bool,
}

fn first_version() -> i64 {
    1
}

/// The approval of legal review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who approved.
    pub reviewer: String,
    /// When.
    pub approve_time: Timestamp,
    /// Which revision.
    pub revision: i64,
    /// What the reviewer wrote.
    pub comment: String,
}

/// That a party has signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which party.
    pub party: Party,
    /// The person.
    pub signer: String,
    /// In which capacity.
    pub capacity: String,
    /// The day.
    pub signed_on: Date,
    /// The digest that was signed.
    pub terms_digest: String,
    /// Who recorded it here.
    pub recorded_by: String,
    /// When.
    pub record_time: Timestamp,
}

impl Contract {
    /// A new contract, which is a draft at revision 1.
    #[must_use]
    pub fn new(id: ResourceId, uid: String, terms: Terms, author: &str, now: Timestamp) -> Self {
        Self {
            id,
            uid,
            terms,
            state: ContractState::Draft,
            create_time: now,
            revision: 1,
            version: first_version(),
            change_time: None,
            author: author.to_owned(),
            approval: None,
            signatures: Vec::new(),
            predecessor: None,
            successor: None,
            terminates_on: None,
            led_elsewhere: false,
        }
    }

    /// Resource name. Example: "contracts/dealer-2026-gz".
    #[must_use]
    pub fn name(&self) -> String {
        resource_name(self.id.as_str())
    }

    /// Fingerprint of the contract as it is.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    /// When it was last changed.
    #[must_use]
    pub fn update_time(&self) -> Timestamp {
        self.change_time.unwrap_or(self.create_time)
    }
}

/// The resource name of the contract with an id.
#[must_use]
pub fn resource_name(id: &str) -> String {
    format!("contracts/{id}")
}
