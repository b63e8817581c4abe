//! Settings of a pool.

use std::time::Duration;

use tributary_core::Timestamp;

/// How a pool behaves; the default suits a service of its own.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Name of the service that owns the store: the `source` of its events. Example: "partner-registry".
    pub service: String,
    /// Most connections at once; for SQLite the most readers, there is always one writer.
    pub max_connections: u32,
    /// How long a call waits for a connection (on SQLite: also for its turn to write) before the store counts as
    /// unavailable.
    pub acquire_timeout: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { service: String::new(), max_connections: 10, acquire_timeout: Duration::from_secs(10) }
    }
}

impl PoolOptions {
    /// The default for a service.
    #[must_use]
    pub fn for_service(service: impl Into<String>) -> Self {
        Self { service: service.into(), ..Self::default() }
    }
}

/// The instant `span` before `now`.
pub(crate) fn before(now: Timestamp, span: Duration) -> Timestamp {
    now.plus_micros(micros(span).saturating_neg())
}

/// The instant `span` after `now`.
pub(crate) fn after(now: Timestamp, span: Duration) -> Timestamp {
    now.plus_micros(micros(span))
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
