//! The bus inside one process: publishing an event calls its subscribers.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use tributary_core::{Clock, Event};

use crate::{Bus, BusError, Epoch, Subscription, deliver::Deliveries};

/// Calls every subscriber, in the order they subscribed, and returns when all have handled the event or kept it as a
/// dead letter. Nothing is queued here: what is not handled stays in the outbox.
pub struct InProcessBus {
    deliveries: Deliveries,
    subscriptions: RwLock<Vec<Subscription>>,
}

impl InProcessBus {
    /// A bus without subscribers; `clock` dates dead letters.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { deliveries: Deliveries::new(clock), subscriptions: RwLock::default() }
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let subscriptions = self.subscriptions.read().unwrap_or_else(PoisonError::into_inner).clone();
        for event in events {
            let mut first = Ok(());
            // One consumer's failure does not keep the event from the others; their inboxes know it the next time.
            for subscription in subscriptions.iter().filter(|s| s.wants(event)) {
                let result = self.deliveries.deliver(subscription, event).await;
                first = first.and(result);
            }
            first?;
            self.deliveries.forget(event.id);
        }
        Ok(())
    }

    fn subscribe(&self, subscription: Subscription) {
        self.subscriptions.write().unwrap_or_else(PoisonError::into_inner).push(subscription);
    }

    /// Always the same: nothing is kept here, so nothing can be lost. A name of its own makes an outbox that comes from
    /// another bus send again what may still be under way there.
    async fn epoch(&self) -> Result<Option<Epoch>, BusError> {
        Ok(Some(Epoch { id: "in-process".to_owned(), republish: Epoch::REPUBLISH }))
    }
}
