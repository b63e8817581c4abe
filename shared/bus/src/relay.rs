//! The relay: carries events from a service's outbox to the bus.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use tributary_core::{Clock, Event, Timestamp};
use tributary_sql::{OutboxStore, StoreError};
use tributary_telemetry::{continue_from, names, trace_parent};
use uuid::Uuid;

use crate::{Bus, BusError, Epoch, deliver::Pauses};

/// What telemetry calls the bus, whatever carries it.
const SYSTEM: &str = "tributary";
/// How often the outbox is asked when nobody wakes the relay.
const POLL: Duration = Duration::from_millis(200);
/// How long claimed events are ours; another relay takes over afterwards. So long are the events held up that a process
/// had claimed when it died.
const LEASE: Duration = Duration::from_secs(15);
/// After this part of the lease no further event of a batch is begun.
const LEASE_USED_UP: Duration = Duration::from_secs(5);
/// Events claimed at once, each of another subject.
const BATCH: u32 = 100;

/// The worker that empties one outbox. Several may run on one outbox; claims keep them apart.
///
/// A failed event rests and holds back only its own subject. When the bus itself is away the relay rests as a whole and
/// then tries with one event. When the bus lost its memory, what was published lately goes out again.
pub struct Relay {
    service: &'static str,
    outbox: Arc<dyn OutboxStore>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    owner: String,
    wake: Notify,
    /// Failed tries per event, for the pauses.
    failures: Mutex<HashMap<Uuid, u32>>,
    /// How often in a row the bus was away.
    away: AtomicU32,
    /// The life of the bus that the outbox is known to be in.
    entered: Mutex<String>,
}

impl Relay {
    /// A relay for the outbox of `service`, which becomes the source of its events; `owner` must differ between
    /// processes.
    #[must_use]
    pub fn new(
        service: &'static str,
        outbox: Arc<dyn OutboxStore>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        owner: String,
    ) -> Self {
        let (failures, entered) = (Mutex::default(), Mutex::default());
        Self { service, outbox, bus, clock, owner, wake: Notify::new(), failures, away: AtomicU32::new(0), entered }
    }

