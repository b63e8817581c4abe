//! `ContractService`: decode, use case, encode.

use std::sync::Arc;

use contract_risk_domain::Contract;
use prost::Message as _;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_proto::tributary::contract::v1::{
    self as pb, CreateContractRequest, GetContractRequest, ListContractsRequest, ListContractsResponse,
    contract_service_server::ContractService,
};
use tributary_rpc::{Edge, page};
use tributary_sql::RequestKey;

use crate::{
    app::{App, CreateContract},
    convert::{contract_to_proto, draft},
};

/// The handlers of this server.
#[derive(Clone)]
pub struct Rpc {
    /// The use cases.
    pub app: Arc<App>,
    /// The edge.
    pub edge: Edge,
}

#[tonic::async_trait]
impl ContractService for Rpc {
    async fn create_contract(&self, request: Request<CreateContractRequest>) -> Result<Response<pb::Contract>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query| async move {
                let body = query.encode_to_vec();
                let create = CreateContract {
                    key: RequestKey::new(&caller.tenant, "CreateContract", &query.request_id, &body),
                    draft: draft(query.contract.unwrap_or_default()),
                    contract_id: query.contract_id,
                };
                Ok(contract_to_proto(&app.create_contract(&caller, create).await?))
            })
            .await
    }

    async fn get_contract(&self, request: Request<GetContractRequest>) -> Result<Response<pb::Contract>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = id_of("contracts", &query.name, "name")?;
                Ok(contract_to_proto(&self.app.contract(&caller, &id).await?))
            })
            .await
    }

    async fn list_contracts(
        &self,
        request: Request<ListContractsRequest>,
    ) -> Result<Response<ListContractsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.app, &caller, query).await }).await
    }
}

async fn list(app: &App, caller: &RequestContext, query: ListContractsRequest) -> Result<ListContractsResponse, Fault> {
    let partner = match query.partner.as_str() {
        "" => None,
        name => Some(id_of("partners", name, "partner")?),
    };
    let parts = ["ListContracts", &query.partner];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let after = page.cursor.unwrap_or_default();
    // One more than asked for: it tells whether there is a next page.
    let mut list = app.contracts(caller, partner.as_ref(), &after, page.size.saturating_add(1)).await?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let more = list.len() > size;
    list.truncate(size);
    let token = |last: &Contract| page::seal(&parts, last.id.as_str());
    Ok(ListContractsResponse {
        next_page_token: list.last().filter(|_| more).map(token).unwrap_or_default(),
        contracts: list.iter().map(contract_to_proto).collect(),
    })
}

fn id_of(collection: &str, name: &str, field: &str) -> Result<ResourceId, Fault> {
    ResourceId::from_name(collection, name).map_err(|e| Fault::invalid_field(field, e))
}
