//! `TargetService`: decode, use case, encode.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::tributary::analytics::v1::{
    CreateTargetRequest, DeleteTargetRequest, DeleteTargetResponse, GetTargetProgressRequest, GetTargetRequest,
    ListTargetProgressRequest, ListTargetProgressResponse, ListTargetsRequest, ListTargetsResponse, Target,
    TargetProgress, UpdateTargetRequest, target_service_server::TargetService,
};
use tributary_rpc::{Edge, convert::resource_id, page::PageRequest, validate};
use tributary_sql::RequestKey;

use super::target_filter;
use crate::{
    app::targets::{CreateTarget, DeleteTarget, Targets, UpdateTarget},
    convert::{
        target::{aim, as_of, drafts, period},
        target_out::{progress_to_proto, target_to_proto},
    },
    ports::targets::TargetCondition,
};

/// Targets of a page of progress where the caller names no number, and the most there are: each is a pass over facts.
const PROGRESS_PAGE: (i32, i32) = (20, 100);
/// Limit of `request_id`, as in the contract.
const MAX_REQUEST_ID: usize = 64;

/// The handlers.
#[derive(Clone)]
pub struct TargetRpc {
    /// The use cases.
    pub targets: Arc<Targets>,
    /// The edge.
    pub edge: Edge,
}

#[tonic::async_trait]
impl TargetService for TargetRpc {
    async fn create_target(&self, request: Request<CreateTargetRequest>) -> Result<Response<Target>, Status> {
        let app = self.targets.clone();
        self.edge
            .write_unchecked(request, |caller, query: CreateTargetRequest| async move {
                let command = CreateTarget {
                    annotated: validate::validate(&query).err().unwrap_or_default(),
                    key: key(&caller, "CreateTarget", &query.request_id, &query),
                    drafts: drafts(query.target.unwrap_or_default()),
                    target_id: query.target_id,
                };
                Ok(target_to_proto(&app.create(&caller, command).await?))
            })
            .await
    }

    async fn update_target(&self, request: Request<UpdateTargetRequest>) -> Result<Response<Target>, Status> {
        let app = self.targets.clone();
        self.edge
            .write_unchecked(request, |caller, query: UpdateTargetRequest| async move {
                let key = key(&caller, "UpdateTarget", &query.request_id, &query);
                let command = UpdateTarget { key, ..update(query)? };
                Ok(target_to_proto(&app.update(&caller, command).await?))
            })
            .await
    }

    async fn delete_target(
        &self,
        request: Request<DeleteTargetRequest>,
    ) -> Result<Response<DeleteTargetResponse>, Status> {
        let app = self.targets.clone();
        self.edge
            .write(request, |caller, query: DeleteTargetRequest| async move {
                let key = key(&caller, "DeleteTarget", &query.request_id, &query);
                let id = resource_id("targets", &query.name, "name")?;
                app.delete(&caller, DeleteTarget { id, etag: query.etag, key }).await?;
                Ok(DeleteTargetResponse {})
            })
            .await
    }

    async fn get_target(&self, request: Request<GetTargetRequest>) -> Result<Response<Target>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("targets", &query.name, "name")?;
                Ok(target_to_proto(&self.targets.target(&caller, &id).await?))
            })
            .await
    }

    async fn list_targets(
        &self,
        request: Request<ListTargetsRequest>,
    ) -> Result<Response<ListTargetsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.targets, &caller, query).await }).await
    }

    async fn get_target_progress(
        &self,
        request: Request<GetTargetProgressRequest>,
    ) -> Result<Response<TargetProgress>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("targets", &query.name, "name")?;
                let as_of = as_of(query.as_of.as_ref(), query.confidence.as_ref())?;
                Ok(progress_to_proto(&self.targets.progress(&caller, &id, &as_of).await?))
            })
            .await
    }

    async fn list_target_progress(
        &self,
        request: Request<ListTargetProgressRequest>,
    ) -> Result<Response<ListTargetProgressResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list_progress(&self.targets, &caller, query).await }).await
    }
}

/// The key of a request, `None` without a `request_id`.
fn key(caller: &RequestContext, method: &str, request_id: &str, request: &impl prost::Message) -> Option<RequestKey> {
    RequestKey::new((&caller.tenant, &caller.scope), method, request_id, &request.encode_to_vec())
}

/// An update. The target of the request is not checked as a whole: it need not be one.
fn update(query: UpdateTargetRequest) -> Result<UpdateTarget, Fault> {
    let target = query
        .target
        .ok_or_else(|| Fault::invalid_field("target", "is required; give the name and the fields to change"))?;
    let (mut v, mut of_target) = (Violations::new(), Violations::new());
    let length = query.request_id.chars().count();
    if length > MAX_REQUEST_ID {
        v.add("request_id", format!("has {length} characters; at most {MAX_REQUEST_ID} are allowed"));
    }
    if query.request_id.contains('\0') {
        v.add("request_id", "has a NUL character; remove it");
    }
    let id = v.check("target.name", ResourceId::from_name("targets", &target.name));
    let aim = aim(&target, &mut of_target);
    v.nest("target", of_target);
    let id = match id {
        Some(id) if v.is_empty() => id,
        _ => return Err(Fault::invalid(v)),
    };
    let paths = query.update_mask.map(|mask| mask.paths).unwrap_or_default();
    Ok(UpdateTarget { id, aim, paths, etag: target.etag, key: None })
}

async fn list(app: &Targets, caller: &RequestContext, query: ListTargetsRequest) -> Result<ListTargetsResponse, Fault> {
    let parts = ["ListTargets", query.filter.as_str()];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let condition = target_filter::condition(&query.filter)?;
    let after = page.cursor.clone().unwrap_or_default();
    let mut found = app.targets(caller, condition.as_ref(), &after, page.limit()).await?;
    let next_page_token = page.cut(&mut found, &parts, |last| last.id.to_string());
    Ok(ListTargetsResponse { targets: found.iter().map(target_to_proto).collect(), next_page_token })
}

async fn list_progress(
    app: &Targets,
    caller: &RequestContext,
    query: ListTargetProgressRequest,
) -> Result<ListTargetProgressResponse, Fault> {
    let as_of = as_of(query.as_of.as_ref(), query.confidence.as_ref())?;
    let condition = period(&query.period)?.map(|period| TargetCondition::Period(period.to_string()));
    let shape = format!("{as_of:?}");
    let parts = ["ListTargetProgress", query.period.as_str(), shape.as_str()];
    let size = if query.page_size == 0 { PROGRESS_PAGE.0 } else { query.page_size.min(PROGRESS_PAGE.1) };
    let page = PageRequest::read(&parts, size, &query.page_token)?;
    let after = page.cursor.clone().unwrap_or_default();
    let mut targets = app.targets(caller, condition.as_ref(), &after, page.limit()).await?;
    let next_page_token = page.cut(&mut targets, &parts, |last| last.id.to_string());
    let measured = app.progress_of(caller, targets, &as_of).await?;
    Ok(ListTargetProgressResponse { progress: measured.iter().map(progress_to_proto).collect(), next_page_token })
}
