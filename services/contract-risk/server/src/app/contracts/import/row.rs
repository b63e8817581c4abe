//! A row of an import: as it is stated, and checked as far as it can be without the store.

use contract_risk_domain::{Contract, ContractState, Draft, ExternalRef, Standing, Terms};
use tributary_core::{Date, Fault, ResourceId, Violations};

/// A row as the caller states it.
#[derive(Debug, Clone)]
pub struct ContractRowDraft {
    /// What the annotations of the row refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// Resource name for a new contract, unchecked; generated when empty.
    pub name: String,
    /// Etag that must agree, empty for any.
    pub etag: String,
    /// What it says, unchecked.
    pub draft: Draft,
    /// Number of the state; 0: draft.
    pub state: i32,
    /// For a contract under notice: the end of the buffer, unchecked.
    pub terminates_on: Option<(i32, i32, i32)>,
}

/// A row that may be taken.
#[derive(Debug, Clone)]
pub struct ContractRow {
    pub(super) id: Option<ResourceId>,
    pub(super) etag: String,
    pub(super) reference: ExternalRef,
    pub(super) terms: Terms,
    pub(super) standing: Standing,
}

impl ContractRowDraft {
    /// Checks everything that can be checked without the store.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation.
    pub fn check(self) -> Result<ContractRow, Fault> {
        let mut v = Violations::new();
        let id = match self.name.as_str() {
            "" => None,
            name => v.check("contract.name", ResourceId::from_name("contracts", name)),
        };
        let reference = self.draft.external_refs.first().cloned();
        if reference.is_none() {
            v.add("contract.external_refs", "is empty; give at least one ref, by which the contract is known");
        }
        let terms = self.draft.check().map_err(|found| v.nest("contract", found)).ok();
        let standing = standing(&mut v, self.state, self.terminates_on, terms.as_ref());
        let v = self.annotated.joined(v);
        match (reference, terms, standing) {
            (Some(reference), Some(terms), Some(standing)) if v.is_empty() => {
                Ok(ContractRow { id, etag: self.etag, reference, terms, standing })
            }
            _ => Err(Fault::invalid(v)),
        }
    }
}

fn standing(
    v: &mut Violations,
    state: i32,
    terminates_on: Option<(i32, i32, i32)>,
    terms: Option<&Terms>,
) -> Option<Standing> {
    let day = terminates_on.and_then(|(year, month, day)| v.check("terminates_on", Date::from_ymd(year, month, day)));
    let terminating = ContractState::from_number(state) == Some(ContractState::Terminating);
    match (terminates_on, terminating) {
        (None, true) => {
            v.add("terminates_on", "is required for a contract under notice; state the first day after its buffer");
        }
        (Some(_), false) => v.add("terminates_on", "is only for a contract in state TERMINATING; leave it out"),
        _ => {}
    }
    if let (Some(day), Some(terms)) = (day, terms) {
        if day < terms.effective_from {
            v.add("terminates_on", format!("{day} is before effective_from {}", terms.effective_from));
        }
        if let Some(to) = terms.effective_to.filter(|to| day > *to) {
            v.add("terminates_on", format!("{day} is after effective_to {to}, with which the contract ends anyway"));
        }
    }
    match ContractState::from_number(state) {
        None if state == 0 => Some(Standing::Draft),
        Some(ContractState::Draft) => Some(Standing::Draft),
        Some(ContractState::Signed) => Some(Standing::Signed),
        Some(ContractState::Terminating) => day.map(Standing::Terminating),
        _ => {
            v.add("state", "a contract is taken over as DRAFT, SIGNED or TERMINATING; the calendar does the rest");
            None
        }
    }
}

impl ContractRow {
    /// What the row makes of the terms of a contract that is known.
    pub(super) fn terms_over(&self, known: &Contract) -> Result<Terms, Violations> {
        let mut v = Violations::new();
        if let Some(id) = self.id.as_ref().filter(|id| **id != known.id) {
            let message =
                format!("contracts/{id} has not the first external ref, {} has; correct one of them", known.name());
            v.add("contract.name", message);
        }
        if self.terms.partner != known.terms.partner {
            let (now, was) = (&self.terms.partner, &known.terms.partner);
            v.add(
                "contract.partner",
                format!("partners/{now} is not partners/{was}, with which {} was made", known.name()),
            );
        }
        // Merged refs and labels may be too many.
        let merged = self.terms.clone().keeping(&known.terms);
        let checked = Draft::from(&merged).check().map_err(|found| v.nest("contract", found));
        checked.ok().filter(|_| v.is_empty()).ok_or(v)
    }
}
