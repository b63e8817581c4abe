//! One consumer: hands the events of every stream over in order, one replica at a time ([`Lease`]).

use std::{sync::Arc, time::Duration};

use redis::{RedisError, streams::StreamKey};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_core::{Clock, Fault};
use tributary_telemetry::{metrics, names};
use uuid::Uuid;

use super::{
    RedisOptions, Server, entry,
    lease::Lease,
    parked::{Entry, Parked},
    reader::Reader,
};
use crate::{MAX_DEATHS, Subscription, deliver::Deliveries};

/// The longest a read waits for entries, and a replica before it asks for the lease again.
const WAIT: Duration = Duration::from_secs(1);
/// When so many entries wait for another try, no new ones are read.
const MAX_PARKED: usize = 10_000;
/// How often it is checked whether events were missed.
const CHECK: Duration = Duration::from_secs(60);
/// How often it is measured how much waits.
const MEASURE: Duration = Duration::from_secs(10);

pub(super) struct Consumer {
    server: Server,
    options: Arc<RedisOptions>,
    subscription: Subscription,
    deliveries: Deliveries,
    owner: Uuid,
}

/// What is under way while the lease is held.
struct Session {
    reader: Reader,
    parked: Parked,
    stop: CancellationToken,
}

impl Consumer {
    /// `owner` differs between replicas.
    pub(super) fn new(
        server: Server,
        options: Arc<RedisOptions>,
        clock: Arc<dyn Clock>,
        subscription: Subscription,
        owner: Uuid,
    ) -> Self {
        Self { server, options, subscription, deliveries: Deliveries::new(clock), owner }
    }

