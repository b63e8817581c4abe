//! `tributary.gateway.v1.ApiKeyService`.

use std::sync::Arc;

use tonic::{Request, Response, Status, async_trait};
use tributary_proto::tributary::gateway::v1::{
    ApiKey, Caller, CreateApiKeyRequest, CreateApiKeyResponse, GetCallerRequest, ListApiKeysRequest,
    ListApiKeysResponse, RevokeApiKeyRequest, api_key_service_server::ApiKeyService,
};
use tributary_rpc::{Edge, page::PageRequest};

use super::convert;
use crate::{
    app::{cache::KeyCache, create_key::create_key, list_keys::list_keys, revoke_key::revoke_key},
    ports::{KeyNews, Ports},
};

/// What binds a page token to ListApiKeys.
const QUERY: &[&str] = &["tributary.gateway.v1.ApiKeyService/ListApiKeys"];

/// Handlers of ApiKeyService.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    edge: Edge,
    ports: Ports,
    cache: Arc<KeyCache>,
    news: Arc<dyn KeyNews>,
}

impl ApiKeys {
    /// With the cache that authentication reads, so that a revocation is seen at once, and the way to tell others.
    #[must_use]
    pub fn new(edge: Edge, ports: Ports, cache: Arc<KeyCache>, news: Arc<dyn KeyNews>) -> Self {
        Self { edge, ports, cache, news }
    }
}

#[async_trait]
impl ApiKeyService for ApiKeys {
    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        let ports = self.ports.clone();
        let work = |context, query: CreateApiKeyRequest| async move {
            let request_id = query.request_id.clone();
            let (record, key) = create_key(&ports, &context, convert::new_key(query)?, &request_id).await?;
            Ok(CreateApiKeyResponse { api_key: Some(convert::key_to_proto(&record)), secret: key.reveal() })
        };
        self.edge.write(request, work).await
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let work = |context, query: ListApiKeysRequest| async move {
            let page = PageRequest::read(QUERY, query.page_size, &query.page_token)?;
            let after = page.cursor.as_deref().map(convert::read_cursor).transpose()?;
            let mut keys = list_keys(&self.ports, &context, after.as_ref(), page.limit()).await?;
            let next_page_token = page.cut(&mut keys, QUERY, convert::cursor);
            Ok(ListApiKeysResponse { api_keys: keys.iter().map(convert::key_to_proto).collect(), next_page_token })
        };
        self.edge.read(request, work).await
    }

    async fn revoke_api_key(&self, request: Request<RevokeApiKeyRequest>) -> Result<Response<ApiKey>, Status> {
        let (ports, cache, news) = (self.ports.clone(), self.cache.clone(), self.news.clone());
        let work = |context, query: RevokeApiKeyRequest| async move {
            let prefix = convert::key_prefix(&query.name)?;
            Ok(convert::key_to_proto(&revoke_key(&ports, (&cache, news.as_ref()), &context, prefix).await?))
        };
        self.edge.write(request, work).await
    }

    async fn get_caller(&self, request: Request<GetCallerRequest>) -> Result<Response<Caller>, Status> {
        let work = |context: tributary_core::RequestContext, _| async move {
            Ok(Caller {
                partners: context.scope.partners().to_vec(),
                subject: context.subject,
                tenant: context.tenant.to_string(),
                roles: convert::roles_to_proto(&context.roles),
            })
        };
        self.edge.read(request, work).await
    }
}
