//! Changes the terms of a contract.

use async_trait::async_trait;
use contract_risk_domain::{Contract, Draft, Mask, Terms};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_sql::RequestKey;

use super::{
    Contracts,
    changes::Changes,
    command::{Call, Command, Once, Refusal},
    keys::lock,
};
use crate::ports::ContractTx;

/// The change.
#[derive(Debug, Clone)]
pub struct UpdateContract {
    /// What the annotations of the request refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// Resource name, unchecked.
    pub name: String,
    /// Etag of what was read, unchecked.
    pub etag: String,
    /// The new values, unchecked.
    pub draft: Draft,
    /// Paths to change, unchecked; empty: every field that is set.
    pub paths: Vec<String>,
    /// What the author says of it.
    pub note: String,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Contracts {
    /// Changes the fields of the mask; nothing when none of them differs.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`, `ETAG_MISMATCH`, `INVALID_REQUEST` with every violation, `CONTRACT_NOT_EDITABLE`,
    /// `EXTERNAL_REF_TAKEN`, `REQUEST_ID_REUSED`.
    pub async fn update(&self, caller: &RequestContext, request: UpdateContract) -> Result<Contract, Fault> {
        let UpdateContract { annotated, name, etag, draft, paths, note, key } = request;
        let mut violations = Violations::new();
        let id = violations.check("contract.name", ResourceId::from_name("contracts", &name));
        if etag.is_empty() {
            violations.add("contract.etag", "is required; send the etag of the contract as you have read it");
        }
        let mask = match paths.as_slice() {
            [] => Some(Mask::of_set_fields(&draft)),
            paths => Mask::parse(paths).map_err(|v| violations.extend(v)).ok(),
        };
        let mut violations = annotated.joined(violations);
        if let (Some(id), Some(mask)) = (&id, &mask)
            && !violations.is_empty()
            && let Some(known) = self.store.contract(&caller.tenant, id.as_str()).await?
            && let Err(found) = merged(&known, mask, &draft)
        {
            violations = violations.joined(found);
        }
        let (Some(id), Some(mask), true) = (id, mask, violations.is_empty()) else {
            return Err(Fault::invalid(violations));
        };
        let command = Once { key: key.as_ref(), command: Update { id, etag, draft, mask, note } };
        self.execute(&caller.tenant, &caller.subject, &command).await
    }
}

/// The terms of a contract with the fields of the mask taken from a draft.
fn merged(contract: &Contract, mask: &Mask, draft: &Draft) -> Result<Terms, Violations> {
    let mut violations = Violations::new();
    let partner = format!("partners/{}", contract.terms.partner);
    if !draft.partner.is_empty() && draft.partner != partner {
        let message =
            format!("{:?} is not {partner}, which is fixed; withdraw this contract and create another", draft.partner);
        violations.add("contract.partner", message);
    }
    let terms = mask.apply(&contract.terms, draft).check().map_err(|v| violations.nest("contract", v));
    terms.ok().filter(|_| violations.is_empty()).ok_or(violations)
}

struct Update {
    id: ResourceId,
    etag: String,
    draft: Draft,
    mask: Mask,
    note: String,
}

#[async_trait]
impl Command for Update {
    type Answer = Contract;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Contract, Refusal> {
        let before = lock(call, tx, &self.id).await?;
        before.check_etag(&self.etag)?;
        let terms = merged(&before, &self.mask, &self.draft).map_err(Fault::invalid)?;
        let Some(after) = before.update(terms, call.actor, call.now)? else { return Ok(before) };
        let holders = tx.contract_holders(call.tenant, &[], &after.terms.external_refs).await?;
        holders.check_refs(&after.id, &after.terms)?;
        let mut changes = Changes::default();
        changes.rewritten(&before, &after, call.actor, &self.note);
        changes.save(call, tx).await?;
        Ok(after)
    }
}
