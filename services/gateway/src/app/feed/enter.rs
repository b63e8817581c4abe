//! Takes events in: from the bus into the feed, each once, and with each what is to be sent to webhooks, in one
//! transaction.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;
use tributary_bus::Handler;
use tributary_core::{Clock, Event, Fault, IdSource, fault::common};

use super::{
    catalogue::{Catalogue, Known},
    tail::Tail,
};
use crate::{
    app::webhooks::selection_of,
    ports::{
        GatewayStore,
        feed::FeedEvent,
        webhooks::{DeliveryKey, NewDelivery},
    },
};

/// The name of the consumer, for ever.
pub const CONSUMER: &str = "gateway-feed";

/// How old an event may get while it waits for those before it. A bus that lost its memory may hand on a newer one first;
/// the older ones follow within seconds. Those that never come must not hold up the others for ever.
const PATIENCE_SECONDS: i64 = 300;

/// The consumer that fills the feed.
pub struct Enter {
    /// Where the feed is kept.
    pub store: Arc<dyn GatewayStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids of feeds.
    pub ids: Arc<dyn IdSource>,
    /// Which events are public.
    pub catalogue: Arc<Catalogue>,
    /// Who waits for events.
    pub tail: Arc<Tail>,
    /// Who sends them.
    pub sending: Arc<Notify>,
}

impl std::fmt::Debug for Enter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enter").finish_non_exhaustive()
    }
}

#[async_trait]
impl Handler for Enter {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        match self.catalogue.known(&event.event_type) {
            Known::Public if self.catalogue.reads(&event.event_type, &event.data) => self.enter(event).await,
            Known::Public => Err(Fault::invalid_field("data", format!("not a {}", event.event_type))),
            Known::Internal => Ok(()),
            // Passed over, it would be lost; the next version of the gateway knows it.
            Known::Unknown => {
                let why = format!(
                    "{} is not known here: bring the gateway to the version of {}",
                    event.event_type, event.source
                );
                Err(Fault::new(common::UPSTREAM_UNAVAILABLE, why))
            }
        }
    }
}

impl Enter {
    async fn enter(&self, event: &Event) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut tx = self.store.begin_feed().await?;
        if !tx.first_seen(CONSUMER, event, now).await? {
            return Ok(());
        }
        let head = tx.lock_head(&event.tenant, self.ids.uuid()).await?;
        if let Some(last) = tx.subject_at(event).await?
            && event.sequence > last.saturating_add(1)
            && event.time.plus_seconds(PATIENCE_SECONDS) > now
        {
            let why = format!("event {} of {} came before those after {last}", event.sequence, event.subject);
            return Err(Fault::new(common::CONCURRENT_CHANGE, why));
        }
        let number = head.last.saturating_add(1);
        tx.append_event(&FeedEvent { number, enter_time: now, event: event.clone() }).await?;
        let mut sent = false;
        for webhook in tx.listening(&event.tenant).await? {
            // A replay of what was recorded before the webhook is no news to it.
            let older = event.time < webhook.create_time;
            if older || !selection_of(&webhook).wants(&event.event_type, &event.subject) {
                continue;
            }
            let key = DeliveryKey { tenant: event.tenant.clone(), webhook: webhook.id, number };
            tx.enqueue(&NewDelivery {
                key,
                event_id: event.id,
                event_type: event.event_type.clone(),
                subject: event.subject.clone(),
                create_time: now,
            })
            .await?;
            sent = true;
        }
        tx.commit().await?;
        self.tail.wake();
        if sent {
            self.sending.notify_one();
        }
        Ok(())
    }
}
