//! Adds a durable batch of facts to the sums when its event comes. Exactly once in effect: the inbox row, the mark of the
//! batch and the cells are written in one transaction. The batch is read before that, so that no transaction waits for
//! the network.

use std::{collections::BTreeMap, sync::Arc};

use analytics_domain::{CellKey, Sums, batch_sums};
use async_trait::async_trait;
use prost::Message as _;
use tributary_bus::Handler;
use tributary_core::{Event, Fault, TenantId};
use tributary_proto::tributary::incentive::v1::FactsRecorded;

use super::App;
use crate::ports::SalesTx;

/// Name of this consumer in inboxes and dead letters.
pub const CONSUMER: &str = "analytics";

/// The events this service listens to.
pub const EVENT_TYPES: &[&str] = &["tributary.incentive.v1.FactsRecorded"];

/// Handles the events of incentive-calculation.
pub struct FactEvents {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl Handler for FactEvents {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        let recorded = FactsRecorded::decode(event.data.as_slice())
            .map_err(|e| Fault::invalid_field("data", format!("not a {}: {e}", event.event_type)))?;
        if recorded.batch < 1 {
            return Err(Fault::invalid_field("batch", format!("{} is not a batch; they count from 1", recorded.batch)));
        }
        let sums = self.app.batch(&event.tenant, &recorded).await?;

        let mut tx = self.app.store.begin().await?;
        if !tx.first_seen(CONSUMER, event, self.app.clock.now()).await? {
            return Ok(());
        }
        // A batch that another event brought in already (a replay under new ids, say) is only noted as seen.
        if tx.count_batch(&event.tenant, recorded.batch).await? {
            add(tx.as_mut(), &event.tenant, sums).await?;
        }
        Ok(tx.commit().await?)
    }
}

impl App {
    /// The sums of a batch by cell, complete.
    async fn batch(&self, tenant: &TenantId, recorded: &FactsRecorded) -> Result<BTreeMap<CellKey, Sums>, Fault> {
        let mut sums = BTreeMap::new();
        let mut count = 0_i64;
        let mut each = |fact| {
            count = count.saturating_add(1);
            batch_sums(&mut sums, [fact]);
        };
        self.facts.read_batch(tenant, recorded.batch, &mut each).await?;
        if count == i64::from(recorded.fact_count) {
            Ok(sums)
        } else {
            // Tried again: half a batch must never count as the whole.
            Err(Fault::internal(format!(
                "batch {} of tenant {tenant} was read with {count} facts, its event says {}",
                recorded.batch, recorded.fact_count
            )))
        }
    }
}

async fn add(tx: &mut dyn SalesTx, tenant: &TenantId, batch: BTreeMap<CellKey, Sums>) -> Result<(), Fault> {
    let keys: Vec<CellKey> = batch.keys().cloned().collect();
    let mut cells = tx.cells(tenant, &keys).await?;
    for (key, sums) in batch {
        cells.entry(key).or_default().add(sums);
    }
    Ok(tx.put_cells(tenant, &cells.into_iter().collect::<Vec<_>>()).await?)
}
