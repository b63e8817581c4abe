//! A contract as it is kept.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, ResourceId, Timestamp};

/// The key of a contract in another system; unique per tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalRef {
    /// The other system. Example: "erp".
    pub system: String,
    /// The key there, byte for byte. Example: "V-2026-0117".
    pub id: String,
}

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContractState {
    /// Being written.
    Draft,
}

/// What a contract says: a checked [`Draft`](crate::Draft).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The partner, last part of its resource name. Whether the registry knows it is not checked.
    pub partner: ResourceId,
    /// Title, not blank.
    pub title: String,
    /// First day of the term.
    pub effective_from: Date,
    /// First day after the term; `None`: open-ended.
    pub effective_to: Option<Date>,
    /// Keys in other systems, one per system, in the order given.
    pub external_refs: Vec<ExternalRef>,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Last part of the resource name.
    pub id: ResourceId,
    /// UUIDv7, as text.
    pub uid: String,
    /// What it says.
    pub terms: Terms,
    /// Where it stands.
    pub state: ContractState,
    /// When it was created.
    pub create_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
}

impl Contract {
    /// A new contract, which is a draft.
    #[must_use]
    pub fn new(id: ResourceId, uid: String, terms: Terms, now: Timestamp) -> Self {
        Self { id, uid, terms, state: ContractState::Draft, create_time: now, revision: 1 }
    }

    /// Resource name. Example: "contracts/dealer-2026-gz".
    #[must_use]
    pub fn name(&self) -> String {
        resource_name(self.id.as_str())
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }
}

/// The resource name of the contract with an id.
#[must_use]
pub fn resource_name(id: &str) -> String {
    format!("contracts/{id}")
}
