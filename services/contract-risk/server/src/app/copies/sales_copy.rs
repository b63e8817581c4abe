//! Adds a durable batch of facts to the sums by day, exactly once in effect, in whatever order batches come.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use contract_risk_domain::{
    Cells,
    sales::{CellKey, SalesKind, Sums},
};
use tokio::sync::Notify;
use tributary_core::{Clock, Event, Fault, ResourceId};
use tributary_feed::{FactKind, FactSink, FeedFact, STREAM};

use crate::ports::CopyStore;

/// Name of this consumer in inboxes and dead letters.
pub const CONSUMER: &str = "contract-risk-sales";

/// Takes batches in.
pub struct SalesCopy {
    /// The store.
    pub store: Arc<dyn CopyStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Says that partners are due.
    pub due: Arc<Notify>,
}

#[async_trait]
impl FactSink for SalesCopy {
    async fn add(&self, event: &Event, batch: i64, facts: Vec<FeedFact>) -> Result<(), Fault> {
        let partners: BTreeSet<ResourceId> = facts.iter().map(|fact| fact.partner.clone()).collect();
        let partners: Vec<ResourceId> = partners.into_iter().collect();
        let batch_sums = sums(facts);

        let tenant = &event.tenant;
        let mut tx = self.store.begin_copies().await?;
        if !tx.first_seen(CONSUMER, event, self.clock.now()).await? {
            return Ok(());
        }
        // A batch that another event brought in already (a replay under new ids, say) is only noted as seen.
        if tx.arrived(tenant, STREAM, batch).await? {
            let keys: Vec<CellKey> = batch_sums.keys().cloned().collect();
            let mut cells = tx.cells(tenant, &keys).await?;
            for (key, sums) in batch_sums {
                cells.entry(key).or_default().add(sums);
            }
            tx.put_cells(tenant, &cells.into_iter().collect::<Vec<_>>()).await?;
            tx.mark(tenant, &partners, event.id).await?;
        }
        tx.commit().await?;
        self.due.notify_one();
        Ok(())
    }
}

/// The sums of a batch by cell.
fn sums(facts: Vec<FeedFact>) -> Cells {
    let mut cells = Cells::new();
    for fact in facts {
        let one = Sums { net: fact.net.value.into(), quantity: fact.quantity.into(), fact_count: 1 };
        let key = CellKey {
            partner: fact.partner.to_string(),
            day: fact.occurred_on,
            kind: kind(fact.kind),
            product_line: fact.product_line,
            currency: fact.net.currency,
        };
        cells.entry(key).or_default().add(one);
    }
    cells
}

fn kind(kind: FactKind) -> SalesKind {
    match kind {
        FactKind::SellIn => SalesKind::SellIn,
        FactKind::SellOut => SalesKind::SellOut,
        FactKind::Return => SalesKind::Return,
        FactKind::Adjustment => SalesKind::Adjustment,
    }
}
