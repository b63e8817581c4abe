//! Workers that several services run.

use std::{sync::Arc, time::Duration};

use tributary_core::Clock;
use tributary_lifecycle::Worker;
use tributary_sql::RequestStore;

/// How often old request keys are deleted.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Deletes request keys that are too old to be recalled, so that their table does not grow for ever. Every service that
/// takes a `request_id` runs it.
pub fn forget_requests(store: Arc<dyn RequestStore>, clock: Arc<dyn Clock>) -> Worker {
    Worker::new("forget-requests", move |stop| {
        let (store, clock) = (store.clone(), clock.clone());
        async move {
            while !stop.is_cancelled() {
                match store.forget_requests(clock.now()).await {
                    Ok(count) => tracing::debug!(count, "old request keys deleted"),
                    Err(error) => tracing::warn!(%error, "old request keys were not deleted, will be tried again"),
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use tributary_core::{SystemClock, Timestamp};
    use tributary_lifecycle::CancellationToken;
    use tributary_sql::{RequestStore, StoreError};

    use super::forget_requests;

    #[derive(Default)]
    struct Counting(Mutex<u32>);

    #[tonic::async_trait]
    impl RequestStore for Counting {
        async fn forget_requests(&self, _: Timestamp) -> Result<u64, StoreError> {
            let mut calls = self.0.lock().expect("not poisoned");
            *calls += 1;
            if *calls == 1 { Err(StoreError::Unavailable("busy".to_owned())) } else { Ok(3) }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_forgets_at_once_and_every_hour_whatever_fails() {
        let store = Arc::new(Counting::default());
        let worker = forget_requests(store.clone(), Arc::new(SystemClock));
        let stop = CancellationToken::new();
        let running = tokio::spawn((worker.run)(stop.clone()));
        tokio::time::sleep(Duration::from_secs(2 * 3600 + 1)).await;
        assert_eq!(*store.0.lock().expect("not poisoned"), 3);
        stop.cancel();
        running.await.expect("ends");
    }
}
