//! Creates a contract as a draft.

use async_trait::async_trait;
use contract_risk_domain::{Contract, Draft, Terms};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_sql::RequestKey;

use super::{
    Contracts,
    changes::Changes,
    command::{Call, Command, Once, Refusal},
};
use crate::ports::ContractTx;

/// The contract to create.
#[derive(Debug, Clone)]
pub struct CreateContract {
    /// What the annotations of the request refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// What it says, unchecked.
    pub draft: Draft,
    /// Id as given, unchecked; generated when empty.
    pub contract_id: String,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Contracts {
    /// Creates a contract; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `CONTRACT_EXISTS`, `EXTERNAL_REF_TAKEN`, `REQUEST_ID_REUSED`.
    pub async fn create(&self, caller: &RequestContext, request: CreateContract) -> Result<Contract, Fault> {
        let CreateContract { annotated, draft, contract_id, key } = request;
        let mut violations = Violations::new();
        let id = match contract_id.as_str() {
            "" => Some(self.ids.resource_id('c')),
            given => violations.check("contract_id", ResourceId::parse(given)),
        };
        let terms = draft.check().map_err(|v| violations.nest("contract", v)).ok();
        let violations = annotated.joined(violations);
        let (Some(id), Some(terms), true) = (id, terms, violations.is_empty()) else {
            return Err(Fault::invalid(violations));
        };
        let command = Once { key: key.as_ref(), command: Create { id, terms } };
        self.execute(&caller.tenant, &caller.subject, &command).await
    }
}

struct Create {
    id: ResourceId,
    terms: Terms,
}

#[async_trait]
impl Command for Create {
    type Answer = Contract;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Contract, Refusal> {
        let refs = &self.terms.external_refs;
        let holders = tx.contract_holders(call.tenant, std::slice::from_ref(&self.id), refs).await?;
        holders.check_id(&self.id)?;
        holders.check_refs(&self.id, &self.terms)?;
        let uid = call.app.ids.uuid().to_string();
        let contract = Contract::new(self.id.clone(), uid, self.terms.clone(), call.actor, call.now);
        let mut changes = Changes::default();
        changes.created(&contract, call.actor, "");
        changes.save(call, tx).await?;
        Ok(contract)
    }
}
