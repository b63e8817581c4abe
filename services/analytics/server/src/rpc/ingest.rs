//! `IngestService`: decode, use case, encode.

use std::sync::Arc;

use analytics_domain::ingest::RowType;
use tonic::{Request, Response, Status, Streaming};
use tributary_core::{Fault, RequestContext, Zone, fault::common};
use tributary_proto::tributary::analytics::v1::{
    Cost, ListSetAsideRowsRequest, ListSetAsideRowsResponse, RecordCostsRequest, RecordRowsResponse,
    RecordTouchpointsRequest, StreamCostsRequest, StreamRowsResponse, StreamTouchpointsRequest, Touchpoint,
    ingest_service_server::IngestService,
};
use tributary_rpc::{Edge, page};

use super::ingest_stream::{Answers, answers, told};
use crate::{
    app::ingest::Ingest,
    convert::ingest::{cost, outcomes, set_aside_to_proto, touchpoint},
};

/// The handlers.
#[derive(Clone)]
pub struct IngestRpc {
    /// The use cases.
    pub ingest: Arc<Ingest>,
    /// The zone in which an instant has its day.
    pub zone: Arc<Zone>,
    /// The edge.
    pub edge: Edge,
}

#[tonic::async_trait]
impl IngestService for IngestRpc {
    type StreamTouchpointsStream = Answers<StreamRowsResponse>;
    type StreamCostsStream = Answers<StreamRowsResponse>;

    async fn record_touchpoints(
        &self,
        request: Request<RecordTouchpointsRequest>,
    ) -> Result<Response<RecordRowsResponse>, Status> {
        let rpc = self.clone();
        self.edge.write(request, |caller, query| async move { rpc.touchpoints(&caller, query.touchpoints).await }).await
    }

    async fn stream_touchpoints(
        &self,
        request: Request<Streaming<StreamTouchpointsRequest>>,
    ) -> Result<Response<Self::StreamTouchpointsStream>, Status> {
        let (caller, rpc) = (self.edge.context(&request)?, self.clone());
        let each = move |caller: RequestContext, batch: StreamTouchpointsRequest| {
            let rpc = rpc.clone();
            async move { Ok(answer(batch.position, rpc.touchpoints(&caller, batch.touchpoints).await?)) }
        };
        Ok(Response::new(answers(self.edge.clone(), caller, request.into_inner(), each)))
    }

    async fn record_costs(&self, request: Request<RecordCostsRequest>) -> Result<Response<RecordRowsResponse>, Status> {
        let rpc = self.clone();
        self.edge.write(request, |caller, query| async move { rpc.costs(&caller, query.costs).await }).await
    }

    async fn stream_costs(
        &self,
        request: Request<Streaming<StreamCostsRequest>>,
    ) -> Result<Response<Self::StreamCostsStream>, Status> {
        let (caller, rpc) = (self.edge.context(&request)?, self.clone());
        let each = move |caller: RequestContext, batch: StreamCostsRequest| {
            let rpc = rpc.clone();
            async move { Ok(answer(batch.position, rpc.costs(&caller, batch.costs).await?)) }
        };
        Ok(Response::new(answers(self.edge.clone(), caller, request.into_inner(), each)))
    }

    async fn list_set_aside_rows(
        &self,
        request: Request<ListSetAsideRowsRequest>,
    ) -> Result<Response<ListSetAsideRowsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.ingest, &caller, query).await }).await
    }
}

impl IngestRpc {
    async fn touchpoints(&self, caller: &RequestContext, rows: Vec<Touchpoint>) -> Result<RecordRowsResponse, Fault> {
        let rows = rows.into_iter().map(|row| touchpoint(row, &self.zone)).collect();
        Ok(outcomes(&self.ingest.record(caller, rows).await?))
    }

    async fn costs(&self, caller: &RequestContext, rows: Vec<Cost>) -> Result<RecordRowsResponse, Fault> {
        Ok(outcomes(&self.ingest.record(caller, rows.into_iter().map(cost).collect()).await?))
    }
}

fn answer(position: i64, mut batch: RecordRowsResponse) -> StreamRowsResponse {
    let (result_indexes, results) = told(batch.results, |result| result.error.is_some());
    batch.results = results;
    StreamRowsResponse { position, batch: Some(batch), result_indexes }
}

async fn list(
    app: &Ingest,
    caller: &RequestContext,
    query: ListSetAsideRowsRequest,
) -> Result<ListSetAsideRowsResponse, Fault> {
    let row_type = match query.row_type.as_str() {
        "" => None,
        name => Some(RowType::parse(name).map_err(|e| Fault::invalid_field("row_type", e))?),
    };
    let parts = ["ListSetAsideRows", &query.row_type];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let unreadable =
        |_| Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page");
    let after = page.cursor.as_deref().map(|id| id.parse().map_err(unreadable)).transpose()?;
    let mut notes = app.set_aside(caller, row_type, after, page.limit()).await?;
    let next_page_token = page.cut(&mut notes, &parts, |note| note.id.to_string());
    Ok(ListSetAsideRowsResponse { rows: notes.into_iter().map(set_aside_to_proto).collect(), next_page_token })
}
