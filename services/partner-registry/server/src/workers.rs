//! What the service does besides answering, apart from the relay.

use std::{sync::Arc, time::Duration};

use tributary_core::Clock;
use tributary_lifecycle::Worker;

use crate::ports::RegistryStore;

/// How often old request keys are deleted.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Deletes request keys that are too old to be recalled, so that the table does not grow for ever.
pub(crate) fn forget_requests(store: Arc<dyn RegistryStore>, clock: Arc<dyn Clock>) -> Worker {
    Worker::new("partner-registry-forget-requests", move |stop| {
        let (store, clock) = (store.clone(), clock.clone());
        async move {
            while !stop.is_cancelled() {
                if let Err(error) = store.forget_requests(clock.now()).await {
                    tracing::warn!(%error, "old request keys were not deleted, will be tried again");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        }
    })
}