    /// Runs until stopped; an event under way is finished first.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut failures = 0_u32;
        while !stop.is_cancelled() {
            let pause = match self.turn(&stop).await {
                Ok(true) => {
                    failures = 0;
                    continue;
                }
                // Another replica reads.
                Ok(false) => (self.options.lease / 4).min(WAIT),
                Err(error) => {
                    if failures == 0 {
                        let consumer = self.subscription.consumer;
                        tracing::warn!(consumer, %error, "events cannot be read, will be tried again");
                    }
                    let pause = self.options.pauses.after(failures);
                    failures = failures.saturating_add(1);
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Reads for as long as the lease is held; false when another replica holds it.
    async fn turn(&self, stop: &CancellationToken) -> Result<bool, RedisError> {
        let key = self.options.lease_of(self.subscription.consumer);
        let token = self.owner.to_string();
        let Some(mut lease) = Lease::acquire(&self.server, key, token, self.options.lease).await? else {
            return Ok(false);
        };
        let held = stop.child_token();
        let read = async {
            let read = self.read(&held).await;
            held.cancel();
            read
        };
        let (read, ()) = tokio::join!(read, lease.keep(&held));
        lease.release().await;
        // Who reads next measures for all.
        self.measure(streams(&self.options).map(|stream| (stream, 0)));
        read.map(|()| true)
    }

    async fn read(&self, stop: &CancellationToken) -> Result<(), RedisError> {
        let streams: Vec<String> = streams(&self.options).collect();
        let reader = Reader::begin(self.server.connect().await?, self.subscription.consumer, &streams).await?;
        let mut session = Session { reader, parked: Parked::new(self.options.pauses), stop: stop.clone() };
        let mut checked: Option<Instant> = None;
        let mut measured: Option<Instant> = None;
        while !stop.is_cancelled() {
            if checked.is_none_or(|at| at.elapsed() >= CHECK) {
                self.say_what_was_missed(&mut session.reader).await?;
                checked = Some(Instant::now());
            }
            if metrics::enabled() && measured.is_none_or(|at| at.elapsed() >= MEASURE) {
                self.measure(session.reader.backlog().await?);
                measured = Some(Instant::now());
            }
            self.try_again(&mut session).await?;
            let due = session.parked.next_due().map(|due| due.saturating_duration_since(Instant::now()));
            let wait = due.unwrap_or(WAIT).min(WAIT);
            if session.parked.len() >= MAX_PARKED {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(wait) => {}
                }
                continue;
            }
            // Dropped by a stop, it leaves what it got as unfinished.
            let (entries, unfinished) = tokio::select! {
                () = stop.cancelled() => break,
                entries = session.reader.next(wait) => entries?,
            };
            self.take(&mut session, entries, unfinished).await?;
        }
        Ok(())
    }

    /// Handles entries in their order; one that fails rests, with those of its subject behind it. `unfinished`: another
    /// reader had them before.
    async fn take(&self, session: &mut Session, streams: Vec<StreamKey>, unfinished: bool) -> Result<(), RedisError> {
        for StreamKey { key: stream, ids } in streams {
            for one in ids {
                if session.stop.is_cancelled() {
                    return session.reader.acknowledge().await;
                }
                let event = match entry::read(&one.map) {
                    Ok(event) => event,
                    Err(why) => {
                        // Trimmed before it was handled, or none of ours: nothing can be made of it here. What was
                        // published is still in the outbox of its service.
                        let consumer = self.subscription.consumer;
                        tracing::error!(
                            consumer,
                            stream,
                            entry = one.id,
                            why,
                            "an entry that is no event, passed over"
                        );
                        session.reader.done(&stream, one.id);
                        continue;
                    }
                };
                if !self.subscription.wants(&event) {
                    session.reader.done(&stream, one.id);
                    continue;
                }
                let entry = Entry { stream: stream.clone(), id: one.id, event };
                let Some(entry) = session.parked.behind(entry) else { continue };
                let delivered = if unfinished {
                    self.deliver_with_care(&mut session.reader, &entry).await?
                } else {
                    self.deliver(&entry).await
                };
                if delivered {
                    session.reader.done(&entry.stream, entry.id);
                } else {
                    session.parked.park(entry, Instant::now());
                }
            }
        }
        session.reader.acknowledge().await
    }

    /// Tries again what has rested; a subject goes on until it is done or fails.
    async fn try_again(&self, session: &mut Session) -> Result<(), RedisError> {
        for subject in session.parked.due(Instant::now()) {
            while let Some(entry) = session.parked.head(&subject) {
                if session.stop.is_cancelled() {
                    return session.reader.acknowledge().await;
                }
                if !self.deliver(&entry).await {
                    session.parked.failed(&subject, Instant::now());
                    break;
                }
                session.reader.done(&entry.stream, entry.id);
                session.parked.done(&subject);
            }
        }
        session.reader.acknowledge().await
    }

    /// Whether the consumer is done with the event.
    async fn deliver(&self, entry: &Entry) -> bool {
        match self.deliveries.deliver(&self.subscription, &entry.event).await {
            Ok(()) => {
                self.deliveries.forget(entry.event.id);
                true
            }
            Err(error) => {
                tracing::warn!(entry = entry.id, %error, "event postponed");
                false
            }
        }
    }

    fn measure(&self, waiting: impl IntoIterator<Item = (String, usize)>) {
        for (stream, count) in waiting {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let consumer = ("messaging.consumer.group.name", self.subscription.consumer);
            names::CONSUMER_BACKLOG.set(count, &[consumer, ("messaging.destination.name", &stream)]);
        }
    }

    /// The same for an entry that an earlier reader left: it may be the one that ended it. Deaths in the middle of handling
    /// are counted, so that such an entry is given up and does not end every reader there will be.
    async fn deliver_with_care(&self, reader: &mut Reader, entry: &Entry) -> Result<bool, RedisError> {
        let place = self.options.begun_by(self.subscription.consumer);
        let id = format!("{} {}", entry.stream, entry.id);
        let begun = reader.begun(&place, &id).await?;
        let delivered = if begun > MAX_DEATHS {
            let fault = Fault::internal(format!("the process ended {MAX_DEATHS} times in the middle of handling it"));
            let given_up = self.deliveries.give_up(&self.subscription, &entry.event, &fault, begun).await;
            given_up.inspect_err(|error| tracing::warn!(entry = entry.id, %error, "event postponed")).is_ok()
        } else {
            self.deliver(entry).await
        };
        reader.ended(&place, &id).await?;
        Ok(delivered)
    }

    async fn say_what_was_missed(&self, reader: &mut Reader) -> Result<(), RedisError> {
        for (stream, count) in reader.missed().await? {
            let (consumer, epoch) = (self.subscription.consumer, self.options.epoch());
            tracing::error!(
                consumer,
                stream,
                count,
                "events were trimmed before they were read; delete the key {epoch} to have the last days sent again"
            );
        }
        Ok(())
    }
}

/// The stream of every service that publishes.
fn streams(options: &RedisOptions) -> impl Iterator<Item = String> {
    options.sources.iter().map(|source| options.stream(source))
}
