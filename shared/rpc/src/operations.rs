//! Long-running operations (AIP-151) over the rows that `tributary-sql` keeps: `google.longrunning.Operations`.
//!
//! The name tells the area, so that the gateway knows which service to ask: "operations/incentive-0192f7c4…".

use std::{sync::Arc, time::Duration};

use prost::Message as _;
use prost_types::Any;
use tonic::{Request, Response, Status};
use tributary_core::{Clock, Fault, RequestContext, fault::common};
use tributary_proto::google::{
    longrunning::{
        CancelOperationRequest, DeleteOperationRequest, GetOperationRequest, ListOperationsRequest,
        ListOperationsResponse, Operation, WaitOperationRequest, operation::Result as Outcome,
        operations_server::Operations,
    },
    rpc,
};
use tributary_sql::{OperationRecord, OperationState, OperationStore};
use uuid::Uuid;

use crate::{Edge, layers::deadline, page::PageRequest, status};

/// How often Wait looks at the store.
const POLL: Duration = Duration::from_millis(200);
/// How long Wait waits when the caller does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(20);
/// What Wait leaves of the deadline for the answer itself.
const MARGIN: Duration = Duration::from_millis(500);

/// The resource name of an operation. Example: "operations/incentive-0192f7c4a1b27c3d8e9f0123456789ab".
#[must_use]
pub fn operation_name(area: &str, id: Uuid) -> String {
    format!("operations/{area}-{}", id.simple())
}

/// The id in the name of an operation of an area.
///
/// # Errors
/// `OPERATION_NOT_FOUND`: what is not such a name cannot exist here.
pub fn operation_id(area: &str, name: &str) -> Result<Uuid, Fault> {
    let id = name.strip_prefix("operations/").and_then(|rest| rest.strip_prefix(area)?.strip_prefix('-'));
    id.and_then(|id| Uuid::try_parse(id).ok())
        .filter(|id| operation_name(area, *id) == name)
        .ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Fault {
    Fault::new(common::OPERATION_NOT_FOUND, format!("{name:?} does not exist; list the operations for their names"))
        .with("resource", name)
}

/// An operation as the API shows it. The error domain is "`area`.tributary".
#[must_use]
pub fn to_proto(record: &OperationRecord, area: &str) -> Operation {
    let any = |bytes: &[u8]| if bytes.is_empty() { None } else { Any::decode(bytes).ok() };
    let failed = |fault: &Fault| Outcome::Error(status::to_rpc_status(fault, &format!("{area}.tributary")));
    let result = match record.state {
        OperationState::Pending | OperationState::Running => None,
        OperationState::Succeeded => Some(Outcome::Response(any(&record.response).unwrap_or_default())),
        OperationState::Failed => Some(match rpc::Status::decode(&*record.error) {
            Ok(error) if error.code != 0 => Outcome::Error(error),
            _ => failed(&Fault::internal("a failed operation without an error")),
        }),
        OperationState::Cancelled => Some(failed(&Fault::new(common::CANCELLED, "the operation was cancelled"))),
    };
    Operation {
        name: operation_name(area, record.id),
        metadata: any(&record.metadata),
        done: record.state.is_final(),
        result,
    }
}

/// Serves the operations of one area. Every caller sees those of its tenant.
#[derive(Clone)]
pub struct OperationsService {
    edge: Edge,
    area: &'static str,
    store: Arc<dyn OperationStore>,
    clock: Arc<dyn Clock>,
}

impl OperationsService {
    /// For an area such as "incentive". Add it with `OperationsServer::new(…)` of `google::longrunning`.
    #[must_use]
    pub fn new(edge: Edge, area: &'static str, store: Arc<dyn OperationStore>, clock: Arc<dyn Clock>) -> Self {
        Self { edge, area, store, clock }
    }

    async fn record(&self, context: &RequestContext, name: &str) -> Result<OperationRecord, Fault> {
        let id = operation_id(self.area, name)?;
        self.store.get(&context.tenant, id).await?.ok_or_else(|| missing(name))
    }

    async fn list(
        &self,
        context: &RequestContext,
        query: &ListOperationsRequest,
    ) -> Result<ListOperationsResponse, Fault> {
        if !matches!(&*query.name, "" | "operations") {
            return Err(Fault::invalid_field(
                "name",
                format!("{:?} has no operations; use \"operations\"", query.name),
            ));
        }
        if !query.filter.is_empty() {
            return Err(Fault::new(common::FILTER_INVALID, "operations cannot be filtered; leave the filter empty"));
        }
        let key = ["operations", self.area];
        let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
        let after = page.cursor.as_deref().map(Uuid::try_parse).transpose();
        let after = after.map_err(|_| Fault::new(common::PAGE_TOKEN_INVALID, "the page token is not of this query"))?;
        let mut records = self.store.list(&context.tenant, after, page.limit()).await?;
        let next_page_token = page.cut(&mut records, &key, |last| last.id.simple().to_string());
        let operations = records.iter().map(|record| to_proto(record, self.area)).collect();
        Ok(ListOperationsResponse { operations, next_page_token, ..Default::default() })
    }

    async fn cancel(&self, context: &RequestContext, name: &str) -> Result<(), Fault> {
        let record = self.record(context, name).await?;
        // `false` means that it ended in the meantime, which is as good as cancelled.
        let asked = self.store.request_cancel(&context.tenant, record.id, self.clock.now()).await?;
        tracing::info!(operation = name, asked, "cancellation asked for");
        Ok(())
    }

    async fn wait(&self, context: &RequestContext, query: &WaitOperationRequest) -> Result<Operation, Fault> {
        let asked = query.timeout.and_then(|timeout| Duration::try_from(timeout).ok()).unwrap_or(DEFAULT_WAIT);
        let left = deadline::remaining().map_or(asked, |left| left.saturating_sub(MARGIN).min(asked));
        let end = tokio::time::Instant::now().checked_add(left);
        loop {
            let record = self.record(context, &query.name).await?;
            let now = tokio::time::Instant::now();
            match end.and_then(|end| end.checked_duration_since(now)).filter(|left| !left.is_zero()) {
                Some(left) if !record.state.is_final() => tokio::time::sleep(left.min(POLL)).await,
                _ => return Ok(to_proto(&record, self.area)),
            }
        }
    }
}

#[tonic::async_trait]
impl Operations for OperationsService {
    async fn list_operations(
        &self,
        request: Request<ListOperationsRequest>,
    ) -> Result<Response<ListOperationsResponse>, Status> {
        self.edge.read(request, |context, query| async move { self.list(&context, &query).await }).await
    }

    async fn get_operation(&self, request: Request<GetOperationRequest>) -> Result<Response<Operation>, Status> {
        let get = |context: RequestContext, query: GetOperationRequest| async move {
            Ok(to_proto(&self.record(&context, &query.name).await?, self.area))
        };
        self.edge.read(request, get).await
    }

    async fn delete_operation(&self, _: Request<DeleteOperationRequest>) -> Result<Response<()>, Status> {
        Err(Status::unimplemented("operations are kept; there is no need to delete them"))
    }

    async fn cancel_operation(&self, request: Request<CancelOperationRequest>) -> Result<Response<()>, Status> {
        let service = self.clone();
        let cancel =
            |context, query: CancelOperationRequest| async move { service.cancel(&context, &query.name).await };
        self.edge.write(request, cancel).await
    }

    async fn wait_operation(&self, request: Request<WaitOperationRequest>) -> Result<Response<Operation>, Status> {
        self.edge.read(request, |context, query| async move { self.wait(&context, &query).await }).await
    }
}

#[cfg(test)]
mod tests;
