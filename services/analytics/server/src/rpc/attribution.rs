//! `AttributionService`: decode, use case, encode.

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};
use tributary_core::{Fault, RequestContext};
use tributary_proto::tributary::analytics::v1::{
    AttributeRequest, AttributeResponse, Journey, RecordJourneysRequest, RecordJourneysResponse, StreamJourneysRequest,
    StreamJourneysResponse, attribution_service_server::AttributionService,
};
use tributary_rpc::Edge;

use super::{
    answers::{Answered, Answers as Kept, Question},
    ingest_stream::{Answers, answers, told},
};
use crate::{
    app::{
        attribute::{Attribution, Source},
        ingest::Ingest,
    },
    convert::{
        attribution, attribution_out,
        journey::{outcomes, stated},
    },
    ports::versions::Data,
};

/// Items of a proof where the caller names no number, and the most there are.
const PROOF_ITEMS: (i32, i32) = (1_000, 10_000);

/// The handlers.
#[derive(Clone)]
pub struct AttributionRpc {
    /// The intake of journeys.
    pub ingest: Arc<Ingest>,
    /// The models.
    pub attribution: Arc<Attribution>,
    /// What they answered before.
    pub answers: Kept,
    /// The edge.
    pub edge: Edge,
}

#[tonic::async_trait]
impl AttributionService for AttributionRpc {
    type StreamJourneysStream = Answers<StreamJourneysResponse>;

    async fn record_journeys(
        &self,
        request: Request<RecordJourneysRequest>,
    ) -> Result<Response<RecordJourneysResponse>, Status> {
        let ingest = self.ingest.clone();
        self.edge.write(request, |caller, query| async move { record(&ingest, &caller, query.journeys).await }).await
    }

    async fn stream_journeys(
        &self,
        request: Request<Streaming<StreamJourneysRequest>>,
    ) -> Result<Response<Self::StreamJourneysStream>, Status> {
        let (caller, ingest) = (self.edge.context(&request)?, self.ingest.clone());
        let each = move |caller: RequestContext, batch: StreamJourneysRequest| {
            let ingest = ingest.clone();
            async move { Ok(answer(batch.position, record(&ingest, &caller, batch.journeys).await?)) }
        };
        Ok(Response::new(answers(self.edge.clone(), caller, request.into_inner(), each)))
    }

    async fn attribute(&self, request: Request<AttributeRequest>) -> Result<Response<AttributeResponse>, Status> {
        self.edge.read(request, |caller, request| async move { attribute(self, &caller, request).await }).await
    }
}

async fn attribute(
    rpc: &AttributionRpc,
    caller: &RequestContext,
    request: AttributeRequest,
) -> Result<AttributeResponse, Fault> {
    let query = attribution::query(&request)?;
    let unit = query.unit;
    let items = if request.max_proof_items == 0 { PROOF_ITEMS.0 } else { request.max_proof_items };
    let canonical = AttributeRequest { max_proof_items: items.min(PROOF_ITEMS.1), ..request };
    let limit = usize::try_from(canonical.max_proof_items).unwrap_or_default();
    let data = match query.source {
        Source::Recorded => &[Data::Journeys],
        Source::Touchpoints(_) => &[Data::Touchpoints],
    };
    let question = Question { method: "Attribute", request: &canonical, data };
    let computed = async {
        let answer = rpc.attribution.attribute(caller, query).await?;
        Ok(Answered { first: attribution_out::answer(&answer, unit, limit)?, following: Vec::new() })
    };
    rpc.answers.answer(caller, question, computed).await
}

/// Records journeys and says what became of each.
async fn record(app: &Ingest, caller: &RequestContext, rows: Vec<Journey>) -> Result<RecordJourneysResponse, Fault> {
    Ok(outcomes(&app.record(caller, rows.into_iter().map(stated).collect()).await?))
}

fn answer(position: i64, mut batch: RecordJourneysResponse) -> StreamJourneysResponse {
    let (result_indexes, results) = told(batch.results, |result| result.error.is_some());
    batch.results = results;
    StreamJourneysResponse { position, batch: Some(batch), result_indexes }
}
