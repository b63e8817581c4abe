//! One event to one subscriber: what is tried again, what becomes a dead letter. The same on every bus.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::FutureExt;
use tracing::Instrument as _;
use tributary_core::{Clock, Event, Fault, FaultKind, TenantId, fault::common};
use tributary_sql::{DeadLetter, DeadLetterStore};
use tributary_telemetry::{continue_from, names};
use uuid::Uuid;

use crate::{BusError, Handler, Subscription};

/// Tries that end in an internal fault or a panic before an event becomes a consumer's dead letter.
pub const MAX_ATTEMPTS: u32 = 10;

/// How often in a row a process may end in the middle of handling an event before the event becomes a dead letter, where
/// the bus can tell.
pub const MAX_DEATHS: u32 = 5;

/// How long a failed event rests before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pauses {
    /// After the first failure; it doubles with each further one.
    pub first: Duration,
    /// The longest: so long an event may rest although its neighbour is back.
    pub longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { first: Duration::from_millis(200), longest: Duration::from_secs(10) }
    }
}

impl Pauses {
    /// The pause after a failure that had `before` failures before it: 0.2 s, 0.4 s, … 10 s.
    pub(crate) fn after(&self, before: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(before)).min(self.longest)
    }
}

/// Delivers, and remembers failed tries per event and consumer until the event is forgotten. A restart forgets them,
/// which only means more tries.
pub(crate) struct Deliveries {
    clock: Arc<dyn Clock>,
    failures: Mutex<HashMap<Uuid, HashMap<&'static str, Failures>>>,
}

/// What one consumer made of one event so far.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    /// All tries.
    attempts: u32,
    /// Those that ended in an internal fault.
    internal: u32,
    /// Whether it is a dead letter, so that it is not handled again while another consumer still tries.
    dead: bool,
}

impl Deliveries {
    /// `clock` dates dead letters.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, failures: Mutex::default() }
    }

    /// One try. `Ok` when the subscriber handled the event or it is kept as its dead letter; else it is to be tried
    /// again.
    ///
    /// A neighbour that is away (`Unavailable`, `Aborted`) is waited for, however long: the event is no worse for it.
    pub(crate) async fn deliver(&self, subscription: &Subscription, event: &Event) -> Result<(), BusError> {
        let consumer = subscription.consumer;
        if self.note(consumer, event, |failures| failures.dead) {
            return Ok(());
        }
        let Err(fault) = self.traced(subscription, event).await else { return Ok(()) };
        let Failures { attempts: attempt, internal, .. } = self.note(consumer, event, |failures| {
            failures.attempts = failures.attempts.saturating_add(1);
            if fault.kind() == FaultKind::Internal {
                failures.internal = failures.internal.saturating_add(1);
            }
            *failures
        });
        let failed =
            |fault: Fault| BusError::Consumer { consumer: consumer.to_owned(), event: event.id, attempt, fault };
        let waits = match fault.kind() {
            FaultKind::Unavailable | FaultKind::Aborted => true,
            FaultKind::Internal => internal < MAX_ATTEMPTS,
            _ => false,
        };
        if waits {
            return Err(failed(fault));
        }
        self.give_up(subscription, event, &fault, attempt).await?;
        self.note(consumer, event, |failures| failures.dead = true);
        Ok(())
    }

    /// Keeps an event as the subscriber's dead letter. Without the letter it must not count as delivered.
    pub(crate) async fn give_up(
        &self,
        subscription: &Subscription,
        event: &Event,
        fault: &Fault,
        attempt: u32,
    ) -> Result<(), BusError> {
        let consumer = subscription.consumer;
        let letter = DeadLetter {
            consumer: consumer.to_owned(),
            event: event.clone(),
            reason: fault.to_string(),
            attempts: i64::from(attempt),
            create_time: self.clock.now(),
        };
        subscription.dead_letters.add(letter).await.map_err(|error| BusError::Consumer {
            consumer: consumer.to_owned(),
            event: event.id,
            attempt,
            fault: error.into(),
        })?;
        tracing::error!(consumer, event = %event.id, subject = %event.subject, attempt, %fault,
            "event kept as a dead letter");
        Ok(())
    }

    /// One try, as part of the trace that the event came from, and measured.
    async fn traced(&self, subscription: &Subscription, event: &Event) -> Result<(), Fault> {
        let span = tracing::info_span!(
            "process",
            otel.name = format!("process {}", event.event_type),
            otel.kind = "consumer",
            messaging.operation.type = "process",
            messaging.consumer.group.name = subscription.consumer,
            messaging.destination.name = event.source,
            messaging.message.id = %event.id,
            event_type = event.event_type,
        );
        continue_from(&span, &event.trace_parent);
        let begun = Instant::now();
        let handled = handle(subscription.handler.as_ref(), event).instrument(span).await;
        let consumer = ("messaging.consumer.group.name", subscription.consumer);
        match &handled {
            Ok(()) => {
                names::EVENT_PROCESS_DURATION.observe(begun.elapsed(), &[consumer]);
                let age = self.clock.now().0.saturating_sub(event.time.0);
                names::CONSUMER_LAG.observe(Duration::from_micros(u64::try_from(age).unwrap_or(0)), &[consumer]);
            }
            Err(fault) => {
                let failed = ("error.type", fault.reason().code);
                names::EVENT_PROCESS_DURATION.observe(begun.elapsed(), &[consumer, failed]);
            }
        }
        handled
    }

    /// Everyone is done with the event.
    pub(crate) fn forget(&self, event: Uuid) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&event);
    }

    fn note<T>(&self, consumer: &'static str, event: &Event, f: impl FnOnce(&mut Failures) -> T) -> T {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        f(failures.entry(event.id).or_default().entry(consumer).or_default())
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

/// A panic of a handler is its fault alone: it must not end the worker.
async fn handle(handler: &dyn Handler, event: &Event) -> Result<(), Fault> {
    AssertUnwindSafe(handler.handle(event))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Fault::new(common::INTERNAL, format!("the handler of {} panicked", event.event_type))))
}
