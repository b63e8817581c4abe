//! Creates a contract as a draft.

use contract_risk_domain::{Contract, Draft, ExternalRef, reasons, resource_name};
use prost::Message as _;
use tributary_core::{Fault, NewEvent, RequestContext, ResourceId, Violations};
use tributary_proto::tributary::contract::v1::ContractCreated;
use tributary_sql::{RequestKey, answer, recall_answer};

use super::App;
use crate::{convert::contract_to_proto, ports::Inserted};

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

impl App {
    /// Creates a contract; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `CONTRACT_EXISTS`, `EXTERNAL_REF_TAKEN`, `REQUEST_ID_REUSED`.
    pub async fn create_contract(&self, caller: &RequestContext, request: CreateContract) -> Result<Contract, Fault> {
        let CreateContract { annotated, draft, contract_id, key } = request;
        let mut violations = Violations::new();
        let id = match contract_id.as_str() {
            "" => None,
            given => violations.check("contract_id", ResourceId::parse(given)),
        };
        let terms = draft.check().map_err(|v| violations.nest("contract", v)).ok();
        let violations = annotated.joined(violations);
        let Some(terms) = terms.filter(|_| violations.is_empty()) else { return Err(Fault::invalid(violations)) };

        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(key) = &key
            && let Some(first) = recall_answer(tx.recall(key, now).await?)?
        {
            return Ok(first);
        }
        let id = id.unwrap_or_else(|| self.ids.resource_id('c'));
        let contract = Contract::new(id, self.ids.uuid().to_string(), terms, now);
        match tx.insert_contract(&caller.tenant, &contract).await? {
            Inserted::Yes => {}
            Inserted::IdTaken => return Err(exists(&contract)),
            Inserted::RefTaken { reference, holder } => return Err(ref_taken(&reference, &holder)),
        }
        let created = ContractCreated { contract: Some(contract_to_proto(&contract)) };
        tx.publish(NewEvent {
            id: self.ids.uuid(),
            tenant: caller.tenant.clone(),
            event_type: "tributary.contract.v1.ContractCreated".to_owned(),
            subject: contract.name(),
            time: now,
            data: created.encode_to_vec(),
        })
        .await?;
        if let Some(key) = &key {
            tx.remember(key, &answer(&contract)?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(contract)
    }
}

fn exists(contract: &Contract) -> Fault {
    let name = contract.name();
    Fault::new(reasons::CONTRACT_EXISTS, format!("{name} exists; choose another contract_id")).with("contract", name)
}

fn ref_taken(reference: &ExternalRef, holder: &str) -> Fault {
    let (holder, ExternalRef { system, id }) = (resource_name(holder), reference);
    let message = format!("{holder} has the external ref {system} {id:?}; correct the ref or use that contract");
    Fault::new(reasons::EXTERNAL_REF_TAKEN, message).with("contract", holder).with("system", system).with("id", id)
}
