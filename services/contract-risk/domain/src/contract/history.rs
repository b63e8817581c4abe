//! What is kept of a contract besides itself: its revisions and what was done to it.

use serde::{Deserialize, Serialize};
use tributary_core::Timestamp;

use super::{Contract, ContractState, Terms};

/// Who moves a contract when a day does it.
pub const CALENDAR: &str = "calendar";

/// A revision of the terms as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its number, from 1.
    pub revision: i64,
    /// The terms.
    pub terms: Terms,
    /// Who wrote it; empty where it was not kept.
    pub author: String,
    /// When.
    pub create_time: Timestamp,
    /// What the author said of it.
    pub note: String,
}

impl Revision {
    /// The current revision of a contract.
    #[must_use]
    pub fn of(contract: &Contract, note: &str) -> Self {
        Self {
            revision: contract.revision,
            terms: contract.terms.clone(),
            author: contract.author.clone(),
            create_time: contract.update_time(),
            note: note.to_owned(),
        }
    }
}

/// A step in the life of a contract. Approval, the first signature and the draft of a successor leave the state as it
/// is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The version of the contract after it: orders the steps.
    pub version: i64,
    /// From; `None`: it was created.
    pub from: Option<ContractState>,
    /// To.
    pub to: ContractState,
    /// Who; [`CALENDAR`] when a day did it.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Why, as given.
    pub reason: String,
    /// Revision at that time.
    pub revision: i64,
}

impl Transition {
    /// The step that led to a contract as it is.
    #[must_use]
    pub fn to(contract: &Contract, from: Option<ContractState>, actor: &str, reason: &str) -> Self {
        Self {
            version: contract.version,
            from,
            to: contract.state,
            actor: actor.to_owned(),
            time: contract.update_time(),
            reason: reason.to_owned(),
            revision: contract.revision,
        }
    }
}
