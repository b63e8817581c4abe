//! The refusals that need no decision of their own.

use tributary_core::{Fault, ResourceId};

use super::Obligation;
use crate::{Contract, ContractState, ExternalRef, reasons};

impl Contract {
    /// Refuses a further obligation of a contract that is over. What is `done` already may still be taken over from an
    /// ended one: it is history.
    ///
    /// # Errors
    /// `CONTRACT_OVER`.
    pub fn takes_obligation(&self, done: bool) -> Result<(), Fault> {
        if !self.state.is_over() || (done && self.state == ContractState::Ended) {
            return Ok(());
        }
        let (name, state) = (self.name(), self.state);
        let message = format!("{name} is {state} and takes no more obligations; name a contract that is not over");
        Err(Fault::new(reasons::CONTRACT_OVER, message).with("contract", name).with("state", state.as_str()))
    }
}

/// There is no such obligation.
#[must_use]
pub fn obligation_not_found(name: &str) -> Fault {
    Fault::new(reasons::OBLIGATION_NOT_FOUND, format!("there is no {name}; create it or correct the name"))
        .with("obligation", name)
}

/// The id is taken.
#[must_use]
pub fn obligation_exists(obligation: &Obligation) -> Fault {
    let name = obligation.name();
    Fault::new(reasons::OBLIGATION_EXISTS, format!("{name} exists; choose another obligation_id"))
        .with("obligation", name)
}

/// Another obligation has the ref.
#[must_use]
pub fn ref_taken(reference: &ExternalRef, holder: &str) -> Fault {
    let ExternalRef { system, id } = reference;
    let message = format!("{holder} has the external ref {system} {id:?}; correct the ref or use that obligation");
    Fault::new(reasons::EXTERNAL_REF_TAKEN, message).with("obligation", holder).with("system", system).with("id", id)
}

/// There is no such contract.
#[must_use]
pub fn contract_not_found(id: &ResourceId) -> Fault {
    let name = crate::resource_name(id.as_str());
    Fault::new(reasons::CONTRACT_NOT_FOUND, format!("there is no {name}; create it or correct the name"))
        .with("contract", name)
}

/// No contract has the ref.
#[must_use]
pub fn contract_ref_not_found(reference: &ExternalRef) -> Fault {
    let ExternalRef { system, id } = reference;
    let message = format!("no contract has the external ref {system} {id:?}; create one or correct the ref");
    Fault::new(reasons::CONTRACT_NOT_FOUND, message).with("system", system).with("id", id)
}
