//! The suite that is broken: processes of the command, with servers of its own that may be killed.

mod postgres;
mod proxy;

use std::{path::PathBuf, process::Command, sync::Arc};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use e2e_tests::processes::{Processes, Setup};
use tempfile::TempDir;
use tributary::cli::Connection;
use tributary_testkit::RedisServer;

pub use postgres::Postgres;
pub use proxy::{Cut, Proxy};

/// Where the services keep their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// Files; one process per service.
    Sqlite,
    /// A server of its own; two processes per service.
    Postgres,
}

/// A running suite, and the servers it stands on.
pub struct Place {
    /// The processes.
    pub processes: Processes,
    /// Carries events.
    pub redis: RedisServer,
    /// Where it keeps its data, on PostgreSQL.
    pub postgres: Option<Postgres>,
    /// Between the processes and PostgreSQL.
    pub proxy: Option<Proxy>,
    data: Option<TempDir>,
}

impl Place {
    /// Starts everything.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(program: PathBuf, store: Store) -> anyhow::Result<Self> {
        ensure!(program.is_file(), "{} is not there; build it, or name it with --binary", program.display());
        let redis = RedisServer::start().context("redis-server is not installed")?;
        let data = tempfile::tempdir()?;
        let (mut postgres, mut proxy) = (None, None);
        if store == Store::Postgres {
            let server = postgres.insert(Postgres::start()?);
            proxy = Some(Proxy::start(server.port()).await?);
        }
        let setup = Setup {
            program: Arc::new(move |service| {
                let mut command = Command::new(&program);
                // A killed reader's lease would keep its successor waiting for longer than it lives.
                command.args(["serve", service.as_str()]).env("TRIBUTARY_EVENTS__LEASE_SECONDS", "1");
                command
            }),
            store: proxy.as_ref().map(|proxy| format!("postgres://postgres@127.0.0.1:{}/fault", proxy.port())),
            redis: redis.url(),
            prefix: "fault".to_owned(),
            replicas: if store == Store::Postgres { 2 } else { 1 },
            log: "warn".to_owned(),
        };
        let processes = Processes::start(setup, data.path()).await?;
        Ok(Self { processes, redis, postgres, proxy, data: Some(data) })
    }

    /// The way in.
    ///
    /// # Errors
    /// When the gateway does not answer.
    pub async fn gateway(&mut self) -> anyhow::Result<Connection> {
        self.processes.gateway().await
    }

    /// Where the journal goes.
    ///
    /// # Errors
    /// When the place was given up.
    pub fn journal(&self) -> anyhow::Result<PathBuf> {
        Ok(self.data.as_ref().context("a directory")?.path().join("journal"))
    }

    /// Leaves logs, files and journal for a person to look at; says where.
    pub fn keep(&mut self) -> Option<PathBuf> {
        self.data.take().map(TempDir::keep)
    }
}
