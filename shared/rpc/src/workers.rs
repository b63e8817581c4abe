//! Workers that several services run.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tributary_core::{Clock, Timestamp};
use tributary_lifecycle::{CancellationToken, Worker};
use tributary_sql::{RequestStore, StoreError, StoreWatch, deadline};
use tributary_telemetry::{
    metrics,
    names::{self, SERVICE},
};

use crate::service::Health;

/// How often the store is asked whether it answers.
const ASK: Duration = Duration::from_secs(2);
/// The longest it may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// As many times in a row it may fail to before the service says that it takes no calls.
const FAILURES: u32 = 3;
/// What waits is counted every so many times.
const COUNT_EVERY: u32 = 5;
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

/// Asks the store again and again whether it answers, and says so by the service's health: without its store a replica
/// takes no calls. Where metrics are taken, counts what waits in it.
pub(crate) fn watch_store(
    service: &'static str,
    store: Arc<dyn StoreWatch>,
    clock: Arc<dyn Clock>,
    health: Health,
) -> Worker {
    Worker::new("watch-store", move |stop| {
        let watch = Watch { service, store: store.clone(), clock: clock.clone(), health: health.clone() };
        async move { watch.run(stop).await }
    })
}

struct Watch {
    service: &'static str,
    store: Arc<dyn StoreWatch>,
    clock: Arc<dyn Clock>,
    health: Health,
}

impl Watch {
    async fn run(self, stop: CancellationToken) {
        let (mut failures, mut round) = (0_u32, 0_u32);
        while !stop.is_cancelled() {
            match patient(self.store.ping()).await {
                Ok(()) => {
                    if failures >= FAILURES {
                        tracing::info!(service = self.service, "the store answers again");
                        self.health.set_serving(true).await;
                    }
                    failures = 0;
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    if failures == FAILURES {
                        tracing::warn!(service = self.service, %error, "the store does not answer, no calls are taken");
                        self.health.set_serving(false).await;
                    }
                }
            }
            if metrics::enabled() {
                names::STORE_UP.set(i64::from(failures < FAILURES), &[(SERVICE, self.service)]);
                self.pools();
                if failures == 0 && round == 0 {
                    self.backlog().await;
                }
            }
            round = round.wrapping_add(1) % COUNT_EVERY;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(ASK) => {}
            }
        }
    }

    fn pools(&self) {
        for pool in self.store.connections() {
            let of = |state| {
                [
                    ("db.client.connection.pool.name", pool.pool),
                    ("db.client.connection.state", state),
                    (SERVICE, self.service),
                ]
            };
            names::POOL_CONNECTIONS.set(pool.used.into(), &of("used"));
            names::POOL_CONNECTIONS.set(pool.idle.into(), &of("idle"));
            names::POOL_MAX
                .set(pool.max.into(), &[("db.client.connection.pool.name", pool.pool), (SERVICE, self.service)]);
        }
    }

    async fn backlog(&self) {
        let backlog = match patient(self.store.backlog()).await {
            Ok(backlog) => backlog,
            Err(error) => return tracing::debug!(service = self.service, %error, "what waits was not counted"),
        };
        let own = [(SERVICE, self.service)];
        names::OUTBOX_PENDING.set(backlog.events, &own);
        names::OUTBOX_OLDEST.set(self.age(backlog.oldest_event), &own);
        names::DEAD_LETTERS.set(backlog.dead_letters, &own);
        for (state, count) in [("PENDING", backlog.pending), ("RUNNING", backlog.running)] {
            names::OPERATIONS_OPEN.set(count, &[("state", state), (SERVICE, self.service)]);
        }
        names::OPERATIONS_OLDEST.set(self.age(backlog.oldest_pending), &own);
    }

    /// Seconds since a moment, 0 without one.
    fn age(&self, since: Option<Timestamp>) -> i64 {
        let age = since.map_or(0, |since| self.clock.now().0.saturating_sub(since.0));
        age.max(0) / 1_000_000
    }
}

/// Neither the wait nor the statement goes on for longer.
async fn patient<T>(ask: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let until = Instant::now().checked_add(PATIENCE);
    let asked = tokio::time::timeout(PATIENCE, deadline::scope(until, ask)).await;
    asked.unwrap_or_else(|_| Err(StoreError::Unavailable(format!("no answer within {PATIENCE:?}"))))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use tokio_util::sync::CancellationToken;
    use tonic_health::{pb::HealthCheckRequest, pb::health_client::HealthClient};
    use tributary_core::{SystemClock, SystemIds, Timestamp};
    use tributary_sql::{Backlog, Connections, Recall, RequestKey, RequestStore, StoreError, StoreWatch};

    use super::forget_requests;
    use crate::{Edge, client, service::ServiceBuilder, token::TokenSigner};

    #[derive(Default)]
    struct Counting {
        forgotten: Mutex<u32>,
        away: Mutex<bool>,
    }

    #[tonic::async_trait]
    impl StoreWatch for Counting {
        async fn ping(&self) -> Result<(), StoreError> {
            if *self.away.lock().expect("not poisoned") { std::future::pending().await } else { Ok(()) }
        }

        async fn backlog(&self) -> Result<Backlog, StoreError> {
            Ok(Backlog::default())
        }

        fn connections(&self) -> Vec<Connections> {
            Vec::new()
        }
    }

    #[tonic::async_trait]
    impl RequestStore for Counting {
        async fn recalled(&self, _: &RequestKey, _: Timestamp) -> Result<Recall, StoreError> {
            Ok(Recall::New)
        }

        async fn forget_requests(&self, _: Timestamp) -> Result<u64, StoreError> {
            let mut calls = self.forgotten.lock().expect("not poisoned");
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
        assert_eq!(*store.forgotten.lock().expect("not poisoned"), 3);
        stop.cancel();
        running.await.expect("ends");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_is_ready_while_its_store_answers_and_lives_all_the_time() {
        let store = Arc::new(Counting::default());
        let signer = TokenSigner::generate().expect("key");
        let edge = Edge::new("partner.tributary");
        let service =
            ServiceBuilder::new("registry", &edge, signer.verifier(), Arc::new(SystemClock), Arc::new(SystemIds))
                .store(store.clone())
                .build()
                .await
                .expect("service");
        let stop = CancellationToken::new();
        let running = tokio::spawn(tributary_lifecycle::run_workers(service.workers, stop.clone()));
        let backend = client::local(service.router);
        let status = async |name: &str| {
            let check = HealthCheckRequest { service: name.to_owned() };
            HealthClient::new(backend.clone()).check(check).await.expect("open").into_inner().status
        };
        let all = async || (status("").await, status("registry").await, status("liveness").await);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(all().await, (1, 1, 1));
        *store.away.lock().expect("not poisoned") = true;
        // One that fails is no reason: three in a row are, each of two seconds with two seconds between.
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(all().await, (1, 1, 1));
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert_eq!(all().await, (2, 2, 1));
        *store.away.lock().expect("not poisoned") = false;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(all().await, (1, 1, 1));
        stop.cancel();
        running.await.expect("ends");
    }
}
