//! The ends of all feeds, for those who wait: one look at the store for all of them, so that many streams cost it no more
//! than one. What another gateway took in is seen at the next look, what this one took in at once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::{Notify, watch};
use tributary_core::TenantId;
use tributary_lifecycle::Worker;

use crate::ports::GatewayStore;

/// How often the store is asked while somebody waits.
const LOOK: Duration = Duration::from_millis(250);

/// The last number of each feed, as far as it is known here.
#[derive(Debug)]
pub struct Tail {
    ends: watch::Sender<BTreeMap<TenantId, i64>>,
    hint: Notify,
}

impl Default for Tail {
    fn default() -> Self {
        Self { ends: watch::Sender::default(), hint: Notify::new() }
    }
}

impl Tail {
    /// Says that something may have come.
    pub fn wake(&self) {
        self.hint.notify_one();
    }

    /// Waits until a feed goes on after a number.
    pub(super) async fn beyond(&self, tenant: &TenantId, number: i64) {
        let mut ends = self.ends.subscribe();
        // The sender lives as long as this.
        let _ = ends.wait_for(|ends| ends.get(tenant).is_some_and(|last| *last > number)).await;
    }
}

/// Looks for new events again and again while somebody waits for some.
#[must_use]
pub fn tail_worker(tail: Arc<Tail>, store: Arc<dyn GatewayStore>) -> Worker {
    Worker::new("feed-tail", move |stop| {
        let (tail, store) = (tail.clone(), store.clone());
        async move {
            while !stop.is_cancelled() {
                if tail.ends.receiver_count() > 0 {
                    match store.heads().await {
                        Ok(heads) => {
                            let heads: BTreeMap<_, _> = heads.into_iter().collect();
                            tail.ends.send_if_modified(|known| {
                                let moved = *known != heads;
                                *known = heads;
                                moved
                            });
                        }
                        Err(error) => tracing::warn!(%error, "the feed cannot be looked at, trying again"),
                    }
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tail.hint.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        }
    })
}
