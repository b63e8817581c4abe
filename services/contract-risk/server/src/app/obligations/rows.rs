//! Rows of an import: as the caller states them, as they may be taken, and what became of them.

use contract_risk_domain::{
    Duty, DutyDraft, ExternalRef,
    obligation::{RawDay, done_day},
    parse_obligation_name,
};
use tributary_core::{Date, Fault, ResourceId, Violations};

/// A row as the caller states it.
#[derive(Debug, Clone)]
pub struct ObligationRowDraft {
    /// What the annotations of the row refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// The contract, unchecked.
    pub contract: Option<ContractKey<String>>,
    /// Resource name for a new obligation, unchecked; generated when empty.
    pub name: String,
    /// The obligation, unchecked.
    pub draft: DutyDraft,
    /// Set for one that is done: the day, unchecked.
    pub fulfilled_on: Option<RawDay>,
}

/// How a row names its contract: by name, or by a key in another system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractKey<N> {
    /// Its name.
    Name(N),
    /// Its key in another system.
    Ref(ExternalRef),
}

/// A row that may be taken.
#[derive(Debug, Clone)]
pub(super) struct ObligationRow {
    pub contract: ContractKey<ResourceId>,
    /// Contract and id for a new obligation.
    pub name: Option<(ResourceId, ResourceId)>,
    pub reference: ExternalRef,
    pub duty: Duty,
    pub fulfilled_on: Option<Date>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObligationImported {
    /// Created under this name.
    Created(String),
    /// Was known under this name and is changed.
    Updated(String),
    /// Was known under this name and says the same.
    Unchanged(String),
    /// Not taken.
    Refused(Fault),
}

impl ObligationRowDraft {
    /// Checks everything that can be checked without the store.
    pub(super) fn check(self, today: Date) -> Result<ObligationRow, Fault> {
        let mut v = Violations::new();
        let contract = match self.contract {
            Some(ContractKey::Name(name)) => {
                v.check("contract", ResourceId::from_name("contracts", &name)).map(ContractKey::Name)
            }
            Some(ContractKey::Ref(reference)) => Some(ContractKey::Ref(reference)),
            None => {
                v.add("contract_ref", "is required; set contract or contract_external_ref");
                None
            }
        };
        let name = match self.name.as_str() {
            "" => None,
            name => v.check("obligation.name", parse_obligation_name(name)),
        };
        let reference = self.draft.external_ref.clone();
        if reference.is_none() {
            v.add("obligation.external_ref", "is required; by it the obligation is known when it is sent again");
        }
        let duty = self.draft.check().map_err(|found| v.nest("obligation", found)).ok();
        let done = self.fulfilled_on.map(|raw| done_day(raw, today)).transpose().map_err(|found| v.extend(found));
        let v = self.annotated.joined(v);
        match (contract, reference, duty, done) {
            (Some(contract), Some(reference), Some(duty), Ok(fulfilled_on)) if v.is_empty() => {
                Ok(ObligationRow { contract, name, reference, duty, fulfilled_on })
            }
            _ => Err(Fault::invalid(v)),
        }
    }
}
