//! `AttributionService`: decode, use case, encode.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt as _, stream};
use tonic::{Request, Response, Status, Streaming};
use tributary_core::{Fault, RequestContext, fault::common};
use tributary_proto::tributary::analytics::v1::{
    AttributeRequest, AttributeResponse, Journey, JourneyOutcome as Outcome, JourneyResult,
    ListSetAsideJourneysRequest, ListSetAsideJourneysResponse, RecordJourneysRequest, RecordJourneysResponse,
    StreamJourneysRequest, StreamJourneysResponse, attribution_service_server::AttributionService,
};
use tributary_rpc::{Edge, page, status};

use crate::{
    DOMAIN,
    app::journeys::{JourneyOutcome, Journeys},
    convert::{
        attribution, attribution_out,
        journey::{set_aside_to_proto, stated},
    },
};

/// Items of a proof where the caller names no number, and the most there are.
const PROOF_ITEMS: (i32, i32) = (1_000, 10_000);

/// The handlers.
#[derive(Clone)]
pub struct AttributionRpc {
    /// The use cases.
    pub journeys: Arc<Journeys>,
    /// The edge.
    pub edge: Edge,
}

type Answers = Pin<Box<dyn Stream<Item = Result<StreamJourneysResponse, Status>> + Send>>;

#[tonic::async_trait]
impl AttributionService for AttributionRpc {
    type StreamJourneysStream = Answers;

    async fn record_journeys(
        &self,
        request: Request<RecordJourneysRequest>,
    ) -> Result<Response<RecordJourneysResponse>, Status> {
        let journeys = self.journeys.clone();
        self.edge.write(request, |caller, query| async move { record(&journeys, &caller, query.journeys).await }).await
    }

    async fn stream_journeys(
        &self,
        request: Request<Streaming<StreamJourneysRequest>>,
    ) -> Result<Response<Self::StreamJourneysStream>, Status> {
        let caller = self.edge.context(&request)?;
        Ok(Response::new(answers(self.clone(), caller, request.into_inner())))
    }

    async fn list_set_aside_journeys(
        &self,
        request: Request<ListSetAsideJourneysRequest>,
    ) -> Result<Response<ListSetAsideJourneysResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.journeys, &caller, query).await }).await
    }

    async fn attribute(&self, request: Request<AttributeRequest>) -> Result<Response<AttributeResponse>, Status> {
        self.edge
            .read(request, |caller, request| async move {
                let query = attribution::query(&request)?;
                let unit = query.unit;
                let items = if request.max_proof_items == 0 { PROOF_ITEMS.0 } else { request.max_proof_items };
                let limit = usize::try_from(items.min(PROOF_ITEMS.1)).unwrap_or_default();
                let answer = self.journeys.attribute(&caller, query).await?;
                attribution_out::answer(&answer, unit, limit)
            })
            .await
    }
}

/// Records journeys and says what became of each.
async fn record(app: &Journeys, caller: &RequestContext, rows: Vec<Journey>) -> Result<RecordJourneysResponse, Fault> {
    let outcomes = app.record(caller, rows.into_iter().map(stated).collect()).await?;
    let mut answer = RecordJourneysResponse::default();
    for row in &outcomes {
        let error = |fault| Some(status::to_rpc_status(fault, DOMAIN));
        let (what, count, error) = match row {
            JourneyOutcome::Recorded => (Outcome::Recorded, &mut answer.recorded_count, None),
            JourneyOutcome::Duplicate => (Outcome::Duplicate, &mut answer.duplicate_count, None),
            JourneyOutcome::Refused(fault) => (Outcome::Refused, &mut answer.refused_count, error(fault)),
            JourneyOutcome::SetAside(fault) => (Outcome::SetAside, &mut answer.set_aside_count, error(fault)),
        };
        *count = count.saturating_add(1);
        answer.results.push(JourneyResult { outcome: what.into(), error });
    }
    Ok(answer)
}

/// Records each message of the stream and answers it, in order. The first error ends the stream; what was answered
/// before is durable.
fn answers(rpc: AttributionRpc, caller: RequestContext, requests: Streaming<StreamJourneysRequest>) -> Answers {
    let step = |state: Option<(AttributionRpc, RequestContext, Streaming<StreamJourneysRequest>)>| async move {
        let (rpc, caller, mut requests) = state?;
        let answer = match requests.next().await? {
            Ok(batch) => one_batch(&rpc, &caller, batch).await,
            Err(status) => Err(status),
        };
        let next = answer.is_ok().then_some((rpc, caller, requests));
        Some((answer, next))
    };
    Box::pin(stream::unfold(Some((rpc, caller, requests)), step))
}

async fn one_batch(
    rpc: &AttributionRpc,
    caller: &RequestContext,
    request: StreamJourneysRequest,
) -> Result<StreamJourneysResponse, Status> {
    rpc.edge.validate(&request, &caller.request_id)?;
    let (journeys, own, position) = (rpc.journeys.clone(), caller.clone(), request.position);
    let recorded = rpc.edge.uncut(async move { record(&journeys, &own, request.journeys).await }).await;
    let mut batch = recorded.map_err(|fault| rpc.edge.status(&fault, &caller.request_id))?;
    let told = (0_i32..).zip(std::mem::take(&mut batch.results)).filter(|(_, result)| result.error.is_some());
    let (result_indexes, results) = told.unzip();
    batch.results = results;
    Ok(StreamJourneysResponse { position, batch: Some(batch), result_indexes })
}

async fn list(
    app: &Journeys,
    caller: &RequestContext,
    query: ListSetAsideJourneysRequest,
) -> Result<ListSetAsideJourneysResponse, Fault> {
    let parts = ["ListSetAsideJourneys"];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let unreadable =
        |_| Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page");
    let after = page.cursor.as_deref().map(|id| id.parse().map_err(unreadable)).transpose()?;
    let mut notes = app.set_aside(caller, after, page.limit()).await?;
    let next_page_token = page.cut(&mut notes, &parts, |note| note.id.to_string());
    let journeys = notes.into_iter().map(set_aside_to_proto).collect();
    Ok(ListSetAsideJourneysResponse { journeys, next_page_token })
}
