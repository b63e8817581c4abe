//! `ContractService`: decode, use case, encode.

use std::sync::Arc;

use prost::Message as _;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext};
use tributary_proto::tributary::contract::v1::{
    self as pb, CreateContractRequest, GetContractRequest, ListContractsRequest, ListContractsResponse,
    contract_service_server::ContractService,
};
use tributary_rpc::{Edge, convert::resource_id, page, validate};
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
            .write_unchecked(request, |caller, query: CreateContractRequest| async move {
                let body = query.encode_to_vec();
                let annotated = validate::validate(&query).err().unwrap_or_default();
                let create = CreateContract {
                    annotated,
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
                let id = resource_id("contracts", &query.name, "name")?;
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
        name => Some(resource_id("partners", name, "partner")?),
    };
    let parts = ["ListContracts", &query.partner];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let after = page.cursor.clone().unwrap_or_default();
    let mut list = app.contracts(caller, partner.as_ref(), &after, page.limit()).await?;
    Ok(ListContractsResponse {
        next_page_token: page.cut(&mut list, &parts, |last| last.id.to_string()),
        contracts: list.iter().map(contract_to_proto).collect(),
    })
}
