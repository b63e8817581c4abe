//! Contracts found and not found, and keys that are unique per tenant.

use contract_risk_domain::{Contract, ExternalRef, Terms, reasons, resource_name};
use tributary_core::{Fault, ResourceId};

use super::command::{Call, Refusal};
use crate::ports::{ContractHolders, ContractTx};

/// There is no such contract.
pub(super) fn not_found(id: &ResourceId) -> Fault {
    let name = resource_name(id.as_str());
    Fault::new(reasons::CONTRACT_NOT_FOUND, format!("there is no {name}; create it or correct the name"))
        .with("contract", name)
}

fn exists(id: &ResourceId) -> Fault {
    let name = resource_name(id.as_str());
    Fault::new(reasons::CONTRACT_EXISTS, format!("{name} exists; choose another contract_id")).with("contract", name)
}

fn ref_taken(reference: &ExternalRef, holder: &ResourceId) -> Fault {
    let (holder, ExternalRef { system, id }) = (resource_name(holder.as_str()), reference);
    let message = format!("{holder} has the external ref {system} {id:?}; correct the ref or use that contract");
    Fault::new(reasons::EXTERNAL_REF_TAKEN, message).with("contract", holder).with("system", system).with("id", id)
}

/// Locks a contract and reads it.
pub(super) async fn lock(call: &Call<'_>, tx: &mut dyn ContractTx, id: &ResourceId) -> Result<Contract, Refusal> {
    let mut found = tx.lock_contracts(call.tenant, std::slice::from_ref(id)).await?;
    Ok(found.pop().ok_or_else(|| not_found(id))?)
}

impl ContractHolders {
    /// Refuses an id that is taken.
    pub(super) fn check_id(&self, id: &ResourceId) -> Result<(), Fault> {
        if self.ids.contains(id) { Err(exists(id)) } else { Ok(()) }
    }

    /// Refuses terms with a ref that another contract has; `own` is the contract they are for.
    pub(super) fn check_refs(&self, own: &ResourceId, terms: &Terms) -> Result<(), Fault> {
        for reference in &terms.external_refs {
            if let Some(holder) = self.refs.get(reference).filter(|holder| *holder != own) {
                return Err(ref_taken(reference, holder));
            }
        }
        Ok(())
    }

    /// Notes what a write will take and give up.
    pub(super) fn note(&mut self, after: &Contract) {
        self.refs.retain(|_, holder| *holder != after.id);
        self.ids.insert(after.id.clone());
        self.refs.extend(after.terms.external_refs.iter().map(|r| (r.clone(), after.id.clone())));
    }
}
