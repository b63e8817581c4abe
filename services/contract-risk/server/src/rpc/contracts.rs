//! `ContractService`: decode, use case, encode.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, fault::common::PAGE_TOKEN_INVALID};
use tributary_proto::tributary::contract::v1::{self as pb, contract_service_server::ContractService};
use tributary_rpc::{Edge, convert::resource_id, page::PageRequest};

use super::{bounded::fill, contract_filter::condition, contract_requests as requests};
use crate::{
    app::{ContractChange, Contracts},
    convert::{contract_revision_to_proto, contract_to_proto, contract_transition_to_proto, term_change_to_proto},
    ports::{ContractCondition, ContractQuery},
};

/// The handlers of `ContractService`.
#[derive(Clone)]
pub struct ContractRpc {
    /// The use cases.
    pub app: Arc<Contracts>,
    /// The edge.
    pub edge: Edge,
}

type Answer<T> = Result<Response<T>, Status>;

impl ContractRpc {
    async fn change<Q>(
        &self,
        request: Request<Q>,
        read: fn(&RequestContext, Q) -> Result<ContractChange, Fault>,
    ) -> Answer<pb::Contract>
    where
        Q: prost::Message + prost::Name + 'static,
    {
        let app = self.app.clone();
        self.edge
            .write(request, move |caller, query| async move {
                let change = read(&caller, query)?;
                Ok(contract_to_proto(&app.change(&caller, change).await?))
            })
            .await
    }
}

#[tonic::async_trait]
impl ContractService for ContractRpc {
    async fn create_contract(&self, request: Request<pb::CreateContractRequest>) -> Answer<pb::Contract> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query| async move {
                let create = requests::create(&caller, query);
                Ok(contract_to_proto(&app.create(&caller, create).await?))
            })
            .await
    }

    async fn get_contract(&self, request: Request<pb::GetContractRequest>) -> Answer<pb::Contract> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("contracts", &query.name, "name")?;
                Ok(contract_to_proto(&self.app.contract(&caller, &id).await?))
            })
            .await
    }

    async fn list_contracts(&self, request: Request<pb::ListContractsRequest>) -> Answer<pb::ListContractsResponse> {
        self.edge.read(request, |caller, query| async move { self.list(&caller, query).await }).await
    }

    async fn update_contract(&self, request: Request<pb::UpdateContractRequest>) -> Answer<pb::Contract> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query| async move {
                let update = requests::update(&caller, query);
                Ok(contract_to_proto(&app.update(&caller, update).await?))
            })
            .await
    }

    async fn negotiate_contract(&self, request: Request<pb::NegotiateContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::negotiate).await
    }

    async fn submit_contract(&self, request: Request<pb::SubmitContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::submit).await
    }

    async fn return_contract(&self, request: Request<pb::ReturnContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::give_back).await
    }

    async fn approve_contract(&self, request: Request<pb::ApproveContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::approve).await
    }

    async fn sign_contract(&self, request: Request<pb::SignContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::sign).await
    }

    async fn terminate_contract(&self, request: Request<pb::TerminateContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::terminate).await
    }

    async fn withdraw_contract(&self, request: Request<pb::WithdrawContractRequest>) -> Answer<pb::Contract> {
        self.change(request, requests::withdraw).await
    }

    async fn renew_contract(&self, request: Request<pb::RenewContractRequest>) -> Answer<pb::Contract> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query| async move {
                let renew = requests::renew(&caller, query)?;
                Ok(contract_to_proto(&app.renew(&caller, renew).await?))
            })
            .await
    }

    async fn list_contract_revisions(
        &self,
        request: Request<pb::ListContractRevisionsRequest>,
    ) -> Answer<pb::ListContractRevisionsResponse> {
        self.edge
            .read(request, |caller, query| async move {
                let key = ["ListContractRevisions", query.name.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let id = resource_id("contracts", &query.name, "name")?;
                let cursor = |revision: &contract_risk_domain::Revision| revision.revision.to_string();
                let fetch = |before: Option<String>, limit| {
                    let (caller, id) = (&caller, &id);
                    async move { self.app.revisions(caller, id, number(before.as_deref())?, limit).await }
                };
                let (revisions, next_page_token) = fill(&page, &key, cursor, contract_revision_to_proto, fetch).await?;
                Ok(pb::ListContractRevisionsResponse { revisions, next_page_token })
            })
            .await
    }

    async fn compare_contract_revisions(
        &self,
        request: Request<pb::CompareContractRevisionsRequest>,
    ) -> Answer<pb::CompareContractRevisionsResponse> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("contracts", &query.name, "name")?;
                let asked = |number: i32| (number > 0).then_some(i64::from(number));
                let compared =
                    self.app.compare(&caller, &id, asked(query.from_revision), asked(query.to_revision)).await?;
                let revision = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
                Ok(pb::CompareContractRevisionsResponse {
                    from_revision: revision(compared.from),
                    to_revision: revision(compared.to),
                    changes: compared.changes.into_iter().map(term_change_to_proto).collect(),
                })
            })
            .await
    }

    async fn list_contract_transitions(
        &self,
        request: Request<pb::ListContractTransitionsRequest>,
    ) -> Answer<pb::ListContractTransitionsResponse> {
        self.edge
            .read(request, |caller, query| async move {
                let key = ["ListContractTransitions", query.name.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let id = resource_id("contracts", &query.name, "name")?;
                let after = number(page.cursor.as_deref())?.unwrap_or_default();
                let mut found = self.app.transitions(&caller, &id, after, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |transition| transition.version.to_string());
                let transitions = found.into_iter().map(contract_transition_to_proto).collect();
                Ok(pb::ListContractTransitionsResponse { transitions, next_page_token })
            })
            .await
    }

    async fn import_contracts(
        &self,
        request: Request<pb::ImportContractsRequest>,
    ) -> Answer<pb::ImportContractsResponse> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query| async move {
                let (rows, key) = requests::import(&caller, query)?;
                app.import(&caller, rows, key).await
            })
            .await
    }
}

impl ContractRpc {
    async fn list(
        &self,
        caller: &RequestContext,
        query: pb::ListContractsRequest,
    ) -> Result<pb::ListContractsResponse, Fault> {
        let key = ["ListContracts", query.partner.as_str(), query.filter.as_str()];
        let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
        let of_partner = match query.partner.as_str() {
            "" => None,
            name => Some(ContractCondition::Partner(resource_id("partners", name, "partner")?)),
        };
        let conditions: Vec<_> = of_partner.into_iter().chain(condition(&caller.scope, &query.filter)?).collect();
        let condition = (!conditions.is_empty()).then_some(ContractCondition::All(conditions));
        let id = |contract: &contract_risk_domain::Contract| contract.id.to_string();
        let fetch = |after: Option<String>, limit| {
            let query = ContractQuery { condition: condition.clone(), after: after.unwrap_or_default(), limit };
            async move { self.app.contracts(caller, query).await }
        };
        let (contracts, next_page_token) = fill(&page, &key, id, contract_to_proto, fetch).await?;
        Ok(pb::ListContractsResponse { contracts, next_page_token })
    }
}

/// A number out of a cursor of ours.
fn number(cursor: Option<&str>) -> Result<Option<i64>, Fault> {
    let broken = |_| Fault::new(PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page");
    cursor.map(|text| text.parse().map_err(broken)).transpose()
}
