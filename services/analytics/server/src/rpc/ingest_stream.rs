//! Streams of batches: each message is one transaction and is answered, in order, once it is durable. The first error ends
//! the stream; what was answered before stays.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, stream};
use tonic::{Status, Streaming};
use tributary_core::{Fault, RequestContext};
use tributary_rpc::Edge;

/// The answers of a stream.
pub(super) type Answers<A> = Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>;

/// Answers each message by `each`.
pub(super) fn answers<Q, A, F, Fut>(edge: Edge, caller: RequestContext, requests: Streaming<Q>, each: F) -> Answers<A>
where
    Q: prost::Message + prost::Name + 'static,
    A: Send + 'static,
    F: Fn(RequestContext, Q) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<A, Fault>> + Send + 'static,
{
    let step = |state: Option<(Edge, RequestContext, F, Streaming<Q>)>| async move {
        let (edge, caller, each, mut requests) = state?;
        let answer = match requests.next().await? {
            Ok(batch) => one(&edge, &caller, batch, &each).await,
            Err(status) => Err(status),
        };
        let next = answer.is_ok().then_some((edge, caller, each, requests));
        Some((answer, next))
    };
    Box::pin(stream::unfold(Some((edge, caller, each, requests)), step))
}

async fn one<Q, A, Fut>(
    edge: &Edge,
    caller: &RequestContext,
    batch: Q,
    each: &(impl Fn(RequestContext, Q) -> Fut + Sync),
) -> Result<A, Status>
where
    Q: prost::Message + prost::Name,
    A: Send + 'static,
    Fut: Future<Output = Result<A, Fault>> + Send + 'static,
{
    edge.validate(&batch, &caller.request_id)?;
    let recorded = edge.uncut(each(caller.clone(), batch)).await;
    recorded.map_err(|fault| edge.status(&fault, &caller.request_id))
}

/// The results that a stream tells, with their places among all.
pub(super) fn told<R>(results: Vec<R>, is_told: impl Fn(&R) -> bool) -> (Vec<i32>, Vec<R>) {
    (0_i32..).zip(results).filter(|(_, result)| is_told(result)).unzip()
}
