//! What producers and consumers know of a bus.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use thiserror::Error;
use tributary_core::{Event, Fault, fault::common};
use tributary_sql::DeadLetterStore;
use uuid::Uuid;

/// Takes events in.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Handles one event: in one transaction the inbox row
    /// ([`first_seen`](tributary_sql::UnitOfWork::first_seen); nothing else when it was seen) and the effect.
    ///
    /// # Errors
    /// `Unavailable` and `Aborted` are tried again for as long as it takes, `Internal` (and a panic) ten times; any other
    /// kind is final and makes a dead letter at once.
    async fn handle(&self, event: &Event) -> Result<(), Fault>;
}

/// Who wants which events.
#[derive(Clone)]
pub struct Subscription {
    /// Name of the consumer, the same for ever: inbox and dead letters go by it. Example: "incentive-calculation".
    pub consumer: &'static str,
    /// Which types, whole names; none means every type.
    pub event_types: &'static [&'static str],
    /// Who handles them.
    pub handler: Arc<dyn Handler>,
    /// Where events go that cannot be handled: the consumer's own store.
    pub dead_letters: Arc<dyn DeadLetterStore>,
}

impl Subscription {
    /// Whether an event is wanted.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        self.event_types.is_empty() || self.event_types.contains(&event.event_type.as_str())
    }
}

/// Carries events from outboxes to subscribers.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes events in order. Once it returns, they need not be published again.
    ///
    /// # Errors
    /// The first failure; the failed event and those after it must be published again.
    async fn publish(&self, events: &[Event]) -> Result<(), BusError>;

    /// Adds a subscriber; from now on it gets events.
    fn subscribe(&self, subscription: Subscription);

    /// In which life the bus is. Once it is in another, it may have lost events that it took before, and they must be
    /// published again. None: it does not say, and is believed to lose nothing.
    ///
    /// # Errors
    /// `Unavailable` when the bus is away.
    async fn epoch(&self) -> Result<Option<Epoch>, BusError> {
        Ok(None)
    }
}

/// One life of a bus, from one loss of its memory to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Which; never the same again after a loss.
    pub id: String,
    /// How far back events go out again in a new life.
    pub republish: Duration,
}

impl Epoch {
    /// How far back, where nothing else is said: seven days.
    pub const REPUBLISH: Duration = Duration::from_secs(7 * 24 * 60 * 60);
}

/// Why an event was not published.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BusError {
    /// A consumer could not handle it this time.
    #[error("{consumer} could not handle event {event} (attempt {attempt}): {fault}")]
    Consumer {
        /// Which consumer.
        consumer: String,
        /// Which event.
        event: Uuid,
        /// How often it was tried, this time included.
        attempt: u32,
        /// Why.
        fault: Fault,
    },
    /// The bus is away: no event can be published, whatever it is.
    #[error("the bus is unavailable: {0}")]
    Unavailable(String),
}

impl BusError {
    /// In one word, for telemetry.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Consumer { .. } => "consumer",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl From<BusError> for Fault {
    fn from(error: BusError) -> Self {
        Self::new(common::UPSTREAM_UNAVAILABLE, error.to_string())
    }
}
