//! The run of a process: servers and workers up to the stop, then the drain in its fixed order.

use std::{fmt, time::Duration};

use futures::{FutureExt as _, future::BoxFuture, stream::FuturesUnordered, stream::StreamExt as _};
use tokio_util::sync::CancellationToken;

use crate::worker::{Worker, run_workers};

/// The longest a stop takes, from the signal to the end.
pub const HARD_LIMIT: Duration = Duration::from_secs(30);

/// Of the hard limit, what servers may use for draining before the workers are stopped.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);

/// Of the drain, what may be spent before it begins.
const MAX_DELAY: Duration = Duration::from_secs(10);

type Serve = Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, Result<(), String>> + Send>;

/// A server: runs until its token is cancelled, then drains and returns.
pub struct Server {
    /// Name in the logs. Example: "gateway".
    pub name: &'static str,
    /// Runs it. An error before the stop stops the whole process.
    pub run: Serve,
}

impl Server {
    /// A server from a closure. The error is a sentence for the log and the command line.
    #[must_use]
    pub fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: FnOnce(CancellationToken) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, run: Box::new(move |stop| run(stop).boxed()) }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a process runs.
#[derive(Default)]
pub struct Plan {
    /// What to do first at a stop: health answers "not serving", so that no new calls come.
    pub unhealthy: Vec<BoxFuture<'static, ()>>,
    /// How long servers still take calls after that: as long as it takes until nobody sends any.
    pub delay: Duration,
    /// Servers, drained second.
    pub servers: Vec<Server>,
    /// Workers, stopped last, when nothing can give them work any more.
    pub workers: Vec<Worker>,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("servers", &self.servers).field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Asked to stop, everything returned.
    Clean,
    /// Asked to stop; something did not return within its limit and was left behind.
    Forced,
    /// A server failed; its name and the sentence.
    Failed(String),
}

/// Runs a plan until `stop` is cancelled or a server fails, then stops everything in order within [`HARD_LIMIT`].
pub async fn run(plan: Plan, stop: CancellationToken) -> Ended {
    let Plan { unhealthy, delay, servers, workers } = plan;
    let (drain, stop_workers) = (CancellationToken::new(), CancellationToken::new());
    let mut workers = tokio::spawn(run_workers(workers, stop_workers.clone()));
    let mut servers: FuturesUnordered<_> = servers
        .into_iter()
        .map(|server| {
            let task = tokio::spawn((server.run)(drain.clone()));
            async move {
                match task.await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(format!("{}: {error}", server.name)),
                    Err(error) => Err(format!("{}: {error}", server.name)),
                }
            }
        })
        .collect();

    let mut failure = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = servers.next() => if let Err(error) = ended {
                tracing::error!(%error, "server failed, stopping");
                failure = Some(error);
                break;
            },
        }
    }

    let end = tokio::time::Instant::now().checked_add(HARD_LIMIT);
    let drained = tokio::time::timeout(DRAIN_LIMIT, async {
        futures::future::join_all(unhealthy).await;
        if failure.is_none() {
            tokio::time::sleep(delay.min(MAX_DELAY)).await;
        }
        drain.cancel();
        while let Some(ended) = servers.next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "server failed while draining");
            }
        }
    })
    .await;
    drain.cancel();
    stop_workers.cancel();
    let stopped = match end {
        Some(end) => tokio::time::timeout_at(end, &mut workers).await.is_ok(),
        None => false,
    };
    if !stopped {
        workers.abort();
    }
    match (failure, drained.is_ok() && stopped) {
        (Some(failure), _) => Ended::Failed(failure),
        (None, true) => Ended::Clean,
        (None, false) => {
            tracing::warn!("something did not stop within its limit and was left behind");
            Ended::Forced
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::FutureExt as _;
    use tokio::time::{Duration, Instant, sleep};
    use tokio_util::sync::CancellationToken;

    use super::{Ended, Plan, Server, run};
    use crate::Worker;

    type Log = Arc<Mutex<Vec<&'static str>>>;

    fn plan(log: &Log) -> Plan {
        let note = |text: &'static str| {
            let log = log.clone();
            move || log.lock().expect("log").push(text)
        };
        let (unhealthy, drained, worked) = (note("unhealthy"), note("drained"), note("worker"));
        let worked = Arc::new(worked);
        Plan {
            unhealthy: vec![async move { unhealthy() }.boxed()],
            delay: Duration::from_secs(3),
            servers: vec![Server::new("server", |stop| async move {
                stop.cancelled().await;
                sleep(Duration::from_secs(1)).await;
                drained();
                Ok(())
            })],
            workers: vec![Worker::new("worker", move |stop| {
                let worked = worked.clone();
                async move {
                    stop.cancelled().await;
                    worked();
                }
            })],
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_order_of_a_stop_is_fixed() {
        let (log, stop) = (Log::default(), CancellationToken::new());
        stop.cancel();
        let started = Instant::now();
        assert_eq!(run(plan(&log), stop).await, Ended::Clean);
        assert_eq!(started.elapsed().as_secs(), 4);
        assert_eq!(*log.lock().expect("log"), ["unhealthy", "drained", "worker"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_left_behind_after_the_hard_limit() {
        let (log, stop) = (Log::default(), CancellationToken::new());
        let mut plan = plan(&log);
        plan.servers.push(Server::new("deaf", |_| std::future::pending()));
        plan.workers.push(Worker::new("deaf", |_| std::future::pending()));
        stop.cancel();
        let started = Instant::now();
        assert_eq!(run(plan, stop).await, Ended::Forced);
        assert_eq!(started.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_server_stops_the_process() {
        let (log, stop) = (Log::default(), CancellationToken::new());
        let mut plan = plan(&log);
        plan.servers.push(Server::new("web", |_| async { Err("address in use".to_owned()) }));
        assert_eq!(run(plan, stop).await, Ended::Failed("web: address in use".to_owned()));
        assert_eq!(*log.lock().expect("log"), ["unhealthy", "drained", "worker"]);
    }
}
