//! A database of its own for one test, removed at the end.
#![expect(clippy::expect_used, reason = "a test that cannot prepare its database must fail at once")]

mod template;

use std::{
    path::Path,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

/// Where tests find a PostgreSQL server, by a url of a database they may make others from. Example:
/// `postgres://postgres@127.0.0.1:5432/postgres`.
pub const POSTGRES_VARIABLE: &str = "TRIBUTARY_TEST_POSTGRES";

/// An engine that stores run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A database of the server that [`POSTGRES_VARIABLE`] names.
    Postgres,
}

impl Engine {
    /// Whether it can be used here; prints "skipped: …" when not.
    #[must_use]
    pub fn is_available(self) -> bool {
        let available = self == Self::Sqlite || server().is_some();
        if !available {
            println!("skipped: {POSTGRES_VARIABLE} is not set, no test on PostgreSQL");
        }
        available
    }
}

/// The engines to run a test on: always SQLite, PostgreSQL when [`POSTGRES_VARIABLE`] is set.
#[must_use]
pub fn engines() -> Vec<Engine> {
    [Engine::Sqlite, Engine::Postgres].into_iter().filter(|e| e.is_available()).collect()
}

/// A fresh, empty database; dropping this removes it.
#[derive(Debug)]
pub struct TestDatabase {
    engine: Engine,
    url: String,
    place: String,
    _directory: Option<TempDir>,
}

impl TestDatabase {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made: the test cannot go on.
    pub async fn create(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let place = directory.path().join("test.db").to_string_lossy().into_owned();
                Self { engine, url: format!("sqlite:{place}"), place, _directory: Some(directory) }
            }
            Engine::Postgres => {
                let server = server().expect("TRIBUTARY_TEST_POSTGRES is set");
                let name = fresh_name();
                // template0: nobody is connected to it, so tests may make databases at the same time.
                on_server(&server, format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")).await;
                let url = with_database(&server, &name);
                Self { engine, place: url.clone(), url, _directory: None }
            }
        }
    }

    /// Makes one for a store whose migrations are those of `migrate`, which gets the url of an empty database. On PostgreSQL it is
    /// migrated: once for each test program, which copies it from then on, whatever `migrate` later calls have; what it copies
    /// stays on the server until the program is built anew. On SQLite it is empty, and migrated by whoever opens it.
    ///
    /// # Panics
    /// When it cannot be made: the test cannot go on.
    pub async fn migrated(engine: Engine, migrate: impl AsyncFnOnce(&str)) -> Self {
        if engine == Engine::Sqlite {
            // That is as fast as copying a file.
            return Self::create(engine).await;
        }
        let server = server().expect("TRIBUTARY_TEST_POSTGRES is set");
        let template = template::provide(&server, migrate).await;
        let name = fresh_name();
        on_server(&server, format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"")).await;
        let url = with_database(&server, &name);
        Self { engine, place: url.clone(), url, _directory: None }
    }

    /// Its engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Where it is: `sqlite:PATH` or `postgres://…`, as a `StoreUrl` reads it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a pool of its engine opens: the path of the file, or the url.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.engine == Engine::Sqlite {
            return;
        }
        let (Some(server), Ok(options)) = (server(), PgConnectOptions::from_str(&self.url)) else { return };
        let name = options.get_database().unwrap_or_default().to_owned();
        // A thread with a runtime of its own: a test's runtime cannot be waited on from inside.
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(on_server(&server, format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")));
        });
        if dropped.join().is_err() {
            eprintln!("a test database was not removed");
        }
    }
}

fn server() -> Option<String> {
    std::env::var(POSTGRES_VARIABLE).ok().filter(|url| !url.is_empty())
}

/// Differs between processes and within one.
fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let unique = tempfile::Builder::new().prefix("t").rand_bytes(12).tempdir().expect("a temporary name");
    let random = Path::file_name(unique.path()).map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    format!("tributary_test_{}_{}_{random}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

/// The url of another database of the same server.
fn with_database(server: &str, name: &str) -> String {
    let (main, query) = server.split_once('?').map_or((server, String::new()), |(m, q)| (m, format!("?{q}")));
    let (scheme, rest) = main.split_once("://").expect("a postgres:// url");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{name}{query}")
}

async fn on_server(server: &str, statement: String) {
    let mut connection = connect(server).await;
    run(&mut connection, statement).await;
    connection.close().await.expect("the connection closed");
}

async fn connect(server: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(server).expect("TRIBUTARY_TEST_POSTGRES is a postgres:// url");
    options.connect().await.expect("the PostgreSQL server of TRIBUTARY_TEST_POSTGRES")
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await.expect("the statement");
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{AssertSqlSafe, Engine, TestDatabase, connect, engines, with_database};

    #[test]
    fn urls_name_the_fresh_database() {
        let server = "postgres://u:p@h:5432/postgres?sslmode=disable";
        assert_eq!(with_database(server, "x"), "postgres://u:p@h:5432/x?sslmode=disable");
        assert_eq!(with_database("postgres://h", "x"), "postgres://h/x");
    }

    #[tokio::test]
    async fn databases_are_made_and_removed() {
        for engine in engines() {
            let (a, b) = (TestDatabase::create(engine).await, TestDatabase::create(engine).await);
            assert_ne!(a.url(), b.url());
        }
    }

    #[tokio::test]
    async fn a_migrated_one_is_a_copy_of_its_own() {
        if !Engine::Postgres.is_available() {
            return;
        }
        static MIGRATED: AtomicU32 = AtomicU32::new(0);
        let migrate = async |url: &str| {
            MIGRATED.fetch_add(1, Ordering::SeqCst);
            sqlx::query("CREATE TABLE t (n int)").execute(&mut connect(url).await).await.expect("made");
        };
        for _ in 0..2 {
            let database = TestDatabase::migrated(Engine::Postgres, migrate).await;
            let mut connection = connect(database.url()).await;
            let text = AssertSqlSafe("INSERT INTO t SELECT count(*) FROM t RETURNING n".to_owned());
            let before: i32 = sqlx::query_scalar(text).fetch_one(&mut connection).await.expect("kept");
            assert_eq!(before, 0, "what one test writes is not in the database of another");
        }
        assert!(MIGRATED.load(Ordering::SeqCst) <= 1, "migrated once, or by an earlier start of this program");
    }
}
