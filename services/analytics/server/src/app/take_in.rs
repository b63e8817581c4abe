//! Takes the facts of durable batches into the copy that the metric layer reads. Exactly once in effect: the inbox row,
//! the mark of the batch, its lines, the first orders and the version of the copy are written in one transaction.

use std::sync::Arc;

use analytics_domain::metric::{FactKind, SalesLine, customer, firsts, order_key};
use async_trait::async_trait;
use tributary_core::{Clock, Event, Fault, IdSource};
use tributary_feed::{FactKind as FeedKind, FactSink, FeedFact, STREAM};

use crate::ports::{sales::SalesStore, versions::Data};

/// Name of this consumer in inboxes and dead letters.
pub const CONSUMER: &str = "analytics";

/// Takes batches in.
pub struct SalesCopy {
    /// The copy.
    pub store: Arc<dyn SalesStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Ids of the states that the copy goes through.
    pub ids: Arc<dyn IdSource>,
}

#[async_trait]
impl FactSink for SalesCopy {
    async fn add(&self, event: &Event, batch: i64, facts: Vec<FeedFact>) -> Result<(), Fault> {
        let lines: Vec<SalesLine> = facts.into_iter().map(line).collect();
        let mut tx = self.store.begin_sales().await?;
        if !tx.first_seen(CONSUMER, event, self.clock.now()).await? {
            return Ok(());
        }
        // A batch that another event brought in already (a replay under new ids, say) is only noted as seen.
        if tx.arrived(&event.tenant, STREAM, batch).await? {
            tx.put_lines(&event.tenant, batch, &lines).await?;
            tx.put_firsts(&event.tenant, &firsts(&lines)).await?;
            tx.moved(&event.tenant, Data::Sales, self.ids.uuid()).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What is kept of a fact.
fn line(fact: FeedFact) -> SalesLine {
    let kind = match fact.kind {
        FeedKind::SellIn => FactKind::SellIn,
        FeedKind::SellOut => FactKind::SellOut,
        FeedKind::Return => FactKind::Return,
        FeedKind::Adjustment => FactKind::Adjustment,
    };
    SalesLine {
        occurred_on: fact.occurred_on,
        order: order_key(&fact.source_system, &fact.order_id, &fact.source_id),
        customer: customer(&fact.customer_key, kind, &fact.partner),
        partner: fact.partner,
        kind,
        region: fact.region,
        product_line: fact.product_line,
        sku: fact.sku,
        channel: fact.channel.map_or_else(String::new, |class| class.name().to_owned()),
        sub_channel: fact.sub_channel,
        currency: fact.net.currency,
        net: fact.net.value,
        gross: fact.gross.map(|gross| gross.value),
        cost: fact.cost.map(|cost| cost.value),
        quantity: fact.quantity,
    }
}
