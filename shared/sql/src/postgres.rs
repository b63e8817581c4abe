//! PostgreSQL: one pool for reading and writing, transactions at READ COMMITTED.
//!
//! READ COMMITTED is stated, whatever the server's default: the claims of idempotency keys and events wait for a
//! concurrent twin and must then see what it committed.
#![expect(clippy::duplicate_mod, reason = "one SQL text for both engines: each mounts src/engine once")]

use std::str::FromStr;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor as _, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
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

/// PostgreSQL looks at its rows by itself.
async fn tell_planner(_: &mut PgConnection) -> Result<(), sqlx::Error> {
    Ok(())
}

/// The engine's name in telemetry.
const SYSTEM: &str = "postgresql";

/// The engine, for code that is mounted once per engine.
pub type Db = sqlx::Postgres;

/// The pool in which transactions begin.
const WRITER: &str = pool::PRIMARY;

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// After a failed statement PostgreSQL answers COMMIT with a rollback and no error; this statement fails then.
const PROBE: Option<&str> = Some("SELECT 1");

static BASE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// The longest `statement_timeout` in milliseconds.
const MAX_TIMEOUT: u128 = 2_147_483_647;

const NO_SUCH_DATABASE: &str = "3D000";
const DATABASE_EXISTS: &str = "42P04";

impl Pool {
    /// Connects, and makes the database when missing (through the database `postgres` of the same server).
    ///
    /// # Errors
    /// `Unavailable` when the server is away, `Internal` when the url cannot be read or access is refused.
    pub async fn open(url: &str, options: PoolOptions) -> Result<Self, StoreError> {
        // The parser's error may quote the url, so it is not passed on.
        let connect = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Internal("the url of the store is not a postgres:// url".to_owned()))?
            .application_name(&format!("tributary {}", options.service));
        ensure_database(&connect).await?;
        let pool = PgPoolOptions::new()
            // What limits statements says as well whether the connection still lives: one question instead of two.
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(async { limit_statements(connection).await.map(|()| true) }))
            .after_connect(|connection, _| Box::pin(limit_statements(connection)))
            .max_connections(options.max_connections.max(1))
            .acquire_timeout(options.acquire_timeout)
            .connect_with(connect)
            .await?;
        Ok(Self::new(pool.clone(), pool, options.service))
    }
}

/// The server gives a statement up when whoever waits for it has gone, else an abandoned one would hold its connection.
async fn limit_statements(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Zero would mean no limit. A moment more, so that the caller's own timer speaks first.
    let limit = deadline::remaining().map_or(0, |left| left.as_millis().saturating_add(50));
    let statement = AssertSqlSafe(format!("SET statement_timeout = {}", limit.min(MAX_TIMEOUT)));
    connection.execute(statement).await.map(|_| ())
}

async fn ensure_database(connect: &PgConnectOptions) -> Result<(), StoreError> {
    match connect.connect().await {
        Ok(connection) => return Ok(connection.close().await?),
        Err(e) if code(&e) == NO_SUCH_DATABASE => {}
        Err(e) => return Err(e.into()),
    }
    // Without a name the database is called like the user.
    let name = connect.get_database().unwrap_or(connect.get_username()).replace('"', "\"\"");
    // template0 has no sessions that could be in the way, and any encoding may be asked of it.
    let statement = format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'");
    let mut connection = connect.clone().database("postgres").connect().await?;
    let made = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await;
    connection.close().await?;
    match made {
        Ok(_) => Ok(()),
        // Another process was faster: it sees "exists", or a twin in the catalogue's unique index.
        Err(e) if code(&e) == DATABASE_EXISTS => Ok(()),
        Err(e) => match StoreError::from(e) {
            StoreError::AlreadyExists(_) => Ok(()),
            other => Err(other),
        },
    }
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}
