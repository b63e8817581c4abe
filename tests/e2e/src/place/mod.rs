//! A suite of its own that leaves nothing behind: in this process on SQLite or PostgreSQL, or as processes with Redis
//! between them.

mod databases;

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tributary::{
    cli::Connection,
    settings::{LogSettings, RunSettings, ServiceName, SuiteSettings},
    suite::RunningSuite,
};
use tributary_core::{Clock, OffsetClock, SystemClock, Timestamp};
use tributary_testkit::{Engine, engines, redis_url};

use crate::{
    child,
    processes::{Processes, Setup},
};
pub use databases::Databases;

/// How a suite runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All services in this process, events by the bus in memory.
    OneProcess,
    /// A process per service, two on PostgreSQL, events by Redis.
    Processes,
}

/// A running suite and a connection to its gateway with the bootstrap key.
#[derive(Debug)]
pub struct Place {
    /// The store it runs on.
    pub engine: Engine,
    /// How it runs.
    pub shape: Shape,
    /// The way to its gateway, over TCP.
    pub gateway: Connection,
    /// The bootstrap key, for commands that connect on their own.
    pub api_key: String,
    /// The processes, where they are several.
    pub processes: Option<Processes>,
    data: TempDir,
    clock: Arc<dyn Clock>,
    workers: u16,
    /// Declared last: dropped after everything that may use them.
    left_behind: LeftBehind,
}

/// What a suite keeps outside of its data directory.
#[derive(Debug, Default)]
struct LeftBehind {
    databases: Option<Databases>,
    keys: Option<Keys>,
}

/// Keys in a Redis that others use, too; gone with this.
#[derive(Debug)]
struct Keys {
    redis: String,
    prefix: String,
}

impl Drop for Keys {
    fn drop(&mut self) {
        const REMOVE: &str = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end";
        let mut command = Command::new("redis-cli");
        command.args(["-u", &self.redis, "EVAL", REMOVE, "0", &format!("{}:*", self.prefix)]).stdout(Stdio::null());
        if !command.status().is_ok_and(|status| status.success()) {
            eprintln!("keys of a test stay in Redis: redis-cli could not remove {}:*", self.prefix);
        }
    }
}

impl Place {
    /// Starts a suite with empty stores in this process, on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(engine: Engine) -> anyhow::Result<Self> {
        Self::start_at(engine, Arc::new(SystemClock)).await
    }

    /// The same by another clock.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_at(engine: Engine, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Self::start_with(engine, clock, 0).await
    }

    /// The same with so many tasks that add the facts of a run up; 0: one per processor.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_with(engine: Engine, clock: Arc<dyn Clock>, workers: u16) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let left_behind = LeftBehind { databases: databases(engine)?, keys: None };
        let (gateway, api_key) = suite(&data, &left_behind, clock.clone(), workers).await?;
        let shape = Shape::OneProcess;
        Ok(Self { engine, shape, gateway, api_key, processes: None, data, clock, workers, left_behind })
    }

    /// Starts a suite with empty stores as processes, by a clock that shows `start` now; the test program must have the
    /// test [`child::TEST`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_processes(engine: Engine, redis: String, start: Timestamp) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let prefix = databases::fresh_prefix();
        let keys = Keys { redis: redis.clone(), prefix: prefix.clone() };
        let left_behind = LeftBehind { databases: databases(engine)?, keys: Some(keys) };
        let setup = Setup {
            program: child::program(start)?,
            store: left_behind.databases.as_ref().map(Databases::url),
            redis,
            prefix,
            replicas: if engine == Engine::Postgres { 2 } else { 1 },
            log: "error".to_owned(),
        };
        let mut processes = Processes::start(setup, data.path()).await?;
        let gateway = processes.gateway().await?;
        let api_key = processes.api_key()?;
        let clock = Arc::new(OffsetClock::starting_at(start));
        let shape = Shape::Processes;
        Ok(Self { engine, shape, gateway, api_key, processes: Some(processes), data, clock, workers: 0, left_behind })
    }

    /// What its keys in Redis begin with, where it has some.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.left_behind.keys.as_ref().map(|keys| keys.prefix.as_str())
    }

    /// Stops services (of one process: all), empties their stores, and starts them again.
    ///
    /// # Errors
    /// When one does not stop or start.
    pub async fn emptied(self, services: &[ServiceName]) -> anyhow::Result<Self> {
        let Self { engine, shape, mut gateway, mut api_key, mut processes, data, clock, workers, left_behind } = self;
        let remove = || {
            services.iter().try_for_each(|service| match &left_behind.databases {
                Some(databases) => databases.remove(*service),
                None => remove_files(&data, *service),
            })
        };
        match &mut processes {
            Some(processes) => {
                let replicas = processes.all().into_iter().filter(|(name, _)| services.contains(name));
                let replicas: Vec<_> = replicas.collect();
                for (name, replica) in &replicas {
                    processes.stop(*name, *replica)?;
                }
                remove()?;
                for (name, replica) in &replicas {
                    processes.begin(*name, *replica)?;
                }
                processes.ready().await?;
            }
            None => {
                gateway.close().await?;
                remove()?;
                (gateway, api_key) = suite(&data, &left_behind, clock.clone(), workers).await?;
            }
        }
        Ok(Self { engine, shape, gateway, api_key, processes, data, clock, workers, left_behind })
    }

    /// Stops the suite and removes its stores. Processes are killed.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { gateway, data, left_behind, processes, .. } = self;
        gateway.close().await?;
        drop(processes);
        drop(left_behind);
        Ok(data.close()?)
    }
}