    /// Says that there may be events, so that the next poll comes at once. Only a hint: the poll finds them anyway.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Runs until stopped; an event under way is finished first.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.deliver_batch(&stop).await {
                Ok(n) if n > 0 => continue,
                Ok(_) => {}
                Err(e) => tracing::warn!(service = self.service, error = %e, "outbox not relayed, will be tried again"),
            }
            if let Some(tries) = self.away.load(Ordering::Relaxed).checked_sub(1) {
                // Nobody's hint brings the bus back.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(Pauses::default().after(tries)) => {}
                }
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Delivers everything that is deliverable now; for tests and for a last round. Returns how many events went out.
    ///
    /// # Errors
    /// Those of the outbox.
    pub async fn drain(&self) -> Result<usize, StoreError> {
        let stop = CancellationToken::new();
        let mut all = 0_usize;
        loop {
            match self.deliver_batch(&stop).await? {
                0 => return Ok(all),
                n => all = all.saturating_add(n),
            }
        }
    }

    /// One claim and its deliveries; returns how many events went out.
    async fn deliver_batch(&self, stop: &CancellationToken) -> Result<usize, StoreError> {
        let claimed_at = self.clock.now();
        // Asked even when nothing waits: what was published before may be lost.
        let epoch = match self.bus.epoch().await {
            Ok(epoch) => epoch,
            Err(e) => {
                self.is_away(&e);
                return Ok(0);
            }
        };
        self.enter(epoch.as_ref(), claimed_at).await?;
        let batch = if self.away.load(Ordering::Relaxed) == 0 { BATCH } else { 1 };
        let events = self.outbox.claim(&self.owner, claimed_at, LEASE, batch).await?;
        if events.is_empty() && epoch.is_some() {
            // It answers and nothing waits: the next event need not sit out a pause.
            self.is_back();
        }
        let begin_before = later(claimed_at, LEASE_USED_UP);
        let mut done = Vec::with_capacity(events.len());
        let (mut given_back, mut away) = (Ok(()), false);
        for mut event in events {
            let result = if away || stop.is_cancelled() || self.clock.now() > begin_before {
                // Given back, not kept till the lease ends.
                self.outbox.postpone(event.id, claimed_at, "").await
            } else {
                event.source = self.service.to_owned();
                match self.publish(&mut event).await {
                    Ok(()) => {
                        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&event.id);
                        self.is_back();
                        done.push(event.id);
                        Ok(())
                    }
                    Err(e @ BusError::Unavailable(_)) => {
                        away = true;
                        self.is_away(&e);
                        self.outbox.postpone(event.id, claimed_at, &e.to_string()).await
                    }
                    Err(e) => {
                        self.is_back();
                        tracing::warn!(service = self.service, event = %event.id, error = %e, "event postponed");
                        let not_before = later(self.clock.now(), self.pause(&event));
                        self.outbox.postpone(event.id, not_before, &e.to_string()).await
                    }
                }
            };
            given_back = given_back.and(result);
        }
        // Before any error: what went out must not go out again.
        let kept = done.is_empty() || self.keep(&done, epoch.as_ref(), claimed_at).await?;
        given_back.map(|()| if kept { done.len() } else { 0 })
    }

    /// Gives an event to the bus, as part of the trace that it came from; consumers go on from here.
    async fn publish(&self, event: &mut Event) -> Result<(), BusError> {
        let span = tracing::info_span!(
            "publish",
            otel.name = format!("publish {}", event.event_type),
            otel.kind = "producer",
            messaging.system = SYSTEM,
            messaging.operation.type = "send",
            messaging.destination.name = self.service,
            messaging.message.id = %event.id,
            event_type = event.event_type,
        );
        continue_from(&span, &event.trace_parent);
        let traced = span.in_scope(trace_parent);
        if !traced.is_empty() {
            event.trace_parent = traced;
        }
        let published = self.bus.publish(std::slice::from_ref(event)).instrument(span).await;
        let told = [("messaging.system", SYSTEM), (names::SERVICE, self.service)];
        match &published {
            Ok(()) => names::EVENTS_PUBLISHED.add(1, &told),
            Err(error) => {
                let [system, service] = told;
                names::EVENTS_PUBLISHED.add(1, &[system, service, ("error.type", error.kind())]);
            }
        }
        published
    }

    /// Goes over to the life the bus is in: what another life may have lost waits again.
    async fn enter(&self, epoch: Option<&Epoch>, now: Timestamp) -> Result<(), StoreError> {
        let Some(Epoch { id, republish }) = epoch else { return Ok(()) };
        if *self.entered.lock().unwrap_or_else(PoisonError::into_inner) == *id {
            return Ok(());
        }
        let again = self.outbox.enter_epoch(id, earlier(now, *republish)).await?;
        if again > 0 {
            tracing::warn!(service = self.service, again, "the bus may have lost events, they go out again");
        }
        self.entered.lock().unwrap_or_else(PoisonError::into_inner).clone_from(id);
        Ok(())
    }

    /// Marks events as published, if the bus is still in the life that took them; else they wait again, and it is false.
    async fn keep(&self, done: &[Uuid], epoch: Option<&Epoch>, claimed_at: Timestamp) -> Result<bool, StoreError> {
        let lived_on = epoch.is_none() || self.bus.epoch().await.is_ok_and(|now| now.as_ref() == epoch);
        if lived_on {
            match self.outbox.published(done, epoch.map(|e| e.id.as_str()), self.clock.now()).await {
                // Another relay saw the end of this life.
                Err(StoreError::Conflict) => {}
                result => return result.map(|()| true),
            }
        }
        self.entered.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for id in done {
            self.outbox.postpone(*id, claimed_at, "the bus lost its memory").await?;
        }
        Ok(false)
    }

    /// How long a failed event rests: 0.2 s, 0.4 s, … 10 s.
    fn pause(&self, event: &Event) -> Duration {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let n = failures.entry(event.id).or_insert(0);
        let pause = Pauses::default().after(*n);
        *n = n.saturating_add(1);
        pause
    }

    /// Said aloud once; a bus that stays away does not fill the log.
    fn is_away(&self, error: &BusError) {
        let before = self.away.load(Ordering::Relaxed);
        self.away.store(before.saturating_add(1), Ordering::Relaxed);
        if before == 0 {
            tracing::warn!(service = self.service, %error, "events wait in the outbox");
        } else {
            tracing::debug!(service = self.service, %error, tries = before, "events still wait in the outbox");
        }
    }

    fn is_back(&self) {
        if self.away.swap(0, Ordering::Relaxed) > 0 {
            tracing::info!(service = self.service, "the bus is back, events go out again");
        }
    }
}

fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.plus_micros(micros(span))
}

fn earlier(now: Timestamp, span: Duration) -> Timestamp {
    now.plus_micros(micros(span).saturating_neg())
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
