//! A load as many clients make it: facts in batches and by stream, partners, plan versions, runs, postings, deposits and
//! settlements, all at once, each tried again with the same ids until it is acknowledged.

mod facts;
mod money;
mod plans;
mod retry;
mod runs;
mod settlements;
mod setup;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{sync::watch, task::JoinSet};
use tributary::cli::Connection;

pub use facts::{Source, record};
pub use money::{agree, receipt, transaction};
pub use plans::{create_partner, partner, version};
pub use retry::{Met, until_acknowledged, until_answered};
pub use setup::partner_name;
use setup::{PARTNERS, prepare};

use crate::journal::Journal;

/// What all clients of the load share.
#[derive(Clone)]
pub struct Shared {
    /// The way in.
    pub gateway: Arc<Connection>,
    /// Where acknowledgements are kept.
    pub journal: Journal,
    /// What went wrong on the way.
    pub met: Arc<Met>,
    done: Arc<AtomicU64>,
    /// Seed of everything random.
    pub seed: u64,
    stop: watch::Receiver<bool>,
}

impl Shared {
    /// How many requests were acknowledged.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The same, with counts of its own of what goes wrong.
    #[must_use]
    pub fn with(&self, met: Arc<Met>) -> Self {
        Self { met, ..self.clone() }
    }

    /// Whether the load is to come to its end.
    fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    fn one_more(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Clients at work.
pub struct Load {
    /// What they share.
    pub shared: Shared,
    stop: watch::Sender<bool>,
    clients: JoinSet<anyhow::Result<()>>,
}

impl Load {
    /// Prepares what the load is about and starts the clients.
    ///
    /// # Errors
    /// When the suite refuses what is prepared.
    pub async fn start(gateway: Connection, journal: Journal, seed: u64) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let shared = Shared {
            gateway: Arc::new(gateway),
            journal,
            met: Arc::default(),
            done: Arc::default(),
            seed,
            stop: stopped,
        };
        prepare(&shared).await?;
        let mut clients = JoinSet::new();
        for number in 0..2 {
            clients.spawn(facts::in_batches(shared.clone(), number));
        }
        clients.spawn(facts::by_stream(shared.clone(), 2));
        clients.spawn(plans::partners(shared.clone()));
        clients.spawn(plans::versions(shared.clone()));
        clients.spawn(runs::previews(shared.clone()));
        clients.spawn(money::postings(shared.clone()));
        clients.spawn(money::deposits(shared.clone()));
        clients.spawn(settlements::settlements(shared.clone()));
        Ok(Self { shared, stop, clients })
    }

    /// How many requests were acknowledged so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.shared.done()
    }

    /// Whether a client has ended, which it does only for an error; then that error.
    ///
    /// # Errors
    /// The error of the client.
    pub fn goes_on(&mut self) -> anyhow::Result<()> {
        match self.clients.try_join_next() {
            None => Ok(()),
            Some(ended) => ended?.and_then(|()| anyhow::bail!("a client ended before the load was over")),
        }
    }

    /// Lets every client finish what it is at, then runs the last run.
    ///
    /// # Errors
    /// Those of the clients.
    pub async fn finish(mut self) -> anyhow::Result<Shared> {
        self.stop.send_replace(true);
        while let Some(ended) = self.clients.join_next().await {
            ended??;
        }
        runs::last(&self.shared).await?;
        Ok(self.shared)
    }
}
