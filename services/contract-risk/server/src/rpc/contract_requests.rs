//! Requests of ContractService as commands.

use contract_risk_domain::Verb;
use prost::Message as _;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::tributary::contract::v1 as pb;
use tributary_rpc::{convert::resource_id, validate::validate};
use tributary_sql::RequestKey;

use crate::{
    app::{ContractAct, ContractChange, ContractRowDraft, CreateContract, RenewContract, UpdateContract},
    convert::{contract_row, draft, optional_date, signature},
};

pub(super) fn create(caller: &RequestContext, query: pb::CreateContractRequest) -> CreateContract {
    let body = query.encode_to_vec();
    CreateContract {
        annotated: validate(&query).err().unwrap_or_default(),
        key: RequestKey::new((&caller.tenant, &caller.scope), "CreateContract", &query.request_id, &body),
        draft: draft(query.contract.unwrap_or_default()),
        contract_id: query.contract_id,
    }
}

pub(super) fn update(caller: &RequestContext, query: pb::UpdateContractRequest) -> UpdateContract {
    let body = query.encode_to_vec();
    let annotated = validate(&query).err().unwrap_or_default();
    let key = RequestKey::new((&caller.tenant, &caller.scope), "UpdateContract", &query.request_id, &body);
    let contract = query.contract.unwrap_or_default();
    UpdateContract {
        annotated,
        name: contract.name.clone(),
        etag: contract.etag.clone(),
        draft: draft(contract),
        paths: query.update_mask.map(|mask| mask.paths).unwrap_or_default(),
        note: query.note,
        key,
    }
}

/// A request that names a contract and its etag.
struct Said {
    name: String,
    etag: String,
    reason: String,
    request_id: String,
    body: Vec<u8>,
}

impl Said {
    fn change(self, caller: &RequestContext, verb: Verb, act: ContractAct) -> Result<ContractChange, Fault> {
        Ok(ContractChange {
            id: resource_id("contracts", &self.name, "name")?,
            etag: self.etag,
            reason: self.reason,
            act,
            key: RequestKey::new((&caller.tenant, &caller.scope), verb.method(), &self.request_id, &self.body),
        })
    }
}

macro_rules! said {
    ($query:ident) => {
        Said {
            body: $query.encode_to_vec(),
            name: $query.name,
            etag: $query.etag,
            reason: $query.reason,
            request_id: $query.request_id,
        }
    };
}

/// A verb that takes nothing but a reason.
macro_rules! steps {
    ($($name:ident: $request:ident, $verb:ident, $act:expr;)*) => {
        $(pub(super) fn $name(caller: &RequestContext, query: pb::$request) -> Result<ContractChange, Fault> {
            said!(query).change(caller, Verb::$verb, $act)
        })*
    };
}

steps! {
    negotiate: NegotiateContractRequest, Negotiate, ContractAct::Step(Verb::Negotiate);
    submit: SubmitContractRequest, Submit, ContractAct::Step(Verb::Submit);
    give_back: ReturnContractRequest, Return, ContractAct::Step(Verb::Return);
    approve: ApproveContractRequest, Approve, ContractAct::Approve;
    withdraw: WithdrawContractRequest, Withdraw, ContractAct::Step(Verb::Withdraw);
}

pub(super) fn sign(caller: &RequestContext, mut query: pb::SignContractRequest) -> Result<ContractChange, Fault> {
    let body = query.encode_to_vec();
    let mut v = Violations::new();
    let said = query.signature.take().unwrap_or_default();
    let signature = signature(said).map_err(|found| v.nest("signature", found)).ok();
    let Some(signature) = signature else { return Err(Fault::invalid(v)) };
    Said { body, ..said!(query) }.change(caller, Verb::Sign, ContractAct::Sign(signature))
}

pub(super) fn terminate(caller: &RequestContext, query: pb::TerminateContractRequest) -> Result<ContractChange, Fault> {
    let notice_on = optional_date("notice_on", query.notice_on)?;
    said!(query).change(caller, Verb::Terminate, ContractAct::Terminate(notice_on))
}

pub(super) fn renew(caller: &RequestContext, query: pb::RenewContractRequest) -> Result<RenewContract, Fault> {
    let body = query.encode_to_vec();
    let mut v = Violations::new();
    let effective_to = query.effective_to.map(|day| v.check("effective_to", tributary_rpc::convert::date(&day)));
    let successor = match query.contract_id.as_str() {
        "" => None,
        given => v.check("contract_id", ResourceId::parse(given)),
    };
    v.into_result()?;
    Ok(RenewContract {
        id: resource_id("contracts", &query.name, "name")?,
        etag: query.etag,
        reason: query.reason,
        effective_to: effective_to.flatten(),
        successor,
        key: RequestKey::new((&caller.tenant, &caller.scope), Verb::Renew.method(), &query.request_id, &body),
    })
}

/// The rows of an import, each with what its own annotations refuse; what is wrong with the request as a whole.
pub(super) fn import(
    caller: &RequestContext,
    query: pb::ImportContractsRequest,
) -> Result<(Vec<ContractRowDraft>, Option<RequestKey>), Fault> {
    validate(&query).map_err(Fault::invalid)?;
    let key =
        RequestKey::new((&caller.tenant, &caller.scope), "ImportContracts", &query.request_id, &query.encode_to_vec());
    let rows = query.contracts.into_iter().map(|row| {
        let annotated = validate(&row).err().unwrap_or_default();
        contract_row(row, annotated)
    });
    Ok((rows.collect(), key))
}
