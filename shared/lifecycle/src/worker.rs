//! Workers: what a service does besides answering (outbox relay, operation runner, expiry). Supervised: a worker that
//! panics or returns early is logged and started again with backoff.

use std::{fmt, time::Duration};

use futures::{FutureExt as _, future::BoxFuture, future::join_all};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// First pause before a worker is started again; doubles up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(100);
/// Longest pause. A worker that ran longer than this starts from the first pause again.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

type Run = Box<dyn Fn(CancellationToken) -> BoxFuture<'static, ()> + Send + Sync>;

/// A background task of a service.
pub struct Worker {
    /// Name in the logs. Example: "partner-registry-relay".
    pub name: &'static str,
    /// Starts it; called again after a panic, hence `Fn`. It returns soon after the token is cancelled.
    pub run: Run,
}

impl Worker {
    /// A worker from a closure that can be started more than once.
    ///
    /// ```
    /// use tributary_lifecycle::Worker;
    /// let worker = Worker::new("idle", |stop| async move { stop.cancelled().await });
    /// assert_eq!(worker.name, "idle");
    /// ```
    #[must_use]
    pub fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: Fn(CancellationToken) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Box::new(move |stop| run(stop).boxed()) }
    }

    /// Runs it until `stop` is cancelled and it has returned; after a panic or an early return it starts again.
    pub async fn supervised(self, stop: CancellationToken) {
        let mut backoff = MIN_BACKOFF;
        while !stop.is_cancelled() {
            let started = Instant::now();
            // A task of its own: a panic ends up in the join error instead of unwinding through the supervisor.
            match tokio::spawn((self.run)(stop.clone())).await {
                _ if stop.is_cancelled() => return,
                Ok(()) => tracing::warn!(worker = self.name, "worker ended without being asked, starting it again"),
                Err(error) => tracing::error!(worker = self.name, %error, "worker panicked, starting it again"),
            }
            if started.elapsed() > MAX_BACKOFF {
                backoff = MIN_BACKOFF;
            }
            tokio::select! {
                () = tokio::time::sleep(backoff) => {}
                () = stop.cancelled() => return,
            }
            backoff = backoff.saturating_mul(2).min(MAX_BACKOFF);
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Runs all workers side by side; returns when `stop` is cancelled and every worker has returned.
pub async fn run_workers(workers: Vec<Worker>, stop: CancellationToken) {
    join_all(workers.into_iter().map(|worker| worker.supervised(stop.clone()))).await;
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        time::Duration,
    };

    use tokio_util::sync::CancellationToken;

    use super::{Worker, run_workers};

    #[tokio::test(start_paused = true)]
    async fn a_panicking_worker_is_started_again_and_stops_when_asked() {
        let starts = Arc::new(AtomicU32::new(0));
        let seen = starts.clone();
        let worker = Worker::new("fragile", move |stop: CancellationToken| {
            let starts = starts.clone();
            async move {
                assert!(starts.fetch_add(1, Ordering::SeqCst) >= 2, "dies twice");
                stop.cancelled().await;
            }
        });
        let stop = CancellationToken::new();
        let running = tokio::spawn(run_workers(vec![worker], stop.clone()));
        // Starts at 0 ms, 100 ms and 100 + 200 ms.
        tokio::time::sleep(Duration::from_millis(299)).await;
        assert_eq!(seen.load(Ordering::SeqCst), 2);
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(seen.load(Ordering::SeqCst), 3);
        stop.cancel();
        running.await.expect("ends");
        assert_eq!(seen.load(Ordering::SeqCst), 3);
    }
}
