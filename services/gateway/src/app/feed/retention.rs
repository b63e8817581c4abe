//! Events are kept for 30 days from the moment they came into the feed.

use std::{sync::Arc, time::Duration};

use tributary_core::Clock;
use tributary_lifecycle::Worker;

use crate::ports::GatewayStore;

/// How long an event is kept.
pub const RETENTION_DAYS: i64 = 30;

/// How often old events are removed, when none was left over.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// Events of one tenant that one transaction removes.
const BATCH: i64 = 1_000;
const SECONDS_OF_DAY: i64 = 86_400;

/// Removes events that are too old, with their deliveries.
#[must_use]
pub fn forget_worker(store: Arc<dyn GatewayStore>, clock: Arc<dyn Clock>) -> Worker {
    Worker::new("feed-retention", move |stop| {
        let (store, clock) = (store.clone(), clock.clone());
        async move {
            while !stop.is_cancelled() {
                let before = clock.now().plus_seconds(-RETENTION_DAYS.saturating_mul(SECONDS_OF_DAY));
                let pause = match store.forget_events(before, BATCH).await {
                    Ok(0) => EVERY,
                    Ok(count) => {
                        tracing::debug!(count, "old events removed from the feed");
                        Duration::ZERO
                    }
                    Err(error) => {
                        tracing::warn!(%error, "old events were not removed from the feed, will be tried again");
                        EVERY
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    })
}
