//! A suite of its own, on SQLite or on PostgreSQL, that leaves nothing behind.

use std::{
    process::{self, Command},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::Context as _;
use tempfile::TempDir;
use tributary::{
    cli::Connection,
    settings::{LogSettings, ServiceName, SuiteSettings},
    suite::RunningSuite,
};
use tributary_core::{Clock, OffsetClock, SystemClock, Timestamp};
use tributary_testkit::{Engine, POSTGRES_VARIABLE, engines};

/// A running suite and a connection to its gateway with the bootstrap key.
#[derive(Debug)]
pub struct Place {
    /// The store it runs on.
    pub engine: Engine,
    /// The way to its gateway, over TCP.
    pub gateway: Connection,
    /// The bootstrap key, for commands that connect on their own.
    pub api_key: String,
    data: TempDir,
    /// Declared last: dropped after everything that may use the databases.
    databases: Option<Databases>,
}

impl Place {
    /// Starts a suite with empty stores on a free port.
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
        let data = tempfile::tempdir()?;
        let databases = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Databases::plan()?),
        };
        let settings = SuiteSettings {
            data_dir: data.path().to_owned(),
            store: databases.as_ref().map(Databases::url),
            listen: ([127, 0, 0, 1], 0).into(),
            log: LogSettings { filter: "error".to_owned(), ..LogSettings::default() },
            ..SuiteSettings::default()
        };
        let suite = RunningSuite::start_at(settings, clock).await?;
        let api_key = suite.api_key.clone();
        let gateway = Connection::of_suite(suite, data.path()).await?;
        Ok(Self { engine, gateway, api_key, data, databases })
    }

    /// Stops the suite and removes its stores.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { gateway, data, databases, .. } = self;
        gateway.close().await?;
        drop(databases);
        Ok(data.close()?)
    }
}

/// Runs a test on a fresh suite per store: always on SQLite, on PostgreSQL where `TRIBUTARY_TEST_POSTGRES` is set.
///
/// # Errors
/// Those of the test, with the store they happened on.
pub async fn on_every_store(test: impl AsyncFn(&Place) -> anyhow::Result<()>) -> anyhow::Result<()> {
    each(|| Arc::new(SystemClock), test).await
}

/// The same by a clock that begins at an instant and ticks on: for tests in which the day matters.
///
/// # Errors
/// Those of the test, with the store they happened on.
pub async fn on_every_store_from(
    start: Timestamp,
    test: impl AsyncFn(&Place) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    each(|| Arc::new(OffsetClock::starting_at(start)), test).await
}

async fn each(
    clock: impl Fn() -> Arc<dyn Clock>,
    test: impl AsyncFn(&Place) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for engine in engines() {
        let place = Place::start_at(engine, clock()).await.with_context(|| format!("on {engine:?}"))?;
        test(&place).await.with_context(|| format!("on {engine:?}"))?;
        place.stop().await.with_context(|| format!("on {engine:?}"))?;
    }
    Ok(())
}

/// The databases that a suite makes for its services, all with one prefix.
#[derive(Debug)]
struct Databases {
    server: String,
    prefix: String,
}

impl Databases {
    fn plan() -> anyhow::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var(POSTGRES_VARIABLE).with_context(|| format!("{POSTGRES_VARIABLE} is not set"))?;
        let prefix = format!("tributary_e2e_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Ok(Self { server, prefix })
    }

    /// The server's address with the prefix in place of its database.
    fn url(&self) -> String {
        let (place, options) = self.server.split_once('?').map_or((self.server.as_str(), None), |(p, o)| (p, Some(o)));
        let server = place.rsplit_once('/').map_or(place, |(server, _)| server);
        let options = options.map(|o| format!("?{o}")).unwrap_or_default();
        format!("{server}/{}{options}", self.prefix)
    }

    fn names(&self) -> Vec<String> {
        ServiceName::ALL.iter().map(|s| format!("{}_{}", self.prefix, s.as_str().replace('-', "_"))).collect()
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1"]).env("PGOPTIONS", "-c client_min_messages=warning");
        for name in self.names() {
            psql.args(["-c", &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")]);
        }
        if !psql.arg(&self.server).status().is_ok_and(|s| s.success()) {
            eprintln!("the test databases {}_* stay: psql could not drop them", self.prefix);
        }
    }
}
