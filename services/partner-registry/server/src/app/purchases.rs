//! Adds a durable batch of facts to the purchases of days, exactly once in effect, in whatever order batches come.

use std::sync::Arc;

use async_trait::async_trait;
use tributary_core::{Clock, Event, Fault};
use tributary_feed::{FactKind, FactSink, FeedFact, STREAM};

use crate::ports::{PurchaseCells, RegistryStore};

/// Name of this consumer in inboxes and dead letters.
pub(crate) const CONSUMER: &str = "partner-registry-purchases";

/// Takes batches in.
pub(crate) struct PurchaseCopy {
    pub store: Arc<dyn RegistryStore>,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl FactSink for PurchaseCopy {
    async fn add(&self, event: &Event, batch: i64, facts: Vec<FeedFact>) -> Result<(), Fault> {
        let more = purchases(facts);
        let mut tx = self.store.begin().await?;
        if !tx.first_seen(CONSUMER, event, self.clock.now()).await? {
            return Ok(());
        }
        // A batch that another event brought in already (a replay under new ids, say) is only noted as seen.
        if tx.arrived(&event.tenant, STREAM, batch).await? {
            tx.add_purchases(&event.tenant, &more).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What partners bought: sell-in less returns, with adjustments.
fn purchases(facts: Vec<FeedFact>) -> PurchaseCells {
    let mut cells = PurchaseCells::new();
    for fact in facts.into_iter().filter(|fact| fact.kind != FactKind::SellOut) {
        let sum = cells.entry((fact.partner, fact.occurred_on, fact.net.currency)).or_default();
        *sum = sum.saturating_add(fact.net.value.into());
    }
    cells
}
