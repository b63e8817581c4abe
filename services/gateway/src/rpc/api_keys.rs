//! `tributary.gateway.v1.ApiKeyService`.

use std::sync::Arc;

use tonic::{Request, Response, Status, async_trait};
use tributary_proto::tributary::gateway::v1::{
    ApiKey, Caller, CreateApiKeyRequest, CreateApiKeyResponse, GetCallerRequest, ListApiKeysRequest,
    ListApiKeysResponse, RevokeApiKeyRequest, api_key_service_server::ApiKeyService,
};
use tributary_rpc::{Edge, page};

use super::convert;
use crate::{
    app::{cache::KeyCache, create_key::create_key, list_keys::list_keys, revoke_key::revoke_key},
    ports::Ports,
};

/// Handlers of ApiKeyService.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    edge: Edge,
    ports: Ports,
    cache: Arc<KeyCache>,
}

impl ApiKeys {
    /// With the cache that authentication reads, so that a revocation is seen at once.
    #[must_use]
    pub fn new(edge: Edge, ports: Ports, cache: Arc<KeyCache>) -> Self {
        Self { edge, ports, cache }
    }
}

#[async_trait]
impl ApiKeyService for ApiKeys {
    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        let ports = self.ports.clone();
        let work = |context, query| async move {
            let (record, key) = create_key(&ports, &context, convert::new_key(query)?).await?;
            Ok(CreateApiKeyResponse { api_key: Some(convert::key_to_proto(&record)), secret: key.reveal() })
        };
        self.edge.write(request, work).await
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let work = |context, query: ListApiKeysRequest| async move {
            let after = convert::open(&query.page_token)?;
            let size = page::page_size(query.page_size);
            let (keys, next) = list_keys(&self.ports, &context, after.as_ref(), size).await?;
            Ok(ListApiKeysResponse {
                api_keys: keys.iter().map(convert::key_to_proto).collect(),
                next_page_token: next.as_ref().map(convert::seal).unwrap_or_default(),
            })
        };
        self.edge.read(request, work).await
    }

    async fn revoke_api_key(&self, request: Request<RevokeApiKeyRequest>) -> Result<Response<ApiKey>, Status> {
        let (ports, cache) = (self.ports.clone(), self.cache.clone());
        let work = |context, query: RevokeApiKeyRequest| async move {
            let prefix = convert::key_prefix(&query.name)?;
            Ok(convert::key_to_proto(&revoke_key(&ports, &cache, &context, prefix).await?))
        };
        self.edge.write(request, work).await
    }

    async fn get_caller(&self, request: Request<GetCallerRequest>) -> Result<Response<Caller>, Status> {
        let work = |context: tributary_core::RequestContext, _| async move {
            Ok(Caller {
                subject: context.subject,
                tenant: context.tenant.to_string(),
                roles: convert::roles_to_proto(&context.roles),
            })
        };
        self.edge.read(request, work).await
    }
}