fn databases(engine: Engine) -> anyhow::Result<Option<Databases>> {
    match engine {
        Engine::Sqlite => Ok(None),
        Engine::Postgres => Databases::plan().map(Some),
    }
}

/// A suite in this process, and its key.
async fn suite(
    data: &TempDir,
    left_behind: &LeftBehind,
    clock: Arc<dyn Clock>,
    workers: u16,
) -> anyhow::Result<(Connection, String)> {
    let settings = SuiteSettings {
        data_dir: data.path().to_owned(),
        store: left_behind.databases.as_ref().map(Databases::url),
        listen: ([127, 0, 0, 1], 0).into(),
        run: RunSettings { workers },
        log: LogSettings { filter: "error".to_owned(), ..LogSettings::default() },
        ..SuiteSettings::default()
    };
    let suite = RunningSuite::start_at(settings, clock).await?;
    let api_key = suite.api_key.clone();
    Ok((Connection::of_suite(suite, data.path()).await?, api_key))
}

/// The file of a service and what SQLite keeps beside it.
fn remove_files(data: &TempDir, service: ServiceName) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(data.path())? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&format!("{service}.db")) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Runs a test on a fresh suite per store, in this process: always on SQLite, on PostgreSQL where
/// `TRIBUTARY_TEST_POSTGRES` is set.
///
/// # Errors
/// Those of the test, with the store they happened on.
pub async fn on_every_store(test: impl AsyncFn(&Place) -> anyhow::Result<()>) -> anyhow::Result<()> {
    for engine in engines() {
        on(Place::start(engine), &test).await.with_context(|| format!("on {engine:?}"))?;
    }
    Ok(())
}

/// The same by a clock that begins at an instant and ticks on.
///
/// # Errors
/// Those of the test, with the store they happened on.
pub async fn on_every_store_from(
    start: Timestamp,
    test: impl AsyncFn(&Place) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for engine in engines() {
        let clock = Arc::new(OffsetClock::starting_at(start));
        on(Place::start_at(engine, clock), &test).await.with_context(|| format!("on {engine:?}"))?;
    }
    Ok(())
}

/// Runs a test on a fresh suite per place: as [`on_every_store`], and as processes with Redis between them where
/// `TRIBUTARY_TEST_REDIS` is set. The test program must have the test [`child::TEST`].
///
/// # Errors
/// Those of the test, with the place they happened on.
pub async fn on_every_place(test: impl AsyncFn(&Place) -> anyhow::Result<()>) -> anyhow::Result<()> {
    on_every_place_from(SystemClock.now(), test).await
}

/// The same by a clock that begins at an instant and ticks on: for tests in which the day matters.
///
/// # Errors
/// Those of the test, with the place they happened on.
pub async fn on_every_place_from(
    start: Timestamp,
    test: impl AsyncFn(&Place) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let redis = redis_url();
    for engine in engines() {
        let clock = Arc::new(OffsetClock::starting_at(start));
        on(Place::start_at(engine, clock), &test).await.with_context(|| format!("on {engine:?} in one process"))?;
        if let Some(redis) = &redis {
            let place = Place::start_processes(engine, redis.clone(), start);
            on(place, &test).await.with_context(|| format!("on {engine:?} and Redis, in processes"))?;
        }
    }
    Ok(())
}

async fn on(
    place: impl Future<Output = anyhow::Result<Place>>,
    test: &impl AsyncFn(&Place) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let place = place.await?;
    test(&place).await?;
    place.stop().await
}
