//! The rigs, and what they have in common: start, load, faults, the end of the load, reconciliation.

mod cancel;
mod kill;
mod postgres;
mod redis;
mod repeat;

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Parser};
use rand::{SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use tributary::settings::ServiceName;

use crate::{
    journal::Journal,
    load::Load,
    place::{Place, Store},
};

/// What is broken.
#[derive(Debug, Parser)]
#[command(name = "fault-rig", about = "Breaks a running suite while a load goes on; started by tests/fault/run")]
pub enum Rig {
    /// Kill processes (SIGKILL): each of the five services so many times
    Kill(Common),
    /// Empty Redis and kill it, in turns
    Redis(Common),
    /// Restart PostgreSQL, end its sessions, cut connections at their commit: so many of each
    Postgres(Common),
    /// Cancel calls at any moment
    Cancel(Common),
    /// Repeat calls with the same key, 64 at once, over kills and a restart: so many calls
    Repeat(Common),
}

/// How it is broken.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// How often
    #[arg(long)]
    pub times: u32,
    /// Where the services keep their data
    #[arg(long, value_enum, default_value = "sqlite")]
    pub store: Store,
    /// Decides every moment and amount
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The command of the suite
    #[arg(long)]
    pub binary: PathBuf,
    /// Compares journal and state: called with endpoint, key file and journal
    #[arg(long)]
    pub reconciler: PathBuf,
    /// The Python that runs it
    #[arg(long, default_value = "python3")]
    pub python: PathBuf,
}

impl Rig {
    /// Runs it.
    ///
    /// # Errors
    /// What went wrong: with the suite, or with the rig.
    pub async fn run(self) -> anyhow::Result<()> {
        let (name, common) = match &self {
            Self::Kill(common) => ("kill", common),
            Self::Redis(common) => ("redis", common),
            Self::Postgres(common) => ("postgres", common),
            Self::Cancel(common) => ("cancel", common),
            Self::Repeat(common) => ("repeat", common),
        };
        let begun = Instant::now();
        let mut world = World::start(common.clone()).await.context("the suite does not start")?;
        let broken = match self {
            Self::Kill(_) => kill::run(&mut world).await,
            Self::Redis(_) => redis::run(&mut world).await,
            Self::Postgres(_) => postgres::run(&mut world).await,
            Self::Cancel(_) => cancel::run(&mut world).await,
            Self::Repeat(_) => repeat::run(&mut world).await,
        };
        let result = match broken {
            Ok(()) => world.reconcile().await,
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => println!("{name}: nothing lost, nothing doubled, in {} s", begun.elapsed().as_secs()),
            Err(_) => println!("{name}: logs and journal are left in {:?}", world.place.keep()),
        }
        result
    }
}

/// A suite under load.
pub struct World {
    /// How it is broken.
    pub common: Common,
    /// The suite.
    pub place: Place,
    /// Every moment and amount.
    pub random: StdRng,
    load: Option<Load>,
}

impl World {
    async fn start(common: Common) -> anyhow::Result<Self> {
        let mut place = Place::start(common.binary.clone(), common.store).await?;
        let gateway = place.gateway().await?;
        let journal = Journal::create(&place.journal()?)?;
        let load = Load::start(gateway, journal, common.seed).await.context("the load does not start")?;
        let random = StdRng::seed_from_u64(common.seed);
        Ok(Self { common, place, random, load: Some(load) })
    }

    /// The load.
    ///
    /// # Errors
    /// When it has come to its end.
    pub fn load(&mut self) -> anyhow::Result<&mut Load> {
        self.load.as_mut().context("the load is over")
    }

    /// Lets so much time go by, and looks whether the load goes on.
    ///
    /// # Errors
    /// When it does not.
    pub async fn rest(&mut self, span: Duration) -> anyhow::Result<()> {
        tokio::time::sleep(span).await;
        self.load()?.goes_on()
    }

    /// Waits until the load has come so much further than it was.
    ///
    /// # Errors
    /// When it does not in 30 seconds: that is how long a recovery may take.
    pub async fn progress(&mut self, further: u64) -> anyhow::Result<()> {
        let (begun, before) = (Instant::now(), self.load()?.done());
        while self.load()?.done() < before.saturating_add(further) {
            ensure!(begun.elapsed() < Duration::from_secs(30), "the load does not go on after a fault");
            self.rest(Duration::from_millis(10)).await?;
        }
        Ok(())
    }

    /// Kills a process (SIGKILL) of a service after so much time, and starts it anew. It waits for one that is up: else it
    /// would be killed in its start again and again, and do nothing in between.
    ///
    /// # Errors
    /// When a process had ended by itself.
    pub async fn kill(&mut self, service: ServiceName, after: Duration) -> anyhow::Result<()> {
        let all = self.place.processes.all();
        let replicas: Vec<usize> = all.iter().filter(|(name, _)| *name == service).map(|(_, n)| *n).collect();
        let replica = replicas.choose(&mut self.random).copied().context("a service without a process")?;
        while !self.place.processes.is_open(service, replica) {
            if let Some(ended) = self.place.processes.ended()? {
                bail!("{ended}");
            }
            self.rest(Duration::from_millis(10)).await?;
        }
        self.rest(after).await?;
        ensure!(self.place.processes.kill(service, replica)?, "{service} {replica} had ended by itself");
        self.place.processes.begin(service, replica)
    }

    /// Brings the load to its end and compares.
    async fn reconcile(&mut self) -> anyhow::Result<()> {
        self.place.processes.ready().await?;
        let shared = self.load.take().context("the load is over")?.finish().await?;
        println!("  load: {} acknowledged; met on the way: {}", shared.done(), shared.met.text());
        let mut command = Command::new(&self.common.python);
        command.arg(&self.common.reconciler).arg(self.place.processes.endpoint());
        command.arg(self.place.processes.key_file()).arg(shared.journal.path());
        let status = tokio::task::spawn_blocking(move || command.status()).await??;
        if !status.success() {
            bail!("journal and state differ");
        }
        if let Some(ended) = self.place.processes.ended()? {
            bail!("{ended}");
        }
        Ok(())
    }
}
