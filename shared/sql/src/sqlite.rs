//! SQLite: one file, write-ahead log, one writer that begins with `BEGIN IMMEDIATE`, a pool of readers.
//!
//! A plain `BEGIN` that reads first and writes later fails with "database is locked" when another writer came between;
//! `IMMEDIATE` queues instead. Readers refuse to write (`query_only`).

use std::{
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{
    SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{PoolOptions, StoreError, deadline};

#[path = "engine/arrivals.rs"]
mod arrivals;
#[path = "engine/dead_letters.rs"]
mod dead_letters;
#[path = "engine/evidence.rs"]
mod evidence;
#[path = "engine/operations.rs"]
mod operations;
#[path = "engine/outbox.rs"]
mod outbox;
#[path = "engine/pool.rs"]
mod pool;
#[path = "engine/tx.rs"]
mod tx;
#[path = "engine/unit_of_work.rs"]
mod unit_of_work;
#[path = "engine/watch.rs"]
mod watch;

pub use pool::Pool;
pub use tx::Tx;

use crate::statistics::tell as tell_planner;

/// The engine's name in telemetry.
const SYSTEM: &str = "sqlite";

/// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
const STEPS: i32 = 10_000;

/// The engine, for code that is mounted once per engine.
pub type Db = sqlx::Sqlite;

/// The pool in which transactions begin.
const WRITER: &str = "writer";

const BEGIN: &str = "BEGIN IMMEDIATE";

/// Cannot fail: a statement that failed leaves an open transaction as it was.
const PROBE: Option<&str> = None;

static BASE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

impl Pool {
    /// Opens the file, and makes it and its directory when missing.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be opened or made, `Corrupt` when it is no SQLite file.
    pub async fn open(path: impl AsRef<Path> + Send, options: PoolOptions) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
            tokio::fs::create_dir_all(directory).await.map_err(|e| {
                StoreError::Unavailable(format!("the directory {} cannot be made: {e}", directory.display()))
            })?;
        }
        // FULL: what was answered survives a power cut, not only a crash.
        let connect = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = |connections: u32| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(options.acquire_timeout)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        // The writer first: it makes the file and turns the write-ahead log on.
        let writer = pool(1).min_connections(1).connect_with(connect.clone()).await?;
        // Only readers are interrupted: SQLite takes a whole transaction back when a write in it is. Writers are bounded
        // by their turn and cut between statements.
        let reader = pool(options.max_connections.max(1))
            // What limits statements asks the connection's thread as well: one question instead of two.
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(async { limit_statements(connection).await.map(|()| true) }))
            .after_connect(|connection, _| Box::pin(limit_statements(connection)))
            .connect_with(connect.create_if_missing(false).pragma("query_only", "on"))
            .await?;
        Ok(Self::new(reader, writer, options.service))
    }
}

/// A statement ends when whoever waits for it has gone, else an abandoned one would hold its connection.
async fn limit_statements(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let at = deadline::present();
    let mut handle = connection.lock_handle().await?;
    match at {
        None => handle.remove_progress_handler(),
        Some(at) => handle.set_progress_handler(STEPS, move || Instant::now() < at.into_std()),
    }
    Ok(())
}
