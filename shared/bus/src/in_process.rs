//! The bus inside one process: publishing an event calls its subscribers.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use async_trait::async_trait;
use futures::FutureExt;
use tributary_core::{Clock, Event, Fault, FaultKind, TenantId, fault::common};
use tributary_sql::{DeadLetter, DeadLetterStore};
use uuid::Uuid;

use crate::{Bus, BusError, Handler, Subscription};

/// Tries of one event by one consumer before it becomes a dead letter.
pub const MAX_ATTEMPTS: u32 = 10;

/// Calls every subscriber, in the order they subscribed, and returns when all have handled the event or kept it as a
/// dead letter. Nothing is queued here: what is not handled stays in the outbox.
pub struct InProcessBus {
    clock: Arc<dyn Clock>,
    subscriptions: RwLock<Vec<Subscription>>,
    /// Failed tries per consumer and event. A restart forgets them, which only means more tries.
    failures: Mutex<HashMap<(&'static str, Uuid), u32>>,
}

impl InProcessBus {
    /// A bus without subscribers; `clock` dates dead letters.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, subscriptions: RwLock::new(Vec::new()), failures: Mutex::new(HashMap::new()) }
    }

    async fn deliver(&self, subscription: &Subscription, event: &Event) -> Result<(), BusError> {
        let key = (subscription.consumer, event.id);
        let fault = match handle(subscription.handler.as_ref(), event).await {
            Ok(()) => {
                self.count(|failures| failures.remove(&key));
                return Ok(());
            }
            Err(fault) => fault,
        };
        let attempt = self.count(|failures| {
            let n = failures.entry(key).or_insert(0);
            *n = n.saturating_add(1);
            *n
        });
        let failed = |fault: Fault| BusError::Consumer {
            consumer: subscription.consumer.to_owned(),
            event: event.id,
            attempt,
            fault,
        };
        if is_passing(&fault) && attempt < MAX_ATTEMPTS {
            return Err(failed(fault));
        }
        let letter = DeadLetter {
            consumer: subscription.consumer.to_owned(),
            event: event.clone(),
            reason: fault.to_string(),
            attempts: i64::from(attempt),
            create_time: self.clock.now(),
        };
        // Without the letter the event must not count as delivered.
        subscription.dead_letters.add(letter).await.map_err(|e| failed(e.into()))?;
        tracing::error!(consumer = subscription.consumer, event = %event.id, subject = %event.subject, attempt, %fault,
            "event kept as a dead letter");
        self.count(|failures| failures.remove(&key));
        Ok(())
    }

    fn count<T>(&self, f: impl FnOnce(&mut HashMap<(&'static str, Uuid), u32>) -> T) -> T {
        f(&mut self.failures.lock().unwrap_or_else(PoisonError::into_inner))
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
                let result = self.deliver(subscription, event).await;
                first = first.and(result);
            }
            first?;
        }
        Ok(())
    }

    fn subscribe(&self, subscription: Subscription) {
        self.subscriptions.write().unwrap_or_else(PoisonError::into_inner).push(subscription);
    }
}

/// Hands a dead letter to its consumer again, on a person's word, and removes it when it is handled. Later events of its
/// subject may have been handled before it.
///
/// # Errors
/// `NOT_FOUND` when there is no such letter; else the handler's fault, and the letter stays.
pub async fn redeliver(
    handler: &dyn Handler,
    letters: &dyn DeadLetterStore,
    tenant: &TenantId,
    consumer: &str,
    event: Uuid,
) -> Result<(), Fault> {
    let letter = letters.get(tenant, consumer, event).await?.ok_or_else(|| {
        Fault::new(reasons::DEAD_LETTER_NOT_FOUND, format!("{consumer} has no dead letter of event {event}"))
    })?;
    handle(handler, &letter.event).await?;
    letters.remove(tenant, consumer, event).await?;
    Ok(())
}

/// Reasons of the bus.
pub mod reasons {
    tributary_core::reasons! {
        DEAD_LETTER_NOT_FOUND: NotFound = "no such dead letter; list them, it may have been handled already";
    }
}

/// A panic of a handler is its fault alone: it must not end the relay.
async fn handle(handler: &dyn Handler, event: &Event) -> Result<(), Fault> {
    AssertUnwindSafe(handler.handle(event))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Fault::new(common::INTERNAL, format!("the handler of {} panicked", event.event_type))))
}

fn is_passing(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Unavailable | FaultKind::Aborted | FaultKind::Internal)
}
