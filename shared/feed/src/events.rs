//! The handler of batch events, and where it puts what it reads.

use std::sync::Arc;

use async_trait::async_trait;
use prost::Message as _;
use tributary_bus::Handler;
use tributary_core::{Event, Fault, TenantId};
use tributary_proto::tributary::incentive::v1::FactsRecorded;

use crate::{fact::FeedFact, source::FactSource};

/// The events to subscribe [`FactEvents`] to.
pub const EVENT_TYPES: &[&str] = &["tributary.incentive.v1.FactsRecorded"];

/// Name of the stream of batches, by which a store keeps which are in (`UnitOfWork::arrived`).
pub const STREAM: &str = "facts";

/// Takes whole batches in.
#[async_trait]
pub trait FactSink: Send + Sync {
    /// Adds the facts of a batch, exactly once in effect. In one transaction: `first_seen` with the event (when it was
    /// seen, nothing else), `arrived` with the event's tenant, [`STREAM`] and the batch, and only when that is new the
    /// effect: the batch may have come by another event already, such as a replay under new ids. Batches come in any
    /// order.
    ///
    /// # Errors
    /// As of a [`Handler`]: `Unavailable`, `Aborted` and `Internal` are tried again.
    async fn add(&self, event: &Event, batch: i64, facts: Vec<FeedFact>) -> Result<(), Fault>;
}

/// Handles [`EVENT_TYPES`]: reads the batch and adds it. The batch is read before the sink begins its transaction, so
/// that no transaction waits for the network.
pub struct FactEvents {
    /// Where the facts come from.
    pub source: Arc<dyn FactSource>,
    /// Where they go.
    pub sink: Arc<dyn FactSink>,
}

#[async_trait]
impl Handler for FactEvents {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        let recorded = FactsRecorded::decode(event.data.as_slice())
            .map_err(|e| Fault::invalid_field("data", format!("not a {}: {e}", event.event_type)))?;
        if recorded.batch < 1 {
            return Err(Fault::invalid_field("batch", format!("{} is not a batch; they count from 1", recorded.batch)));
        }
        let facts = self.whole(&event.tenant, &recorded).await?;
        self.sink.add(event, recorded.batch, facts).await
    }
}

impl FactEvents {
    /// The facts of a batch, complete.
    async fn whole(&self, tenant: &TenantId, recorded: &FactsRecorded) -> Result<Vec<FeedFact>, Fault> {
        let mut facts = Vec::new();
        self.source.read_batch(tenant, recorded.batch, &mut |fact| facts.push(fact)).await?;
        if usize::try_from(recorded.fact_count) == Ok(facts.len()) {
            Ok(facts)
        } else {
            // Tried again: half a batch must never count as the whole.
            Err(Fault::internal(format!(
                "batch {} of tenant {tenant} was read with {} facts, its event says {}",
                recorded.batch,
                facts.len(),
                recorded.fact_count
            )))
        }
    }
}
