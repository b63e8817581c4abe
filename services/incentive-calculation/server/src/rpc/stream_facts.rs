//! The streams of `FactService`: ingest with an answer per durable batch, and reads of whole batches. Both hold one
//! batch at a time, so memory stays flat whatever the length.

use futures::{Stream, StreamExt as _, stream};
use std::pin::Pin;
use tonic::{Status, Streaming};
use tributary_core::{Fault, RequestContext};
use tributary_proto::tributary::incentive::v1::{
    FactOutcome, ReadFactsRequest, ReadFactsResponse, StreamFactsRequest, StreamFactsResponse,
};

use super::{Rpc, fact_service::record};
use crate::{
    convert::fact::fact_to_proto,
    ports::{FactKey, StoredFact},
};

/// Answers of `StreamFacts`.
pub type Answers = Pin<Box<dyn Stream<Item = Result<StreamFactsResponse, Status>> + Send>>;
/// Parts of `ReadFacts`.
pub type Pages = Pin<Box<dyn Stream<Item = Result<ReadFactsResponse, Status>> + Send>>;

/// Records each message of the stream and answers it, in order. The first error ends the stream; what was answered
/// before is durable.
pub fn answers(rpc: Rpc, caller: RequestContext, requests: Streaming<StreamFactsRequest>) -> Answers {
    let step = move |(rpc, caller, mut requests): (Rpc, RequestContext, Streaming<StreamFactsRequest>)| async move {
        let answer = match requests.next().await? {
            Ok(batch) => one_batch(&rpc, &caller, batch).await,
            Err(status) => Err(status),
        };
        Some((answer, (rpc, caller, requests)))
    };
    ending_at_first_error(stream::unfold((rpc, caller, requests), step))
}

async fn one_batch(
    rpc: &Rpc,
    caller: &RequestContext,
    request: StreamFactsRequest,
) -> Result<StreamFactsResponse, Status> {
    rpc.edge.validate(&request, &caller.request_id)?;
    let (app, own, position) = (rpc.app.clone(), caller.clone(), request.position);
    let recorded = rpc.edge.uncut(async move { record(&app, &own, request.facts).await }).await;
    let mut batch = recorded.map_err(|fault| rpc.edge.status(&fault, &caller.request_id))?;

    let mut refused_indexes = Vec::new();
    let mut refused = Vec::new();
    for (index, result) in (0_i32..).zip(batch.results) {
        if result.outcome == i32::from(FactOutcome::Refused) {
            refused_indexes.push(index);
            refused.push(result);
        }
    }
    batch.results = refused;
    Ok(StreamFactsResponse { position, batch: Some(batch), refused_indexes })
}

/// Where a read of batches stands.
struct Reading {
    rpc: Rpc,
    caller: RequestContext,
    batch: i64,
    last: i64,
    after: Option<FactKey>,
}

/// Streams the facts of batches, page by page.
pub fn pages(rpc: Rpc, caller: RequestContext, request: ReadFactsRequest) -> Pages {
    let start = Reading { rpc, caller, batch: request.from_batch, last: request.to_batch, after: None };
    let step = |mut reading: Reading| async move {
        while reading.batch <= reading.last {
            match reading.rpc.app.batch_page(&reading.caller, reading.batch, reading.after.as_ref()).await {
                Ok(facts) if facts.is_empty() => {
                    reading.batch = reading.batch.saturating_add(1);
                    reading.after = None;
                }
                Ok(facts) => {
                    reading.after = facts.last().map(StoredFact::key);
                    let page = ReadFactsResponse { facts: facts.iter().map(fact_to_proto).collect() };
                    return Some((Ok(page), reading));
                }
                Err(fault) => {
                    let status = failed(&reading, &fault);
                    return Some((Err(status), reading));
                }
            }
        }
        None
    };
    ending_at_first_error(stream::unfold(start, step))
}

fn failed(reading: &Reading, fault: &Fault) -> Status {
    reading.rpc.edge.status(fault, &reading.caller.request_id)
}

/// A stream that ends after its first error.
fn ending_at_first_error<T: Send + 'static>(
    items: impl Stream<Item = Result<T, Status>> + Send + 'static,
) -> Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>> {
    let mut ended = false;
    Box::pin(items.take_while(move |item| {
        let before = ended;
        ended = ended || item.is_err();
        futures::future::ready(!before)
    }))
}
